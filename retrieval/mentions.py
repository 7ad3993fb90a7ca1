"""What a question states itself: dates, years, document numbers, which report it speaks of."""

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import date
from functools import cache

from retrieval.wording import lexicon

ENGLISH_MONTHS = tuple(month.lower() for month in month_name if month)
_ENGLISH_MONTH = re.compile(
    rf"\b(?:(?P<m>{'|'.join(ENGLISH_MONTHS)}) (?P<y>\d{{4}})|(?:in|of|during|for) (?P<m2>{'|'.join(ENGLISH_MONTHS)}))\b"
)
_ENGLISH_DATE = re.compile(
    rf"\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<m1>{'|'.join(ENGLISH_MONTHS)})"
    rf"|(?P<m2>{'|'.join(ENGLISH_MONTHS)}) (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b)(?:,? (?P<y>\d{{4}}))?"
)
_DATE = re.compile(
    r"(?<![\d/])(?P<d>\d{1,2})(?: thang |[/.\-])(?P<m>\d{1,2})(?:(?: nam |[/.\-])(?P<y>\d{4}))?(?![\d/])"
    r"|(?<![\d/])(?P<yi>\d{4})-(?P<mi>\d{2})-(?P<di>\d{2})(?!\d)"
)
_MONTH = re.compile(
    r"\bthang (?P<m>\d{1,2})(?:(?: nam |/)(?P<y>\d{4}))?(?![\d/])|(?<![\d/])(?P<m2>\d{1,2})/(?P<y2>\d{4})\b"
)
_YEAR = re.compile(r"(?<![\d/\-])(?:199\d|20[0-4]\d)(?![\d/\-])")
_SPAN = re.compile(r"(?:19|20)\d{2}\s*[-–]\s*(?:19|20)\d{2}|den (?:nam )?(?:19|20)\d{2}")
_NUMBER = re.compile(r"(?<![\w/])(?P<lead>\d{1,5}[a-z]?)(?:[-/][a-z0-9&\-]+)+(?:/[a-z][a-z0-9&\-]*)*")
_BARE = re.compile(
    r"\b(?:so|thong bao|to trinh|quyet dinh|cong van|thong tu|nghi dinh|ket luan|van ban|chi thi|nghi quyet"
    r"|ke hoach|huong dan|luat|plan"
    r"|decision|letter|circular|decree|no)(?: so)?"
    r" (?:\d{3,5}|\d{2}(?! ngay))(?: (?:va|and) \d{2,5})*(?= |$)(?! thang| nam(?! \d{4})| phan| %)"
)


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
    """Return every full or partial date in plain words, in order of kind; whole months only when no day is named."""
    found = [
        _stated(one["d"] or one["di"], one["m"] or one["mi"], one["y"] or one["yi"]) for one in _DATE.finditer(words)
    ]
    for one in _ENGLISH_DATE.finditer(words):
        month = ENGLISH_MONTHS.index(one["m1"] or one["m2"]) + 1
        found.append(_stated(one["d1"] or one["d2"], month, one["y"]))
    return tuple(one for one in found if one)


def without_dates(words: str) -> str:
    """Return plain words without the days they name."""
    return _ENGLISH_DATE.sub(" ", _DATE.sub(" ", words))


def without_section(words: str) -> str:
    """Return plain words without the section they name."""
    return _SECTION.sub(" ", words)


def stated_months(words: str) -> tuple[StatedDate, ...]:
    """Return the months named without a day ("tháng 6 năm 2024", "6/2024", "June")."""
    rest = without_dates(words)
    found = [_stated(None, one["m"] or one["m2"], one["y"] or one["y2"]) for one in _MONTH.finditer(rest)]
    for one in _ENGLISH_MONTH.finditer(rest):
        found.append(_stated(None, ENGLISH_MONTHS.index(one["m"] or one["m2"]) + 1, one["y"]))
    return tuple(one for one in found if one)


def _stated(day: str | None, month: str | int, year: str | None) -> StatedDate | None:
    stated = StatedDate(int(day) if day else None, int(month), int(year) if year else None)
    return stated if 1 <= stated.month <= 12 and (stated.day is None or 1 <= stated.day <= 31) else None


def document_numbers(words: str) -> tuple[str, ...]:
    """Return the document numbers named, folded, from "55/kh-ubnd" down to a bare "130" after a document word."""
    rest = _DATE.sub(" ", words)
    whole = [one[0].rstrip("-/") for one in _NUMBER.finditer(rest) if not _looks_like_date(one[0])]
    bare = [
        number for one in _BARE.finditer(rest) for number in re.findall(r"\d+", one[0]) if not _YEAR.fullmatch(number)
    ]
    return tuple(dict.fromkeys(whole + bare))


_LEVEL = re.compile(r" (tinh|huyen|thanh pho|thi xa|xa|phuong|trung uong)\b")


def stated_level(name: str, words: str) -> str:
    """Return the level of government that a question says right behind a body's name ("Công an tỉnh"), "" for none."""
    level = _LEVEL.match(words.partition(name)[2])
    return level[1] if level else ""


def is_number(stated: str, printed: str) -> bool:
    """Tell whether a number, perhaps only its figure, names a printed one ("55" is "55/KH-UBND" and not "552/...")."""
    return bool(re.match(rf"0*{re.escape(stated.lstrip('0'))}(?!\w)", printed.lower().replace("đ", "d")))


def _looks_like_date(token: str) -> bool:
    parts = re.split(r"[/\-]", token)
    is_month = len(parts) == 2 and all(part.isdigit() for part in parts) and int(parts[0]) <= 12
    return is_month or bool(_SPAN.fullmatch(token))


_SECTION = re.compile(r"\b(?:muc|phan|diem|khoan|section|part) ([ivx]+(?:\.\d+)*|\d+(?:\.\d+)*)(?= |$)")


def stated_section(words: str) -> str:
    """Return the path of the section named ("mục II.3"), folded, "" for none."""
    found = _SECTION.search(words)
    return found[1] if found else ""


def is_under(path: str | None, section: str) -> bool:
    """Tell whether a path lies in the section named."""
    return f"{(path or '').lower()}.".startswith(f"{section}.")


def stated_years(words: str) -> tuple[int, ...]:
    """Return the years a question asks about; years of dates, numbers and programme names are left out."""
    rest = words
    for pattern in (_DATE, _ENGLISH_DATE, _NUMBER, _SPAN):
        rest = pattern.sub(" ", rest)
    rest = re.sub(r"\b(?:luat|law)[^,;]{0,40}? (?:19|20)\d{2}", " ", rest)
    return tuple(dict.fromkeys(int(year) for year in _YEAR.findall(rest)))


_UNTIL = re.compile(r"\b(?:den|toi) (?:het |cuoi )+nam\b")


@cache
def _report_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    kinds = lexicon("words")["reports"].items()
    return tuple((name, re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")) for name, patterns in kinds)


def report_kinds(words: str) -> tuple[str, ...]:
    """Return which reports are meant: quarter, nine_months, half_year, month, week, year."""
    rest = _UNTIL.sub(" ", _DATE.sub(" ", words))
    return tuple(name for name, pattern in _report_patterns() if pattern.search(rest))
