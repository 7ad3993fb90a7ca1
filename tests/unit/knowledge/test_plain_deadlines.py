"""Dates and deadlines as people type them, seen from Wednesday 10 January 2024."""

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from knowledge.domain import DeadlineKind
from knowledge.plain_deadlines import read_person_date, read_plain_deadline

TODAY = date(2024, 1, 10)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("hôm nay có việc gì", TODAY, TODAY),
        ("việc ngày mai", date(2024, 1, 11), date(2024, 1, 11)),
        ("sang mai hop", date(2024, 1, 11), date(2024, 1, 11)),
        ("ngày kia", date(2024, 1, 12), date(2024, 1, 12)),
        ("3 ngày nữa", date(2024, 1, 13), date(2024, 1, 13)),
        ("sau 2 tuần nữa", date(2024, 1, 24), date(2024, 1, 24)),
        ("1 tháng nữa", date(2024, 2, 10), date(2024, 2, 10)),
        ("thứ hai tuần sau", date(2024, 1, 15), date(2024, 1, 15)),
        ("thứ tư tuần này", TODAY, TODAY),
        ("thứ tư", date(2024, 1, 17), date(2024, 1, 17)),
        ("thu sau", date(2024, 1, 12), date(2024, 1, 12)),
        ("chủ nhật tới", date(2024, 1, 14), date(2024, 1, 14)),
        ("trong tuần này", date(2024, 1, 8), date(2024, 1, 14)),
        ("tuần sau có hạn nào", date(2024, 1, 15), date(2024, 1, 21)),
        ("cuối tháng", date(2024, 1, 31), date(2024, 1, 31)),
        ("cuối tháng sau", date(2024, 2, 29), date(2024, 2, 29)),
        ("đầu tháng sau", date(2024, 2, 1), date(2024, 2, 1)),
        ("tháng này", date(2024, 1, 1), date(2024, 1, 31)),
        ("cuối quý này", date(2024, 3, 31), date(2024, 3, 31)),
        ("quý sau", date(2024, 4, 1), date(2024, 6, 30)),
        ("năm nay", date(2024, 1, 1), date(2024, 12, 31)),
        ("25/12", date(2024, 12, 25), date(2024, 12, 25)),
        ("hạn 8/1", date(2025, 1, 8), date(2025, 1, 8)),
        ("10/1", TODAY, TODAY),
        ("ngày 5", date(2024, 2, 5), date(2024, 2, 5)),
        ("ngày 31", date(2024, 1, 31), date(2024, 1, 31)),
        ("tháng 12 có hạn nào", date(2024, 12, 1), date(2024, 12, 31)),
        ("quy 4", date(2024, 10, 1), date(2024, 12, 31)),
        ("29/2", date(2024, 2, 29), date(2024, 2, 29)),
        ("15/6/2023", date(2023, 6, 15), date(2023, 6, 15)),
        ("tomorrow", date(2024, 1, 11), date(2024, 1, 11)),
        ("next week", date(2024, 1, 15), date(2024, 1, 21)),
    ],
)
def test_a_persons_date_is_the_next_such_day_or_stretch(text: str, first: date, last: date) -> None:
    meant = read_person_date(text, TODAY)
    assert meant is not None
    assert (meant.first, meant.last, meant.recurrence) == (first, last, None)


@pytest.mark.parametrize(
    "text", ["xin chào", "báo cáo kết quả", "cô Mai có ở phòng không", "24/7", "học sinh", "Phòng Nội vụ", "32/13"]
)
def test_words_without_a_date_mean_no_date(text: str) -> None:
    assert read_person_date(text, TODAY) is None
    assert read_plain_deadline(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "what", "last_day", "inclusive"),
    [
        ("họp ban ngày 20/10 lúc 14h", "họp ban (14:00)", date(2024, 10, 20), True),
        ("nộp danh sách trước thứ sáu tuần sau", "nộp danh sách", date(2024, 1, 18), False),
        ("gửi số liệu ngày mai", "gửi số liệu", date(2024, 1, 11), True),
        ("báo cáo năm trước ngày 05/12/2024", "báo cáo năm", date(2024, 12, 4), False),
        ("nop ke hoach cham nhat 15/3", "nop ke hoach", date(2024, 3, 15), True),
        ("truoc ngay 25/1 gui bang luong", "gui bang luong", date(2024, 1, 24), False),
        ("nhắc tôi nộp báo cáo cuối tháng", "nộp báo cáo", date(2024, 1, 31), True),
        ("hoàn thành khảo sát trong quý 2", "hoàn thành khảo sát", date(2024, 6, 30), True),
        ("nộp hồ sơ trước 16h ngày 12/1", "nộp hồ sơ (16:00)", date(2024, 1, 12), True),
        ("trước ngày 10/1 nộp biên bản", "nộp biên bản", date(2025, 1, 9), False),
        ("25/12", "", date(2024, 12, 25), True),
    ],
)
def test_a_plain_deadline_keeps_its_work_and_its_last_day(
    text: str, what: str, last_day: date, inclusive: bool
) -> None:
    deadline = read_plain_deadline(text, TODAY)
    assert deadline is not None
    assert (deadline.what, deadline.last_day, deadline.inclusive) == (what, last_day, inclusive)
    assert deadline.quote == text


