"""Time limits in a Vietnamese sentence: before, at the latest, within, from–to, every so often, or told in words only."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from knowledge.dates import DateMention, FoldedText, Precision, find_dates


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
        if self.last is None or re.search(r"\b(?:dau|giua)\s*$|\btuan\b", self.cue):
            return None
        if self.shape is Shape.BEFORE and "cuoi" not in self.cue:
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
_ORDER = {"1": 1, "mot": 1, "nhat": 1, "dau": 1, "dau tien": 1, "2": 2, "hai": 2, "3": 3, "ba": 3, "4": 4, "tu": 4}
_ORDER |= {"cuoi": -1, "cuoi cung": -1}
_ORDINAL = rf"(?:thu\s*)?(?P<order>{'|'.join(sorted(_ORDER, key=len, reverse=True))})\b"

_WORD = (
    r"truoc|sau|trong|den|toi|het|vao|la|ngay|cac|luc|hoi|tu|ke|tinh|khoang|bat dau|du kien|(?:cham|muon|tre|som) nhat|"
    r"han (?:chot|cuoi(?: cung)?|nop|gui)|den han|khong (?:qua|muon hon|tre hon|cham hon|cham qua)|toi da|xong|"
    r"hoan thanh|dau|giua|cuoi|tuan (?:thu )?\w+|dip|nhan|ky niem|huong ung|chao mung|tai|sang|chieu|moc|"
    r"thoi (?:han|gian|diem)(?: (?!(?:truoc|tu|trong|den|la|vao|hoan|cham|qua|toi)\b)[a-z]+){0,5}|"
    r"\d{1,2}\s*(?:h|gio)\s*(?:\d\d)?(?: phut)?|thu (?:hai|ba|tu|nam|sau|bay|[2-7])|va"
)
_CUE = re.compile(rf"(?:(?<![\w])(?:{_WORD})(?![\w])[\s:,(–-]*)+$")
_NO_LIMIT = re.compile(
    r"\b(?:tinh (?:den|tu|toi)|ke tu|tai (?:thoi diem|ngay)|moc|ngay truoc|som nhat)\b|truoc\W.*\bsau\b"
)
_STRONG = re.compile(
    r"\b(?:(?:cham|muon|tre) nhat|han (?:chot|cuoi|nop|gui)|den han|khong \w+|toi da|xong|hoan thanh|het|thoi han)\b"
)
_LABEL = re.compile(r"\bthoi (?:gian|diem)\b")
_SENDING = re.compile(r"\b(?:gui|nop|bao cao|hoan thanh|trinh|dang ky)\b")
_TO = re.compile(r"\s*(?:-|–|—|\bden|\btoi)\s*(?:het\s*)?(?:cuoi\s*)?(?:thu \w+,?\s*)?")
_AND = re.compile(r"\s*(?:,|;|&|\bva\b|\bhoac\b)?\s*(?:va\s*)?(?:cac\s*)?")
_OTHER_YEAR = re.compile(r"\s*(?:cua\s*)?nam (?:sau|tiep|ke|lien|truoc)")
_YEARLY = re.compile(r"\b(?:hang|moi) nam\b|\bthuong nien\b|\bnam bao cao\b|\bdinh ky\b")
_AFTER_DAY = (
    (
        re.compile(r"\s*(?:cua\s*)?thang (?:cuoi|thu (?:ba|3))(?: cung)?(?: cua)?(?: (?:moi|hang|cac))?\s*quy\b"),
        "3,6,9,12",
    ),
    (re.compile(r"\s*(?:cua\s*)?thang (?:thu (?:hai|2)|giua)(?: cua)?(?: (?:moi|hang|cac))?\s*quy\b"), "2,5,8,11"),
    (
        re.compile(r"\s*(?:cua\s*)?thang (?:dau|thu (?:nhat|1))(?: tien)?(?: cua)?(?: (?:moi|hang|cac))?\s*quy\b"),
        "1,4,7,10",
    ),
)
_EVERY_MONTH = re.compile(rf"\s*(?:cua\s*)?(?:{_EVERY}\s*)thang\b")
_NEXT_MONTH = re.compile(r"\s*(?:cua\s*)?thang (?:sau|tiep theo|ke tiep)\b")
_THIS_MONTH = re.compile(r"\s*(?:cua\s*)?thang(?: bao cao)?(?=\W*$|\s*[,;.)])")
_CADENCE = re.compile(r"\b(?:hang|moi|dinh ky|bao cao)\s+(?:hang |moi )?(?P<unit>tuan|thang|quy)\b")

_WEEK_SPAN = re.compile(rf"\btu (?P<one>{_WEEKDAY}) den (?:het )?(?P<two>{_WEEKDAY})[\s,]*(?:{_EVERY}|trong) tuan")
_WEEK_DAY = re.compile(rf"(?P<days>{_WEEKDAY}(?:(?:,| va)\s*{_WEEKDAY})*)[\s,]*(?:{_EVERY}) tuan\b")
_MONTH_WEEK = re.compile(
    rf"(?P<one>{_WEEKDAY})[\s,]*(?:cua )?(?:tuan )?{_ORDINAL}[\s,]*(?:cua |trong )?(?:{_EVERY} )?thang\b(?!\s*\d)"
)
_END_OF = re.compile(
    rf"\b(?:ngay )?cuoi (?:cung )?(?:cua )?(?:(?:{_EVERY}|moi) )(?P<unit>thang|quy|nam)\b"
    r"|\bdinh ky (?:vao )?cuoi (?P<said>thang|quy|nam)\b(?! hoc)"
)
_END_RULES = {"thang": "FREQ=MONTHLY;BYMONTHDAY=-1", "quy": "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1"}
_END_RULES |= {"nam": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31"}
_CYCLE = re.compile(
    rf"\b(?:dinh ky|{_EVERY}(?= (?:tuan|thang|quy|nam)))\s*(?:\(?(?:theo |vao |bao cao )?(?:hang |moi |0?[369] )?(?:tuan|thang|quy|nam)\b\)?"
    r"(?:\s*[,;/]\s*|\s+va\s+|\s+hoac\s+)?(?:bao cao )?)+(?:/\s*lan|mot lan|1 lan)?"
)
_UNITS = (("tuan", "FREQ=WEEKLY"), (r"(?<!\d )thang", "FREQ=MONTHLY"), ("quy|0?3 thang", "FREQ=MONTHLY;INTERVAL=3"))
_UNITS += (("0?6 thang", "FREQ=MONTHLY;INTERVAL=6"), ("0?9 thang|nam", "FREQ=YEARLY"))
_IN_WORDS = re.compile(
    r"\b(?:cham nhat(?: la| sau| trong(?: vong)?)?|trong (?:vong|thoi (?:han|gian))(?: toi da| khong qua)?|khong qua|truoc|sau)\s+"
    r"\d+\s*(?:\([^)]*\)\s*)?(?:ngay|gio|tuan|thang)(?: lam viec)?,?\s+(?:(?:ke )?tu|sau khi|truoc khi|truoc ngay|sau ngay)\s[^,.;)]*"
    r"|\b(?:cham nhat|truoc|trong vong)\s+(?:la\s+)?\d+\s*(?:ngay|tuan)(?: lam viec)?\b(?=[\s,]*(?:sau|truoc|phai|cac|gui|bao cao))[^,.;)]*"
    r"|\bcung (?:voi|thoi diem voi|dip voi|ky voi)?\s*bao cao [^,.;)]*"
    r"|\bdinh ky\s+(?:vao\s+)?(?:dau|giua|cuoi)\s+(?:hoc ky|nam hoc)[^,.;)]*"
    r"|\bngay sau khi [^,.;)]*(?=,)"
)


def find_terms(sentence: str, *, is_cyclic: bool = False) -> list[Term]:
    """Return the time limits of one sentence in order; `is_cyclic` says that a day without a year comes every year."""
    folded = FoldedText.of(sentence)
    mentions = [_in_folded(mention, folded) for mention in find_dates(sentence)]
    terms = _dated_terms(mentions, folded.text, sentence, is_cyclic=is_cyclic)
    for term in (*_cycles(folded.text), *_in_words(folded.text)):
        if not any(term.start < other.end and other.start < term.end for other in terms):
            terms.append(term)
    if any(term.last is not None for term in terms):
        terms = [term for term in terms if term.last is not None or not _is_dayless(term)]
    terms.sort(key=lambda term: term.start)
    return [replace(term, start=folded.origin[term.start], end=folded.origin[term.end - 1] + 1) for term in terms]


def names_a_day(recurrence: str) -> bool:
    """Tell whether an RRULE of the register names a day; one that does not says only how often."""
    return "BYMONTHDAY" in recurrence or "BYDAY" in recurrence


def _is_dayless(term: Term) -> bool:
    return term.shape is Shape.CYCLE and not names_a_day(term.recurrence or "")


def _in_folded(mention: DateMention, folded: FoldedText) -> DateMention:
    start = folded.origin.index(mention.start)
    end = next(place for place, origin in enumerate(folded.origin) if origin >= mention.end)
    return replace(mention, start=start, end=end)


def _dated_terms(mentions: Sequence[DateMention], folded: str, sentence: str, *, is_cyclic: bool) -> list[Term]:
    terms: list[Term] = []
    place = 0
    while place < len(mentions):
        mention = mentions[place]
        following = mentions[place + 1] if place + 1 < len(mentions) else None
        if following and _opens_window(mention, following, folded):
            term = _window(mention, following, folded)
            place += 1
        else:
            term = _limit(mention, folded, terms[-1] if terms else None)
        place += 1
        if term is not None:
            terms.append(_recurring(term, folded, is_cyclic=is_cyclic))
    return _with_shared_years(terms, folded)


def _cue(folded: str, start: int) -> str:
    found = _CUE.search(folded[max(0, start - 90) : start])
    return found[0] if found else ""


def _opens_window(first: DateMention, last: DateMention, folded: str) -> bool:
    coarse = {Precision.YEAR, Precision.HALF}
    if first.precision in coarse or last.precision in coarse or not _TO.fullmatch(folded, first.end, last.start):
        return False
    return last.month is not None or last.part is not None


def _window(first: DateMention, last: DateMention, folded: str) -> Term | None:
    cue = _cue(folded, first.start)
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
    label = bool(_LABEL.search(cue))
    return Term(
        start=first.start - len(cue),
        end=last.end,
        shape=Shape.WINDOW,
        first=first,
        last=last,
        cue=cue,
        is_labelled=label,
    )


def _limit(mention: DateMention, folded: str, before: Term | None) -> Term | None:
    cue = _cue(folded, mention.start)
    start = mention.start - len(cue)
    if (
        before
        and before.last
        and _AND.fullmatch(folded, before.end, mention.start)
        and before.shape is not Shape.WINDOW
    ):
        return replace(before, start=mention.start, end=mention.end, last=mention, recurrence=None)
    if mention.precision is Precision.HALF and mention.part is None:
        return None
    shape, weak = _shape(cue, mention)
    if shape is None:
        return None
    return Term(
        start=start,
        end=mention.end,
        shape=shape,
        last=mention,
        cue=cue,
        inclusive=shape is not Shape.BEFORE or mention.at is not None,
        is_labelled=bool(_LABEL.search(cue)) or len(folded) - (mention.end - start) < 8,
        is_weak=weak,
    )


def _shape(cue: str, mention: DateMention) -> tuple[Shape | None, bool]:
    """Return the shape of a single date by the words before it, and whether it needs an ordering verb to count."""
    strong, is_day = bool(_STRONG.search(cue)), mention.precision is Precision.DAY
    if _NO_LIMIT.search(cue) or (mention.precision is Precision.YEAR and not re.search(r"hoan thanh|xong|nhat", cue)):
        return None, False
    if re.search(r"\btruoc\b", cue):
        return Shape.BEFORE, False
    if strong or (_LABEL.search(cue) and _SENDING.search(cue)):
        return Shape.UNTIL, False
    if re.search(r"\b(?:dip|nhan|ky niem|huong ung|chao mung)\b", cue):
        return Shape.OCCASION, True
    if re.search(r"\btu\b", cue) and not re.search(r"\bden\b", cue) and mention.at is None:
        return (Shape.ON, True) if mention.precision is Precision.MONTH else (None, False)
    if re.search(r"\b(?:den|toi)\b", cue) and not re.search(r"\btu\b", cue):
        return (Shape.UNTIL, True) if is_day else (None, False)
    if _LABEL.search(cue):
        return Shape.ON, False
    return Shape.ON, True


def _recurring(term: Term, folded: str, *, is_cyclic: bool) -> Term:
    last = term.last
    if last is None or last.year is not None:
        return term
    if last.precision is Precision.DAY and last.month is None:
        months, end = _months_of(last, folded)
        rule = _monthly(last.day or 0, months) if months is not None else None
        return replace(term, recurrence=rule, end=end)
    if not (is_cyclic or _YEARLY.search(folded)):
        return term
    if last.precision is Precision.DAY:
        return replace(term, recurrence=f"FREQ=YEARLY;BYMONTH={last.month};BYMONTHDAY={last.day}")
    months_end = last.in_year(2001).last_day()
    if months_end is None or re.search(r"\bgiua\s*$|\btuan\b", term.cue):
        return term
    at_start = term.shape is Shape.BEFORE or re.search(r"\bdau\s*$", term.cue)
    first = last.in_year(2001).first_day() or months_end
    day, month = (1, first.month) if at_start else (-1, months_end.month)
    return replace(term, recurrence=f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}")


def _months_of(mention: DateMention, folded: str) -> tuple[str | None, int]:
    """Return in which months a lone day comes ("" for each, None when it cannot be told), and where the words end."""
    for form, months in _AFTER_DAY:
        if found := form.match(folded, mention.end):
            return months, found.end()
    if found := _EVERY_MONTH.match(folded, mention.end):
        return "", found.end()
    cadence = _CADENCE.search(folded)
    unit = cadence["unit"] if cadence else ""
    if found := _NEXT_MONTH.match(folded, mention.end):
        return {"thang": "", "quy": "1,4,7,10"}.get(unit), found.end()
    if found := _THIS_MONTH.match(folded, mention.end):
        return ("" if unit == "thang" else None), found.end()
    return ("" if unit == "thang" else None), mention.end


def _monthly(day: int, months: str) -> str:
    """Return the rule of a day in each of the months; short months give their last day for the 29th to the 31st."""
    within = f";BYMONTH={months}" if months else ""
    if day <= 28:
        return f"FREQ=MONTHLY{within};BYMONTHDAY={day}"
    return f"FREQ=MONTHLY{within};BYMONTHDAY={','.join(map(str, range(28, day + 1)))};BYSETPOS=-1"


def _with_shared_years(terms: list[Term], folded: str) -> list[Term]:
    """Give the year printed once at the end of "ngày 15/6 và 15/12/2024" to every date of that list."""
    shared = list(terms)
    for place in range(len(terms) - 2, -1, -1):
        one, two = shared[place], shared[place + 1]
        if one.last and two.last and two.last.year and one.last.year is None and one.last.month and not one.recurrence:
            cue = re.escape(two.cue.strip()) if two.cue.strip() else ""
            joined = re.fullmatch(rf"{_AND.pattern}(?:{cue})?\W*", folded[one.end : two.last.start])
            if joined and one.shape is two.shape is not Shape.WINDOW and one.last.month <= (two.last.month or 0):
                shared[place] = replace(one, last=one.last.in_year(two.last.year))
    return shared


def _weekday(words: str) -> str:
    return "SU" if words.startswith("chu") else _WEEKDAYS[words.removeprefix("thu").strip()]


def _cycles(folded: str) -> Iterator[Term]:
    for found in _WEEK_SPAN.finditer(folded):
        one, two = (_DAYS.index(_weekday(found[name])) for name in ("one", "two"))
        rule = f"FREQ=WEEKLY;BYDAY={','.join(_DAYS[one : two + 1])}"
        yield Term(start=found.start(), end=found.end(), shape=Shape.WINDOW, recurrence=rule)
    for found in _WEEK_DAY.finditer(folded):
        days = ",".join(_weekday(day[0]) for day in re.finditer(_WEEKDAY, found["days"]))
        yield _cycle(found, folded, f"FREQ=WEEKLY;BYDAY={days}")
    for found in _MONTH_WEEK.finditer(folded):
        rule = f"FREQ=MONTHLY;BYDAY={_weekday(found['one'])};BYSETPOS={_ORDER[found['order']]}"
        yield _cycle(found, folded, rule)
    for found in _END_OF.finditer(folded):
        yield _cycle(found, folded, _END_RULES[found["unit"] or found["said"]])
    for found in _CYCLE.finditer(folded):
        rule = next((rule for unit, rule in _UNITS if re.search(rf"\b(?:{unit})\b", found[0])), "FREQ=YEARLY")
        yield Term(start=found.start(), end=found.end(), shape=Shape.CYCLE, recurrence=rule, is_weak=True)


def _cycle(found: re.Match[str], folded: str, rule: str) -> Term:
    cue = _cue(folded, found.start())
    is_before = bool(re.search(r"\btruoc\b", cue)) and not re.search(r"\d\s*(?:h|gio)", cue)
    start = found.start() - len(cue)
    return Term(start=start, end=found.end(), shape=Shape.CYCLE, recurrence=rule, inclusive=not is_before, cue=cue)


def _in_words(folded: str) -> Iterator[Term]:
    for found in _IN_WORDS.finditer(folded):
        yield Term(start=found.start(), end=found.end(), shape=Shape.RELATIVE, cue=found[0][:12])
