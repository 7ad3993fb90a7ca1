"""What a question states itself: dates, years, document numbers, which report it speaks of."""

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import date

from retrieval.wording import lexicon, matches, pattern

ENGLISH_MONTHS = tuple(month.lower() for month in month_name if month)
_QUARTERS = {name: place % 4 for place, name in enumerate(("i", "ii", "iii", "iv", "1", "2", "3", "4"))}


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as somebody stated it; the year or the day may be open."""

    day: int | None
    month: int
    year: int | None

    def agrees(self, other: date) -> bool:
        """Tell whether other could be the day meant."""
        return self.day in (None, other.day) and self.month == other.month and self.year in (None, other.year)


def stated_dates(words: str) -> tuple[StatedDate, ...]:
    """Return every full or partial date in plain words, Vietnamese ones first; whole months are none."""
    return _stated(words, "date", "english_date")


def stated_months(words: str) -> tuple[StatedDate, ...]:
    """Return the months named without a day ("tháng 6 năm 2024", "6/2024", "June"), of a quarter all three."""
    rest = without_dates(words)
    spans = [(_QUARTERS[found["q"]], found["y"]) for found in pattern("quarter_of").finditer(rest)]
    months = [
        StatedDate(None, 3 * one + month, int(year) if year else None) for one, year in spans for month in (1, 2, 3)
    ]
    return (*months, *_stated(pattern("quarter_of").sub(" ", rest), "month", "english_month"))


def _stated(words: str, *names: str) -> tuple[StatedDate, ...]:
    """Return the dates that patterns find; their groups begin with d, m or y for day, month and year."""
    stated = []
    for found in (found for name in names for found in pattern(name).finditer(words)):
        parts = {group[0]: value for group, value in found.groupdict().items() if value}
        month = int(parts["m"]) if parts["m"].isdigit() else ENGLISH_MONTHS.index(parts["m"]) + 1
        day, year = (int(parts[one]) if one in parts else None for one in "dy")
        if 1 <= month <= 12 and (day is None or 1 <= day <= 31):
            stated.append(StatedDate(day, month, year))
    return tuple(stated)


def without_dates(words: str) -> str:
    """Return plain words without the days they name."""
    return pattern("english_date").sub(" ", pattern("date").sub(" ", words))


def document_numbers(words: str) -> tuple[str, ...]:
    """Return the document numbers named, folded, from "55/kh-ubnd" down to a bare "130" after a document word."""
    rest = pattern("date").sub(" ", words)
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
    for name in ("date", "english_date", "number", "span", "law_year"):
        words = pattern(name).sub(" ", words)
    return tuple(dict.fromkeys(int(year) for year in pattern("year").findall(words)))


def report_kinds(words: str) -> tuple[str, ...]:
    """Return which reports are meant: quarter, nine_months, half_year, month, week, year."""
    rest = pattern("until_year").sub(" ", pattern("quarter_of").sub(" ", pattern("date").sub(" ", words)))
    return tuple(name for name in lexicon("cues")["reports"] if matches(name, rest))
