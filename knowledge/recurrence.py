"""When a deadline that recurs falls due: its days in a span, the first day of a window, the end that its plan sets."""

import re
from datetime import date, datetime, time

from dateutil.rrule import rrulestr

from knowledge.domain import Deadline, DeadlineKind, Document
from knowledge.terms import find_terms


def recurs_until(deadline: Deadline, document: Document) -> date | None:
    """Return the last day on which a deadline can recur: the end of the plan's period, None for no end.

    A yearly one outlives a plan of one year, and any a period that was over before the document was issued.
    """
    period, issued = document.period, document.issued_on
    is_lasting = period and period.start.year == period.end.year and "FREQ=YEARLY" in (deadline.recurrence or "")
    return None if period is None or is_lasting or (issued and issued > period.end) else period.end


def recurring_days(deadline: Deadline, first: date, last: date) -> list[date]:
    """Return the days in first..last on which a deadline recurs; none where neither rule nor document names a day."""
    rule = deadline.recurrence or ""
    is_floating = re.search(r"INTERVAL=(?!1\b)", rule) and "BYMONTH=" not in rule
    is_open = is_floating or not re.search(r"BY(?:MONTH|YEAR)?DAY", rule)
    if not rule or (is_open and not deadline.due):
        return []
    days = (deadline.due or date(first.year - 1, 1, 1), first, last)
    start, begin, end = (datetime.combine(day, time.min) for day in days)
    return [moment.date() for moment in rrulestr(rule, dtstart=start).between(begin, end, inc=True)]


def window_start(deadline: Deadline, due: date) -> date | None:
    """Return the first day of a recurring window, read again from its words where no year is printed."""
    if deadline.start and deadline.due:
        return due - (deadline.due - deadline.start)
    if deadline.kind is not DeadlineKind.PERIOD:
        return None
    for term in find_terms(deadline.quote, is_cyclic=True):
        if term.first and term.first.month and term.last and (term.last.month, term.last.day) == (due.month, due.day):
            return term.first.in_year(due.year - int(term.first.month > due.month)).first_day()
    return None
