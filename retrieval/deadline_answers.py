"""Answers from the deadline register: when something is due, to whom, what is past or ahead, which place is first."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, zip_longest

from knowledge.agencies import concerns, group_contains
from knowledge.domain import Deadline, DeadlineKind, Role
from knowledge.recurrence import recurring_days
from retrieval.citations import cite_each
from retrieval.duty_answers import own_duties
from retrieval.evidence import cut_sentences, read_unit, weigh
from retrieval.library import Holding, agency_keys
from retrieval.mentions import StatedDate, report_kinds, stated_dates, stated_months
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, labelled, spoken, state, tidy
from retrieval.wording import matches, pattern, plain

SURE = 0.3
"""Share of the question's matter that a deadline must carry."""
NAMED = 0.8
"""Share from which a deadline is named outright, so that others of the same sentence are not meant."""
MANY, LISTED = 5, 12
"""Deadlines from which on each is told in brief, and that are listed."""
NEAR = 60
"""Days around a proposed day within which a deadline can be the one that is meant."""
_RHYTHM = re.compile(r"FREQ=(YEARLY|MONTHLY|WEEKLY)(?:;INTERVAL=(\d+))?(?:;BYMONTH=(\d+);BYMONTHDAY=(\d+))?")
_EVERY = {"YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week"}
_FIRST_HALF, _LAST_QUARTER = (5, 6, 7), (10, 11, 12, 1)


def report_of(deadline: Deadline) -> tuple[str, ...]:
    """Return which reports a deadline is for; without a word of it, a summer day means half-year, a winter day year."""
    named = report_kinds(plain(deadline.what))
    if named or deadline.kind is not DeadlineKind.REPORT:
        return named
    if rhythm := _RHYTHM.match(deadline.recurrence or ""):
        return ("quarter" if rhythm[2] == "3" else _EVERY[rhythm[1]],)
    month = deadline.due.month if deadline.due else 0
    return ("half_year",) if month in _FIRST_HALF else ("year",) if month in _LAST_QUARTER else ()


def fitting(reading: Reading, holding: Holding) -> list[Deadline]:
    """Return the deadlines that match report kind, months, days, content words and year of a question."""
    deadlines = [one for one in holding.document.deadlines if not reading.months or names_day(one, reading.months)]
    if reading.dates and not reading.has("verify") and reading.intent in ("when", "when_else"):
        if matches("before_day", reading.words):
            deadlines = [one for one in deadlines if _is_by(one, reading.dates[-1])]
        elif then := [one for one in deadlines if names_day(one, reading.dates)]:
            return then
        elif reading.intent == "when_else":
            return []
    of_kind = [one for one in deadlines if set(report_of(one)) & set(reading.reports)]
    about_reports = reading.has("report")
    if reading.reports and (about_reports or not reading.content):
        deadlines = [one for one in of_kind if one.kind is DeadlineKind.REPORT]
        if len(reading.reports) < 2:
            deadlines = [one for one in deadlines if holds_matter(reading, one.what)] or deadlines
    elif about_reports:
        # "nộp danh sách": what is handed in need not be a report.
        other = not matches("report_said", reading.words)
        named = _by_content(reading, deadlines) if reading.content and (other or reading.has("everything")) else []
        if named and other:
            return named
        deadlines = [one for one in deadlines if one.kind is DeadlineKind.REPORT or one in named]
    elif reading.content:
        titled = plain(f"{holding.document.title or ''} {holding.document.issuer or ''}").split()
        besides = tuple(word for word in reading.content if word not in titled)
        named = _by_content(replace(reading, content=besides), deadlines) or _by_content(reading, deadlines)
        whole = deadlines if reading.has("everything") and len(reading.content) < 2 else []
        return named or (of_kind if reading.reports else whole)
    # What falls due in January or February may close the year before.
    return [
        one
        for one in deadlines
        if not (reading.years and one.due) or {one.due.year, one.due.year - (one.due.month <= 2)} & {*reading.years}
    ]


