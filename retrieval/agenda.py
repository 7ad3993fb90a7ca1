"""What the deadline registers of all documents hold for a month, a day, or as past and ahead."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from knowledge.domain import Deadline, DeadlineKind
from retrieval.citations import cite
from retrieval.composition import Turn
from retrieval.deadline_answers import days_of, recurring_days, tell_deadline
from retrieval.domain import Answer
from retrieval.library import Holding
from retrieval.mentions import StatedDate
from retrieval.wording import matches, plain

LISTED = 10
_GENERAL = frozenset(("hoat", "dong", "su", "kien", "viec", "moc", "dien", "ra"))
Entry = tuple[date, Holding, Deadline]


def tell_agenda(turn: Turn) -> Answer | None:
    """What falls due in a month or on a day, what is overdue, what comes next; asked of no matter in particular."""
    reading, voice = turn.reading, turn.voice
    about_state = bool({"overdue", "upcoming"} & reading.flags)
    about_days = bool(reading.months or (reading.dates and not reading.scope))
    if reading.intent not in (None, "summary", "when", "when_else", "submit_to", "doc_period") or not (
        about_state or about_days
    ):
        return None
    particular = reading.numbers or reading.agencies or reading.has("compare")
    particular = particular or (reading.has("verify") and not reading.months)
    matter = [word for word in reading.content if word not in _GENERAL]
    if particular or (len(matter) > 1 and not reading.dates) or (reading.reports and reading.scope):
        return None
    entries = sorted(_entries(turn), key=lambda one: one[0])
    lead: list[str] = []
    if not entries and reading.months and not (matter or reading.reports or reading.has("report")):
        entries, lead = _around(turn, reading.months[0])
    if matches("nearest", reading.words):
        entries = [one for one in entries if one[0] == entries[0][0]]
    if not entries:
        return None
    if (horizon := _horizon(reading.words, voice.today)) and reading.has("upcoming"):
        within = [one for one in entries if one[0] <= horizon]
        lead = [] if within else [voice.say("none_until", day=voice.day(horizon))]
        entries = within or entries[:1]
    labels = dict.fromkeys(holding.label for _, holding, _ in entries)
    apart = len(labels) > 1 or len(entries) == 1
    lines = [
        f"• {f'{holding.label}: ' if apart else ''}{tell_deadline(one, voice)}" for _, holding, one in entries[:LISTED]
    ]
    lead += [] if apart else [f"{label}:" for label in labels]
    more = [voice.say("more_days", count=len(entries) - LISTED)] if len(entries) > LISTED else []
    quotes = tuple(cite(holding, one.quote, one.section) for _, holding, one in entries[:LISTED])
    return turn.checked("\n".join([*lead, *lines, *more]), quotes)


def _around(turn: Turn, month: StatedDate) -> tuple[list[Entry], list[str]]:
    """Return what falls due nearest to a month in which nothing does, and the line that says so."""
    year = month.year or turn.voice.today.year
    known = list(_entries(replace(turn, reading=replace(turn.reading, months=(), years=()))))
    middle = date(year, month.month, 15)
    nearest = min((abs((day - middle).days) for day, _, _ in known), default=0)
    last = turn.reading.months[-1].month
    lead = turn.voice.say("none_in_month", when=f"{f'{month.month}–{last}' if last > month.month else last}/{year}")
    return [one for one in known if abs((one[0] - middle).days) == nearest], [lead]


def _horizon(words: str, today: date) -> date | None:
    """Return the last day of the time ahead that a question names ("30 ngày tới", "tuần này")."""
    if found := re.search(r"\b(\d{1,3}) (ngay|tuan) (?:toi|nua|sap)", words):
        return today + timedelta(days=int(found[1]) * (7 if found[2] == "tuan" else 1))
    return today + timedelta(days=6 - today.weekday()) if "tuan nay" in words else None


def _entries(turn: Turn) -> Iterator[Entry]:
    reading, today = turn.reading, turn.voice.today
    named, told = (*reading.months, *reading.dates), set()
    only_due = reading.has("report") or (matches("due", reading.words) and " viec " not in reading.words)
    for holding, one in ((place, one) for place in turn.candidates() for one in place.document.deadlines):
        days = _days(one, holding, today)
        key = (holding.label, one.kind, *days, *plain(one.what).split()[:3])
        is_due = one.kind in (DeadlineKind.REPORT, DeadlineKind.TASK) or matches("report", plain(one.what))
        # Of a whole quarter: what a body is told to do within a window has to be done by its end.
        windows = one.kind is DeadlineKind.PERIOD and len(reading.months) > 1 and not reading.has("report")
        is_due |= windows and bool(one.assignees) and any(stated.agrees(max(days)) for stated in reading.months if days)
        if not days or key in told or (only_due and not is_due):
            continue
        fits = [day for day in days if not named or any(stated.agrees(day) for stated in named)]
        if one.recurrence and reading.has("upcoming"):
            fits = [day for day in fits if day >= today]
        in_year = not reading.years or any(day.year in reading.years for day in days)
        ahead = (one.last_day or max(days)) >= today
        if fits and in_year and not reading.has("overdue" if ahead else "upcoming"):
            told.add(key)
            yield min(fits), holding, one


def _days(deadline: Deadline, holding: Holding, today: date) -> list[date]:
    """Return the first and last day of a deadline; of a recurring one the days around today that its plan covers.

    "Every year" outlives a plan of one year.
    """
    if days := days_of(deadline):
        return days
    period, first, last = holding.document.period, date(today.year - 1, 1, 1), date(today.year + 1, 12, 31)
    if period:
        first = max(first, period.start)
        is_lasting = period.start.year == period.end.year and "YEARLY" in (deadline.recurrence or "")
        last = last if is_lasting else min(last, period.end)
    return recurring_days(deadline, first, last)
