"""What the deadline registers of all documents hold for a month, a day, or as past and ahead."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from knowledge.agencies import group_contains
from knowledge.dates import calendar_day
from knowledge.domain import Deadline, DeadlineKind, Duty
from knowledge.recurrence import recurring_days, recurs_until, window_start
from retrieval.citations import cite
from retrieval.composition import Turn
from retrieval.deadline_answers import coming, tell_deadline
from retrieval.domain import Answer
from retrieval.duty_answers import once, own_duties
from retrieval.library import Holding, agency_keys
from retrieval.mentions import StatedDate, stated_dates, stated_months
from retrieval.wording import matches, plain

LISTED = 10
_GENERAL = frozenset(("hoat", "dong", "su", "kien", "viec", "moc", "dien", "ra"))
_ASKED = (None, "summary", "when", "when_else", "submit_to", "doc_period", "duty")
Entry = tuple[date, Holding, Deadline]


def tell_agenda(turn: Turn) -> Answer | None:
    """What falls due in a month or on a day, what is overdue, what comes next; asked of no matter in particular."""
    reading = turn.reading
    if reading.intent not in _ASKED or _is_particular(turn):
        return None
    asked = _since(turn)
    entries, lead = _own_first(turn, _entries(asked)), ""
    is_bare = not (_matter(turn) or reading.reports)
    if not entries and reading.months and is_bare and not reading.has("report"):
        entries, lead = _around(turn, reading.months[0])
    elif not entries and reading.has("nearest") and is_bare:
        entries, lead = _own_first(turn, _entries(_without(asked, "upcoming")))[::-1], turn.voice.say("none_left")
    if reading.has("nearest"):
        entries = [one for one in entries if one[0] == entries[0][0]]
    if (horizon := _horizon(reading.words, turn.voice.today)) and reading.has("upcoming") and entries:
        within = [one for one in entries if one[0] <= horizon]
        lead = lead if within else turn.voice.say("none_until", day=turn.voice.day(horizon))
        entries = within or entries[:1]
    return _tell(turn, entries, lead) if entries else None


def _since(turn: Turn) -> Turn:
    """Return a turn that asks for what is due after a day ("sau ngày 1/12 còn hạn nào") as if that day were today."""
    stated = turn.reading.dates[-1] if turn.reading.dates and matches("after_day", turn.reading.words) else None
    day = stated and calendar_day(stated.year or turn.voice.today.year, stated.month, stated.day)
    if not day:
        return turn
    reading = replace(turn.reading, dates=(), flags=turn.reading.flags | {"upcoming"})
    return replace(turn, reading=reading, voice=replace(turn.voice, today=day + timedelta(days=1)))


def _own_first(turn: Turn, entries: Iterable[Entry]) -> list[Entry]:
    """Return entries by their days; of bodies asked for, what is given to nobody only where they have nothing."""
    listed = sorted(entries, key=lambda one: one[0])
    return [one for one in listed if turn.reading.agencies and one[2].assignees] or listed


def _is_particular(turn: Turn) -> bool:
    """Tell whether a question asks for more than the days of a time, or of a body within one."""
    reading = turn.reading
    is_since = matches("after_day", reading.words)
    is_of_time = bool(
        {"overdue", "upcoming"} & reading.flags or reading.months or (reading.dates and (is_since or not reading.scope))
    )
    is_of_body = reading.agencies or reading.intent == "duty"
    bodies_known = all(one.keys for one in reading.agencies) and bool(reading.months or reading.has("nearest"))
    return (
        not is_of_time
        or bool(reading.numbers or reading.has("compare") or (is_of_body and not bodies_known))
        or (reading.has("verify") and not reading.months)
        or (len(_matter(turn)) > 1 and not reading.dates)
        or bool(reading.reports and reading.scope)
    )


def _matter(turn: Turn) -> list[str]:
    return [word for word in turn.reading.content if word not in _GENERAL]


def _without(turn: Turn, *flags: str) -> Turn:
    return replace(turn, reading=replace(turn.reading, flags=turn.reading.flags - {*flags}))


def _tell(turn: Turn, entries: list[Entry], lead: str) -> Answer:
    voice, shown = turn.voice, entries[:LISTED]
    labels = dict.fromkeys(holding.label for _, holding, _ in entries)
    apart = len(labels) > 1 or len(entries) == 1
    next_ones = [coming(one, voice.today) if turn.reading.has("nearest") else one for _, _, one in shown]
    lines = [
        f"• {f'{holding.label}: ' if apart else ''}{tell_deadline(one, voice)}"
        for (_, holding, _), one in zip(shown, next_ones, strict=True)
    ]
    heads = [lead] if lead else []
    heads += [] if apart else [f"{label}:" for label in labels]
    more = [voice.say("more_days", count=len(entries) - LISTED)] if len(entries) > LISTED else []
    holdings, told = turn.candidates() if turn.reading.intent == "duty" else (), {one.what[:30] for _, _, one in shown}
    timeless = [duty for one in holdings for duty in _timeless(turn, one, told)]
    more += [voice.say("timeless_duties", count=len(timeless))] if timeless else []
    more += dict.fromkeys(note for _, one, _ in shown if turn.reading.agencies and (note := voice.note(one)))
    cited = tuple(cite(holding, one.quote, one.section) for _, holding, one in shown)
    return turn.checked("\n".join([*heads, *lines, *more]), cited, (voice.say("all_duties"),) if timeless else ())


def _timeless(turn: Turn, holding: Holding, told: set[str]) -> Iterator[Duty]:
    """Yield the duties of the agencies asked for that name neither day nor month and were not told already."""
    for duty in once(own_duties(turn.reading, holding)):
        words = plain(duty.quote)
        if not (stated_dates(words) or stated_months(words) or any(one in duty.text for one in told)):
            yield duty


def _around(turn: Turn, month: StatedDate) -> tuple[list[Entry], str]:
    """Return what falls due nearest to a month in which nothing does, and the line that says so."""
    chosen = turn.candidates()
    period = chosen[0].document.period if len(chosen) == 1 else None
    year = turn.voice.today.year
    year = month.year or (max(period.start.year, min(year, period.end.year)) if period else year)
    middle = date(year, month.month, 15)
    known = list(_entries(replace(turn, reading=replace(turn.reading, months=(), years=())), middle))
    nearest = min((abs((day - middle).days) for day, _, _ in known), default=0)
    last = turn.reading.months[-1].month
    lead = turn.voice.say("none_in_month", when=f"{f'{month.month}–{last}' if last > month.month else last}/{year}")
    return [one for one in known if abs((one[0] - middle).days) == nearest], lead


def _horizon(words: str, today: date) -> date | None:
    """Return the last day of the time ahead that a question names ("30 ngày tới", "tuần này")."""
    if found := re.search(r"\b(\d{1,3}) (ngay|tuan) (?:toi|nua|sap)", words):
        return today + timedelta(days=int(found[1]) * (7 if found[2] == "tuan" else 1))
    return today + timedelta(days=6 - today.weekday()) if "tuan nay" in words else None


def _entries(turn: Turn, near: date = date.min) -> Iterator[Entry]:
    """Yield what falls due in the time asked for; of several days of one deadline the one nearest to a day."""
    reading, today = turn.reading, turn.voice.today
    named, told = (*reading.months, *reading.dates), set()
    for holding, one in ((place, one) for place in turn.candidates() for one in place.document.deadlines):
        spans = _spans(one, holding, today)
        key = (holding.label, one.kind, *spans, *plain(one.what).split()[:3])
        if not spans or key in told or not (_is_due(turn, one, spans) and _concerns(turn, one, holding)):
            continue
        fits = [day for span in spans for day in _days_meant(span, named)]
        if one.recurrence and reading.has("upcoming"):
            fits = [day for day in fits if day >= today]
        in_year = not reading.years or any(day.year in reading.years for span in spans for day in span)
        ahead = (one.last_day or spans[-1][1]) >= today
        if fits and in_year and not reading.has("overdue" if ahead else "upcoming"):
            told.add(key)
            yield min(fits, key=lambda day: abs(day - near)), holding, one


def _is_due(turn: Turn, deadline: Deadline, spans: list[tuple[date, date]]) -> bool:
    """Tell whether something has to be done or handed in, where only that is asked for ("hạn", "nộp")."""
    reading = turn.reading
    if not (reading.has("report") or (matches("due", reading.words) and " viec " not in reading.words)):
        return True
    # Of a whole quarter: what a body is told to do within a window has to be done by its end.
    is_window = deadline.kind is DeadlineKind.PERIOD and len(reading.months) > 1 and not reading.has("report")
    ends_then = bool(deadline.assignees) and any(one.agrees(spans[-1][1]) for one in reading.months)
    is_theirs = bool(reading.agencies and deadline.assignees)
    is_handed_in = (
        is_theirs
        or deadline.kind in (DeadlineKind.REPORT, DeadlineKind.TASK)
        or matches("report", plain(deadline.what))
    )
    return is_handed_in or (is_window and ends_then)


def _concerns(turn: Turn, deadline: Deadline, holding: Holding) -> bool:
    """Tell whether a deadline binds the agencies asked for: by name, within a group, or as everybody."""
    asked = [one for one in turn.reading.agencies if not holding.is_own(one.words)]
    keys = {key for one in asked for key in one.keys}
    bodies = [name for name in holding.bodies if not keys.isdisjoint(agency_keys(name))]
    return not (bodies and deadline.assignees) or any(
        not keys.isdisjoint(agency_keys(name)) or any(group_contains(name, body) for body in bodies)
        for name in deadline.assignees
    )


def _days_meant(span: tuple[date, date], named: tuple[StatedDate, ...]) -> list[date]:
    """Return the first or last day of a span that is a day or in a month named; its last where it covers that time."""
    if not named:
        return list(span)
    first, last = span
    if fits := [day for day in span if any(one.agrees(day) for one in named)]:
        return fits
    days = (calendar_day(one.year or last.year, one.month, one.day or 1) for one in named)
    return [last] if any(day and first <= day <= last for day in days) else []


def _spans(deadline: Deadline, holding: Holding, today: date) -> list[tuple[date, date]]:
    """Return the first and last day of a deadline; of a recurring one those around today that its plan covers."""
    if days := [day for day in (deadline.start, deadline.due) if day]:
        return [(days[0], days[-1])]
    period, document = holding.document.period, holding.document
    first, last = date(today.year - 1, 1, 1), date(today.year + 1, 12, 31)
    first = max(first, period.start) if period else first
    last = min(last, recurs_until(deadline, document) or last)
    return [(window_start(deadline, day) or day, day) for day in recurring_days(deadline, first, last)]
