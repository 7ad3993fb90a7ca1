"""Time limits in a Vietnamese sentence: before, at the latest, within, from–to, every so often, or in words only."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from knowledge.dates import DateMention, Precision, find_dates
from knowledge.lines import plain_letters
from knowledge.wording import Wording

_WORDS = Wording("terms")


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
        is_loose = _WORDS.early.search(self.cue) or _WORDS.mid.search(self.cue)
        if self.last is None or (is_loose and self.shape is not Shape.WINDOW):
            return None
        if self.shape is Shape.BEFORE and not _WORDS.late.search(self.cue):
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


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONGEST_WINDOW_YEARS = 6
"""Two dates further apart are an anniversary ("20/10/1930 - 20/10/2023"), not a window."""


def find_terms(sentence: str, *, is_cyclic: bool = False) -> list[Term]:
    """Return the time limits of one sentence (NFC) in order; `is_cyclic`: a day without a year comes every year."""
    if not _WORDS.hint.search(sentence.lower()):
        return []
    line = _Line(_WORDS.usual.sub(_usual, sentence.lower()), plain_letters(sentence))
    terms = _dated_terms(find_dates(sentence), line, is_cyclic=is_cyclic)
    words = _WORDS.in_words.finditer(line.plain)
    told = (Term(start=found.start(), end=found.end(), shape=Shape.RELATIVE) for found in words)
    for term in (*_cycles(line), *told):
        if not any(term.start < other.end and other.start < term.end for other in terms):
            terms.append(term)
    if any(term.last is not None for term in terms):
        terms = [term for term in terms if term.shape is not Shape.CYCLE or names_a_day(term.recurrence or "")]
    left = sum(not any(term.start <= place < term.end for term in terms) for place in range(len(sentence)))
    is_alone = left < 8
    terms = [replace(term, is_labelled=term.is_labelled or is_alone) for term in terms]
    return sorted(terms, key=lambda term: term.start)


def _usual(found: re.Match[str]) -> str:
    """Return the usual spelling, as long as the word, of a limiting word that is often misspelt."""
    is_before = found[0] != "truoc" and plain_letters(found[0]) == "truoc"
    return "trước" if is_before else _WORDS.table("spellings").get(found[0], found[0])


def names_a_day(recurrence: str) -> bool:
    """Tell whether an RRULE of the register names a day; one that does not says only how often."""
    return "BYMONTHDAY" in recurrence or "BYDAY" in recurrence


def find_cue(sentence: str, start: int) -> str:
    """Return the limiting words that stand right before sentence[start:]."""
    found = _WORDS.cue.search(sentence.lower()[max(0, start - 90) : start])
    cue = found[0] if found else ""
    # "gửi trước, hạn cuối là …": the nearer words govern.
    nearest = cue.rpartition(",")[2].lstrip()
    return nearest if _WORDS.strong.match(nearest) else cue


def excludes_day(cue: str) -> bool:
    """Tell whether the day behind limiting words is too late: "trước", but not "trước 17 giờ"."""
    return bool(_WORDS.before.search(cue)) and not _WORDS.hour.search(cue)


def weekday(words: str) -> str:
    """Return how an RRULE writes a weekday that is written without marks ("thu hai" is "MO")."""
    if words.startswith(("chu", "cn")):
        return "SU"
    return _WORDS.table("weekdays").get(words.removeprefix("thu").strip()) or words[:2].upper()


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence twice, letter for letter: in lower case, and without marks besides."""

    lower: str
    plain: str


def _dated_terms(found: Sequence[DateMention], line: _Line, *, is_cyclic: bool) -> list[Term]:
    terms: list[Term] = []
    mentions = _completed(found, line.plain)
    place = 0
    while place < len(mentions):
        mention = mentions[place]
        following = mentions[place + 1] if place + 1 < len(mentions) else None
        if following and _opens_window(mention, following, line.plain):
            term = _window(mention, following, line)
            place += 1
        else:
            near = max(0, mention.start - 30)
            is_occasion = found[place].year is None and _WORDS.occasion.search(line.plain, near, mention.start)
            term = None if is_occasion else _limit(mention, line, terms[-1] if terms else None)
        place += 1
        if term is not None:
            term = _recurring(term, line.plain, is_cyclic=is_cyclic)
            # "Quý III, quý IV năm 2021": of neighbouring months or quarters the last one is meant.
            start = terms.pop().start if terms and _runs_on(terms[-1], term, line.plain) else term.start
            terms.append(replace(term, start=start))
    return terms


def _completed(mentions: Sequence[DateMention], plain: str) -> list[DateMention]:
    """Give the month and the year printed once, at the end of "ngày 12 và 13/5/2024", to every date of the list."""
    complete = list(mentions)
    for place in range(len(complete) - 2, -1, -1):
        one = complete[place]
        following = complete[place + 1 : place + 3]
        listed = (later for later in following if _WORDS.one_year.fullmatch(plain, one.end, later.start))
        two = next(listed, one)
        if one.day and one.month is None and two.month and one.day < (two.day or 0):
            complete[place] = replace(one, month=two.month, year=two.year)
        elif (one.month or one.part or 99) <= (two.month or two.part or 0):
            complete[place] = one.in_year(two.year)
    return complete


