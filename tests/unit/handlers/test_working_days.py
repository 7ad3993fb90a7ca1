"""Which days are worked in Vietnam."""

from datetime import date

import pytest

from handlers.working_days import WorkingCalendar


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2023, 6, 4), "a Sunday"),
        (date(2023, 6, 3), "a Saturday"),
        (date(2023, 1, 2), "New Year's Day moved from a Sunday"),
        (date(2024, 2, 9), "Tết"),
        (date(2023, 5, 2), "the Hung Kings' day moved"),
        (date(1990, 9, 2), "National Day"),
        (date(2040, 2, 13), "Tết of a year far ahead"),
    ],
)
def test_offices_are_closed(day: date, why: str) -> None:
    assert not WorkingCalendar().is_working(day), why


def test_a_saturday_worked_by_decree_is_a_working_day() -> None:
    assert WorkingCalendar().is_working(date(2025, 4, 26))


def test_the_offices_own_list_wins_over_the_library() -> None:
    calendar = WorkingCalendar(days_off=frozenset({date(2023, 6, 5)}), working_days=frozenset({date(2023, 6, 3)}))

    assert not calendar.is_working(date(2023, 6, 5))
    assert calendar.is_working(date(2023, 6, 3))


def test_the_last_working_day_before_tet_is_found_across_the_whole_holiday() -> None:
    assert WorkingCalendar().last_working(date(2024, 2, 14)) == date(2024, 2, 7)
    assert WorkingCalendar().next_working(date(2024, 2, 8)) == date(2024, 2, 15)
