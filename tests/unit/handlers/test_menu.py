"""Greetings, thanks and calls for help."""

from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.domain import Content, IncomingMessage
from handlers.menu import show_menu

NOW = datetime(2025, 5, 20, 1, 0, tzinfo=UTC)


def message(text: str, **given: Any) -> IncomingMessage:
    return IncomingMessage(channel="web", sender="s", chat="c", now=NOW, text=text, **given)


@pytest.mark.parametrize(
    "text", ["Xin chào", "chào bạn", "hello", "chao em", "/start", "/help", "bạn là ai", "menu", "Hi!"]
)
async def test_an_opening_shows_what_this_is_and_the_numbers_for_danger(text: str) -> None:
    replies = await show_menu(message(text))
    assert replies is not None
    assert replies[0].kind == "command"
    assert all(number in replies[0].text for number in ("113", "115", "111"))
    assert replies[0].buttons


async def test_a_command_nobody_knows_is_said_to_be_none() -> None:
    replies = await show_menu(message("/khongco"))
    assert replies is not None and replies[0].text.startswith("Không có lệnh này")
    assert await show_menu(message("/khongco hạn nộp báo cáo năm")) is None


@pytest.mark.parametrize("text", ["cảm ơn nhé", "Cám ơn em nhiều", "ok", "thank you", "dạ vâng"])
async def test_thanks_are_answered_in_a_line(text: str) -> None:
    replies = await show_menu(message(text))
    assert replies is not None
    assert "\n" not in replies[0].text


@pytest.mark.parametrize(
    "text",
    [
        "Xin chào, Phòng Tư pháp phải làm gì?",
        "Kiên Hải",
        "chào cờ khi nào",
        "cứu tôi với",
        "ok vậy hạn báo cáo là khi nào",
        "",
    ],
)
async def test_what_may_be_a_question_is_left_to_others(text: str) -> None:
    assert await show_menu(message(text)) is None


async def test_english_is_greeted_in_english() -> None:
    replies = await show_menu(message("hello"))
    assert replies is not None
    assert replies[0].text.startswith("Hello")


async def test_the_menu_button_opens_the_menu_and_others_are_left() -> None:
    assert await show_menu(message("", content=Content.ACTION, action="menu:menu")) is not None
    assert await show_menu(message("", content=Content.ACTION, action="done:7")) is None


async def test_a_command_that_a_menu_sends_is_answered_in_the_language_of_the_conversation() -> None:
    replies = [await show_menu(message("/help", language=language)) for language in ("vi", "en")]
    assert all(replies) and replies[0] != replies[1]
    assert replies[0] == await show_menu(message("trợ giúp"))