def holds_matter(reading: Reading, text: str) -> bool:
    """Tell whether a text holds all words of a question's matter, those that stand together near each other."""
    words = [word for word in reading.content if not word.isdigit()]
    return {*words, *map(" ".join, pairwise(words))} <= read_unit(text).terms


def days_of(deadline: Deadline) -> list[date]:
    """Return the first and the last day of a deadline, as far as they are known."""
    return [day for day in (deadline.start, deadline.due) if day]


def coming(deadline: Deadline, today: date) -> Deadline:
    """Return a deadline, in the place of one that recurs the next time it falls due."""
    grace = timedelta(days=not deadline.inclusive)
    is_open = not deadline.last_day and deadline.kind in (DeadlineKind.REPORT, DeadlineKind.TASK)
    ahead = [] if not is_open else recurring_days(deadline, today + grace, today + timedelta(days=366))
    return replace(deadline, due=ahead[0], last_day=ahead[0] - grace) if ahead else deadline


def names_day(deadline: Deadline, stated: Sequence[StatedDate]) -> bool:
    """Tell whether a deadline falls on a day or in a month that the question names, or its words print it."""
    printed = {(one.day, one.month) for one in stated_dates(plain(deadline.what))}
    return any((one.day, one.month) in printed or any(map(one.agrees, days_of(deadline))) for one in stated)


