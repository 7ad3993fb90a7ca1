"""Which place is first or last: statements with days, put in order."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from retrieval.deadline_answers import fitting
from retrieval.library import Holding
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice

_LATEST = re.compile(r"\b(?:muon|tre|moi|gan day|cuoi|latest|later|newest|last)\b")
_ORDERED = re.compile(
    r"\b(?:som|muon|tre|truoc|sau|moi|cu|gan day|nhat|chenh|earl\w+|late\w*|first|last|newest|oldest|differ\w*)\b"
)


def rank_by_day(told: Sequence[Statement], reading: Reading, voice: Voice) -> list[Statement]:
    """Put statements in the order of their days, led by which is first; as they are when days are not compared."""
    dated = [(day, one) for one in told if one.said and (day := _day_of(one.holding, reading))]
    if len(dated) < 2 or not _ORDERED.search(reading.words):
        return list(told)
    backwards = bool(_LATEST.search(reading.words))
    dated.sort(key=lambda entry: entry[0], reverse=backwards)
    (first, best), (second, _) = dated[0], dated[1]
    key = "all_same_day" if first == second else "latest" if backwards else "earliest"
    if reading.intent == "issue_date" and not best.holding.document.issued_on:
        key = f"{key}_undated"
    lead = voice.say(key, label=best.holding.label, day=voice.day(first), days=abs((second - first).days))
    ranked = [one for _, one in dated]
    return [
        replace(ranked[0], text=f"{lead}\n{ranked[0].text}"),
        *ranked[1:],
        *(one for one in told if one not in ranked),
    ]


def _day_of(holding: Holding, reading: Reading) -> date | None:
    if reading.intent == "issue_date":
        return holding.document.issued_on or _month_of(holding.document.issued_text)
    days = [one.due for one in fitting(reading, holding) if one.due]
    return min(days) if days else None


def _month_of(printed: str | None) -> date | None:
    """Return the first day of the month that an incomplete date names."""
    numbers = [int(one) for one in re.findall(r"\d+", printed or "")]
    return (
        date(numbers[-1], numbers[-2], 1)
        if len(numbers) == 2 and numbers[-1] > 1900 and 1 <= numbers[-2] <= 12
        else None
    )
