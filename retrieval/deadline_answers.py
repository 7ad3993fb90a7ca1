"""Answers from the deadline register: when something is due, to whom, what is past or ahead, which place is first."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from knowledge.agencies import concerns, group_contains
from knowledge.domain import Deadline, DeadlineKind, Role
from retrieval.citations import cite_each
from retrieval.duty_answers import own_duties
from retrieval.evidence import cut_sentences, read_unit, weigh
from retrieval.library import Holding, agency_keys
from retrieval.mentions import report_kinds, stated_dates
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, state, tidy
from retrieval.wording import matches, pattern, plain

SURE = 0.3
"""Share of the question's matter that a deadline must carry."""
NAMED = 0.8
"""Share from which a deadline is named outright, so that others of the same sentence are not meant."""
MANY, LISTED = 5, 12
"""Deadlines from which on each is told in brief, and that are listed."""
NEAR = 60
"""Days around a proposed day within which a deadline can be the one that is meant."""
_RHYTHM = re.compile(r"FREQ=(YEARLY|MONTHLY|WEEKLY)(?:;INTERVAL=(\d+))?")
_YEARLY = re.compile(r"FREQ=YEARLY;BYMONTH=(\d+);BYMONTHDAY=(\d+)")
_EVERY = {"YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week"}
_FIRST_HALF, _LAST_QUARTER = (5, 6, 7), (10, 11, 12, 1)


_LATEST = re.compile(r"\b(?:muon|tre|moi|gan day|cuoi|latest|later|newest|last)\b")
_ORDERED = re.compile(
    r"\b(?:som|muon|tre|truoc|sau|moi|cu|gan day|nhat|chenh|earl\w+|late\w*|first|last|newest|oldest|differ\w*)\b"
)


def report_of(deadline: Deadline) -> tuple[str, ...]:
    """Return which reports a deadline is for; without a word of it, a summer day means half-year, a winter day year."""
    named = report_kinds(plain(deadline.what))
    if named or deadline.kind is not DeadlineKind.REPORT:
        return named
    if rhythm := _RHYTHM.search(deadline.recurrence or ""):
        return ("quarter" if rhythm[2] == "3" else _EVERY[rhythm[1]],)
    if deadline.due and deadline.due.month in _FIRST_HALF:
        return ("half_year",)
    return ("year",) if deadline.due and deadline.due.month in _LAST_QUARTER else ()


def fitting(reading: Reading, holding: Holding) -> list[Deadline]:
    """Return the deadlines a question asks about, in reading order; none when the document sets none such."""
    deadlines = [one for one in holding.document.deadlines if _in_months(one, reading)]
    if reading.dates and not reading.has("verify") and reading.intent == "when_else":
        return [one for one in deadlines if _names_day(one, reading)]
    about_reports = reading.has("report")
    if reading.reports and (about_reports or not reading.content):
        deadlines = [
            one for one in deadlines if one.kind is DeadlineKind.REPORT and set(report_of(one)) & set(reading.reports)
        ]
    elif about_reports:
        others = [one for one in deadlines if one.kind is not DeadlineKind.REPORT and reading.has("everything")]
        named = _by_content(reading, others) if reading.content else []
        deadlines = [one for one in deadlines if one.kind is DeadlineKind.REPORT or one in named]
    elif reading.content:
        titled = plain(f"{holding.document.title or ''} {holding.document.issuer or ''}").split()
        besides = tuple(word for word in reading.content if word not in titled)
        named = _by_content(replace(reading, content=besides), deadlines) or _by_content(reading, deadlines)
        if not named and reading.reports:
            return [one for one in deadlines if set(report_of(one)) & set(reading.reports)]
        return named or (deadlines if reading.has("everything") and len(reading.content) < 2 else [])
    return [one for one in deadlines if _in_years(one, reading.years)]


def _in_months(deadline: Deadline, reading: Reading) -> bool:
    if not reading.months:
        return True
    days = [day for day in (deadline.start, deadline.due) if day]
    return any(month.agrees(day) for month in reading.months for day in days)


def _names_day(deadline: Deadline, reading: Reading) -> bool:
    """Tell whether a deadline falls on a day that the question names, or its words print it."""
    printed = {(one.day, one.month) for one in stated_dates(plain(deadline.what))}
    days = [day for day in (deadline.start, deadline.due) if day]
    return any(one.agrees(day) for one in reading.dates for day in days) or any(
        (one.day, one.month) in printed for one in reading.dates
    )


