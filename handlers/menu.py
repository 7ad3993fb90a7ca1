"""The flow for greetings, thanks and help: what this is, what it stores, and whom to call in danger."""

import re

from config.texts import load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from retrieval.small_talk import is_english, read_small_talk

_COMMAND = re.compile(r"\s*/[a-z]\w*\s*", re.IGNORECASE)
_KEEPS_NOTHING = ("web", "terminal")
_SAMPLES = ("sample_duty", "sample_deadline", "sample_documents")


async def show_menu(message: IncomingMessage) -> list[Reply] | None:
    """Answer small talk, and a command that no flow knows; None for everything that may be a question."""
    asked = _pressed(message) if message.content is Content.ACTION else read_small_talk(message.text)
    if asked is None and not _COMMAND.fullmatch(message.text):
        return None
    if asked == "start" and message.channel in _KEEPS_NOTHING:
        asked = "greeting"
    texts = load_texts(
        "en" if message.language == "en" or (message.text[:1] != "/" and is_english(message.text)) else "vi"
    )
    buttons: tuple[Button, ...] = ()
    if asked in ("greeting", "help", "start", "menu"):
        buttons = tuple(Button(label=texts.say(f"menu.{sample}")) for sample in _SAMPLES)
    return [Reply(text=texts.say(f"menu.{asked or 'no_such_command'}"), kind="command", buttons=buttons)]


def _pressed(message: IncomingMessage) -> str | None:
    verb, _, name = (message.action or "").partition(":")
    return name if verb == "menu" and name in ("help", "start", "menu") else None