@pytest.mark.parametrize(
    ("text", "what", "rule", "inclusive"),
    [
        (
            "báo cáo quý trước ngày 25 tháng cuối quý",
            "báo cáo quý",
            "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=25",
            False,
        ),
        (
            "bao cao quy truoc ngay 25 thang cuoi quy",
            "bao cao quy",
            "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=25",
            False,
        ),
        ("nộp kế hoạch chậm nhất 15/3 hằng năm", "nộp kế hoạch", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=15", True),
        ("báo cáo tháng trước ngày 25 hàng tháng", "báo cáo tháng", "FREQ=MONTHLY;BYMONTHDAY=25", False),
        ("giao ban mỗi thứ hai", "giao ban", "FREQ=WEEKLY;BYDAY=MO", True),
        ("họp thứ Sáu hằng tuần", "họp", "FREQ=WEEKLY;BYDAY=FR", True),
        ("nộp bảng lương ngày 30 hằng tháng", "nộp bảng lương", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", True),
        ("gửi báo cáo vào cuối mỗi quý", "gửi báo cáo", "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1", True),
    ],
)
def test_a_plain_rhythm_becomes_a_rule(text: str, what: str, rule: str, inclusive: bool) -> None:
    deadline = read_plain_deadline(text, TODAY)
    assert deadline is not None
    assert (deadline.what, deadline.recurrence, deadline.inclusive, deadline.due) == (what, rule, inclusive, None)
    rrulestr(rule, dtstart=datetime(2024, 1, 1))  # noqa: DTZ001


def test_a_plain_window_has_both_ends_and_a_meeting_is_an_event() -> None:
    campaign = read_plain_deadline("tháng hành động từ 15/11 đến 15/12", TODAY)
    winter = read_plain_deadline("đợt cao điểm từ 20/12 đến 10/1", TODAY)
    meeting = read_plain_deadline("họp giao ban ngày 20/1", TODAY)
    assert campaign is not None and winter is not None and meeting is not None
    assert (campaign.kind, campaign.start, campaign.end) == (
        DeadlineKind.PERIOD,
        date(2024, 11, 15),
        date(2024, 12, 15),
    )
    assert (winter.start, winter.end) == (date(2023, 12, 20), date(2024, 1, 10))
    assert (meeting.kind, meeting.due) == (DeadlineKind.EVENT, date(2024, 1, 20))


def test_a_plain_deadline_names_who_and_to_whom() -> None:
    deadline = read_plain_deadline("Phòng Nội vụ nộp báo cáo về UBND huyện (qua Phòng Tư pháp) trước ngày 15/6", TODAY)
    assert deadline is not None
    assert deadline.assignees == ("Phòng Nội vụ",)
    assert deadline.submit_to == "UBND huyện (qua Phòng Tư pháp)"


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2080, 1, 1)), st.integers(1, 12), st.integers(1, 28))
def test_a_day_without_a_year_is_never_in_the_past(today: date, month: int, day: int) -> None:
    deadline = read_plain_deadline(f"nộp báo cáo chậm nhất ngày {day}/{month}", today)
    assert deadline is not None and deadline.due is not None
    assert today <= deadline.due < today + timedelta(days=366)
    assert (deadline.due.day, deadline.due.month) == (day, month)


@given(st.text(max_size=200), st.dates(min_value=date(1975, 1, 1), max_value=date(2090, 1, 1)))
def test_no_message_breaks_the_reader(text: str, today: date) -> None:
    read_person_date(text, today)
    read_plain_deadline(text, today)


@pytest.mark.parametrize(
    ("text", "last_day", "recurrence"),
    [
        ("nộp báo cáo trước 17h ngày mai", date(2024, 1, 11), None),
        ("nộp báo cáo trước ngày mai", date(2024, 1, 10), None),
        ("gửi số liệu trước ngày 29/2 hằng năm", None, "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
    ],
)
def test_an_hour_leaves_its_day_in_time_and_a_leap_day_comes_every_year(
    text: str, last_day: date | None, recurrence: str | None
) -> None:
    found = read_plain_deadline(text, TODAY)
    assert found is not None
    assert (found.last_day, found.recurrence) == (last_day, recurrence)
