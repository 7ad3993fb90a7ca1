"""The terminal chat: numbers pick what was offered, and good-bye in either language ends it."""

from collections.abc import Sequence

import pytest

from bot.channels.terminal import Terminal
from config.texts import load_texts
from handlers.domain import Button, IncomingMessage, Reply
from tests.support.assistant import now


async def handle(message: IncomingMessage) -> Sequence[Reply]:
    """Offer two choices, say good-bye in the language of the word, and tell what arrived."""
    if message.text in ("thoát", "bye"):
        return [Reply(text=load_texts("vi" if message.text == "thoát" else "en").say("menu.bye"))]
    return [
        Reply(text=f"{message.text}/{message.action}", buttons=(Button(label="Một"), Button(label="Hai", action="b:2")))
    ]


def terminal() -> Terminal:
    return Terminal(handle=handle, texts=load_texts("vi"), clock=now)


async def test_a_number_or_the_words_pick_the_choice_offered_before() -> None:
    person = terminal()
    assert (await person.say("1")).startswith("1/None")
    assert (await person.say("số 1.")).startswith("Một/None")
    assert (await person.say("2")).startswith("Hai/b:2")
    beyond = await person.say("3")
    assert beyond.startswith(load_texts("vi").say("channels.no_such_choice", count=2)) and "  2. Hai" in beyond
    assert (await person.say("hai")).startswith("Hai/b:2")


@pytest.mark.parametrize("word", ["thoát", "bye"])
async def test_good_bye_ends_the_conversation(word: str) -> None:
    person = terminal()
    await person.say("xin chào")
    assert not person.is_over
    await person.say(word)
    assert person.is_over
