"""Time limits in a Vietnamese sentence: before, at the latest, within, from–to, every so often, or in words only."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from knowledge.dates import DateMention, Precision, find_dates, spelled
from knowledge.lines import plain_letters


class Shape(StrEnum):
    """How a sentence limits time."""

    BEFORE = "before"
    UNTIL = "until"
    ON = "on"
    WINDOW = "window"
    OCCASION = "occasion"
    CYCLE = "cycle"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One time limit: `start` and `end` are offsets in the sentence, the limiting words included.

    A recurrence names the day printed (the last one of a window), so "trước ngày 15/6 hằng năm" names 15 June with
    `inclusive` false; a recurrence without a day part says how often and no more. `is_labelled` marks dates behind a
    label such as "Thời gian:" or alone in a table cell, `is_weak` those that need an ordering verb to count.
    """

    start: int
    end: int
    shape: Shape
    first: DateMention | None = None
    last: DateMention | None = None
    recurrence: str | None = None
    inclusive: bool = True
    is_labelled: bool = False
    is_weak: bool = False
    cue: str = ""

    @property
    def due(self) -> date | None:
        """The last day named, None without a year or when it is told in words."""
        if self.last is None or _EARLY.search(self.cue) or _MID.search(self.cue):
            return None
        if self.shape is Shape.BEFORE and not _LATE.search(self.cue):
            return self.last.first_day()
        return self.last.last_day()

    @property
    def last_day(self) -> date | None:
        """The last day still in time."""
        return self.due if self.due is None or self.inclusive else self.due - timedelta(days=1)

    @property
    def begins(self) -> date | None:
        """The first day of a window, None elsewhere."""
        return self.first.first_day() if self.first else None


_WEEKDAYS = {"hai": "MO", "ba": "TU", "tu": "WE", "nam": "TH", "sau": "FR", "bay": "SA"}
_WEEKDAYS |= {"2": "MO", "3": "TU", "4": "WE", "5": "TH", "6": "FR", "7": "SA"}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = r"(?:thu\s*(?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat)\b"
_EVERY = r"(?:hang|moi|cac)"
_LONGEST_WINDOW_YEARS = 6
"""Two dates further apart are an anniversary ("20/10/1930 - 20/10/2023"), not a window."""
_HINT = spelled(r"\d|hằng|hàng|mỗi|định kỳ|\bthứ\b|cuối|\bcùng\b|ngay sau|\bquý\b|chủ nhật|tháng")
_ORDER = {"1": 1, "mot": 1, "nhat": 1, "dau": 1, "dau tien": 1, "2": 2, "hai": 2, "3": 3, "ba": 3, "4": 4, "tu": 4}
_ORDER |= {"cuoi": -1, "cuoi cung": -1}
_ORDINAL = rf"(?:thu\s*)?(?P<order>{'|'.join(sorted(_ORDER, key=len, reverse=True))})\b"

