"""The web chat: one page, one question route, nothing from outside, civil to whatever is sent."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.allowance import Allowance
from bot.channels.web import MAX_QUESTION, create_web_router, find_context, render_page
from config.texts import LANGUAGES
from handlers.domain import Button, IncomingMessage, Reply
from retrieval.domain import Citation

TEXT = "Mở đầu.\nPhòng Tư pháp tuyên truyền\npháp luật về  bình đẳng giới.\nKết thúc."
QUOTE = "Phòng Tư pháp tuyên truyền pháp luật về bình đẳng giới."
CITATION = Citation(
    source="a.txt", number="1/KH", title="Kế hoạch", section="IV.2", quote=QUOTE, place="An Sơn", year=2024
)


def client(
    seen: list[IncomingMessage] | None = None, limit: Allowance | None = None, shown: list[int] | None = None
) -> TestClient:
    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        if seen is not None:
            seen.append(message)
        answer = Reply(text="Trả lời", kind="answer", citations=(CITATION,), buttons=(Button(label="Nơi khác"),))
        return [answer, Reply(text="Thêm")]

    app = FastAPI()
    app.include_router(
        create_web_router(
            handle=handle,
            is_distress=lambda message: "cứu" in message.text,
            document_text=lambda source: TEXT if source == "a.txt" else None,
            clock=lambda: datetime(2024, 1, 10, tzinfo=UTC),
            limit=limit or Allowance(),
            card_shown=lambda: None if shown is None else shown.append(1),
        )
    )
    return TestClient(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_numbers_and_loads_nothing_from_outside(language: str) -> None:
    page = render_page(language)
    assert all(f"tel:{number}" in page for number in (113, 115, 111))
    assert "{{" not in page
    assert not [part for part in page.split('"') if part.startswith("http") and "wikipedia" not in part]


def test_the_page_forbids_foreign_content_and_inline_scripts() -> None:
    answer = client().get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy
    assert "<script>" not in answer.text and "style=" not in answer.text


def test_a_question_gives_the_fixed_shape() -> None:
    seen: list[IncomingMessage] = []
    asked = {
        "id": "7",
        "question": "Phòng Tư pháp?",
        "history": [{"role": "user", "text": "chào"}],
        "locality": "An Sơn",
    }
    answer = client(seen).post("/api/ask", json=asked).json()
    assert answer["id"] == "7" and answer["kind"] == "answer" and answer["text"] == "Trả lời\n\nThêm"
    assert answer["options"] == ["Nơi khác"] and isinstance(answer["ms"], int)
    assert {"source", "number", "title", "section", "quote"} <= answer["citations"][0].keys()
    assert seen[0].history[0].text == "chào" and seen[0].locality == "An Sơn"


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"question": 5}', "\x00", '{"question": "a", "history": [{"role": "x"}]}']
)
def test_a_malformed_request_is_refused_without_detail_of_ours(body: str) -> None:
    assert client().post("/api/ask", content=body, headers={"content-type": "application/json"}).status_code == 422


def test_a_very_long_question_is_cut_in_its_middle_and_not_an_error() -> None:
    seen: list[IncomingMessage] = []
    assert client(seen).post("/api/ask", json={"question": "a" * 100_000 + "cứu em"}).status_code == 200
    assert len(seen[0].text) == MAX_QUESTION and seen[0].text.endswith("cứu em")


@pytest.mark.parametrize("path", ["/api/ask", "/api/context"])
def test_more_than_anybody_types_is_not_read(path: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 300_000

    headers = {"content-type": "application/json"}
    assert client().post(path, content=b"x" * 5_000_000, headers=headers).status_code == 413
    assert client().post(path, content=endless(), headers=headers).status_code == 413


def test_a_cry_is_answered_in_the_language_it_is_written_in_whatever_the_page_speaks() -> None:
    seen: list[IncomingMessage] = []
    for question in ("cứu em với, chồng đánh em", "Phòng Tư pháp?"):
        client(seen).post("/api/ask", json={"question": question, "language": "en"})
    assert [message.language for message in seen] == ["vi", "en"]


def test_too_many_questions_get_a_civil_answer_but_a_cry_for_help_always_gets_through() -> None:
    now = [0.0]
    shown = list[int]()
    web = client(limit=Allowance(per_minute=60, burst=2, clock=lambda: now[0]), shown=shown)
    ask: Any = lambda text: web.post("/api/ask", json={"question": text})  # noqa: E731
    assert [ask("a").status_code for _ in range(3)] == [200, 200, 429]
    assert "113" in ask("a").json()["text"] and ask("cứu em").status_code == 200
    now[0] = 1.0
    assert ask("a").status_code == 200 and len(shown) == 1


def test_asking_for_a_context_is_bounded_in_size_and_number() -> None:
    asking = client(limit=Allowance(per_minute=1, burst=1))
    for size, status in ((4_000_000, 413), (MAX_QUESTION + 1, 422), (9, 404), (9, 429)):
        assert asking.post("/api/context", json={"source": "a.txt", "quote": "x" * size}).status_code == status


def test_the_context_of_a_quote_is_found_whatever_its_white_space() -> None:
    around = client().post("/api/context", json={"source": "a.txt", "quote": QUOTE}).json()
    assert around["before"].startswith("Mở đầu") and around["after"].strip() == "Kết thúc."
    assert client().post("/api/context", json={"source": "b.txt", "quote": QUOTE}).status_code == 404
    assert find_context(TEXT, "không có") is None
    cut = find_context("đầu " + "trước " * 200 + QUOTE + " sau" * 300, QUOTE)
    assert cut is not None and cut["before"].startswith("…trước ")
    assert cut["after"].endswith(" sau…")
