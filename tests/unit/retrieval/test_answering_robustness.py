"""Whatever is typed gets a civil answer in bounded time."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answering import Answerer, Question
from tests.unit.retrieval.sample_documents import sample_store

NAUGHTY = [
    "",
    "   \n\t ",
    "?",
    "\u0000\u0001\u0007\u001b[31m",
    "\u202eohc gnòhp",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦🔥" * 50,
    "Robert'); DROP TABLE document;--",
    "<script>alert(1)</script> hạn báo cáo Vân Hồ",
    "**đậm** [liên kết](javascript:alert(1)) `mã` Phòng Tư pháp",
    "{}{0}{name}%s%n%(x)s",
    "../../../../etc/passwd",
    "a" * 1_000_000,
    "Vân Hồ " * 150_000,
    "1/1/1/1/1/1/1/1 99/99/9999 0/0",
    "ngày 31 tháng 2 năm 2025 30/02/2025",
    "H\u0323o\u0302\u0300 Va\u0302n",
    "ﬁ ﬂ ½ ① Ⅷ",
    "\ud800",
    "-" * 5000,
    "(((((((((((((((((((((((((",
    "phòng " * 300,
    "không không không không",
]


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer(sample_store())


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_odd_input_gets_a_civil_answer_soon(text: str, answerer: Answerer) -> None:
    started = time.perf_counter()
    answer = answerer.answer(Question(text=text, history=(("user", text), ("bot", text)), today=date(2025, 5, 1)))
    assert time.perf_counter() - started < 60
    assert answer.text.strip()
    assert len(answer.text) < 5000


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.sampled_from(["", "Vân Hồ ", "Phòng Tư pháp ", "báo cáo khi nào ", "Kế hoạch số "]))
def test_any_text_is_answered(text: str, opening: str) -> None:
    answerer = _shared()
    answer = answerer.answer(Question(text=opening + text, today=date(2025, 5, 1)))
    assert answer.kind in ("answer", "clarify", "refuse")
    assert answer.kind != "answer" or answer.citations


_ANSWERER: list[Answerer] = []


def _shared() -> Answerer:
    if not _ANSWERER:
        _ANSWERER.append(Answerer(sample_store()))
    return _ANSWERER[0]
