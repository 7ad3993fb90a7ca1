"""When to remind: computes the moments of reminders from a deadline and the office's rules; no clock, no store."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from handlers.working_days import WorkingCalendar
from knowledge.domain import Deadline, DeadlineKind, Document, stable_suffix
from knowledge.recurrence import recurring_days, recurs_until, window_start

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DEFAULT_LEADS = (30, 14, 7, 3, 1, 0)
"""Days before the last day still in time on which a reminder goes out."""
SEND_AT = time(8, 0)
SEND_WINDOW = (time(7, 30), time(17, 0))
_WEEKLY_LEADS = 6
"""A weekly deadline is not announced before the one that precedes it."""


class Reason(StrEnum):
    """Why a lead has no message of its own."""

    MERGED = "merged"
    KNOWN_LATE = "known_late"
    TOO_LATE = "too_late"
    JUST_ADDED = "just_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRules:
    """What an office may configure: leads, hour, days off."""

    leads: tuple[int, ...] = DEFAULT_LEADS
    send_at: time = SEND_AT
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)

    def __post_init__(self) -> None:
        """Reject an hour outside the window and negative leads."""
        if not SEND_WINDOW[0] <= self.send_at <= SEND_WINDOW[1]:
            raise ValueError("send_at lies outside 07:30-17:00")
        if not self.leads or min(self.leads) < 0:
            raise ValueError("leads are whole days, none negative")

    @property
    def mark(self) -> str:
        """A fingerprint of the rules: it changes when a schedule could."""
        days = (sorted(self.calendar.days_off), sorted(self.calendar.working_days))
        return stable_suffix(*map(str, (self.leads, self.send_at, days)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedDeadline:
    """A deadline with what a reminder says about its document."""

    deadline: Deadline
    document_id: str | None = None
    """None for one added by hand."""
    source: str = ""
    number: str | None = None
    locality: str | None = None
    addressed_to: tuple[str, ...] = ()
    ends_on: date | None = None
    """The last day on which what recurs can still fall due."""
    leads: tuple[int, ...] | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time a deadline falls due: the day named, the last day still in time, the first day of a window."""

    due: date
    last_day: date
    first_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The moment at which one lead is sent, or the reason why it is not."""

    lead: int
    at: datetime | None
    reason: Reason | None = None


def read_rules(text: str) -> ReminderRules:
    """Read the office's reminder rules (TOML); what is not set keeps its default."""
    table = tomllib.loads(text)
    days_off, working_days = (frozenset(table.get(name, ())) for name in ("days_off", "working_days"))
    calendar = WorkingCalendar(days_off=days_off, working_days=working_days)
    leads = tuple(table.get("leads", DEFAULT_LEADS))
    return ReminderRules(leads=leads, send_at=table.get("send_at", SEND_AT), calendar=calendar)


def track(document: Document, deadline: Deadline) -> TrackedDeadline:
    """Return a deadline found in a document, with what a reminder needs to know about it."""
    return TrackedDeadline(
        deadline=deadline,
        document_id=document.id,
        source=document.source,
        number=document.number,
        locality=document.place,
        issuer=document.issuer,
        addressed_to=document.addressed_to,
        ends_on=recurs_until(deadline, document),
    )


def occurrences(tracked: TrackedDeadline, first: date, last: date) -> Iterator[Occurrence]:
    """Yield each time the deadline falls due with its last day in first..last, in order; undated ones never do."""
    deadline = tracked.deadline
    if deadline.recurrence is None:
        if deadline.due and deadline.last_day and first <= deadline.last_day <= last:
            yield Occurrence(due=deadline.due, last_day=deadline.last_day, first_day=deadline.start)
        return
    grace = timedelta(days=0 if deadline.inclusive else 1)
    end = min(last, tracked.ends_on or last)
    for due in recurring_days(deadline, first, end + grace):
        if first <= due - grace <= end:
            yield Occurrence(due=due, last_day=due - grace, first_day=window_start(deadline, due))


def plan_notices(
    tracked: TrackedDeadline,
    occurrence: Occurrence,
    known_at: datetime,
    rules: ReminderRules,
    *,
    is_adder: bool = False,
) -> tuple[Notice, ...]:
    """Return a notice for every lead, largest first, for somebody who could know of the deadline since known_at.

    There is at most one message a day. Leads missed before known_at share one message at the next sendable moment,
    unless the last day has passed by then or the person has just added the deadline.
    """
    by_day: dict[date, Notice] = {}
    dropped, missed = [], []
    for lead in sorted(_leads(tracked, occurrence, rules), reverse=True):
        day = rules.calendar.last_working(occurrence.last_day - timedelta(days=lead))
        at = datetime.combine(day, rules.send_at, ZONE)
        if at < known_at:
            missed.append(lead)
            continue
        if day in by_day:
            dropped.append(Notice(lead=by_day[day].lead, at=None, reason=Reason.MERGED))
        by_day[day] = Notice(lead=lead, at=at)
    if missed:
        at, reason = next_sendable(known_at, rules), Reason.KNOWN_LATE
        if is_adder:
            reason = Reason.JUST_ADDED
        elif at.date() > occurrence.last_day:
            reason = Reason.TOO_LATE
        elif at.date() in by_day:
            reason = Reason.MERGED
        else:
            by_day[at.date()] = Notice(lead=missed.pop(), at=at)
        dropped += [Notice(lead=lead, at=None, reason=reason) for lead in missed]
    return tuple(sorted([*by_day.values(), *dropped], key=lambda notice: -notice.lead))


def next_sendable(moment: datetime, rules: ReminderRules) -> datetime:
    """Return the moment itself if reminders may be sent then, else the next send hour of a working day."""
    local = moment.astimezone(ZONE)
    working = rules.calendar.is_working(local.date())
    if working and rules.send_at <= local.time() <= SEND_WINDOW[1]:
        return local
    day = local.date() + timedelta(days=int(local.time() > rules.send_at))
    return datetime.combine(rules.calendar.next_working(day), rules.send_at, ZONE)


def may_send(moment: datetime, rules: ReminderRules) -> bool:
    """Whether a moment is inside the sending window of a working day."""
    local = moment.astimezone(ZONE)
    return rules.calendar.is_working(local.date()) and SEND_WINDOW[0] <= local.time() <= SEND_WINDOW[1]


def escalation_at(last_day: date, rules: ReminderRules) -> datetime:
    """Return when the head of unit is told that nobody answered: the first working morning after the last day."""
    return datetime.combine(rules.calendar.next_working(last_day + timedelta(days=1)), rules.send_at, ZONE)


def snooze_at(day: date, last_day: date, today: date, rules: ReminderRules) -> datetime:
    """Return when a snoozed reminder is sent: that day or the next working one, before the last day if possible."""
    chosen = rules.calendar.next_working(day)
    latest = rules.calendar.last_working(last_day)
    return datetime.combine(latest if today < latest < chosen else chosen, rules.send_at, ZONE)


def _leads(tracked: TrackedDeadline, occurrence: Occurrence, rules: ReminderRules) -> set[int]:
    """Return the leads: the first and the last day of a window, otherwise those set for the deadline or office."""
    if tracked.deadline.kind is DeadlineKind.PERIOD and occurrence.first_day:
        return {max(0, (occurrence.last_day - occurrence.first_day).days), 0}
    leads = set(tracked.leads or rules.leads)
    if "FREQ=WEEKLY" in (tracked.deadline.recurrence or ""):
        leads = {lead for lead in leads if lead <= _WEEKLY_LEADS}
    return leads