_WORDS = (
    r"trước|sau|trong|đến|tới|hết|vào|là|ngày|các|lúc|hồi|từ|kể từ|tính|khoảng|bắt đầu|dự kiến|tối đa|xong|hoàn thành"
    r"|(?:chậm|muộn|trễ|sớm) nhất|hạn (?:chót|cuối(?: cùng)?|nộp|gửi|nhận)(?: \w+){0,6}?|đến hạn|không quá"
    r"|không (?:muộn|trễ|chậm) (?:hơn|quá)"
    r"|đầu|giữa|cuối|tuần (?:thứ )?\w+(?: của)?|dịp|(?<!cá )(?<!công )(?<!nạn )nhân(?: dịp)?|kỷ niệm|hưởng ứng"
    r"|chào mừng|sáng|chiều|tối|mốc"
    r"|thời (?:hạn|gian|điểm)(?: (?!(?:trước|từ|trong|đến|là|vào|chậm|qua|tới)\b)\w+){0,5}"
    r"|\d{1,2}\s*(?:h|giờ)\s*(?:\d\d)?(?: phút)?|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|và"
)
_CUE = spelled(rf"(?:(?<!\w)(?:{_WORDS})(?!\w)[\s:,(–-]*)+$")
_NO_LIMIT = spelled(r"\b(?:tính (?:đến|từ|tới)|kể từ|thời điểm ngày|mốc|ngay trước|sớm nhất)\b|trước[^.]*\bsau\b")
_STRONG = spelled(
    r"\b(?:(?:chậm|muộn|trễ) nhất|hạn (?:chót|cuối|nộp|gửi|nhận)|đến hạn|không \w+|tối đa|xong"
    r"|hoàn thành|hết|thời hạn)\b"
)
_INSIDE = spelled(r"\b(?:trong|hết|xong|hoàn thành|trước)\b")
_BEFORE, _FROM, _UP_TO = spelled(r"\btrước\b"), spelled(r"\btừ\b"), spelled(r"\b(?:đến|tới)\b")
_HELD_ON = spelled(r"\b(?:dịp|nhân|kỷ niệm|hưởng ứng|chào mừng)\b")
_EARLY, _MID, _LATE = spelled(r"\bđầu\s*$"), spelled(r"\bgiữa\s*$|\btuần\b"), spelled(r"\bcuối\b")
_LABEL = spelled(r"\bthời (?:gian|điểm)\b")
_LABEL_AHEAD = spelled(r"^\W*(?:[a-zđ]\)|\d{1,2}[.)])?\s*(?:về )?thời gian[^:.;]{0,40}:[^.;]{0,30}$")
_SENDING = spelled(r"\b(?:gửi|nộp|báo cáo|hoàn thành|trình|đăng ký)\b")
_TO = re.compile(r"\s*(?:-|–|—|\bden|\btoi)\s*(?:het\s*)?(?:cuoi\s*)?(?:thu \w+,?\s*)?")
_AND = re.compile(
    r"\s*(?:\([^()]{0,60}\)|doi voi [^,;.()]{3,40}?)?\s*(?:,|;|&|\bva\b|\bhoac\b)?\s*(?:va\s*)?"
    r"(?:(?:cac|truoc|cham nhat|vao)\s*)*"
)
_YEARLY = re.compile(r"\b(?:hang|moi) (?:nam|quy)\b|\bthuong nien\b|\bnam bao cao\b")
_OF_QUARTER = rf"(?: cung| tien)?(?: cua)?(?: {_EVERY})?\s*quy\b(?: (?:sau|tiep theo|ke tiep|lien ke))*"
_AFTER_DAY = (
    (re.compile(rf"\s*(?:cua\s*)?thang (?:cuoi|thu (?:ba|3)){_OF_QUARTER}"), "3,6,9,12"),
    (re.compile(rf"\s*(?:cua\s*)?thang (?:giua|thu (?:hai|2)){_OF_QUARTER}"), "2,5,8,11"),
    (re.compile(rf"\s*(?:cua\s*)?thang (?:dau|thu (?:nhat|1)){_OF_QUARTER}"), "1,4,7,10"),
)
_EVERY_MONTH = re.compile(rf"\s*(?:cua\s*)?(?:{_EVERY}\s*)thang\b")
_MONTH_LIST = re.compile(
    r"\s*(?:cua\s*)?(?:cac|nhung)\s*thang\s*\d{1,2}(?:\s*(?:,|;|va)\s*(?:thang\s*)?\d{1,2})+(?!\d|/)"
)
_NEXT_MONTH = re.compile(r"\s*(?:cua\s*)?thang (?:sau|tiep theo|ke tiep)\b")
_THIS_MONTH = re.compile(r"\s*(?:cua\s*)?thang(?: bao cao)?(?=\W*$|\s*[,;.)])")
_CADENCE = re.compile(r"\b(?:hang|moi|dinh ky|bao cao)\s+(?:hang |moi )?(?P<unit>tuan|thang|quy)\b")

