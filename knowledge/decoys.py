"""Dates that look like deadlines and bind nobody: data cut-offs, conditions, targets, past facts, mere occasions."""

import re
from datetime import date, timedelta

from knowledge.dates import Precision
from knowledge.terms import Shape, Term
from knowledge.wording import Wording

_WORDS = Wording("decoys")

_LONG_PAST = timedelta(days=45)
_OPENING = 24


def is_decoy(term: Term, sentence: str, *, lead: int, is_head: bool, issued_on: date | None = None) -> bool:
    """Tell whether the time limit binds nobody; `lead` is where the term's own words begin in the sentence, `is_head`
    that it stands in the document's head (titles and citations)."""
    line = sentence.lower()
    before, after = line[lead : term.start], line[term.end : term.end + 40]
    if term.shape in (Shape.CYCLE, Shape.RELATIVE):
        return not _is_ordered_cycle(term, line)
    is_past = _is_past(term, line, issued_on)
    is_told = _WORDS.appraisal.match(line) or (is_past and _WORDS.history.search(line))
    if is_told or _is_condition(term, before, after):
        return True
    if is_occasion(term, line):
        return not (term.recurrence and _WORDS.every_year.search(line) and _WORDS.campaign.search(line))
    if term.shape is Shape.BEFORE or (term.shape is Shape.UNTIL and not term.is_weak):
        return False
    if is_head or _WORDS.data.search(before) or _WORDS.told_next.match(after) or (term.shape is Shape.ON and is_past):
        return True
    if term.shape is Shape.WINDOW:
        # A long stretch already over tells of which months something is looked at.
        begins, due = term.begins, term.due
        return bool(begins and due and issued_on and due <= issued_on and due - begins > _LONG_PAST)
    return _is_loose(term, line, after) and not _is_appointment(term, line, before, issued_on)


def _is_past(term: Term, line: str, issued_on: date | None) -> bool:
    """Tell whether the day is over; one without a year that opens a sentence ("Chiều ngày 12/3, …") is told of."""
    opens = _WORDS.told_day.match(line) and term.start < _OPENING
    last = term.last.in_year(issued_on.year) if issued_on and term.last and opens else term.last
    due = last.value if opens and last else term.due
    return due is not None and issued_on is not None and (due < issued_on or (bool(opens) and due == issued_on))


def _is_condition(term: Term, before: str, after: str) -> bool:
    """Tell whether the day belongs to a condition, to something done or to how long something is valid."""
    is_case = _WORDS.must.match(after) and _WORDS.conditional.search(f"{before} {term.cue}")
    is_done = (_WORDS.past.search(before) and not _WORDS.aimed.search(before)) or _WORDS.was_done.search(before)
    is_valid = term.shape is not Shape.BEFORE and _WORDS.validity.search(f"{before}{term.cue}")
    return bool(_WORDS.condition.match(after) or is_case or is_done or is_valid)


def _is_appointment(term: Term, line: str, before: str, issued_on: date | None) -> bool:
    """Tell whether a whole date still to come is one on which something takes place, though no word says so."""
    is_later = issued_on is not None and term.due is not None and term.due >= issued_on
    if is_later and term.last and term.last.precision in (Precision.MONTH, Precision.QUARTER):
        is_tied = re.search(r"\w", _WORDS.joins.sub("", term.cue)) or _WORDS.set_apart.search(line, 0, term.start)
        return bool(is_tied) and not _is_aim(term, line)
    day = term.last.value if term.last else None
    if day is None or issued_on is None or term.shape is not Shape.ON or _WORDS.citation.search(before):
        return False
    is_dated = term.is_labelled or "vào" in term.cue or "thứ" in term.cue or bool(_WORDS.order.search(line))
    return bool(term.last and term.last.at) or (day > issued_on and is_dated)


def is_occasion(term: Term, sentence: str) -> bool:
    """Tell whether the date is a holiday on which something is held ("nhân ngày Phụ nữ Việt Nam 20/10")."""
    if term.shape is Shape.OCCASION:
        return True
    is_yearless = term.shape is Shape.ON and term.last is not None and not term.last.year
    is_day = is_yearless and term.last is not None and term.last.precision is Precision.DAY
    return is_day and bool(_WORDS.festive.search(sentence.lower(), 0, term.start))


def _is_ordered_cycle(term: Term, line: str) -> bool:
    """Tell whether a rhythm or a day told in words belongs to an order; a bare rhythm counts for reports alone."""
    if term.is_weak:
        return bool(_WORDS.rhythm_of_report.search(line, max(0, term.start - 60), term.end + 160))
    clause = line[line.rfind(";", 0, term.start) + 1 : term.end]
    return bool(_WORDS.order.search(line)) and not _WORDS.target.search(clause)


def _is_loose(term: Term, line: str, after: str) -> bool:
    """Tell whether a day merely named ("ngày 16/3/2023", "trong tháng 5") is not tied to anything ordered."""
    is_bare = not re.search(r"\w", _WORDS.joins.sub("", term.cue)) and not term.recurrence
    coarse = term.last is not None and term.last.precision in (Precision.MONTH, Precision.QUARTER)
    is_entry = not line[: term.start].strip(" -+•") and bool(re.match(r"\s*(?:\([^)]*\)\s*)?:", after))
    if is_entry and term.due:
        return False
    if is_bare and not (term.is_labelled and coarse) and not is_entry:
        return True
    is_free = not term.is_labelled and not _WORDS.order.search(line)
    is_monthly = (term.recurrence or "").startswith("FREQ=MONTHLY")
    return term.is_weak and not is_monthly and (_is_aim(term, line) or is_free)


def _is_aim(term: Term, line: str) -> bool:
    """Tell whether the clause of a time limit sets a target."""
    end = line.find(";", term.end)
    return bool(_WORDS.target.search(line[line.rfind(";", 0, term.start) + 1 : end if end > 0 else None]))
