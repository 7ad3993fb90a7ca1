"""A person's data rights: show what is kept, and erase it."""

import asyncio
import re

from sqlalchemy import Connection, Engine

from bot.reminder_joining import post
from bot.storage.erasure import empty_log, erase_account, held_about
from bot.storage.people import erase_person, find_person, identities_of
from config.texts import Texts, load_texts
from handlers.domain import IncomingMessage, Reply
from handlers.people import Person
from knowledge.vietnamese import fold

_MINE = (
    r"(?:(?:nhung )?(?:du lieu|thong tin)(?: ca nhan| dang| duoc| giu| luu)*(?: cua| ve) (?:toi|minh|em|chau)|my data)"
)
_WISH = r"(?:(?:toi|minh|em|chau|xin|hay|vui long|muon|can|i|want to|please) )*"
_SHOW = re.compile(rf"/dulieu|(?:{_WISH}(?:cho (?:toi |minh |em )?)?(?:xem|show(?: me)?) )?{_MINE}")
_ERASE = re.compile(rf"/xoadulieu|{_WISH}(?:xoa|huy|erase|delete)(?: het| toan bo| tat ca| moi| all| giup)* {_MINE}")
_POLITE = re.compile(r"(?: (?:a|nhe|voi|di|ngay|now|please))*[ .!?]*$")


async def answer_data_rights(message: IncomingMessage, *, engine: Engine) -> list[Reply] | None:
    """Show or erase everything held about a person and all linked accounts; None for other messages."""
    words = _POLITE.sub("", " ".join(fold(message.text).split()))
    shows = _SHOW.fullmatch(words) is not None
    if not shows and not _ERASE.fullmatch(words):
        return None
    texts = load_texts(message.language)
    if message.in_group:
        return [Reply(text=texts.say("channels.data.private"))]
    if shows:
        return [Reply(text=await asyncio.to_thread(_show, engine, message, texts))]
    count = await asyncio.to_thread(_erase, engine, message)
    # Sensitive, so it is not stored: the requesting event is erased with the rest.
    return [Reply(text=texts.say("channels.data.erased", count=count), sensitive=True, ephemeral=True)]


def _show(engine: Engine, message: IncomingMessage, texts: Texts) -> str:
    with engine.connect() as connection:
        person, accounts, held = _held(connection, message)
    channels = ", ".join(sorted({channel for channel, _, _ in accounts}))
    lines = []
    if person is not None:
        known = post(texts, person.role, person.agency, person.locality)
        lines.append(texts.say("channels.data.person", **known, channels=channels))
    for table, count in held.items():
        key = f"channels.data.{table}"
        if table != "identity":
            lines.append(texts.say(key if key in texts.sentences else "channels.data.other", table=table, count=count))
    if not lines:
        return texts.say("channels.data.nothing")
    listed = "\n".join(f"• {line}" for line in lines)
    return f"{texts.say('channels.data.held')}\n{listed}\n\n{texts.say('channels.data.how')}"


def _erase(engine: Engine, message: IncomingMessage) -> int:
    with engine.begin() as connection:
        person, accounts, held = _held(connection, message)
        for account in accounts:
            erase_account(connection, *account)
        if person is not None:
            erase_person(connection, person.id)
    empty_log(engine)
    return sum(held.values()) + (person is not None)


def _held(
    connection: Connection, message: IncomingMessage
) -> tuple[Person | None, set[tuple[str, str, str]], dict[str, int]]:
    """Return the person, their accounts (channel, sender, chat), and the number of rows about them by table."""
    person = find_person(connection, message.channel, message.sender)
    linked = identities_of(connection, person.id) if person else ()
    accounts = {(one.channel, one.channel_user_id, one.chat_id) for one in linked}
    accounts.add((message.channel, message.sender, message.chat))
    return person, accounts, held_about(connection, person.id if person else None, accounts)