_WEEK_SPAN = re.compile(rf"\btu (?P<one>{_WEEKDAY}) den (?:het )?(?P<two>{_WEEKDAY})[\s,]*(?:{_EVERY}|trong) tuan\b")
_WEEK_DAY = re.compile(rf"(?P<days>{_WEEKDAY}(?:(?:,| va)\s*{_WEEKDAY})*)[\s,]*{_EVERY} tuan\b")
_MONTH_WEEK = re.compile(
    rf"(?P<one>{_WEEKDAY})[\s,]*(?:cua )?(?:tuan )?{_ORDINAL}[\s,]*(?:cua |trong )?(?:{_EVERY} )?thang\b(?!\s*\d)"
)
_END_OF = re.compile(
    rf"\b(?:ngay )?cuoi (?:cung )?(?:cua )?{_EVERY} (?P<unit>thang|quy|nam)\b"
    r"|\bdinh ky (?:vao )?cuoi (?P<said>thang|quy|nam)\b(?! hoc)"
)
_END_RULES = {
    "thang": "FREQ=MONTHLY;BYMONTHDAY=-1",
    "quy": "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1",
    "nam": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
}
_RHYTHM = (
    r"(?:\(?(?:theo |vào |báo cáo )?(?:hằng |hàng |mỗi |0?[369] )?(?:tuần|tháng|quý|năm)\b\)?"
    r"(?:\s*[,;/]\s*|\s+và\s+|\s+hoặc\s+)?(?:báo cáo )?)+"
)
_CYCLE = spelled(rf"\b(?:định kỳ|(?:hằng|hàng|mỗi)(?= (?:tuần|tháng|quý|năm)))\s*{_RHYTHM}(?:/\s*lần|một lần|1 lần)?")
_RATES = (
    ("tuan", "FREQ=WEEKLY"),
    (r"(?<!\d )thang", "FREQ=MONTHLY"),
    ("quy|0?3 thang", "FREQ=MONTHLY;INTERVAL=3"),
    ("0?6 thang", "FREQ=MONTHLY;INTERVAL=6"),
)
_NUMBER_OF_DAYS = r"\d+\s*(?:\([^)]*\)\s*)?(?:ngay|gio|tuan|thang)(?: lam viec)?,?"
_WITHIN = (
    r"(?:cham nhat(?: la| sau| trong(?: vong)?)?|trong (?:vong|thoi (?:han|gian))(?: toi da| khong qua)?|khong qua"
    r"|truoc|sau)"
)
_IN_WORDS = re.compile(
    rf"\b{_WITHIN}\s+{_NUMBER_OF_DAYS}\s+(?:(?:ke )?tu|sau khi|truoc khi|truoc ngay|sau ngay)\s[^,.;)]*"
    rf"|\b(?:cham nhat|truoc|trong vong)\s+(?:la\s+)?{_NUMBER_OF_DAYS}"
    r"(?=[\s,]*(?:sau|truoc|phai|cac|gui|bao cao))[^,.;)]*"
    rf"|\b(?:truoc|sau) khi [^,;.()]{{3,70}}? {_NUMBER_OF_DAYS}"
    r"|\bcung (?:voi|thoi diem voi|dip voi|ky voi)?\s*bao cao [^,.;)]*"
    r"|\bdinh ky\s+(?:vao\s+)?(?:dau|giua|cuoi)\s+(?:hoc ky|nam hoc)[^,.;)]*"
    r"|\bngay sau khi [^,.;)]*(?=,)"
)


_SPELLINGS = {"qúy": "quý", "quí": "quý", "kì": "kỳ", "hòan": "hoàn", "cưối": "cuối", "đên": "đến"}
_USUAL = re.compile(r"\btr\w\wc\b|\b(?:qúy|quí|kì|hòan|cưối|đên)\b")


