"""When reminders go out: examples worked out by hand, and properties over 1975–2040."""

from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

import holidays
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.planning import (
    DEFAULT_LEADS,
    SEND_AT,
    SEND_WINDOW,
    ZONE,
    Notice,
    Occurrence,
    Reason,
    ReminderRules,
    escalation_at,
    may_send,
    next_sendable,
    occurrences,
    plan_notices,
    read_rules,
    snooze_at,
    track,
)
from handlers.working_days import WorkingCalendar
from knowledge.domain import DeadlineKind, Period
from tests.support.office import at, make_deadline, make_document, make_tracked

RULES = ReminderRules()


def sent(last_day: date, known: datetime, rules: ReminderRules = RULES) -> dict[int, datetime]:
    """Return what is sent for a plain deadline, by lead."""
    occurrence = Occurrence(due=last_day, last_day=last_day, first_day=None)
    planned = plan_notices(make_tracked(make_deadline(last_day)), occurrence, known, rules)
    return {notice.lead: notice.at for notice in planned if notice.at}


def reasons(last_day: date, known: datetime) -> dict[int, Reason]:
    """Return why leads have no message of their own."""
    occurrence = Occurrence(due=last_day, last_day=last_day, first_day=None)
    planned = plan_notices(make_tracked(make_deadline(last_day)), occurrence, known, RULES)
    return {notice.lead: notice.reason for notice in planned if notice.reason}


def test_each_lead_goes_out_at_eight_on_its_day() -> None:
    planned = sent(date(2023, 12, 7), at(date(2023, 3, 16)))

    assert planned == {
        30: at(date(2023, 11, 7)),
        14: at(date(2023, 11, 23)),
        7: at(date(2023, 11, 30)),
        3: at(date(2023, 12, 4)),
        1: at(date(2023, 12, 6)),
        0: at(date(2023, 12, 7)),
    }


def test_leads_that_meet_on_the_friday_before_a_sunday_are_one_message_with_the_smallest_lead() -> None:
    planned = sent(date(2023, 6, 4), at(date(2023, 1, 2)))

    assert planned[0] == at(date(2023, 6, 2))
    assert 1 not in planned
    assert reasons(date(2023, 6, 4), at(date(2023, 1, 2))) == {1: Reason.MERGED}


def test_reminders_that_fall_into_tet_meet_in_one_message_before_tet() -> None:
    planned = sent(date(2024, 2, 16), at(date(2023, 12, 1)))

    assert planned[3] == at(date(2024, 2, 7))
    assert 7 not in planned


def test_a_deadline_known_late_gets_one_message_for_all_that_was_missed() -> None:
    known = at(date(2023, 12, 1), 10, 20)

    assert sent(date(2023, 12, 7), known) == {
        7: known,
        3: at(date(2023, 12, 4)),
        1: at(date(2023, 12, 6)),
        0: at(date(2023, 12, 7)),
    }
    assert reasons(date(2023, 12, 7), known) == {30: Reason.KNOWN_LATE, 14: Reason.KNOWN_LATE}


def test_who_adds_a_deadline_by_hand_hears_of_it_first_on_the_next_regular_day() -> None:
    last_day, known = date(2023, 12, 7), at(date(2023, 12, 1), 10, 20)
    occurrence = Occurrence(due=last_day, last_day=last_day, first_day=None)

    planned = plan_notices(make_tracked(make_deadline(last_day)), occurrence, known, RULES, is_adder=True)

    assert {notice.lead: notice.at for notice in planned if notice.at}.keys() == {3, 1, 0}
    assert {notice.lead for notice in planned if notice.reason is Reason.JUST_ADDED} == {30, 14, 7}


def test_a_deadline_known_after_hours_is_told_the_next_working_morning() -> None:
    assert sent(date(2023, 12, 20), at(date(2023, 12, 8), 18))[14] == at(date(2023, 12, 11))


def test_a_deadline_known_when_no_working_hour_is_left_says_so_for_each_lead() -> None:
    known = at(date(2023, 6, 3), 9)

    assert sent(date(2023, 6, 4), known) == {}
    assert set(reasons(date(2023, 6, 4), known).values()) == {Reason.TOO_LATE}


def test_a_campaign_has_a_start_and_an_end_notice_only() -> None:
    campaign = make_deadline(date(2024, 12, 15), kind=DeadlineKind.PERIOD, start=date(2024, 11, 15))
    occurrence = next(occurrences(make_tracked(campaign), date(2024, 1, 1), date(2024, 12, 31)))

    planned = plan_notices(make_tracked(campaign), occurrence, at(date(2024, 1, 2)), RULES)

    assert [(notice.lead, notice.at) for notice in planned] == [
        (30, at(date(2024, 11, 15))),
        (0, at(date(2024, 12, 13))),
    ]


