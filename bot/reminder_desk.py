"""The conversation with staff: a table of steps, who may use each, and the words that ask for them."""

import asyncio
import re
from functools import cache

from bot import board, reminder_joining, reminder_proposals, reminder_tasks
from bot.morning import overview
from bot.reminder_asked import Asked, Desk, Steps
from bot.storage.people import find_person
from bot.storage.reminders import retry_failed
from config.texts import Texts, load_texts
from handlers.domain import IncomingMessage, Reply
from handlers.people import NOBODY, Person, PersonRole
from knowledge.vietnamese import fold, normalise

_CODE = re.compile(r"(?:.{0,40}\s)?([a-z2-9]{4}(?:-[a-z2-9]{4}){2})|((?=.*\d)[a-z2-9]{4}(?: [a-z2-9]{4}){2})")
"""A code as issued, alone or behind a few words ("tham gia …"), or alone with blanks for the hyphens."""

STEPS: Steps = {
    **reminder_joining.STEPS,
    **reminder_tasks.STEPS,
    **reminder_proposals.STEPS,
    "board": (PersonRole.HEAD, board.show_board),
    "retry": (PersonRole.HEAD, lambda asked: asked.say("admin.retried", count=retry_failed(asked.connection))),
    "overview": (PersonRole.ADMIN, lambda asked: overview(asked.connection, asked.texts, asked.now)),
}


async def take_command(message: IncomingMessage, *, desk: Desk) -> list[Reply] | None:
    """Take the step a message asks for, only in private chats; None when it asks for none."""
    texts = load_texts(message.language)
    found = read_command(texts, message)
    if found is None:
        return None
    if message.in_group:
        return [Reply(text=texts.say("reminders.say.private_only"))]
    return await asyncio.to_thread(take_step, message, *found, desk=desk)


def take_step(
    message: IncomingMessage, name: str, words: str, *, desk: Desk, person: Person | None = None
) -> list[Reply]:
    """Take one step for whoever uses the account, or for this person, if the role allows it."""
    texts, (least, step) = load_texts(message.language), STEPS[name]
    with desk.reminders.engine.connect() as connection:
        one = person or find_person(connection, message.channel, message.sender) or NOBODY
        if one.may(least):
            said = step(Asked(desk=desk, connection=connection, message=message, texts=texts, person=one, words=words))
        else:
            who = "leads_only" if one.may(PersonRole.OFFICIAL) else "staff_only"
            said = texts.say(f"reminders.say.{who}")
        connection.commit()
    return [Reply(text=one) if isinstance(one, str) else one for one in (said if isinstance(said, list) else [said])]


def read_command(texts: Texts, message: IncomingMessage) -> tuple[str, str] | None:
    """Return the step and the words behind it that a button or the opening of a message asks for.

    Natural words count only alone, so that a question about a task stays a question; so does a bare greeting.
    """
    if message.action:
        verb, _, words = message.action.partition(":")
        name = verb.removeprefix("rem.")
        return (name, words) if verb != name and name in STEPS else None
    words = " ".join(normalise(message.text).split())
    bare, lower = fold(words), words.lower()
    for name in STEPS:
        for form, bare_form in _forms(texts.language, name):
            if bare == bare_form:
                return (name, "") if form != "/start" else None
            if form.startswith("/") and lower.startswith(f"{form} "):
                return name, words[len(form) :].strip()
    code = _CODE.fullmatch(bare)
    return ("join", code[1] or code[2]) if code else None


@cache
def _forms(language: str, name: str) -> tuple[tuple[str, str], ...]:
    """Return the words that ask for a step, each as written and without marks."""
    forms = load_texts(language).sentences.get(f"reminders.words.{name}", "").split("|")
    return tuple((form, fold(form)) for form in forms if form)
