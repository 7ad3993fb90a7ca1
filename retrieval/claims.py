"""Checks claims in a question (dates, numbers, names, sums) against the answer."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise, product

from retrieval.fact_answers import is_office_of_signer
from retrieval.mentions import is_number, stated_dates, stated_level
from retrieval.questions import Reading
from retrieval.statements import Statement
from retrieval.wording import matches, pattern, plain

_NUMBERED = frozenset({"number", "who", "bases"})
_BODIES = _NUMBERED | {"recipients", "duty", "submit_to"}


def agreement(reading: Reading, statements: Sequence[Statement]) -> bool | None:
    """Tell whether what the question states agrees with the answer; None when it states nothing that can be told."""
    told = plain(" ".join(one.text for one in statements if one.said))
    if not told or matches("in_time", reading.words):
        return None
    if figures := pattern("stated_sum").findall(reading.words):
        known = pattern("stated_sum").findall(told)
        return set(figures) <= set(known) if known else None
    check = _CHECKS.get(reading.intent or "", _bodies_agree if reading.intent in _BODIES else _values_agree)
    agreed = check(reading, statements, told)
    return agreed if agreed is None else agreed is not matches("negated", reading.words)


def _signer_agrees(reading: Reading, statements: Sequence[Statement], told: str) -> bool | None:
    named = pattern("officer").search(reading.text)
    name = plain(named[1]) if named else ""
    if name not in told and not any(name in one.holding.own | one.holding.region for one in statements):
        return False
    if pattern("office").search(reading.words):
        return all(is_office_of_signer(reading, one.holding) for one in statements)
    return _person_agrees(reading, told)


def _issuer_agrees(reading: Reading, _: Sequence[Statement], told: str) -> bool | None:
    issued = pattern("issued").search(reading.words)
    named = [issued[1].strip()] if issued else [one.words for one in reading.agencies] or reading.places[:1]
    return any(f" {one} " in f" {told} " for one in named) if named else None


def _number_agrees(reading: Reading, statements: Sequence[Statement], told: str) -> bool | None:
    if reading.numbers:
        return _bodies_agree(reading, statements, told)
    stated = pattern("own_number").search(reading.words)
    numbers = [one.holding.document.number or "" for one in statements]
    return all(one and (not stated or is_number(stated[1], one)) for one in numbers)


def _period_agrees(reading: Reading, statements: Sequence[Statement], told: str) -> bool | None:
    """Tell whether the first and last year that a question states are those of the plan."""
    stated = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", reading.words)
    periods = [one.holding.document.period for one in statements]
    if not stated or not all(periods):
        return None
    return all({int(stated[0]), int(stated[-1])} == {one.start.year, one.end.year} for one in periods if one)


def _values_agree(reading: Reading, _: Sequence[Statement], told: str) -> bool | None:
    """Tell whether the dates, the person or the years that a question states stand in the answer."""
    dates = stated_dates(told)
    if reading.dates:
        pairs = product(reading.dates, dates)
        return any((one.day, one.month) == (day.day, day.month) and one.year in (None, day.year) for one, day in pairs)
    if reading.months and reading.intent == "issue_date":
        return any(one.month == day.month for one, day in product(reading.months, dates))
    if pattern("named").search(reading.words):
        return _person_agrees(reading, told)
    if reading.years:
        return any(str(year) in re.split(r"\W", told) for year in reading.years)
    if reading.numbers and matches("mentions", reading.words):
        return _are_told(reading.numbers, told)
    return True if reading.reports and matches("requires", reading.words) else None


def _person_agrees(reading: Reading, told: str) -> bool | None:
    person = None if pattern("office").search(reading.words) else pattern("named").search(reading.words)
    return any(f" {' '.join(part)} " in f" {told} " for part in [*pairwise(person[1].split())][:2]) if person else None


def _bodies_agree(reading: Reading, statements: Sequence[Statement], told: str) -> bool | None:
    """Tell whether the bodies and numbers that a question states stand in the answer."""
    names = f" {' '.join(word for word in told.split() if word not in ('va', 'cac', 'nhung', 'cua'))} "
    asked = [f"{one.words} {stated_level(one.words, reading.words)}".strip() for one in reading.agencies]
    bodies = all(f" {one} " in names for one in asked)
    if reading.intent == "duty" and reading.numbers:
        told = plain(" ".join(quote.quote for one in statements for quote in one.citations))
    numbers = _are_told(reading.numbers, told)
    if reading.intent in _NUMBERED and reading.numbers:
        return bodies and numbers
    if reading.intent == "duty":
        return (numbers or None) if reading.numbers else None
    if reading.intent == "recipients" and not any(f" {agency.words} " in names for agency in reading.agencies):
        return None
    return bodies if reading.agencies else None


def _are_told(numbers: Sequence[str], told: str) -> bool:
    return all(any(is_number(one, word) for word in told.split()) for one in numbers)


_CHECKS: dict[str, Callable[[Reading, Sequence[Statement], str], bool | None]] = {
    "signer": _signer_agrees,
    "issuer": _issuer_agrees,
    "number": _number_agrees,
    "budget": lambda reading, _, told: _are_told(reading.numbers, told) if reading.numbers else None,
    "doc_period": _period_agrees,
}
