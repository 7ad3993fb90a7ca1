"""Answers over a commune's plan: recurring deadlines, unknown places, sums that are no budget, nested sections."""

from datetime import date

import pytest

from retrieval.answering import Answerer, Question
from retrieval.domain import Answer
from tests.unit.retrieval.sample_documents import open_store_with

PLAN = """UBND XÃ NẬM KHAO

Số: 31/KH-UBND

Nậm Khao, ngày 12 tháng 01 năm 2026

KẾ HOẠCH

Nuôi ong và bình đẳng trong việc nhà năm 2026

I. NỘI DUNG

1. Nuôi ong

- Bố trí thùng gỗ cho các hoạt động của nhóm; phạt 3.000.000 đồng nếu đốt tổ ong.

2. Việc nhà

- Vận động nam giới giặt chiếu, gánh nước.

II. PHÂN CÔNG

1. Tổ nuôi ong

- Nộp sổ mật về Văn phòng xã vào thứ Hai hằng tuần.

2. Công an xã

- Phối hợp với Tổ nuôi ong giữ rừng hoa; báo cáo Ủy ban nhân dân xã trước ngày 05/12 hằng năm.
"""

TASKS = """UBND XÃ HUA PÉ

Số: 8/KH-UBND

Hua Pé, ngày 03 tháng 02 năm 2026

KẾ HOẠCH

Dệt thổ cẩm và quyền của phụ nữ năm 2026

I. KINH PHÍ

Ngân sách xã và nguồn xã hội hóa bảo đảm cho những việc nêu dưới đây.

II. PHÂN CÔNG

1. Văn phòng xã

- Dựng khung cửi cho nhà sàn trước ngày 20/4/2026.

- Trưng bày khăn piêu trước ngày 15/8/2026.

2. Tổ dệt

- Kiểm đếm sợi chàm trước ngày 30/6/2026.

- Bố trí 37 triệu đồng mua bông.

3. Trạm khuyến nông

- Nhuộm vải tại bản Nà Pó từ ngày 05/7/2026 đến ngày 30/9/2026.
"""


@pytest.fixture(scope="module")
def tasks() -> Answerer:
    return Answerer(open_store_with(("hua-pe-2026.txt", TASKS)))


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer(open_store_with(("nam-khao-2026.txt", PLAN)))


def ask(answerer: Answerer, text: str, *history: str, today: date = date(2026, 11, 20)) -> Answer:
    turns = tuple(("user" if place % 2 == 0 else "bot", said) for place, said in enumerate(history))
    return answerer.answer(Question(text=text, history=turns, today=today))


def test_what_recurs_every_week_falls_due_this_week(answerer: Answerer) -> None:
    text = ask(answerer, "Tuần này có gì phải nộp?", today=date(2026, 11, 23)).text
    assert "sổ mật" in text and "Không có hạn nào" not in text


def test_what_recurs_every_year_outlives_a_plan_of_one_year(answerer: Answerer) -> None:
    assert "05/12" in ask(answerer, "Tháng 12/2027 có việc gì phải nộp?", today=date(2027, 11, 1)).text.replace(
        "5/12", "05/12"
    )


@pytest.mark.parametrize(("day", "verdict"), [("5/12", "Muộn"), ("4/12", "05/12/2026")])
def test_a_day_is_held_against_the_next_time_a_yearly_report_is_due(day: str, verdict: str, answerer: Answerer) -> None:
    assert verdict in ask(answerer, f"Công an xã báo cáo ngày {day} có trễ không?").text


@pytest.mark.parametrize("place", ["Xã Trung Sơn", "Xã Quyết Thắng", "Phường Hội Hợp", "Bắc Sơn"])
def test_a_place_nobody_wrote_about_is_refused_whatever_its_name_begins_with(place: str, answerer: Answerer) -> None:
    answer = ask(answerer, f"{place} báo cáo khi nào?")
    assert answer.kind == "refuse" and place.split(maxsplit=place.startswith(("Xã", "Ph")))[-1] in answer.text


@pytest.mark.parametrize("said", ["Chị Hương hỏi công an xã báo cáo khi nào?", "Công An Xã Báo Cáo Khi Nào?"])
def test_a_form_of_address_and_title_case_name_no_place(said: str, answerer: Answerer) -> None:
    assert "chưa có văn bản nào của" not in ask(answerer, said).text