def find_terms(sentence: str, *, is_cyclic: bool = False) -> list[Term]:
    """Return the time limits of one sentence (NFC) in order; `is_cyclic`: a day without a year comes every year."""
    if not _HINT.search(sentence.lower()):
        return []
    line = _Line(_USUAL.sub(_usual, sentence.lower()), plain_letters(sentence))
    terms = _dated_terms(find_dates(sentence), line, is_cyclic=is_cyclic)
    for term in (*_cycles(line), *_in_words(line.plain)):
        if not any(term.start < other.end and other.start < term.end for other in terms):
            terms.append(term)
    if any(term.last is not None for term in terms):
        terms = [term for term in terms if term.shape is not Shape.CYCLE or names_a_day(term.recurrence or "")]
    return sorted(terms, key=lambda term: term.start)


def _usual(found: re.Match[str]) -> str:
    """Return the usual spelling, as long as the word, of a limiting word that is often misspelt."""
    return "trước" if plain_letters(found[0]) == "truoc" and found[0] != "truoc" else _SPELLINGS.get(found[0], found[0])


def names_a_day(recurrence: str) -> bool:
    """Tell whether an RRULE of the register names a day; one that does not says only how often."""
    return "BYMONTHDAY" in recurrence or "BYDAY" in recurrence


def find_cue(sentence: str, start: int) -> str:
    """Return the limiting words that stand right before sentence[start:]."""
    found = _CUE.search(sentence.lower()[max(0, start - 90) : start])
    return found[0] if found else ""


