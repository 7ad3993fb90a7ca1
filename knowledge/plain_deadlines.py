"""Dates and deadlines as people type them: "thứ hai tuần sau", "báo cáo quý trước ngày 25 tháng cuối quý"."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from knowledge.agency_mentions import find_agencies
from knowledge.dates import DateMention, Precision, find_dates
from knowledge.deadlines import find_receiver
from knowledge.domain import Deadline, DeadlineKind, stable_suffix
from knowledge.duty_sentences import find_subject, group_names, lead_subject
from knowledge.lines import plain_letters
from knowledge.terms import WEEKDAYS, Shape, Term, excludes_day, find_cue, find_terms, names_a_day, weekday
from knowledge.wording import Wording

_WORDS = Wording("plain_deadlines")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDate:
    """What a person means: days first..last, or a recurrence; `start` and `end` are offsets in the NFC text."""

    start: int
    end: int
    first: date | None = None
    last: date | None = None
    recurrence: str | None = None


_SHIFTS = {"sau": 1, "toi": 1, "truoc": -1, "ngoai": -1, "qua": -1}
_DAYS = {"hom nay": 0, "today": 0, "mai": 1, "tomorrow": 1, "kia": 2, "mot": 2, "hom qua": -1, "yesterday": -1}
_MONTHS = {"thang": 1, "quy": 3, "nam": 12}
_LONGEST = 1000


def read_person_date(text: str, today: date) -> PersonDate | None:
    """Return the first date or rhythm a person names, a missing year meaning the next such day; None without one."""
    text = unicodedata.normalize("NFC", text)[:_LONGEST]
    plain = plain_letters(text)
    for term in find_terms(text):
        if term.recurrence and names_a_day(term.recurrence):
            return PersonDate(start=term.start, end=term.end, recurrence=term.recurrence)
    if weekly := _WORDS.every_weekday.search(plain):
        rule = f"FREQ=WEEKLY;BYDAY={weekday(weekly['weekday'])}"
        return PersonDate(start=weekly.start(), end=weekly.end(), recurrence=rule)
    for mention in find_dates(text):
        meant = next_one(mention, today)
        if meant.last_day():
            return PersonDate(start=mention.start, end=mention.end, first=meant.first_day(), last=meant.last_day())
    for name, read in _READERS.items():
        if found := getattr(_WORDS, name).search(plain):
            first, last = read(found, today)
            return PersonDate(start=found.start(), end=found.end(), first=first, last=last)
    return None


def next_one(mention: DateMention, today: date) -> DateMention:
    """Return the mention with the year, and month, that make it the next one not yet over on a day."""
    if mention.precision is Precision.DAY and mention.month is None and mention.day:
        months = range(today.month - 1, today.month + 11)
        dated = [replace(mention, year=today.year + month // 12, month=month % 12 + 1) for month in months]
    else:
        dated = [mention.in_year(today.year + ahead) for ahead in range(8)]
    return next((one for one in dated if (last := one.last_day()) and last >= today), mention)


def read_plain_deadline(text: str, today: date) -> Deadline | None:
    """Return the deadline a person describes, None when no day or rhythm can be made out.

    The next such day is meant where no year is said; `what` is "" when only a date was given.
    """
    said = " ".join(unicodedata.normalize("NFC", text).split())[:_LONGEST]
    text = re.sub(r"(?i)\btrc\b", "trước", said)
    when = _limit(text, today)
    if when is None:
        return None
    at = when.last and when.last.at
    around = f"{text[: when.start].rstrip(' ,(')} {text[when.end :].lstrip(' ,)')}".strip()
    what = _WORDS.asking.sub("", _WORDS.left_over.sub("", around))
    lead = _WORDS.asking.sub("", text[: when.start])
    subject = lead_subject(lead, 0, len(lead)) or find_subject(
        lead, 0, len(lead), group_names(lead, find_agencies(lead))
    )
    return Deadline(
        id=f"plain.{stable_suffix(text)}",
        kind=_kind(text, is_window=when.shape is Shape.WINDOW),
        what=f"{what} ({at:%H:%M})" if at and what else what,
        due=when.due,
        inclusive=when.inclusive,
        last_day=when.last_day,
        start=when.begins,
        end=when.due if when.shape is Shape.WINDOW else None,
        recurrence=when.recurrence,
        assignees=subject.names if subject and not subject.is_aside else (),
        submit_to=find_receiver(text),
        quote=said,
        section=None,
    )


def _limit(text: str, today: date) -> Term | None:
    for found in find_terms(text):
        if found.last or names_a_day(found.recurrence or ""):
            return _dated(found, today)
    meant = read_person_date(text, today)
    if meant is None:
        return None
    start, end, day = meant.start, meant.end, meant.last
    cue = find_cue(text, start)
    inclusive = not excludes_day(cue)
    shape = Shape.UNTIL if inclusive else Shape.BEFORE
    last = None
    if day:
        last = DateMention(start=start, end=end, precision=Precision.DAY, day=day.day, month=day.month, year=day.year)
    start, rule = start - len(cue), meant.recurrence
    return Term(start=start, end=end, shape=shape, last=last, recurrence=rule, inclusive=inclusive)


def _dated(term: Term, today: date) -> Term:
    """Give a term without a year the next one; "trước ngày 1/1" said on 1 January means next year's."""
    if term.recurrence or term.last is None or term.last.year:
        return term
    last = next_one(term.last, today + timedelta(days=0 if term.inclusive else 1))
    if not (term.first and last.year):
        return replace(term, last=last)
    wraps = (term.first.month or 0, term.first.day or 0) > (last.month or 0, last.day or 99)
    return replace(term, first=term.first.in_year(last.year - wraps), last=last)