def test_a_fine_is_not_the_budget(answerer: Answerer) -> None:
    assert ask(answerer, "Kinh phí thực hiện là bao nhiêu?").kind == "refuse"
    assert ask(answerer, "Kinh phí lấy từ đâu?").kind == "refuse"


def test_a_nested_section_is_shown_alone(answerer: Answerer) -> None:
    text = ask(answerer, "Nội dung mục I.2 kế hoạch Nậm Khao").text
    assert "giặt chiếu" in text and "thùng gỗ" not in text


@pytest.mark.parametrize("said", ["Hạn kế tiếp của Văn phòng xã Hua Pé là gì?", "Hạn tiếp theo của Văn phòng xã"])
def test_the_next_deadline_of_a_body_is_told_alone(said: str, tasks: Answerer) -> None:
    answer = ask(tasks, said, today=date(2026, 3, 2))
    assert answer.kind == "answer" and "20/04/2026" in answer.text
    assert "15/08/2026" not in answer.text and "30/06/2026" not in answer.text


def test_what_recurs_is_told_beside_the_next_deadline(answerer: Answerer) -> None:
    assert "5/12" in ask(answerer, "Hạn kế tiếp của Công an xã là gì?").text


def test_all_that_is_due_by_a_day_is_told_and_nothing_later(tasks: Answerer) -> None:
    text = ask(tasks, "Những việc nào phải xong trước ngày 01/7/2026 ở Hua Pé?", today=date(2026, 3, 2)).text
    assert "20/04/2026" in text and "30/06/2026" in text and "15/08/2026" not in text


def test_a_window_given_to_a_body_is_due_in_the_quarter_in_which_it_ends(tasks: Answerer) -> None:
    text = ask(tasks, "Quý III năm 2026 Hua Pé có hạn nào?", today=date(2026, 3, 2)).text
    assert "30/09/2026" in text and "15/08/2026" in text and "30/06/2026" not in text


def test_a_sum_printed_in_a_short_line_is_told(tasks: Answerer) -> None:
    answer = ask(tasks, "Hua Pé bỏ bao nhiêu tiền mua bông?")
    assert answer.kind == "answer" and "37 triệu" in answer.text


def test_who_signs_a_pledge_is_not_the_signer_of_the_plan() -> None:
    plan = PLAN.replace("- Nộp sổ mật", "- Ký cam kết giữ rừng với từng hộ; nộp sổ mật")
    signed = Answerer(open_store_with(("nam-khao-2026.txt", f"{plan}\nCHỦ TỊCH\n\nVàng A Páo\n")))
    assert "Páo" not in ask(signed, "Ai ký cam kết giữ rừng ở Nậm Khao?").text
    assert "Páo" in ask(signed, "Ai ký kế hoạch Nậm Khao?").text


def test_the_issuer_of_a_cited_document_is_told_from_the_sentence_that_names_both() -> None:
    news = "Phiên chợ hoa Hua Pé\n\nNgày 02/3/2026, UBND xã Hua Pé ban hành Kế hoạch số 12/KH-UBND mở phiên chợ hoa.\n"
    text = ask(Answerer(open_store_with(("tin.txt", news))), "12/KH-UBND của ai, ngày nào?").text
    assert "UBND xã Hua Pé" in text and "02/3/2026" in text


def test_who_signs_by_authority_of_another_is_said_so() -> None:
    signed = f"{PLAN}\nTUQ. CHỦ TỊCH\nCHÁNH VĂN PHÒNG\n\nVàng A Páo\n"
    text = ask(Answerer(open_store_with(("nam-khao-2026.txt", signed))), "Ai ký kế hoạch Nậm Khao?").text
    assert "thừa ủy quyền" in text and "Tuq" not in text


def test_the_original_of_a_document_is_shown_in_brief(tasks: Answerer) -> None:
    assert "Dệt thổ cẩm" in ask(tasks, "xem văn bản gốc Hua Pé").text