def weekday_number(words: str) -> int:
    """Return the number of a weekday written without marks ("thu hai" is 0)."""
    return _DAYS.index(_weekday(words))


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence twice, letter for letter: in lower case, and without marks besides."""

    lower: str
    plain: str

    def cue(self, start: int) -> str:
        """Return the limiting words right before a date."""
        return find_cue(self.lower, start)


def _dated_terms(mentions: Sequence[DateMention], line: _Line, *, is_cyclic: bool) -> list[Term]:
    terms: list[Term] = []
    place = 0
    while place < len(mentions):
        mention = mentions[place]
        following = mentions[place + 1] if place + 1 < len(mentions) else None
        if following and _opens_window(mention, following, line.plain):
            term = _window(mention, following, line)
            place += 1
        else:
            term = _limit(mention, line, terms[-1] if terms else None)
        place += 1
        if term is not None:
            terms.append(_recurring(term, line.plain, is_cyclic=is_cyclic))
    return _with_shared_years(terms, line.plain)


def _opens_window(first: DateMention, last: DateMention, plain: str) -> bool:
    coarse = {Precision.YEAR, Precision.HALF}
    if first.precision in coarse or last.precision in coarse or not _TO.fullmatch(plain, first.end, last.start):
        return False
    return last.month is not None or last.part is not None


def _window(first: DateMention, last: DateMention, line: _Line) -> Term | None:
    cue = line.cue(first.start)
    if _NO_LIMIT.search(cue):
        return None
    if first.month is None and first.precision is Precision.DAY:
        earlier = (first.day or 0) > (last.day or 31)
        first = replace(first, month=last.month and (last.month - earlier or 12))
    wraps = (first.month or 0, first.day or 0) > (last.month or 0, last.day or 99)
    if first.year is None and last.year is not None:
        first = first.in_year(last.year - wraps)
    elif last.year is None and first.year is not None:
        last = last.in_year(first.year + wraps)
    begins, ends = first.value, last.value
    if begins and ends and (begins == ends or ends.year - begins.year > _LONGEST_WINDOW_YEARS):
        return None
    start, is_labelled = first.start - len(cue), bool(_LABEL.search(cue))
    shape = Shape.WINDOW
    return Term(start=start, end=last.end, shape=shape, first=first, last=last, cue=cue, is_labelled=is_labelled)


def _limit(mention: DateMention, line: _Line, before: Term | None) -> Term | None:
    if before and _is_listed(mention, before, line.plain):
        return replace(before, start=mention.start, end=mention.end, last=mention, recurrence=None)
    cue = line.cue(mention.start)
    start = mention.start - len(cue)
    shape, is_weak = _shape(cue, mention)
    if start < 110 and shape is Shape.ON and _LABEL_AHEAD.search(line.lower[:start]):
        is_weak, cue = False, f"thời gian {cue}"
    is_half = mention.precision is Precision.HALF
    if shape is None or (is_half and (mention.part is None or not _INSIDE.search(cue))):
        return None
    return Term(
        start=start,
        end=mention.end,
        shape=shape,
        last=mention,
        cue=cue,
        inclusive=shape is not Shape.BEFORE or mention.at is not None,
        is_labelled=bool(_LABEL.search(cue)) or len(line.plain) - (mention.end - start) < 8,
        is_weak=is_weak,
    )


def _is_listed(mention: DateMention, before: Term, plain: str) -> bool:
    """Tell whether the date goes on a list under the same limiting words ("trước ngày 15/6 và 15/12")."""
    if before.last is None or before.shape is Shape.WINDOW or before.last.precision is not mention.precision:
        return False
    return mention.precision is not Precision.HALF and bool(_AND.fullmatch(plain, before.end, mention.start))


def _shape(cue: str, mention: DateMention) -> tuple[Shape | None, bool]:
    """Return the shape of a single date by the words before it, and whether it needs an ordering verb to count."""
    is_strong, precision = bool(_STRONG.search(cue)), mention.precision
    if _NO_LIMIT.search(cue) or (precision is Precision.YEAR and not is_strong):
        return None, False
    if _BEFORE.search(cue):
        return Shape.BEFORE, False
    if is_strong or (_LABEL.search(cue) and _SENDING.search(cue)):
        return Shape.UNTIL, precision is Precision.YEAR
    if _HELD_ON.search(cue):
        return Shape.OCCASION, True
    is_from, is_up_to = bool(_FROM.search(cue)), bool(_UP_TO.search(cue))
    if is_from and not is_up_to and mention.at is None:
        return (Shape.ON, True) if precision is Precision.MONTH else (None, False)
    if is_up_to and not is_from:
        return (Shape.UNTIL, True) if precision is Precision.DAY else (None, False)
    return Shape.ON, not _LABEL.search(cue)


def _recurring(term: Term, plain: str, *, is_cyclic: bool) -> Term:
    last = term.last
    if last is None or last.year is not None:
        return term
    if last.precision is Precision.DAY and last.month is None:
        months, end = _months_of(last, plain)
        rule = _monthly(last.day or 0, months) if months is not None else None
        return replace(term, recurrence=rule, end=end)
    if not (is_cyclic or _YEARLY.search(plain)) or _MID.search(term.cue):
        return term
    if last.precision is Precision.DAY:
        return replace(term, recurrence=f"FREQ=YEARLY;BYMONTH={last.month};BYMONTHDAY={last.day}")
    first_day, last_day = last.in_year(2001).first_day(), last.in_year(2001).last_day()
    if first_day is None or last_day is None:
        return term
    at_start = term.shape is Shape.BEFORE or _EARLY.search(term.cue)
    day, month = (1, first_day.month) if at_start else (-1, last_day.month)
    return replace(term, recurrence=f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}")


def _months_of(mention: DateMention, plain: str) -> tuple[str | None, int]:
    """Return in which months a lone day comes ("" for each, None when it cannot be told), and where the words end."""
    for form, months in _AFTER_DAY:
        if found := form.match(plain, mention.end):
            return months, found.end()
    cadence = _CADENCE.search(plain)
    unit = cadence["unit"] if cadence else ""
    every_month = "" if unit == "thang" else None
    if found := _MONTH_LIST.match(plain, mention.end):
        numbers = sorted({int(number) for number in re.findall(r"\d+", found[0]) if 1 <= int(number) <= 12})
        return ",".join(map(str, numbers)), found.end()
    if found := _EVERY_MONTH.match(plain, mention.end):
        return "", found.end()
    if found := _NEXT_MONTH.match(plain, mention.end):
        return ("1,4,7,10" if unit == "quy" else every_month), found.end()
    found = _THIS_MONTH.match(plain, mention.end)
    return every_month, found.end() if found else mention.end


def _monthly(day: int, months: str) -> str:
    """Return the rule of a day in each of the months; short months give their last day for the 29th to the 31st."""
    within = f";BYMONTH={months}" if months else ""
    if day <= 28:
        return f"FREQ=MONTHLY{within};BYMONTHDAY={day}"
    return f"FREQ=MONTHLY{within};BYMONTHDAY={','.join(map(str, range(28, day + 1)))};BYSETPOS=-1"


def _with_shared_years(terms: list[Term], plain: str) -> list[Term]:
    """Give the year printed once at the end of "ngày 15/6 và 15/12/2024" to every date of that list."""
    shared = list(terms)
    for place in range(len(terms) - 2, -1, -1):
        one, two = shared[place], shared[place + 1]
        if one.shape is not two.shape or one.shape is Shape.WINDOW or one.recurrence or not (one.last and two.last):
            continue
        joined = _AND.fullmatch(plain, one.end, two.last.start)
        in_order = (one.last.month or 99) <= (two.last.month or 0)
        if joined and in_order and two.last.year and one.last.year is None:
            shared[place] = replace(one, last=one.last.in_year(two.last.year))
    return shared


def _weekday(words: str) -> str:
    if words.startswith(("chu", "cn")):
        return "SU"
    return _WEEKDAYS.get(words.removeprefix("thu").strip()) or words[:2].upper()


def _cycles(line: _Line) -> Iterator[Term]:
    for found in _WEEK_SPAN.finditer(line.plain):
        one, two = (_DAYS.index(_weekday(found[name])) for name in ("one", "two"))
        rule = f"FREQ=WEEKLY;BYDAY={','.join(_DAYS[one : two + 1])}"
        yield Term(start=found.start(), end=found.end(), shape=Shape.WINDOW, recurrence=rule)
    for found in _WEEK_DAY.finditer(line.plain):
        days = ",".join(_weekday(day[0]) for day in re.finditer(_WEEKDAY, found["days"]))
        yield _cycle(found, line, f"FREQ=WEEKLY;BYDAY={days}")
    for found in _MONTH_WEEK.finditer(line.plain):
        rule = f"FREQ=MONTHLY;BYDAY={_weekday(found['one'])};BYSETPOS={_ORDER[found['order']]}"
        yield _cycle(found, line, rule)
    for found in _END_OF.finditer(line.plain):
        yield _cycle(found, line, _END_RULES[found["unit"] or found["said"]])
    for found in _CYCLE.finditer(line.lower):
        words = line.plain[found.start() : found.end()]
        rule = next((rate for unit, rate in _RATES if re.search(rf"\b(?:{unit})\b", words)), "FREQ=YEARLY")
        yield Term(start=found.start(), end=found.end(), shape=Shape.CYCLE, recurrence=rule, is_weak=True)


def _cycle(found: re.Match[str], line: _Line, rule: str) -> Term:
    cue = line.cue(found.start())
    is_before = bool(_BEFORE.search(cue)) and not re.search(r"\d\s*(?:h|giờ|gio)", cue)
    start = found.start() - len(cue)
    return Term(start=start, end=found.end(), shape=Shape.CYCLE, recurrence=rule, inclusive=not is_before, cue=cue)


def _in_words(plain: str) -> Iterator[Term]:
    for found in _IN_WORDS.finditer(plain):
        yield Term(start=found.start(), end=found.end(), shape=Shape.RELATIVE)
