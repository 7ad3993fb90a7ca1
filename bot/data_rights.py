"""What a person may always ask: what is kept about me, and erase it."""

import asyncio

from sqlalchemy import Engine

from bot.storage.erasure import empty_log, erase_account, held_about
from bot.storage.people import HeldData, erase_person, find_person, identities_of
from bot.storage.people import held_about as held_about_person
from config.texts import Texts, load_texts
from handlers.domain import IncomingMessage, Reply
from handlers.people import Identity

_SHOW = frozenset({"/dulieu", "dữ liệu của tôi", "my data"})
_ERASE = frozenset({"/xoadulieu", "xóa dữ liệu của tôi", "xoá dữ liệu của tôi", "erase my data"})


class DataRights:
    """Shows and erases everything held about a person, over all linked accounts; a flow for the dispatcher."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, message: IncomingMessage) -> list[Reply] | None:
        """Answer /dulieu and /xoadulieu; None for everything else, and in groups."""
        words = " ".join(message.text.lower().split())
        if message.in_group or words not in _SHOW | _ERASE:
            return None
        texts = load_texts(message.language)
        if words in _SHOW:
            return [Reply(text=await asyncio.to_thread(self._show, message, texts))]
        count = await asyncio.to_thread(self._erase, message)
        # Sent without being stored: the event that asks for it is erased with the rest, and nothing new is written.
        return [Reply(text=texts.say("channels.data.erased", count=count), sensitive=True, ephemeral=True)]

    def _show(self, message: IncomingMessage, texts: Texts) -> str:
        rows: dict[str, int] = {}
        with self._engine.connect() as connection:
            person = find_person(connection, message.channel, message.sender)
            held = held_about_person(connection, person.id) if person else None
            accounts = identities_of(connection, person.id) if person else ()
            for channel, sender, chat in _accounts(message, accounts):
                for table, count in held_about(connection, channel, sender, chat).items():
                    rows[table] = rows.get(table, 0) + count
        lines = [] if held is None else [_person_line(held, texts)]
        others = {table: count for table, count in held.rows if table not in (*rows, "identity")} if held else {}
        for table, count in {**rows, **others}.items():
            key = f"channels.data.{table}"
            lines.append(texts.say(key if key in texts.sentences else "channels.data.other", table=table, count=count))
        if not lines:
            return texts.say("channels.data.nothing")
        listed = "\n".join(f"• {line}" for line in lines)
        return f"{texts.say('channels.data.held')}\n{listed}\n\n{texts.say('channels.data.how')}"

    def _erase(self, message: IncomingMessage) -> int:
        count = 0
        with self._engine.connect() as connection:
            person = find_person(connection, message.channel, message.sender)
            accounts = identities_of(connection, person.id) if person else ()
        with self._engine.begin() as connection:
            for channel, sender, chat in _accounts(message, accounts):
                count += sum(held_about(connection, channel, sender, chat).values())
                erase_account(connection, channel, sender, chat)
            if person is not None:
                erase_person(connection, person.id)
                count += 1 + len(accounts)
        empty_log(self._engine)
        return count


def _accounts(message: IncomingMessage, accounts: tuple[Identity, ...]) -> set[tuple[str, str, str]]:
    linked = {(one.channel, one.channel_user_id, one.chat_id) for one in accounts}
    return {(message.channel, message.sender, message.chat), *linked}


def _person_line(held: HeldData, texts: Texts) -> str:
    person = held.person
    return texts.say(
        "channels.data.person",
        role=texts.say(f"channels.role.{person.role}"),
        agency=person.agency or "–",
        locality=person.locality or "–",
        channels=", ".join(held.channels),
    )