def test_a_point_is_shown_without_those_before_it() -> None:
    points = "a) Gùi củi.\n\nb) Nhóm bếp.\n\nd) Đồ xôi tím.\n\nđ) Gói bánh sừng bò."
    head = "UBND XÃ HUA PÉ\n\nSố: 5/TB-UBND\n\nTHÔNG BÁO\n\nNgày hội bếp lửa"
    noticed = Answerer(open_store_with(("tb.txt", f"{head}\n\n1. Chợ phiên.\n\n2. Ngày hội\n\n{points}\n")))
    text = ask(noticed, "điểm d khoản 2 thông báo Hua Pé nói gì?").text
    assert "xôi tím" in text and "Gùi củi" not in text and "sừng bò" not in text
    assert "sừng bò" in ask(noticed, "Khoản 2 điểm đ thông báo Hua Pé").text


def test_who_speaks_on_the_radio_is_whoever_writes_the_columns_and_news() -> None:
    media = "- Xây dựng chuyên mục, tin bài tuyên truyền về việc nhà."
    plan = PLAN.replace("2. Công an xã", f"2. Trung tâm Truyền thông xã\n\n{media}\n\n3. Công an xã")
    text = ask(Answerer(open_store_with(("nam-khao-2026.txt", plan))), "Ai lo tuyên truyền trên đài ở Nậm Khao?").text
    assert "Trung tâm Truyền thông xã" in text and "Công an" not in text


@pytest.mark.parametrize(("place", "is_told"), [("xã Mường Phăng", True), ("xã Nậm Khao", False), (None, False)])
def test_a_locality_without_documents_is_said_to_have_none(
    place: str | None, is_told: bool, answerer: Answerer
) -> None:
    asked = Question(text="Công an xã phải làm gì?", today=date(2026, 11, 20), locality=place)
    assert ("chưa có văn bản nào của xã Mường Phăng" in answerer.answer(asked).text) is is_told


@pytest.mark.parametrize("said", ["Văn phòng xã Hua Pé tháng 8 có việc gì?", "Văn phòng xã Hua Pé tháng 8/26 làm gì?"])
def test_of_a_body_in_a_month_only_that_month_is_told(said: str, tasks: Answerer) -> None:
    text = ask(tasks, said, today=date(2026, 3, 2)).text
    assert "15/08/2026" in text and "20/04/2026" not in text


def test_a_month_inside_a_window_belongs_to_it(tasks: Answerer) -> None:
    assert "05/07/2026" in ask(tasks, "Tháng 8 ở Hua Pé có việc gì?", today=date(2026, 3, 2)).text


def test_the_last_deadline_is_told_where_none_is_left(tasks: Answerer) -> None:
    text = ask(tasks, "Hạn gần nhất của Hua Pé là ngày nào?", today=date(2026, 12, 1)).text
    assert "Không còn hạn nào" in text and "15/08/2026" in text and "20/04/2026" not in text


def test_on_a_day_named_with_spaces_only_that_day_is_told(tasks: Answerer) -> None:
    text = ask(tasks, "Ngày 30 / 6 / 2026 Hua Pé có gì?", today=date(2026, 3, 2)).text
    assert "sợi chàm" in text and "khăn piêu" not in text


def test_what_is_due_after_a_day_is_told_and_nothing_before(tasks: Answerer) -> None:
    text = ask(tasks, "Sau ngày 01/7/2026 Hua Pé còn hạn nào?", today=date(2026, 3, 2)).text
    assert "15/08/2026" in text and "30/06/2026" not in text and "20/04/2026" not in text


def test_a_section_that_is_not_there_is_said_not_to_be(tasks: Answerer) -> None:
    answer = ask(tasks, "mục IV.9 của Hua Pé")
    assert answer.kind == "refuse" and "IV.9" in answer.text and "KINH PHÍ" in answer.text


def test_where_one_document_speaks_of_all_that_is_asked_no_other_is_offered() -> None:
    both = Answerer(open_store_with(("hua-pe-2026.txt", TASKS), ("nam-khao-2026.txt", PLAN)))
    answer = ask(both, "Sổ mật nộp khi nào?")
    assert answer.kind == "answer" and "Hua Pé" not in answer.text


def test_what_a_body_hands_in_is_found_under_another_word(answerer: Answerer) -> None:
    assert "5/12" in ask(answerer, "Công an xã Nậm Khao gửi số liệu lúc nào?").text
