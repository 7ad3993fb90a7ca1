"""Vietnamese dates as printed and as typed: where they stand, and what they leave open."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum

from knowledge.lines import plain_letters
from knowledge.wording import Wording

_WORDS = Wording("dates")


class Precision(StrEnum):
    """How fine a mention is; a day mention may still lack its month or year."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


_MONTHS = {Precision.MONTH: 1, Precision.QUARTER: 3, Precision.HALF: 6, Precision.YEAR: 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """One date in a text; parts not printed are None, `part` is the number of the quarter or half-year.

    `start` and `end` are offsets in the text given, the word "ngày" and a clock time beside the date included.
    """

    start: int
    end: int
    precision: Precision
    day: int | None = None
    month: int | None = None
    year: int | None = None
    part: int | None = None
    at: time | None = None

    @property
    def value(self) -> date | None:
        """The calendar day, None when a part is missing or no such day exists (30/2)."""
        return self.last_day() if self.precision is Precision.DAY else None

    def in_year(self, year: int | None) -> "DateMention":
        """Return the mention with its year, where none is printed, taken from elsewhere."""
        return replace(self, year=year) if self.year is None else self

    def first_day(self) -> date | None:
        """Return the first day meant, None when it cannot be told."""
        if self.precision is Precision.DAY:
            return calendar_day(self.year, self.month, self.day)
        month = self._last_month()
        return calendar_day(self.year, month and month - _MONTHS[self.precision] + 1, 1)

    def last_day(self) -> date | None:
        """Return the last day meant, None when it cannot be told."""
        if self.precision is Precision.DAY:
            return self.first_day()
        month = self._last_month()
        return calendar_day(self.year, month, month and self.year and monthrange(self.year, month)[1])

    def _last_month(self) -> int | None:
        if self.precision is Precision.MONTH:
            return self.month
        return 12 if self.precision is Precision.YEAR else self.part and self.part * _MONTHS[self.precision]


def calendar_day(year: int | None, month: int | None, day: int | None) -> date | None:
    """Return the day, None when a part is missing or the calendar has no such day."""
    try:
        return date(year, month, day) if year and month and day else None
    except ValueError:
        return None


_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def find_dates(text: str) -> list[DateMention]:
    """Return every date in the text (NFC), in order, without overlaps; years are never guessed."""
    if not _WORDS.any_date.search(text):
        return []
    plain = plain_letters(text)
    is_marked = any(unicodedata.decomposition(letter) for letter in text[:400])
    free = bytearray(b"\1") * len(plain)
    taken: list[DateMention] = []
    for form, precision in _WORDS.table("forms").items():
        for found in getattr(_WORDS, form).finditer(plain):
            original = text[found.start() : found.end()]
            if all(free[found.start() : found.end()]) and not _is_misread(original, found, is_marked=is_marked):
                free[found.start() : found.end()] = bytes(found.end() - found.start())
                taken.append(_mention(Precision(precision), found))
    taken.sort(key=lambda mention: mention.start)
    return [_with_clock(mention, plain) for mention in taken]


def _is_misread(original: str, found: re.Match[str], *, is_marked: bool) -> bool:
    """Tell "quỹ 1", "Việt Nam 2023", "tháng sau" and "24/7" from dates that look alike once the marks are gone."""
    lower = original.lower()
    name = found.groupdict().get("name")
    if name and not _WORDS.marked_month.search(lower):
        return is_marked or name in ("sau", "tu")
    if lower.startswith(("quỹ", "quỷ", "qui")) or (is_marked and re.match(r"(?:nam|quy)\b", lower)):
        return True
    return found[0] in {"24/7", "24 / 7"}


def _mention(precision: Precision, found: re.Match[str]) -> DateMention:
    groups = {name: value for name, value in found.groupdict().items() if value}
    month = groups.get("month") or _WORDS.table("month_names").get(groups.get("name", ""))
    part = groups.get("part")
    year = int(groups["year"]) if "year" in groups else None
    if precision is Precision.HALF and (year or "half" in groups):
        part = "2" if groups.get("half") == "cuoi" else "1"
    return DateMention(
        start=found.start(),
        end=found.end(),
        precision=precision,
        day=int(groups["day"]) if "day" in groups else None,
        month=int(month) if month else None,
        year=year + 2000 if year and year < 100 else year,
        part=(_ROMAN.get(part) or int(part)) if part else None,
    )


def _with_clock(mention: DateMention, plain: str) -> DateMention:
    """Join the clock time printed beside a date: "10 giờ 30 phút, ngày 26/10", "ngày 20/10 lúc 14h"."""
    window = max(0, mention.start - 45)
    for clock in _WORDS.clock.finditer(plain, window, mention.start):
        if _WORDS.clock_before.fullmatch(plain, clock.end(), mention.start):
            return replace(mention, start=clock.start(), at=_time(clock))
    after = _WORDS.clock.search(plain, mention.end, mention.end + 45)
    if after and _WORDS.clock_after.fullmatch(plain, mention.end, after.start()):
        closes = plain[after.end() : after.end() + 1] == ")" and "(" in plain[mention.end : after.start()]
        end = after.end() + closes
        return replace(mention, end=end, at=_time(after))
    return mention


def _time(clock: re.Match[str]) -> time:
    if clock["hour"] == "24":
        return time(23, 59)
    return time(int(clock["hour"]), int(clock["minute"] or clock["glued"] or clock["colon"] or 0))