def _is_by(deadline: Deadline, stated: StatedDate) -> bool:
    """Tell whether a deadline is due by a day, of any year where none is stated."""
    due = deadline.due
    return (
        due is not None and stated.year in (None, due.year) and (due.month, due.day) <= (stated.month, stated.day or 31)
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
    found = bound(reading, holding, fitting(reading, holding)) or _of_paragraph(reading, holding, voice)
    found = found or _sent_in(reading, holding)
    if not found:
        return _no_deadline(reading, holding, voice)
    if matches("in_time", reading.words):
        found = [coming(one, voice.today) for one in found]
    lead = ""
    lasting = any(one.last_day for one in found)
    if reading.has("upcoming") and lasting:
        ahead = [one for one in found if (one.last_day >= voice.today if one.last_day else one.recurrence)]
        if reading.has("nearest"):
            first = min((one.last_day for one in ahead if one.last_day), default=None)
            ahead = [one for one in ahead if one.last_day in (None, first)]
        found, lead = ahead or found, "" if ahead else voice.say("none_left")
    proposed = _proposed(reading, found, voice.today)
    if lasting and (proposed or matches("in_time", reading.words)):
        found, lead = _in_time(found, proposed, voice)
    # What a question takes for granted comes first, the rest by their days.
    stated = reading.dates if reading.has("verify") else ()
    found = sorted(_once(found), key=lambda one: (not names_day(one, stated), one.last_day or one.due or date.max))
    return state(holding, "\n".join([*filter(None, [lead]), *_list(found, reading, voice)]), cite_each(holding, found))


def _sent_in(reading: Reading, holding: Holding) -> list[Deadline]:
    """Return what an agency asked for hands in, where the question calls it otherwise than the document."""
    asks = len(reading.content) < 2 and matches("hands_in", reading.words)
    wanted = {key for agency in reading.agencies if asks for key in agency.keys}
    sent = [one for one in holding.document.deadlines if one.submit_to]
    return [one for one in sent if wanted & {key for name in one.assignees for key in agency_keys(name)}]


def _of_paragraph(reading: Reading, holding: Holding, voice: Voice) -> list[Deadline]:
    """Return the deadlines of paragraphs that say all that is asked, where no deadline's own sentence does."""
    if not reading.content or reading.agencies or reading.has("report"):
        return []
    passages = voice.shelf[holding.document.id].passages
    about = [one.text for one in passages if set(reading.content) <= set(plain(one.text).split())]
    return [one for one in holding.document.deadlines if any(one.quote in text for text in about)]


def _list(found: Sequence[Deadline], reading: Reading, voice: Voice) -> list[str]:
    """Return a line for each deadline; who has to meet several on end is said behind the last of them."""
    brief, lines = len(found) > MANY, []
    for one, following in zip_longest(found[:LISTED], found[1:LISTED]):
        told = tell_deadline(one, voice, in_days=reading.has("days"), brief=brief)
        lines.append(f"• {told}" if len(found) > 1 else told)
        if matches("beside_day", reading.words) and not (reading.has("report") or len(found) > MANY):
            lines.append(voice.say("as_written", quote=tidy(one.quote, 300)))
        if not brief and (following is None or following.assignees != one.assignees):
            names = ", ".join(map(spoken, one.assignees))
            lines += [voice.say("assignees", agencies=names)] if 0 < len(names) < 160 else []
    return lines + ([voice.say("more_days", count=len(found) - LISTED)] if len(found) > LISTED else [])


def _proposed(reading: Reading, found: list[Deadline], today: date) -> date | None:
    """Return the day on which a question proposes to hand something in, None when it names none."""
    in_time = matches("in_time", reading.words)
    if not (in_time or reading.has("days")):
        return None
    if matches("that_day", reading.words):
        return next((one.due for one in found if one.due), None)
    if matches("tomorrow", reading.words):
        return today + timedelta(days=1)
    stated = next((one for one in reading.dates if in_time or not any(names_day(due, [one]) for due in found)), None)
    if stated is None or stated.day is None:
        return None
    year = stated.year or next((one.last_day.year for one in found if one.last_day), today.year)
    return date(year, stated.month, min(stated.day, monthrange(year, stated.month)[1]))


def _in_time(found: list[Deadline], proposed: date | None, voice: Voice) -> tuple[list[Deadline], str]:
    """Return the deadlines that today, or the day proposed, is held against, and whether it is in time."""
    day = proposed or voice.today
    lasting = [(one, (one.last_day - day).days) for one in found if one.last_day]
    held = [(one, days) for one, days in lasting if proposed and abs(days) <= NEAR] or lasting
    ahead = {days for _, days in held}
    kept = [one for one, _ in held] if proposed else found
    if min(ahead) < 0 <= max(ahead) or (not proposed and len(ahead) > 1):
        return kept, ""
    days = min(ahead, key=abs)
    if not proposed:
        return kept, voice.say("overdue_yes" if days < 0 else "overdue_no")
    key = "last_day" if not days else "late_day" if days < 0 else "early_day"
    return kept, voice.say(key, day=voice.day(day), count=voice.days(days))


def _once(deadlines: list[Deadline]) -> list[Deadline]:
    """Return deadlines without those that set the same days for what begins in the same words."""
    kept: dict[tuple[object, ...], Deadline] = {}
    for one in deadlines:
        days = (one.start, one.due) if one.start or one.due else (one.id,)
        kept.setdefault((one.kind, *days, *plain(one.what).split()[:3]), one)
    return list(kept.values())


def bound(reading: Reading, holding: Holding, deadlines: list[Deadline]) -> list[Deadline]:
    """Return the deadlines of the agencies asked for, else those that take them in or are handed in to them."""
    wanted = {key for agency in reading.agencies if not holding.is_own(agency.words) for key in agency.keys}
    own = [one for one in deadlines if wanted & {key for name in one.assignees for key in agency_keys(name)}]
    named = [one for one in deadlines if any(agency.words in plain(one.what) for agency in reading.agencies)]
    if own or not wanted:
        return own or named or deadlines
    asked = [name for name in holding.bodies if wanted & set(agency_keys(name))]
    return [
        one
        for one in deadlines
        if not one.assignees
        or any(group_contains(group, name) for group in one.assignees for name in asked)
        or any(concerns(one.submit_to or "-", name) or plain(name) in plain(one.submit_to or "") for name in asked)
    ]


def tell_deadline(deadline: Deadline, voice: Voice, *, in_days: bool = False, brief: bool = False) -> str:
    """Return one deadline: when, how far off, what and, unless in brief, to whom."""
    when = _when(deadline, voice)
    if deadline.last_day and deadline.kind in (DeadlineKind.REPORT, DeadlineKind.TASK):
        when += f", {voice.distance(deadline.last_day)}"
    elif in_days and deadline.start and deadline.start >= voice.today:
        when += f", {voice.distance(deadline.start)}"
    told = voice.say("deadline", what=tidy(deadline.what, 90 if brief else 160), when=f"{when[:1].upper()}{when[1:]}")
    if deadline.submit_to and not brief:
        told += f"; {voice.say('submit_to', agency=_receiver(deadline))}"
    return f"{told}{voice.section(deadline.section)}."


def _receiver(deadline: Deadline) -> str:
    """Return to whom something is handed in, and through whom where the text says it behind the receiver."""
    receiver = tidy(deadline.submit_to or "", 200)
    way = re.search(rf"{re.escape(receiver)}[\s,]{{1,3}}(qua (?:[^.;,()\n]|\n(?![-+•\d\n]))+)", deadline.quote)
    return f"{receiver} {tidy(way[1])}" if way else receiver


def _when(deadline: Deadline, voice: Voice) -> str:
    """Return when something falls due, with the printed words where these say more than a day."""
    due, start = deadline.due, deadline.start
    if start and deadline.end:
        said = voice.say("window", start=voice.day(start), end=voice.day(deadline.end))
        window = pattern("window").search(deadline.quote)
        whole = window and f"{start.month}/{start.year}" in window[0].replace("/0", "/")
        return _as_printed(said, window[0] if window and not whole else "", voice)
    if due and (clock := _clock(deadline.quote, due)):
        return _as_printed(voice.say("on", day=voice.day(due)), clock, voice)
    if due and deadline.kind is DeadlineKind.EVENT:
        return voice.say("on", day=voice.day(due))
    if due and not deadline.inclusive and deadline.last_day:
        return voice.say("before", day=voice.day(due), last=voice.day(deadline.last_day))
    if due:
        return _as_printed(voice.say("until", day=voice.day(due)), _loose(deadline.quote, due), voice)
    if deadline.kind is DeadlineKind.PERIOD and (window := pattern("window").search(deadline.quote)):
        days = [f"{one.day}/{one.month}" for one in stated_dates(plain(window[0]))]
        said = voice.say("window", start=days[0], end=days[-1]) if len(days) == 2 else tidy(window[0])
        return voice.say("each_year", days=said) if matches("yearly", plain(window[0])) else said
    if yearly := yearly_day(deadline):
        month, day = yearly
        return voice.say("yearly" if deadline.inclusive else "before_yearly", day=f"{day}/{month}")
    sentences, named = cut_sentences(deadline.quote) or [deadline.quote], set(plain(deadline.what).split())
    nearest = max(sentences, key=lambda one: len(named.intersection(plain(one).split())))
    return voice.say("as_written", quote=tidy(nearest, 300))


def _as_printed(said: str, printed: str, voice: Voice) -> str:
    return f"{said} {voice.say('printed', words=tidy(printed))}" if printed else said


def _clock(quote: str, due: date) -> str:
    """Return the words that print an hour together with the day on which something falls due."""
    spans = pattern("clock").findall(quote)
    return next((one for one in spans if any(day.agrees(due) for day in stated_dates(plain(one)))), "")


def _loose(quote: str, due: date) -> str:
    """Return the month or quarter in which a day lies, as printed; "" where the day itself is printed."""
    is_printed = any(one.agrees(due) for one in stated_dates(plain(quote)))
    spans = (one[0] for one in pattern("loose_day").finditer("" if is_printed else quote))
    return next((one for one in spans if any(month.agrees(due) for month in stated_months(plain(one)))), "")


def yearly_day(deadline: Deadline) -> tuple[int, int] | None:
    """Return month and day of a deadline that comes once every year, None for any other."""
    found = _RHYTHM.fullmatch(deadline.recurrence or "")
    return (int(found[3]), int(found[4])) if found and found[1] == "YEARLY" and found[3] else None


def _no_deadline(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Name the deadlines a document does set, reports where a report is asked for; None when it sets none."""
    known = sorted((one for one in holding.document.deadlines if one.due), key=lambda one: one.due or date.max)
    theirs = [] if reading.has("report") else bound(reading, holding, known)
    known = [one for one in known if one.kind is DeadlineKind.REPORT and reading.has("report")] or theirs or known
    if not known:
        return None
    near = "; ".join(f"{tidy(one.what, 80)}: {_when(one, voice)}" for one in known[:4])
    text = voice.say("near_deadlines", label=holding.label, deadlines=near + (" …" if len(known) > 4 else ""))
    return state(holding, text, cite_each(holding, known[:2]), said=False)


def tell_receivers(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell to whom reports go; of an agency that collects them, to whom it passes them on."""
    onward = [duty for duty in own_duties(reading, holding) if duty.role in (Role.COMPILE, Role.REPORT)][:3]
    if onward:
        lines = dict.fromkeys(f"{tidy(duty.text, 420)}{voice.section(duty.section)}" for duty in onward)
        return state(holding, "\n".join(lines), cite_each(holding, onward))
    found = [one for one in fitting(reading, holding) if one.submit_to]
    found = [one for one in found if names_day(one, reading.dates)] or found
    lines = dict.fromkeys(_receives(one, voice) for one in found)
    return state(holding, "\n".join(lines), cite_each(holding, found)) if found else None


def _receives(deadline: Deadline, voice: Voice) -> str:
    """Return what goes to whom, and what the receiver does with it as printed ("để tổng hợp, báo cáo …")."""
    onward = pattern("onward").search(deadline.quote)
    agency = f"{_receiver(deadline)}{f' {tidy(onward[0])}' if onward else ''}"
    return voice.say("receiver", what=tidy(deadline.what, 120), agency=agency, section=voice.section(deadline.section))


def rank_by_day(told: Sequence[Statement], reading: Reading, voice: Voice) -> list[Statement]:
    """Put statements in the order of their days, led by what the comparison comes to; those without a day come last."""
    said = [one for one in told if one.said]
    dated = [(day, one) for one in said if (day := _day_of(one.holding, reading))]
    if len(dated) < 2:
        return list(told)
    backwards = matches("latest", reading.words)
    dated.sort(key=lambda entry: entry[0], reverse=backwards)
    days, ranked = [day for day, _ in dated], [one for _, one in dated]
    key = "latest" if backwards else "earliest"
    ahead = voice.say(f"{key}_by", days=abs((days[1] - days[0]).days)) if days[0].year == days[1].year else ""
    if days[0] == days[1]:
        key = "all_same_day" if len({*days}) == 1 and len(dated) == len(said) else ""
    elif len({(day.month, day.day) for day in days}) == 1:
        key = "same_but_year"
    best = ranked[0].holding
    if key and reading.intent == "issue_date" and not best.document.issued_on:
        key = f"{key}_undated"
    if key:
        lead = voice.say(key, label=best.label, day=voice.day(days[0]), ahead=ahead)
        ranked[0] = replace(ranked[0], text=f"{lead}\n{labelled(ranked[0])}")
    return [*ranked, *(one for one in told if one.holding not in [day.holding for day in ranked])]


def _day_of(holding: Holding, reading: Reading) -> date | None:
    """Return the day to compare: of issue, of an incomplete one its month's first, else the first that is due."""
    if reading.intent != "issue_date":
        return min((one.due for one in fitting(reading, holding) if one.due), default=None)
    month = re.fullmatch(r"\D*(0?[1-9]|1[0-2])\D+((?:19|20)\d\d)\D*", holding.document.issued_text or "")
    return holding.document.issued_on or (date(int(month[2]), int(month[1]), 1) if month else None)