def _kind(text: str, *, is_window: bool) -> DeadlineKind:
    if is_window:
        return DeadlineKind.PERIOD
    if _WORDS.report.search(text.lower()):
        return DeadlineKind.REPORT
    return DeadlineKind.EVENT if _WORDS.meeting.search(text.lower()) else DeadlineKind.TASK


def _day(found: re.Match[str], today: date) -> tuple[date, date]:
    day = today + timedelta(days=_DAYS[found["day"] or found["later"]])
    return day, day


def _ahead(found: re.Match[str], today: date) -> tuple[date, date]:
    count = int(found["count"])
    if found["unit"] == "thang":
        day = min(today.day, _span(today, 1, count)[1].day)
        return (moved := _span(today, 1, count)[0].replace(day=day)), moved
    moved = today + timedelta(days=count * (7 if found["unit"] == "tuan" else 1))
    return moved, moved


def _weekday(found: re.Match[str], today: date) -> tuple[date, date]:
    number = WEEKDAYS.index(weekday(found["weekday"]))
    monday = today - timedelta(days=today.weekday())
    if found["which"] and "tuan" in found[0]:
        day = monday + timedelta(days=number + 7 * _SHIFTS.get(found["which"], 0))
    else:
        day = today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return day, day


def _week(found: re.Match[str], today: date) -> tuple[date, date]:
    shift = _SHIFTS.get(found["which"] or "", 0) + (found["next"] == "next")
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * shift)
    days = {"dau ": (0, 0), "cuoi ": (5, 6)}.get(found["at"] or "", (0, 6))
    return monday + timedelta(days=days[0]), monday + timedelta(days=days[1])


def _of_span(found: re.Match[str], today: date) -> tuple[date, date]:
    first, last = _span(today, _MONTHS[found["unit"] or found["of"]], _SHIFTS.get(found["which"] or "", 0))
    at = (found["at"] or found["late"] or "").strip()
    return {"dau": (first, first), "cuoi": (last, last)}.get(at, (first, last))


def _span(today: date, months: int, shift: int) -> tuple[date, date]:
    """Return the first and last day of the month, quarter or year that lies `shift` of them from today's."""
    index = today.year * 12 + (today.month - 1) // months * months + shift * months
    first, after = (date(place // 12, place % 12 + 1, 1) for place in (index, index + months))
    return first, after - timedelta(days=1)


_READERS: dict[str, Callable[[re.Match[str], date], tuple[date, date]]] = {
    "day": _day,
    "ahead": _ahead,
    "weekday": _weekday,
    "week": _week,
    "span": _of_span,
}