def _opens_window(first: DateMention, last: DateMention, plain: str) -> bool:
    coarse = {Precision.YEAR, Precision.HALF}
    if first.precision in coarse or last.precision in coarse:
        return False
    if _WORDS.joining.fullmatch(plain, first.end, last.start):
        # "hai ngày 14 và 15/10": two days in a row are one stretch.
        is_next = first.month == last.month and last.day == (first.day or 0) + 1
        return is_next and bool(_WORDS.both_days.search(plain, max(0, first.start - 12), first.start + 5))
    return bool(_WORDS.to.fullmatch(plain, first.end, last.start)) and (last.month or last.part) is not None


def _window(first: DateMention, last: DateMention, line: _Line) -> Term | None:
    cue = find_cue(line.lower, first.start)
    if _WORDS.no_limit.search(cue):
        return None
    if first.month is None and first.precision is Precision.DAY:
        earlier = (first.day or 0) > (last.day or 31)
        first = replace(first, month=last.month and (last.month - earlier or 12))
    wraps = (first.month or 0, first.day or 0) > (last.month or 0, last.day or 99)
    first, last = first.in_year(last.year and last.year - wraps), last.in_year(first.year and first.year + wraps)
    begins, ends = first.value, last.value
    if begins and ends and (begins == ends or ends.year - begins.year > _LONGEST_WINDOW_YEARS):
        return None
    start, is_labelled = first.start - len(cue), bool(_WORDS.label.search(cue))
    shape = Shape.WINDOW
    return Term(start=start, end=last.end, shape=shape, first=first, last=last, cue=cue, is_labelled=is_labelled)


def _limit(mention: DateMention, line: _Line, before: Term | None) -> Term | None:
    if before and _is_listed(mention, before, line.plain):
        return replace(before, start=mention.start, end=mention.end, last=mention, recurrence=None)
    cue = find_cue(line.lower, mention.start)
    start = mention.start - len(cue)
    shape, is_weak = _shape(cue, mention)
    closes = not line.plain[mention.end :].strip(" .;)")
    is_review = _WORDS.review.search(line.plain, 0, start) and re.search(r"\w", cue)
    if mention.precision is Precision.YEAR and (
        is_review or _WORDS.year_end.search(cue) or (closes and cue.strip() == "trong")
    ):
        shape, is_weak = Shape.UNTIL, True
    if start < 110 and shape is Shape.ON and _WORDS.label_ahead.search(line.lower[:start]):
        is_weak, cue = False, f"thời gian {cue}"
    is_half = mention.precision is Precision.HALF
    if shape is None or (is_half and (mention.part is None or not _WORDS.inside.search(cue))):
        return None
    return Term(
        start=start,
        end=mention.end,
        shape=shape,
        last=mention,
        cue=cue,
        inclusive=shape is not Shape.BEFORE or mention.at is not None,
        is_labelled=bool(_WORDS.label.search(cue)),
        is_weak=is_weak,
    )


def _is_listed(mention: DateMention, before: Term, plain: str) -> bool:
    """Tell whether the date goes on a list under the same limiting words ("trước ngày 15/6 và 15/12")."""
    if before.last is None or before.shape is Shape.WINDOW or before.last.precision is not mention.precision:
        return False
    is_own = before.shape is not Shape.BEFORE and "truoc" in plain[before.end : mention.start]
    joined = _WORDS.joining.fullmatch(plain, before.end, mention.start)
    return mention.precision is not Precision.HALF and not is_own and bool(joined)


def _shape(cue: str, mention: DateMention) -> tuple[Shape | None, bool]:
    """Return the shape of a single date by the words before it, and whether it needs an ordering verb to count."""
    is_strong, precision = bool(_WORDS.strong.search(cue)), mention.precision
    if _WORDS.no_limit.search(cue) or (precision is Precision.YEAR and not is_strong):
        return None, False
    if _WORDS.before.search(cue):
        return Shape.BEFORE, False
    if is_strong or (_WORDS.label.search(cue) and _WORDS.sending.search(cue)):
        return Shape.UNTIL, precision is Precision.YEAR
    if _WORDS.held_on.search(cue):
        return Shape.OCCASION, True
    is_from, is_up_to = bool(_WORDS.from_day.search(cue)), bool(_WORDS.up_to.search(cue))
    if is_from and not is_up_to and mention.at is None:
        return (Shape.ON, True) if precision is Precision.MONTH else (None, False)
    if is_up_to and not is_from:
        return (Shape.UNTIL, True) if precision is Precision.DAY else (None, False)
    return Shape.ON, not _WORDS.label.search(cue)


