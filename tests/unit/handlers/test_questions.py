"""The flow for questions."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from handlers.domain import Content, IncomingMessage, Turn
from handlers.questions import answer_question, local_today
from retrieval.answering import Answerer
from tests.unit.retrieval.sample_documents import CAM_LO, VAN_HO, open_store_with, sample_store

NOW = datetime(2025, 5, 20, 1, 0, tzinfo=UTC)


def message(text: str, **given: Any) -> IncomingMessage:
    return IncomingMessage(channel="web", sender="s", chat="c", now=NOW, text=text, **given)


async def test_a_question_is_answered_with_its_citations() -> None:
    replies = await answer_question(message("Ai ký kế hoạch Cam Lộ?"), answerer=Answerer(sample_store()))
    assert replies is not None
    assert replies[0].kind == "answer"
    assert replies[0].citations


async def test_earlier_turns_count() -> None:
    history = (Turn(role="user", text="Phòng Tư pháp Vân Hồ làm gì?"), Turn(role="bot", text="Tham mưu quy chế."))
    replies = await answer_question(message("còn Trung tâm Y tế?", history=history), answerer=Answerer(sample_store()))
    assert replies is not None
    assert "điện thoại ban đêm" in replies[0].text


async def test_the_choices_of_a_question_back_are_buttons_that_answer_it() -> None:
    third = ("mai-son-2025.txt", VAN_HO.replace("Vân Hồ", "Mai Sơn").replace("VÂN HỒ", "MAI SƠN"))
    answerer = Answerer(open_store_with(("van-ho-2025.txt", VAN_HO), ("cam-lo-2025.txt", CAM_LO), third))
    asked = message("Tóm tắt kế hoạch")
    replies = await answer_question(asked, answerer=answerer)
    assert replies is not None
    assert replies[0].kind == "clarify"
    labels = [button.label for button in replies[0].buttons]
    assert labels == ["huyện Cam Lộ, 2025", "huyện Mai Sơn, 2025", "huyện Vân Hồ, 2025"]
    history = (Turn(role="user", text=asked.text), Turn(role="bot", text=replies[0].text))
    chosen = await answer_question(message(labels[2], history=history), answerer=answerer)
    assert chosen is not None
    assert chosen[0].kind == "answer"
    assert {citation.source for citation in chosen[0].citations} == {"van-ho-2025.txt"}


async def test_a_picture_is_answered_civilly_and_a_button_is_left_to_others() -> None:
    answerer = Answerer(sample_store())
    replies = await answer_question(message("", content=Content.MEDIA), answerer=answerer)
    assert replies is not None
    assert replies[0].text
    replies = await answer_question(message("", content=Content.ACTION, action="done:1"), answerer=answerer)
    assert [reply.text[:20] for reply in replies] == ["Lựa chọn này đã cũ n"]


def test_today_is_the_day_in_vietnam() -> None:
    late = IncomingMessage(channel="web", sender="s", chat="c", now=datetime(2025, 5, 20, 18, 30, tzinfo=UTC))
    assert local_today(late) == date(2025, 5, 21)
    assert local_today(message("x", today=date(2024, 1, 10))) == date(2024, 1, 10)


@pytest.mark.parametrize("said", ["xem nguyên văn", "nguyên văn câu đó?"])
async def test_the_words_of_the_documents_behind_the_last_answer_are_shown_when_asked_for(said: str) -> None:
    history = (Turn(role="user", text="Phòng Tư pháp Vân Hồ làm gì?"), Turn(role="bot", text="Tham mưu quy chế."))
    replies = await answer_question(message(said, history=history), answerer=Answerer(sample_store()))
    assert replies is not None
    assert replies[0].text.startswith("“Tham mưu UBND huyện quy chế")