def _in_years(deadline: Deadline, years: Sequence[int]) -> bool:
    if not years or deadline.due is None:
        return True
    return any(
        deadline.due.year == year or (deadline.due.year == year + 1 and deadline.due.month <= 2) for year in years
    )


def _by_content(reading: Reading, deadlines: list[Deadline]) -> list[Deadline]:
    units = [read_unit(one.what) for one in deadlines]
    contexts = [read_unit(one.quote) for one in deadlines]
    matter = weigh(reading.content, units, reading.text)
    shares = [matter.share(unit, context) for unit, context in zip(units, contexts, strict=True)]
    best = max(shares, default=0.0)
    quotes = {one.quote for one, share in zip(deadlines, shares, strict=True) if share >= max(SURE, best - 0.12)}
    told = [(one, matter.share(unit)) for one, unit in zip(deadlines, units, strict=True) if one.quote in quotes]
    named = max((share for _, share in told), default=0.0) >= NAMED and not {"everything", "report"} & reading.flags
    return [one for one, share in told if not named or share >= SURE]


def tell_deadlines(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell the deadlines asked about; None when the document sets deadlines of no kind that is near."""
    found = _for_agencies(reading, holding, fitting(reading, holding))
    if not found:
        return _no_deadline(reading, holding, voice)
    lead = ""
    if reading.has("upcoming") and any(one.last_day for one in found):
        ahead = [one for one in found if one.last_day and one.last_day >= voice.today]
        found, lead = ahead or found, "" if ahead else voice.say("none_left")
    proposed = _proposed(reading, found, voice.today)
    if (proposed or matches("in_time", reading.words)) and any(one.last_day for one in found):
        found, lead = _in_time(found, proposed, voice)
    found = sorted(_once(found), key=lambda one: one.last_day or one.due or date.max)
    brief = len(found) > MANY
    lines = [tell_deadline(one, voice, in_days=reading.has("days"), brief=brief) for one in found[:LISTED]]
    lines += [voice.say("more_days", count=len(found) - LISTED)] if len(found) > LISTED else []
    text = "\n".join(lines if len(lines) == 1 else [f"• {line}" for line in lines])
    parted = "\n" if len(lines) > 1 else " "
    return state(holding, f"{lead}{parted}{text}".strip(), cite_each(holding, found))


def _proposed(reading: Reading, found: list[Deadline], today: date) -> date | None:
    """Return the day on which a question proposes to hand something in, None when it names none."""
    in_time = matches("in_time", reading.words)
    if not (in_time or reading.has("days")):
        return None
    if matches("tomorrow", reading.words):
        return today + timedelta(days=1)
    stated = next((one for one in reading.dates if one.day), None)
    names_deadline = stated and not in_time and any(stated.agrees(one.due) for one in found if one.due)
    if stated is None or stated.day is None or names_deadline:
        return None
    year = stated.year or next((one.last_day.year for one in found if one.last_day), today.year)
    return date(year, stated.month, min(stated.day, monthrange(year, stated.month)[1]))


def _in_time(found: list[Deadline], proposed: date | None, voice: Voice) -> tuple[list[Deadline], str]:
    """Return the deadlines that today, or the day proposed, is held against, and whether it is in time."""
    day = proposed or voice.today
    lasting = {one.id: one.last_day for one in found if one.last_day}
    near = [one for one in found if one.id in lasting and abs((lasting[one.id] - day).days) <= NEAR]
    held = (near if proposed else []) or [one for one in found if one.id in lasting]
    ahead = {(lasting[one.id] - day).days for one in held}
    late = {days < 0 for days in ahead}
    if len(late) > 1 or (not proposed and len({*lasting.values()}) > 1):
        return held if proposed else found, ""
    if not proposed:
        return found, voice.say(f"overdue_{'yes' if True in late else 'no'}")
    days = min(ahead, key=abs)
    key = "last" if not days else "late" if days < 0 else "early"
    return held, voice.say(f"{key}_day", day=voice.day(day), count=voice.days(days))


def _once(deadlines: list[Deadline]) -> list[Deadline]:
    """Return deadlines without those that set the same days for what begins in the same words."""
    kept: dict[tuple[object, ...], Deadline] = {}
    for one in deadlines:
        days = (one.start, one.due) if one.start or one.due else (one.id,)
        kept.setdefault((one.kind, *days, *plain(one.what).split()[:3]), one)
    return list(kept.values())


def _for_agencies(reading: Reading, holding: Holding, deadlines: list[Deadline]) -> list[Deadline]:
    """Return the deadlines of the agencies asked for, else those that take them in or are handed in to them."""
    wanted = {key for agency in reading.agencies if not holding.is_own(agency.words) for key in agency.keys}
    own = [one for one in deadlines if wanted & {key for name in one.assignees for key in agency_keys(name)}]
    if own or not wanted:
        return own or deadlines
    asked = [name for name in holding.bodies if wanted & set(agency_keys(name))]
    return [
        one
        for one in deadlines
        if not one.assignees
        or any(group_contains(group, name) for group in one.assignees for name in asked)
        or any(concerns(one.submit_to or "-", name) or plain(name) in plain(one.submit_to or "") for name in asked)
    ]


def tell_deadline(deadline: Deadline, voice: Voice, *, in_days: bool = False, brief: bool = False) -> str:
    """Return one deadline: when, how far off, what; unless in brief, to whom and by whom."""
    when = _when(deadline, voice)
    if deadline.last_day and deadline.kind in (DeadlineKind.REPORT, DeadlineKind.TASK):
        when += f", {voice.distance(deadline.last_day)}"
    elif in_days and deadline.start and deadline.start >= voice.today:
        when += f", {voice.distance(deadline.start)}"
    parts = [
        voice.say("deadline", what=tidy(deadline.what, 90 if brief else 160), when=f"{when[:1].upper()}{when[1:]}")
    ]
    if deadline.submit_to and not brief:
        parts.append(voice.say("submit_to", agency=_receiver(deadline)))
    if deadline.assignees and not brief and len(", ".join(deadline.assignees)) < 160:
        parts.append(voice.say("assignees", agencies=", ".join(deadline.assignees)))
    return f"{'; '.join(parts)}{voice.section(deadline.section)}."


def _receiver(deadline: Deadline) -> str:
    """Return to whom something is handed in, and through whom where the text says it behind the receiver."""
    receiver = tidy(deadline.submit_to or "", 200)
    way = re.search(rf"{re.escape(receiver)}[\s,]{{1,3}}(qua [^.;,()\n]+)", deadline.quote)
    return f"{receiver} {tidy(way[1])}" if way else receiver


def _when(deadline: Deadline, voice: Voice) -> str:
    if deadline.start and deadline.end:
        return _as_printed(
            voice.say("window", start=voice.day(deadline.start), end=voice.day(deadline.end)), deadline, voice
        )
    if deadline.due and deadline.kind is DeadlineKind.EVENT:
        said, clock = voice.say("on", day=voice.day(deadline.due)), _clock(deadline)
        return f"{said} {voice.say('printed', words=clock)}" if clock else said
    if deadline.due and not deadline.inclusive and deadline.last_day:
        return voice.say("before", day=voice.day(deadline.due), last=voice.day(deadline.last_day))
    if deadline.due and (clock := _clock(deadline)):
        return f"{voice.day(deadline.due)} {voice.say('printed', words=clock)}"
    if deadline.due:
        stated = any(one.agrees(deadline.due) for one in stated_dates(plain(deadline.quote)))
        spans = [] if stated else pattern("loose_day").finditer(deadline.quote)
        loose = next((one for one in spans if _holds(plain(one[0]).split(), deadline.due)), None)
        said = voice.say("until", day=voice.day(deadline.due))
        return f"{said} {voice.say('printed', words=tidy(loose[0]))}" if loose else said
    if printed := pattern("window").search(deadline.quote) if deadline.kind is DeadlineKind.PERIOD else None:
        return tidy(printed[0])
    if yearly := yearly_day(deadline):
        month, day = yearly
        return voice.say("yearly" if deadline.inclusive else "before_yearly", day=f"{day}/{month}")
    return voice.say("as_written", quote=tidy(_sentence_of(deadline), 300))


def _holds(span: Sequence[str], day: date) -> bool:
    """Tell whether a month or a quarter in plain words is the one that a day lies in."""
    quarter = (day.month + 2) // 3
    names = {str(quarter), ("i", "ii", "iii", "iv")[quarter - 1]} if "quy" in span else {str(day.month)}
    return any(word.lstrip("0") in names for word in span)


def yearly_day(deadline: Deadline) -> tuple[int, int] | None:
    """Return month and day of a deadline that comes once every year, None for any other."""
    found = _YEARLY.fullmatch(deadline.recurrence or "")
    return (int(found[1]), int(found[2])) if found else None


def _sentence_of(deadline: Deadline) -> str:
    sentences = cut_sentences(deadline.quote) or [deadline.quote]
    return max(sentences, key=lambda one: len(set(plain(one).split()) & set(plain(deadline.what).split())))


def _as_printed(said: str, deadline: Deadline, voice: Voice) -> str:
    """Add the printed form of a window whose first day goes without its year."""
    printed = pattern("window").search(deadline.quote)
    if (
        not printed
        or not deadline.start
        or f"{deadline.start.month}/{deadline.start.year}" in printed[0].replace("/0", "/")
    ):
        return said
    return f"{said} {voice.say('printed', words=tidy(printed[0]))}"


def _clock(deadline: Deadline) -> str:
    """Return the words that print an hour together with the day on which something falls due."""
    for found in pattern("clock").findall(deadline.quote):
        if deadline.due and any(one.agrees(deadline.due) for one in stated_dates(plain(found))):
            return tidy(found)
    return ""


def _no_deadline(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    known = sorted((one for one in holding.document.deadlines if one.due), key=lambda one: one.due or date.max)
    reports = [one for one in known if one.kind is DeadlineKind.REPORT and reading.has("report")]
    known = reports or known
    if not known:
        return None
    near = "; ".join(f"{tidy(one.what, 80)}: {_when(one, voice)}" for one in known[:4])
    near += " …" if len(known) > 4 else ""
    text = voice.say("near_deadlines", label=holding.label, deadlines=near) if near else ""
    return state(holding, text, cite_each(holding, known[:2]), said=False)


def _onward(deadline: Deadline) -> str:
    """Return what the receiver does with a report, as printed ("để tổng hợp, báo cáo …")."""
    found = pattern("onward").search(deadline.quote)
    return f" {tidy(found[0])}" if found else ""


def tell_receivers(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell to whom reports go; of an agency that collects them, to whom it passes them on."""
    if onward := [duty for duty in own_duties(reading, holding) if duty.role in (Role.COMPILE, Role.REPORT)]:
        lines = dict.fromkeys(f"{tidy(duty.text, 420)}{voice.section(duty.section)}" for duty in onward[:3])
        quotes = cite_each(holding, onward[:3])
        return state(holding, "\n".join(lines), quotes)
    found = [one for one in fitting(reading, holding) if one.submit_to] or [
        one for one in holding.document.deadlines if one.submit_to and not reading.content
    ]
    if not found:
        return None
    lines = dict.fromkeys(
        voice.say(
            "receiver",
            what=tidy(one.what, 120),
            agency=f"{_receiver(one)}{_onward(one)}",
            section=voice.section(one.section),
        )
        for one in found
    )
    return state(holding, "\n".join(lines), cite_each(holding, found))


def rank_by_day(told: Sequence[Statement], reading: Reading, voice: Voice) -> list[Statement]:
    """Put statements in the order of their days, led by which is first; as they are when days are not compared."""
    dated = [(day, one) for one in told if one.said and (day := _day_of(one.holding, reading))]
    if len(dated) < 2 or not _ORDERED.search(reading.words):
        return list(told)
    backwards = bool(_LATEST.search(reading.words))
    dated.sort(key=lambda entry: entry[0], reverse=backwards)
    (first, best), (second, _) = dated[0], dated[1]
    key = "all_same_day" if first == second else "latest" if backwards else "earliest"
    if reading.intent == "issue_date" and not best.holding.document.issued_on:
        key = f"{key}_undated"
    lead = voice.say(key, label=best.holding.label, day=voice.day(first), days=abs((second - first).days))
    ranked = [one for _, one in dated]
    return [
        replace(ranked[0], text=f"{lead}\n{ranked[0].text}"),
        *ranked[1:],
        *(one for one in told if one not in ranked),
    ]


def _day_of(holding: Holding, reading: Reading) -> date | None:
    if reading.intent == "issue_date":
        return holding.document.issued_on or _month_of(holding.document.issued_text)
    days = [one.due for one in fitting(reading, holding) if one.due]
    return min(days) if days else None


def _month_of(printed: str | None) -> date | None:
    """Return the first day of the month that an incomplete date names."""
    numbers = [int(one) for one in re.findall(r"\d+", printed or "")]
    return (
        date(numbers[-1], numbers[-2], 1)
        if len(numbers) == 2 and numbers[-1] > 1900 and 1 <= numbers[-2] <= 12
        else None
    )