def _recurring(term: Term, plain: str, *, is_cyclic: bool) -> Term:
    last = term.last
    if last is None or last.year is not None:
        return term
    if last.precision is Precision.DAY and last.month is None:
        months, end = _months_of(last, plain)
        rule = _monthly(last.day or 0, months) if months is not None else None
        return replace(term, recurrence=rule, end=end)
    if not (is_cyclic or _WORDS.yearly.search(plain)) or _WORDS.mid.search(term.cue):
        return term
    if last.precision is Precision.DAY and last.month:
        # 29/2 comes every year too, on the last day of the month.
        is_short = (last.day or 0) > monthrange(2001, last.month)[1]
        yearly = f"FREQ=YEARLY;BYMONTH={last.month};BYMONTHDAY={last.day}"
        return replace(term, recurrence=_monthly(last.day or 0, str(last.month)) if is_short else yearly)
    first_day, last_day = last.in_year(2001).first_day(), last.in_year(2001).last_day()
    if first_day is None or last_day is None:
        return term
    at_start = term.shape is Shape.BEFORE or _WORDS.early.search(term.cue)
    day, month = (1, first_day.month) if at_start else (-1, last_day.month)
    return replace(term, recurrence=f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}")


def _months_of(mention: DateMention, plain: str) -> tuple[str | None, int]:
    """Return in which months a lone day comes ("" for each, None when it cannot be told), and where the words end."""
    cadence = _WORDS.cadence.search(plain)
    unit = cadence["unit"] if cadence else ""
    usual = "" if unit == "thang" else None
    if found := _WORDS.month_list.match(plain, mention.end):
        numbers = sorted({int(number) for number in re.findall(r"\d+", found[0]) if 1 <= int(number) <= 12})
        return ",".join(map(str, numbers)), found.end()
    next_month = "1,4,7,10" if unit == "quy" else usual
    forms = {**_WORDS.table("months_told"), "every_month": "", "next_month": next_month, "this_month": usual}
    told = ((months, getattr(_WORDS, form).match(plain, mention.end)) for form, months in forms.items())
    return next(((months, found.end()) for months, found in told if found), (usual, mention.end))


def _monthly(day: int, months: str) -> str:
    """Return the rule of a day in each of the months; short months give their last day for the 29th to the 31st."""
    within = f";BYMONTH={months}" if months else ""
    if day <= 28:
        return f"FREQ=MONTHLY{within};BYMONTHDAY={day}"
    return f"FREQ=MONTHLY{within};BYMONTHDAY={','.join(map(str, range(28, day + 1)))};BYSETPOS=-1"


def _runs_on(one: Term, two: Term, plain: str) -> bool:
    first, last = one.last, two.last
    if not (first and last) or first.precision is not last.precision or one.shape is not Shape.ON or first.day:
        return False
    is_next = (first.month or first.part or 0) + 1 == (last.month or last.part or 0) and first.year in (None, last.year)
    return is_next and bool(_WORDS.joining.fullmatch(plain, one.end, last.start))


def _cycles(line: _Line) -> Iterator[Term]:
    for found in _WORDS.week_span.finditer(line.plain):
        one, two = (WEEKDAYS.index(weekday(found[name])) for name in ("one", "two"))
        rule = f"FREQ=WEEKLY;BYDAY={','.join(WEEKDAYS[one : two + 1])}"
        yield Term(start=found.start(), end=found.end(), shape=Shape.WINDOW, recurrence=rule)
    for form, rule_of in _RULES.items():
        for found in getattr(_WORDS, form).finditer(line.plain):
            yield _cycle(found, line, rule_of(found))
    for found in _WORDS.cycle.finditer(line.lower):
        words = line.plain[found.start() : found.end()]
        rates = _WORDS.table("rates").items()
        rule = next((rate for unit, rate in rates if re.search(rf"\b(?:{unit})\b", words)), "FREQ=YEARLY")
        yield Term(start=found.start(), end=found.end(), shape=Shape.CYCLE, recurrence=rule, is_weak=True)


def _order(found: re.Match[str]) -> int:
    return int(_WORDS.table("orders")[found["order"]])


def _week_days(found: re.Match[str]) -> str:
    days = _WORDS.weekday.finditer(found["days"] or found["after"])
    return f"FREQ=WEEKLY;BYDAY={','.join(weekday(day[0]) for day in days)}"


_RULES: dict[str, Callable[[re.Match[str]], str]] = {
    "week_day": _week_days,
    "month_week": lambda found: f"FREQ=MONTHLY;BYDAY={weekday(found['one'])};BYSETPOS={_order(found)}",
    "week_of_month": lambda found: f"FREQ=MONTHLY;BYMONTHDAY={max(-1, 7 * _order(found))}",
    "end_of": lambda found: _WORDS.table("end_rules")[found["unit"] or found["said"]],
}


def _cycle(found: re.Match[str], line: _Line, rule: str) -> Term:
    cue = find_cue(line.lower, found.start())
    start, inclusive = found.start() - len(cue), not excludes_day(cue)
    return Term(start=start, end=found.end(), shape=Shape.CYCLE, recurrence=rule, inclusive=inclusive, cue=cue)
