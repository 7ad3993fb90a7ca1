"""Dates, years, numbers and reports that a question states."""

from datetime import date

import pytest

from retrieval.mentions import document_numbers, report_kinds, stated_dates, stated_months, stated_years
from retrieval.wording import plain


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("trước ngày 05/6/2023", date(2023, 6, 5)),
        ("ngày 5 tháng 6 năm 2023", date(2023, 6, 5)),
        ("before 5 June 2023", date(2023, 6, 5)),
        ("by June 5, 2023", date(2023, 6, 5)),
        ("2023-06-05", date(2023, 6, 5)),
        ("ngày 5/6", date(2023, 6, 5)),
    ],
)
def test_a_stated_date_agrees_with_its_day_in_every_form(words: str, day: date) -> None:
    assert stated_dates(plain(words))[0].agrees(day)
    assert not stated_dates(plain(words))[0].agrees(date(2023, 6, 15))


def test_a_month_without_a_day_is_a_month() -> None:
    assert stated_months(plain("những hạn trong tháng 12"))[0].month == 12
    assert not stated_months(plain("ngày 8 tháng 12"))


@pytest.mark.parametrize(
    ("words", "months"),
    [("Quý IV năm 2024 có mốc nào", (10, 11, 12)), ("quý 1/2024", (1, 2, 3)), ("báo cáo quý IV", ()), ("quy định", ())],
)
def test_a_quarter_is_its_three_months_unless_it_names_a_report(words: str, months: tuple[int, ...]) -> None:
    assert tuple(one.month for one in stated_months(plain(words))) == months


def test_years_of_numbers_dates_and_programmes_are_not_asked_for() -> None:
    assert stated_years(plain("Thông tư 191/2009/TT-BTC ngày 01/10/2009, giai đoạn 2021-2025")) == ()
    assert stated_years(plain("hạn báo cáo năm 2024")) == (2024,)


def test_document_numbers_are_found_whole_in_part_and_bare() -> None:
    assert document_numbers(plain("Kế hoạch 55/KH-UBND và Kết luận 250-KL/TU")) == ("55/kh-ubnd", "250-kl/tu")
    assert document_numbers(plain("Thông tư 191/2009")) == ("191/2009",)
    assert document_numbers(plain("công văn 1900")) == ("1900",)
    assert document_numbers(plain("kế hoạch 2023")) == ()
    assert document_numbers(plain("6-month report and the 2-day course of plan 12-KH/TU")) == ("12-kh/tu",)


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("báo cáo 6 tháng", ("half_year",)),
        ("bc 6 tháng 2023", ("half_year",)),
        ("ngày 6 tháng 12", ()),
        ("báo cáo quý I/2024", ("quarter",)),
        ("báo cáo năm", ("year",)),
        ("cả báo cáo 6 tháng lẫn báo cáo năm", ("half_year", "year")),
    ],
)
def test_the_report_meant_is_read(words: str, kinds: tuple[str, ...]) -> None:
    assert report_kinds(plain(words)) == kinds


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("ngày 05 / 12 / 2026", [(5, 12, 2026)]),
        ("15, 20 tháng 12", [(15, 12, None), (20, 12, None)]),
        ("ngày 20/10 Ban Dân tộc làm gì", [(20, 10, None)]),
    ],
)
def test_days_are_read_with_spaces_in_lists_and_before_a_board(words: str, days: list[tuple[int, ...]]) -> None:
    assert [(one.day, one.month, one.year) for one in stated_dates(plain(words))] == days


@pytest.mark.parametrize(
    ("words", "months"),
    [("tháng 1/26", [(1, 2026)]), ("tháng 11, 12", [(11, None), (12, None)]), ("in June", [(6, None)])],
)
def test_months_are_read_with_short_years_and_in_lists(words: str, months: list[tuple[int, ...]]) -> None:
    assert [(one.month, one.year) for one in stated_months(plain(words))] == months
