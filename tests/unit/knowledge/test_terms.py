"""What a sentence says about time: the limit, which day is the last one in time, and how it recurs."""

from datetime import date, datetime

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from knowledge.terms import Shape, Term, find_terms, names_a_day


def only(sentence: str) -> Term:
    terms = find_terms(sentence)
    assert len(terms) == 1, [sentence[term.start : term.end] for term in terms]
    return terms[0]


def days(rule: str, first: date, last: date) -> list[date]:
    dates = rrulestr(rule, dtstart=datetime(first.year, 1, 1)).between(  # noqa: DTZ001
        datetime(first.year, first.month, first.day),  # noqa: DTZ001
        datetime(last.year, last.month, last.day),  # noqa: DTZ001
        inc=True,
    )
    return [moment.date() for moment in dates]


@pytest.mark.parametrize(
    ("sentence", "due", "inclusive", "last_day"),
    [
        ("Gửi báo cáo trước ngày 08/12/2023.", date(2023, 12, 8), False, date(2023, 12, 7)),
        ("Gửi báo cáo trước ngày 01/01/2024.", date(2024, 1, 1), False, date(2023, 12, 31)),
        ("Gửi danh sách chậm nhất ngày 20/5/2021.", date(2021, 5, 20), True, date(2021, 5, 20)),
        ("Gửi danh sách chậm nhất vào ngày 31/5/2021.", date(2021, 5, 31), True, date(2021, 5, 31)),
        ("Muộn nhất là ngày 20/5/2021 phải nộp.", date(2021, 5, 20), True, date(2021, 5, 20)),
        ("Chậm nhất trước ngày 20/5/2021.", date(2021, 5, 20), False, date(2021, 5, 19)),
        ("Nộp trước 10 giờ 30 phút, ngày 26 tháng 10 năm 2019.", date(2019, 10, 26), True, date(2019, 10, 26)),
        ("Rà soát xong trước 01/10/2021.", date(2021, 10, 1), False, date(2021, 9, 30)),
        ("Hoàn thành trước tháng 10/2024.", date(2024, 10, 1), False, date(2024, 9, 30)),
        ("Hoàn thành trước quý III/2024.", date(2024, 7, 1), False, date(2024, 6, 30)),
        ("Hoàn thành trong tháng 2/2024.", date(2024, 2, 29), True, date(2024, 2, 29)),
        ("Hoàn thành trong quý II/2027.", date(2027, 6, 30), True, date(2027, 6, 30)),
        ("Hoàn thành trong 6 tháng đầu năm 2025.", date(2025, 6, 30), True, date(2025, 6, 30)),
        ("Hoàn thành trong năm 2025.", date(2025, 12, 31), True, date(2025, 12, 31)),
        ("Nhận bài đến hết ngày 15 tháng 11 năm 2020.", date(2020, 11, 15), True, date(2020, 11, 15)),
        ("Nhận bài đến 10h, ngày 12/10/2020.", date(2020, 10, 12), True, date(2020, 10, 12)),
        ("Thời hạn nộp: ngày 12/10/2020.", date(2020, 10, 12), True, date(2020, 10, 12)),
        ("Không quá ngày 12/10/2020.", date(2020, 10, 12), True, date(2020, 10, 12)),
        ("Nộp trước cuối tháng 6/2024.", date(2024, 6, 30), False, date(2024, 6, 29)),
        ("Triển khai đầu tháng 6/2024.", None, True, None),
        ("Nộp trước ngày 10/6.", None, False, None),
        ("Nộp trước ngày 30/2/2024.", None, False, None),
        ("nop bao cao truoc ngay 15/6/2024", date(2024, 6, 15), False, date(2024, 6, 14)),
        ("nop bao cao cham nhat ngay 15/6/2024", date(2024, 6, 15), True, date(2024, 6, 15)),
    ],
)
def test_the_last_day_in_time_follows_the_limiting_words(
    sentence: str, due: date | None, inclusive: bool, last_day: date | None
) -> None:
    term = only(sentence)
    assert (term.due, term.inclusive, term.last_day) == (due, inclusive, last_day)