def last_days(rule: str, first: date, last: date, **values: object) -> list[date]:
    """Return the last days of a recurring deadline in a span."""
    deadline = make_deadline(None, recurrence=rule, **values)
    return [found.last_day for found in occurrences(make_tracked(deadline), first, last)]


def test_a_quarterly_deadline_before_the_25th_ends_on_the_24th() -> None:
    days = last_days(
        "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=25", date(2024, 1, 1), date(2024, 12, 31), inclusive=False
    )

    assert days == [date(2024, 3, 24), date(2024, 6, 24), date(2024, 9, 24), date(2024, 12, 24)]


def test_the_last_day_of_each_month_is_29_february_in_a_leap_year() -> None:
    days = last_days("FREQ=MONTHLY;BYMONTHDAY=-1", date(2024, 1, 15), date(2024, 4, 1))

    assert days == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]


def test_the_first_of_a_month_not_inclusive_ends_the_month_before() -> None:
    days = last_days("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1", date(2023, 1, 1), date(2024, 12, 31), inclusive=False)

    assert days == [date(2023, 2, 28), date(2024, 2, 29)]


@pytest.mark.parametrize("rule", ["FREQ=YEARLY", "FREQ=MONTHLY;INTERVAL=3", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=5"])
def test_a_rhythm_without_a_day_is_never_given_one(rule: str) -> None:
    assert last_days(rule, date(2023, 1, 1), date(2025, 12, 31)) == []


def test_a_yearly_window_without_a_printed_year_keeps_its_first_day_even_across_new_year() -> None:
    words = "Hằng năm tổ chức đợt cao điểm từ ngày 20/12 đến ngày 10/01."
    deadline = make_deadline(
        None, kind=DeadlineKind.PERIOD, recurrence="FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=10", quote=words
    )

    found = list(occurrences(make_tracked(deadline), date(2023, 6, 1), date(2025, 6, 1)))

    assert [(one.first_day, one.last_day) for one in found] == [
        (date(2023, 12, 20), date(2024, 1, 10)),
        (date(2024, 12, 20), date(2025, 1, 10)),
    ]


def recurring_days(rule: str, **values: object) -> list[date]:
    """Return when a deadline found in a plan for 2023 falls due in 2023 and 2024."""
    of_2023 = Period(start=date(2023, 1, 1), end=date(2023, 12, 31))
    deadline = make_deadline(None, recurrence=rule)
    document = make_document(deadline, **{"period": of_2023, **values})
    return [one.due for one in occurrences(track(document, deadline), date(2023, 11, 1), date(2024, 12, 31))]


def test_what_recurs_within_the_year_stops_with_the_plan() -> None:
    assert recurring_days("FREQ=MONTHLY;BYMONTHDAY=20") == [date(2023, 11, 20), date(2023, 12, 20)]


def test_every_year_outlives_a_plan_of_one_year_but_not_one_of_several() -> None:
    yearly = "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=20"

    assert recurring_days(yearly) == [date(2024, 6, 20)]
    assert recurring_days(yearly, period=Period(start=date(2019, 1, 1), end=date(2023, 12, 31))) == []


def test_a_period_over_before_the_letter_was_written_bounds_nothing() -> None:
    before = Period(start=date(2016, 1, 1), end=date(2020, 12, 31))

    assert len(recurring_days("FREQ=MONTHLY;BYMONTHDAY=20", period=before)) == 14


def test_an_undated_deadline_never_occurs() -> None:
    assert list(occurrences(make_tracked(make_deadline(None)), date(2000, 1, 1), date(2040, 1, 1))) == []


def test_a_weekly_deadline_is_not_announced_before_the_one_that_precedes_it() -> None:
    weekly = make_tracked(make_deadline(None, recurrence="FREQ=WEEKLY;BYDAY=FR"))
    occurrence = Occurrence(due=date(2023, 6, 9), last_day=date(2023, 6, 9), first_day=None)

    planned = plan_notices(weekly, occurrence, at(date(2023, 1, 2)), RULES)

    assert [notice.lead for notice in planned] == [3, 1, 0]


def test_silence_reaches_the_head_on_the_first_working_morning_after() -> None:
    assert escalation_at(date(2023, 6, 2), RULES) == at(date(2023, 6, 5))


def test_a_snoozed_reminder_stays_in_time_where_that_is_possible() -> None:
    today = date(2023, 6, 1)

    assert snooze_at(date(2023, 6, 3), date(2023, 6, 4), today, RULES) == at(date(2023, 6, 2))
    assert snooze_at(date(2023, 6, 3), date(2023, 6, 20), today, RULES) == at(date(2023, 6, 5))


def test_the_offices_file_sets_hour_leads_and_days_off() -> None:
    rules = read_rules("leads = [10, 2]\nsend_at = 09:30:00\ndays_off = [2023-06-02]\nworking_days = [2023-06-03]\n")

    assert sent(date(2023, 6, 4), at(date(2023, 1, 2)), rules) == {
        10: at(date(2023, 5, 25), 9, 30),
        2: at(date(2023, 6, 1), 9, 30),
    }
    assert rules.calendar.is_working(date(2023, 6, 3))


@pytest.mark.parametrize("text", ["send_at = 18:00:00", "leads = [-1]", "leads = []"])
def test_rules_that_cannot_hold_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"lies outside|whole days"):
        read_rules(text)


DAYS = st.dates(date(1975, 1, 1), date(2040, 12, 31))
LEADS = st.sets(st.integers(0, 60), min_size=1, max_size=8)
HARD_DAYS = st.sampled_from(
    [date(2024, 2, 29), date(2000, 2, 29), date(2024, 2, 10), date(2040, 2, 12), date(1976, 1, 31), date(2023, 4, 30)]
)
HOURS = st.times(time(0, 0), time(23, 59))


Situation = tuple[date, datetime, ReminderRules, bool]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Draw a last day, a moment of knowing near it, an office's rules, and whether the person added the deadline."""
    last_day = draw(DAYS | HARD_DAYS)
    known = datetime.combine(last_day - timedelta(days=draw(st.integers(-3, 90))), draw(HOURS), ZONE)
    near = st.integers(-40, 5).map(lambda days: last_day + timedelta(days=days))
    calendar = WorkingCalendar(
        days_off=frozenset(draw(st.sets(near, max_size=6))), working_days=frozenset(draw(st.sets(near, max_size=4)))
    )
    send_at = draw(st.sampled_from([time(7, 30), SEND_AT, time(11, 15), time(17, 0)]))
    leads = draw(st.just(set(DEFAULT_LEADS)) | LEADS)
    return last_day, known, ReminderRules(leads=tuple(leads), send_at=send_at, calendar=calendar), draw(st.booleans())


@cache
def public_days() -> holidays.HolidayBase:
    """Return the public calendar, asked apart from the code under test."""
    return holidays.country_holidays("VN")


def is_worked(day: date, calendar: WorkingCalendar, public: holidays.HolidayBase) -> bool:
    """Tell working days apart without the code under test."""
    if day in calendar.days_off:
        return False
    return day in calendar.working_days or (public.is_working_day(day))


def check_plan(situation: Situation) -> None:
    """Every lead is sent once or has its reason; instants are ordered, in time and inside working hours."""
    last_day, known, rules, is_adder = situation
    public = public_days()
    occurrence = Occurrence(due=last_day, last_day=last_day, first_day=None)

    planned = plan_notices(make_tracked(make_deadline(last_day)), occurrence, known, rules, is_adder=is_adder)

    assert sorted(notice.lead for notice in planned) == sorted(set(rules.leads))
    assert all((notice.at is None) != (notice.reason is None) for notice in planned)
    going = [notice for notice in planned if notice.at]
    instants = [notice.at for notice in going if notice.at]
    assert all(earlier < later for earlier, later in pairwise(instants))
    assert len({moment.date() for moment in instants}) == len(instants)
    for moment in instants:
        assert moment >= known
        assert moment.date() <= last_day
        assert is_worked(moment.date(), rules.calendar, public)
        assert SEND_WINDOW[0] <= moment.time() <= SEND_WINDOW[1]
        assert moment.utcoffset() in (timedelta(hours=7), timedelta(hours=8))
        assert may_send(moment, rules)
    check_leads(planned, situation, public)


def check_leads(planned: tuple[Notice, ...], situation: Situation, public: holidays.HolidayBase) -> None:
    """Each lead stands where counting back by hand puts it, or its reason is the true one."""
    last_day, known, rules, is_adder = situation
    by_day = {notice.at.date(): notice for notice in planned if notice.at}
    for notice in planned:
        day = last_day - timedelta(days=notice.lead)
        while not is_worked(day, rules.calendar, public):
            day -= timedelta(days=1)
        in_time = datetime.combine(day, rules.send_at, ZONE) >= known
        if is_adder and not in_time:
            assert notice.reason is Reason.JUST_ADDED
        elif notice.reason is Reason.TOO_LATE:
            assert not in_time
            assert next_sendable(known, rules).date() > last_day
        elif notice.reason is Reason.KNOWN_LATE:
            assert not in_time
            assert next_sendable(known, rules).date() in by_day
        elif notice.reason is Reason.MERGED:
            meeting = by_day[day if in_time else next_sendable(known, rules).date()]
            assert meeting.lead < notice.lead
        elif in_time:
            assert by_day[day] is notice
        else:
            assert notice.at == next_sendable(known, rules)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_every_lead_is_sent_once_in_order_or_has_its_reason(situation: Situation) -> None:
    check_plan(situation)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=12_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_every_lead_is_sent_once_in_order_or_has_its_reason_12000_times(
    situation: Situation,
) -> None:
    check_plan(situation)
