"""What a question asks for, of which documents."""

import pytest

from retrieval.library import Library
from retrieval.questions import read_question
from tests.unit.retrieval.sample_documents import sample_store


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(sample_store().documents())


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Phòng Tư pháp Vân Hồ phải làm gì?", "duty"),
        ("nhiem vu cua phong tu phap", "duty"),
        ("Theo kế hoạch của Vân Hồ thì Phòng Tư pháp được giao những việc gì?", "duty"),
        ("Ai dạy nghề trồng nấm?", "who"),
        ("Báo cáo năm của Vân Hồ nộp khi nào?", "when"),
        ("vướng mắc thì báo cho ai?", "submit_to"),
        ("Ai ký kế hoạch Cam Lộ?", "signer"),
        ("Học kỳ này ký túc xá ra sao?", None),
        ("Kế hoạch Vân Hồ số mấy?", "number"),
        ("Kế hoạch Vân Hồ ban hành ngày nào?", "issue_date"),
        ("Các xã ở Vân Hồ phải ban hành kế hoạch khi nào?", "when"),
        ("When must communes in Van Ho issue their own plan?", "when"),
        ("Nơi nhận của kế hoạch Vân Hồ?", "recipients"),
        ("Kinh phí Vân Hồ lấy từ đâu?", "budget"),
        ("Vân Hồ căn cứ những văn bản nào?", "bases"),
        ("Tóm tắt kế hoạch Cam Lộ", "summary"),
        ("Có những văn bản nào?", "documents"),
        ("What must the Justice Division do?", "duty"),
        ("When is the annual report due?", "when"),
        ("Who signed the Cam Lo plan?", "signer"),
    ],
)
def test_the_kind_of_question_is_read(text: str, intent: str | None, library: Library) -> None:
    assert read_question(text, library).intent == intent


def test_english_is_told_from_vietnamese_without_marks(library: Library) -> None:
    assert read_question("When is the report of Van Ho due?", library).language == "en"
    assert read_question("han bao cao cua van ho la khi nao", library).language == "vi"


def test_an_agency_that_no_register_knows_is_still_named(library: Library) -> None:
    (agency,) = read_question("Phòng Y tế huyện Vân Hồ làm gì?", library).agencies
    assert agency.words == "phong y te"
    assert not agency.keys


def test_asking_after_somebody_is_no_association(library: Library) -> None:
    assert read_question("Vân Hồ có thăm hỏi nạn nhân không?", library).agencies == ()


def test_only_the_beginning_of_an_endless_question_is_read(library: Library) -> None:
    assert len(read_question("Vân Hồ " * 200_000, library).text) <= 1500