@pytest.mark.parametrize(
    ("sentence", "first", "last"),
    [
        ("Chiến dịch từ ngày 05/10/2020 đến ngày 15/10/2020.", date(2020, 10, 5), date(2020, 10, 15)),
        ("Chiến dịch từ ngày 15/11-15/12/2024.", date(2024, 11, 15), date(2024, 12, 15)),
        ("Chiến dịch (từ ngày 15/11 đến ngày 15/12/2023).", date(2023, 11, 15), date(2023, 12, 15)),
        ("Chiến dịch từ ngày 15/11/2023 đến 15/12.", date(2023, 11, 15), date(2023, 12, 15)),
        ("Chiến dịch từ 20/12 đến 10/01/2024.", date(2023, 12, 20), date(2024, 1, 10)),
        ("Chiến dịch từ ngày 15/12/2023 đến ngày 15/01.", date(2023, 12, 15), date(2024, 1, 15)),
        ("Chiến dịch từ ngày 01 đến ngày 08 tháng 6 năm 2022.", date(2022, 6, 1), date(2022, 6, 8)),
        ("Chiến dịch từ ngày 25 đến ngày 05 tháng 6 năm 2022.", date(2022, 5, 25), date(2022, 6, 5)),
        ("Chiến dịch từ ngày 15-20/11/2024.", date(2024, 11, 15), date(2024, 11, 20)),
        ("Chiến dịch từ tháng 3 đến tháng 5/2024.", date(2024, 3, 1), date(2024, 5, 31)),
        ("Chiến dịch từ ngày 15/11 đến hết tháng 12/2023.", date(2023, 11, 15), date(2023, 12, 31)),
        ("Chiến dịch từ ngày 15/12/2024 đến ngày 15/01/2024.", date(2024, 12, 15), date(2024, 1, 15)),
        ("Chiến dịch từ ngày 01 đến ngày 08 tháng 6.", None, None),
        ("chien dich tu ngay 15/11 den ngay 15/12/2023", date(2023, 11, 15), date(2023, 12, 15)),
    ],
)
def test_a_window_takes_a_missing_year_or_month_from_its_other_end(
    sentence: str, first: date | None, last: date | None
) -> None:
    term = only(sentence)
    assert term.shape is Shape.WINDOW
    assert (term.begins, term.due, term.last_day) == (first, last, last)


