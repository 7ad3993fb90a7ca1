"""What a question states itself: dates, years, document numbers, which report it speaks of."""

import re
from calendar import month_name
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from knowledge.dates import DateMention, Precision, find_dates
from retrieval.wording import PLAIN_KEPT, lexicon, matches, pattern

ENGLISH_MONTHS = tuple(month.lower() for month in month_name if month)
_LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as somebody stated it; the year or the day may be open."""

    day: int | None
    month: int
    year: int | None

    def agrees(self, other: date) -> bool:
        """Tell whether other could be the day meant."""
        return self.day in (None, other.day) and self.month == other.month and self.year in (None, other.year)


@lru_cache(maxsize=PLAIN_KEPT)
def stated_dates(words: str) -> tuple[StatedDate, ...]:
    """Return every full or partial date in plain words, of a list ("15, 20 tháng 12") each; whole months are none."""
    told = _in_figures(words)
    return tuple(one for found in _days(told) for one in _listed(told, found))


def _listed(told: str, found: DateMention) -> Iterator[StatedDate]:
    before = pattern("days_before").search(told[: found.start])
    for day in (*re.findall(r"\d+", before[0] if before else ""), found.day):
        if found.month and day and 1 <= int(day) <= _LONGEST_MONTH:
            yield StatedDate(int(day), found.month, found.year)


def stated_months(words: str) -> tuple[StatedDate, ...]:
    """Return the months named without a day ("tháng 6 năm 2024", "6/2024", "June"), of a quarter all three."""
    told = without_dates(words)
    return tuple(StatedDate(None, month, found.year) for found in find_dates(told) for month in _months_of(told, found))


def _months_of(told: str, found: DateMention) -> Iterator[int]:
    if found.precision is Precision.QUARTER and found.part and not pattern("of_report").search(told[: found.start]):
        yield from range(3 * found.part - 2, 3 * found.part + 1)
    if found.precision is Precision.MONTH and found.month:
        others = pattern("months_behind").match(told[found.end :])
        yield from (found.month, *map(int, re.findall(r"\d+", others[0] if others else "")))


def _days(told: str) -> list[DateMention]:
    return [one for one in find_dates(told) if one.precision is Precision.DAY and one.month]


def _in_figures(words: str) -> str:
    """Return plain words with English dates written as Vietnamese ones: "5 thang 6 nam 2023"."""

    def figures(found: re.Match[str]) -> str:
        parts = {group[0]: value for group, value in found.groupdict().items() if value}
        day, year = parts.get("d", ""), parts.get("y", "")
        return f"{day} thang {ENGLISH_MONTHS.index(parts['m']) + 1}{f' nam {year}' if year else ''}".strip()

    return pattern("english_date").sub(figures, words)


@lru_cache(maxsize=PLAIN_KEPT)
def without_dates(words: str) -> str:
    """Return plain words without the days they name, English months as Vietnamese ones."""
    told = _in_figures(words)
    for found in reversed(_days(told)):
        told = f"{told[: found.start]} {told[found.end :]}"
    return told


def document_numbers(words: str) -> tuple[str, ...]:
    """Return the document numbers named, folded, from "55/kh-ubnd" down to a bare "130" after a document word."""
    rest = without_dates(words)
    whole = [one[0].rstrip("-/") for one in pattern("number").finditer(rest) if not _looks_like_date(one[0])]
    bare = [number for one in pattern("bare_number").finditer(rest) for number in re.findall(r"\d+", one[0])]
    return tuple(dict.fromkeys(whole + [one for one in bare if not pattern("year").fullmatch(one)]))


def _looks_like_date(token: str) -> bool:
    month, _, year = token.replace("-", "/").partition("/")
    return (year.isdigit() and month.isdigit() and int(month) <= 12) or bool(pattern("span").fullmatch(token))


def stated_level(name: str, words: str) -> str:
    """Return the level of government that a question says right behind a body's name ("Công an tỉnh"), "" for none."""
    level = pattern("level").match(words.partition(name)[2])
    return level[1] if level else ""


def is_number(stated: str, printed: str) -> bool:
    """Tell whether a number, perhaps only its figure, names a printed one ("55" is "55/KH-UBND" and not "552/...")."""
    return bool(re.match(rf"0*{re.escape(stated.lstrip('0'))}(?!\w)", printed.lower().replace("đ", "d")))


def stated_section(words: str, typed: str) -> str:
    """Return the path of the section named ("mục II.3", "điểm đ khoản 2"), folded but for a point's letter, or ""."""
    point = pattern("point").search(typed)
    found = pattern("section").search(pattern("point").sub(" ", words)) if point else None
    if point and found:
        return f"{found[1]}.{point[1].lower()}"
    found = pattern("section").search(words)
    return found[1] if found else ""


def is_under(path: str | None, section: str) -> bool:
    """Tell whether a path lies in the section named."""
    return f"{(path or '').lower()}.".startswith(f"{section}.")


def stated_years(words: str) -> tuple[int, ...]:
    """Return the years a question asks about; years of dates, numbers, laws and programme names are left out."""
    words = without_dates(words)
    for name in ("number", "span", "law_year"):
        words = pattern(name).sub(" ", words)
    return tuple(dict.fromkeys(int(year) for year in pattern("year").findall(words)))


def report_kinds(words: str) -> tuple[str, ...]:
    """Return which reports are meant: quarter, nine_months, half_year, month, week, year."""
    rest = pattern("until_year").sub(" ", pattern("quarter_of").sub(" ", without_dates(words)))
    return tuple(name for name in lexicon("cues")["reports"] if matches(name, rest))
