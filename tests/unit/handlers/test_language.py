"""The language somebody writes, from one message or the last one that tells."""

import pytest

from handlers.domain import Turn
from handlers.language import spoken_language


def history(*texts: str) -> tuple[Turn, ...]:
    return tuple(Turn(role="user", text=text) for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "Who signed the plan of Hòa Bình?",
        "what must the home affairs office do",
        "And what about An Phú?",
        "my tasks",
        "hello",
        "he hit me, what can I do",
    ],
)
def test_english_is_heard_among_vietnamese_names(text: str) -> None:
    assert spoken_language(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "ai ky van ban nay",
        "deadline nop bao cao la khi nao",
        "con An Phu thi sao",
        "baos caos thangs nop khi nao",
        "ok tks nha",
        "/thamgia ABCD-EFGH-JKLM",
        "8bny-hk65-7kk9",
        "An Phú",
        "2",
        "",
    ],
)
def test_everything_else_is_vietnamese(text: str) -> None:
    assert spoken_language(text) == "vi"


@pytest.mark.parametrize(("text", "language"), [("2", "en"), ("An Phú", "en"), ("/viec", "en"), ("còn An Phú?", "vi")])
def test_what_tells_nothing_keeps_the_language_of_before(text: str, language: str) -> None:
    assert spoken_language(text, history("xin chào", "Who signed it?")) == language


@pytest.mark.parametrize("command", ["/help", "/moi official | Phòng Tư pháp | Lộc Bình", "<b>Kế hoạch</b>"])
def test_a_command_and_markup_say_nothing_of_the_language(command: str) -> None:
    assert spoken_language(command, (Turn(role="user", text="Phòng Tư pháp làm gì?"),)) == "vi"