@pytest.mark.parametrize(
    ("sentence", "rule", "expected"),
    [
        ("Nộp trước ngày 15/6 hằng năm.", "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=15", [date(2024, 6, 15)]),
        ("Hàng năm, nộp trước ngày 15/6.", "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=15", [date(2024, 6, 15)]),
        ("Từ ngày 15/11 đến ngày 15/12 hàng năm.", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=15", [date(2024, 12, 15)]),
        ("Thực hiện ngay từ đầu tháng 9 hằng năm.", "FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1", [date(2024, 9, 1)]),
        ("Hoàn thành trong tháng 2 hằng năm.", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", [date(2024, 2, 29)]),
        ("Hoàn thành trong quý III hằng năm.", "FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=-1", [date(2024, 9, 30)]),
        (
            "Gửi trước ngày 25 tháng cuối quý.",
            "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=25",
            [date(2024, month, 25) for month in (3, 6, 9, 12)],
        ),
        (
            "Gửi trước ngày 10 tháng đầu quý sau.",
            "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=10",
            [date(2024, month, 10) for month in (1, 4, 7, 10)],
        ),
        (
            "Hằng quý gửi trước ngày 07 của tháng tiếp theo.",
            "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=7",
            [date(2024, month, 7) for month in (1, 4, 7, 10)],
        ),
        (
            "Gửi vào ngày 20 hàng tháng.",
            "FREQ=MONTHLY;BYMONTHDAY=20",
            [date(2024, month, 20) for month in range(1, 13)],
        ),
        (
            "Nộp trước ngày 30 hằng tháng.",
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            [date(2024, month, 29 if month == 2 else 30) for month in range(1, 13)],
        ),
        (
            "Họp vào thứ Hai, tuần 1 hàng tháng.",
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1",
            [
                date(2024, month, day)
                for month, day in zip(range(1, 13), (1, 5, 4, 1, 6, 3, 1, 5, 2, 7, 4, 2), strict=True)
            ],
        ),
        (
            "Báo cáo vào cuối mỗi quý.",
            "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1",
            [date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31)],
        ),
    ],
)
def test_a_recurring_limit_becomes_a_rule_that_names_the_printed_days(
    sentence: str, rule: str, expected: list[date]
) -> None:
    term = only(sentence)
    assert term.recurrence == rule
    assert days(rule, date(2024, 1, 1), date(2024, 12, 31)) == expected
    assert term.due is None


@pytest.mark.parametrize(
    ("sentence", "shape", "rule"),
    [
        ("Trực từ thứ 2 đến thứ 6 hàng tuần.", Shape.WINDOW, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("Giao ban chiều thứ Sáu hằng tuần.", Shape.CYCLE, "FREQ=WEEKLY;BYDAY=FR"),
        ("Trực thứ Ba, thứ Năm hàng tuần.", Shape.CYCLE, "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("Họp Chủ nhật tuần cuối hằng tháng.", Shape.CYCLE, "FREQ=MONTHLY;BYDAY=SU;BYSETPOS=-1"),
    ],
)
def test_weekdays_recur_by_week_or_by_their_place_in_the_month(sentence: str, shape: Shape, rule: str) -> None:
    term = only(sentence)
    assert (term.shape, term.recurrence) == (shape, rule)
    assert days(rule, date(2024, 1, 1), date(2024, 3, 1))


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("Định kỳ hằng quý báo cáo kết quả.", "FREQ=MONTHLY;INTERVAL=3"),
        ("Định kỳ 6 tháng, năm báo cáo kết quả.", "FREQ=MONTHLY;INTERVAL=6"),
        ("Hằng tháng báo cáo kết quả.", "FREQ=MONTHLY"),
        ("Định kỳ hằng năm báo cáo kết quả.", "FREQ=YEARLY"),
    ],
)
def test_a_rhythm_without_a_day_says_how_often_and_invents_no_day(sentence: str, rule: str) -> None:
    term = only(sentence)
    assert term.recurrence == rule
    assert not names_a_day(rule)
    rrulestr(rule, dtstart=datetime(2024, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "sentence",
    [
        "Nộp trước ngày 10 tháng liền kề trước tháng đoàn đánh giá ngoài đến.",
        "Báo cáo cùng với báo cáo tổng kết năm học.",
        "Báo cáo định kỳ cuối Học kỳ 1 và cuối Học kỳ 2.",
        "Chậm nhất 05 ngày làm việc kể từ ngày nhận được văn bản này.",
        "Gửi trong vòng 10 ngày sau khi kết thúc hội nghị.",
    ],
)
def test_a_day_told_in_words_stays_without_a_date(sentence: str) -> None:
    term = only(sentence)
    assert (term.due, term.last_day, term.recurrence) == (None, None, None)


def test_two_days_whose_month_is_printed_once_are_both_read() -> None:
    both = only("Tập huấn trong hai ngày 21 và 22/11/2025, do Hội chủ trì")
    assert both.first is not None and (both.shape, both.first.value, both.due) == (
        Shape.WINDOW,
        date(2025, 11, 21),
        date(2025, 11, 22),
    )
    apart = find_terms("Gửi trước ngày 15 và 25/6/2026")
    assert [(term.shape, term.due) for term in apart] == [
        (Shape.BEFORE, date(2026, 6, 15)),
        (Shape.BEFORE, date(2026, 6, 25)),
    ]


def test_dates_of_one_list_share_the_year_at_its_end() -> None:
    terms = find_terms("Gửi trước ngày 15/6 và 15/12/2024; họp trước ngày 20/9.")
    assert [term.due for term in terms] == [date(2024, 6, 15), date(2024, 12, 15), None]
    assert not any(term.inclusive for term in terms)


@pytest.mark.parametrize(
    "sentence",
    [
        "Số liệu tính đến ngày 15/11/2023.",
        "Nghị định có hiệu lực kể từ ngày 01/01/2024.",
        "Áp dụng từ ngày 01/01/2024.",
        "Thu hẹp khoảng cách giới đến năm 2030.",
        "Các quy định về báo cáo và các quỹ được công khai.",
        "Hội Liên hiệp Phụ nữ, đa dạng hóa hoạt động, cá nhân tiêu biểu.",
    ],
)
def test_words_that_limit_nothing_give_no_term(sentence: str) -> None:
    assert find_terms(sentence) == []


@pytest.mark.parametrize("name", ["Các cá nhân", "Hội", "Cổng điện tử", "Công nhân", "Trường có tài"])
def test_words_that_merely_sound_like_limits_stay_outside_the_term(name: str) -> None:
    sentence = f"{name} trước ngày 10/6/2024 nộp bài."
    assert sentence[only(sentence).start :].startswith("trước ngày 10/6/2024")


@given(st.dates(min_value=date(2000, 1, 2), max_value=date(2090, 1, 1)))
def test_before_a_day_always_ends_the_day_before(day: date) -> None:
    term = only(f"Các xã gửi kết quả trước ngày {day:%d/%m/%Y} về huyện.")
    assert term.due == day
    assert term.last_day is not None
    assert (day - term.last_day).days == 1


@given(st.integers(1, 12), st.integers(1, 28), st.sampled_from(["hằng năm", "hàng năm", "mỗi năm"]))
def test_a_yearly_day_comes_once_in_each_year(month: int, day: int, every: str) -> None:
    term = only(f"Báo cáo trước ngày {day}/{month} {every}.")
    assert term.recurrence is not None
    assert days(term.recurrence, date(2023, 1, 1), date(2025, 12, 31)) == [
        date(y, month, day) for y in (2023, 2024, 2025)
    ]


@given(st.text(alphabet=st.sampled_from("ngày tháng năm quý trước đến từ hằng thứ 0123456789/-.,()"), max_size=120))
def test_no_sentence_breaks_the_reader(sentence: str) -> None:
    for term in find_terms(sentence):
        assert 0 <= term.start < term.end <= len(sentence)
        if term.recurrence:
            rrulestr(term.recurrence, dtstart=datetime(2024, 1, 1))  # noqa: DTZ001
