"""Follow-up questions lean on what was said."""

from datetime import date

import pytest

from retrieval.conversation import understand
from retrieval.library import Library
from retrieval.questions import Question, Reading
from tests.unit.retrieval.sample_documents import sample_store


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(sample_store().documents())


def follow(library: Library, *turns: str) -> Reading:
    *before, last = turns
    history = tuple(("user" if place % 2 == 0 else "bot", text) for place, text in enumerate(before))
    return understand(Question(text=last, history=history, today=date(2025, 4, 1)), library)


def places(reading: Reading) -> list[str | None]:
    return [one.document.place for one in reading.scope]


def test_another_agency_keeps_the_place_and_the_kind_of_question(library: Library) -> None:
    reading = follow(library, "Phòng Tư pháp Vân Hồ làm gì?", "Tham mưu quy chế.", "còn Trung tâm Y tế?")
    assert (places(reading), reading.intent) == (["Vân Hồ"], "duty")
    assert reading.agencies[0].words == "trung tam y te"


def test_another_place_keeps_agency_and_kind(library: Library) -> None:
    reading = follow(library, "Phòng Tư pháp Vân Hồ làm gì?", "Tham mưu quy chế.", "thế Cam Lộ thì sao?")
    assert (places(reading), reading.intent) == (["Cam Lộ"], "duty")
    assert reading.agencies[0].words == "phong tu phap"


def test_a_chosen_place_answers_the_question_before(library: Library) -> None:
    reading = follow(library, "Báo cáo năm nộp khi nào?", "Anh/chị hỏi nơi nào ạ?", "nơi thứ hai, Vân Hồ ấy")
    assert (places(reading), reading.intent, reading.reports) == (["Vân Hồ"], "when", ("year",))


def test_another_report_replaces_the_one_before(library: Library) -> None:
    reading = follow(library, "Hạn báo cáo 6 tháng của Vân Hồ?", "Trước ngày 10/6/2025.", "vậy báo cáo năm thì sao?")
    assert (places(reading), reading.reports) == (["Vân Hồ"], ("year",))


def test_the_place_that_the_bot_named_counts(library: Library) -> None:
    reading = follow(library, "Ai dạy nghề trồng nấm?", "Phòng Nông nghiệp huyện Vân Hồ.", "ai ký kế hoạch đó?")
    assert (places(reading), reading.intent) == (["Vân Hồ"], "signer")


def test_a_number_asked_about_stays_the_subject(library: Library) -> None:
    reading = follow(library, "Nghị quyết 07/NQ-HĐND là gì?", "Về dự toán.", "ban hành ngày nào?")
    assert reading.numbers == ("07/nq-hdnd",)


def test_a_bare_day_after_an_answer_about_a_cited_document_is_that_documents(library: Library) -> None:
    reading = follow(
        library, "Vân Hồ theo kế hoạch nào của tỉnh?", "Kế hoạch số 18/KH-UBND của tỉnh.", "ngày bao nhiêu?"
    )
    assert (reading.numbers, reading.intent) == (("18/kh-ubnd",), "issue_date")


def test_a_bare_who_is_asked_of_what_was_spoken_of(library: Library) -> None:
    reading = follow(library, "Báo cáo năm của Vân Hồ nộp khi nào?", "Trước ngày 25/11/2025.", "những ai phải nộp?")
    assert (places(reading), reading.intent, reading.reports) == (["Vân Hồ"], "when", ("year",))


def test_a_question_that_stands_alone_takes_nothing(library: Library) -> None:
    reading = follow(library, "Phòng Tư pháp Vân Hồ làm gì?", "Tham mưu quy chế.", "Có những văn bản nào?")
    assert (reading.scope, reading.intent) == ((), "documents")


def test_what_fell_on_the_keyboard_leans_on_nothing_said_before(library: Library) -> None:
    reading = follow(library, "Phòng Tư pháp Vân Hồ làm gì?", "Tham mưu quy chế.", "#cb:xxxx")
    assert not (reading.scope or reading.agencies or reading.intent)


@pytest.mark.parametrize("said", ["2", "số 2", "chọn 2."])
def test_the_number_of_a_choice_stands_for_the_document_offered(said: str, library: Library) -> None:
    cam_lo, van_ho = (next(one.label for one in library.holdings if name in one.label) for name in ("Cam", "Vân"))
    reading = follow(library, "Phòng Tư pháp làm gì?", f"Anh/chị hỏi nơi nào ạ?\n1. {cam_lo}\n2. {van_ho}", said)
    assert (places(reading), reading.intent) == (["Vân Hồ"], "duty")


def test_a_bare_figure_behind_a_numbered_document_is_another_document(library: Library) -> None:
    reading = follow(library, "Kế hoạch 61/KH-UBND là gì?", "Về chăm lo trẻ em gái.", "còn 18?")
    assert reading.numbers == ("18",)
