"""Sentences as evidence: how much of a question's matter a sentence carries."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.domain import Passage
from retrieval.library import Holding
from retrieval.wording import plain

_SENTENCE = re.compile(r"[^.;!?\n]+(?:[.;!?](?=\S)[^.;!?\n]*)*[.;!?…]*")
LONGEST = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A verbatim sentence with its place and its worth: coverage is the share (0..1) of the question's matter in it."""

    holding: Holding
    passage: Passage
    sentence: str
    coverage: float
    rank: float


def cut_sentences(text: str) -> list[str]:
    """Return the sentences of a passage, verbatim; a list of clauses joined by ";" is cut at each."""
    return [one.strip() for one in _SENTENCE.findall(text) if len(one.strip()) > 1]


def weigh(content: Sequence[str], units: Iterable[str]) -> tuple[list[set[str]], dict[str, float]]:
    """Return the words and word pairs of each unit, and the weight of each of the question's."""
    sets = [terms(plain(unit).split()) for unit in units]
    counts = Counter(term for unit in sets for term in unit)
    size = max(len(sets), 1)
    wanted = terms(content)
    return sets, {term: math.log(1 + size / (0.5 + counts[term])) * (1.0 if " " in term else 0.6) for term in wanted}


def terms(words: Sequence[str]) -> set[str]:
    """Return words and neighbouring pairs."""
    kept = [word for word in words if word not in ("va", "cua", "cac", "nhung")]
    return {*kept, *(f"{one} {two}" for one, two in zip(kept, kept[1:], strict=False))}


def coverage(unit: set[str], weights: dict[str, float], context: set[str] = frozenset()) -> float:  # type: ignore[assignment]
    """Return the share of the question's weight that a unit carries; its headings count for three fifths."""
    total = sum(weights.values())
    if not total:
        return 0.0
    held = sum(weight if term in unit else 0.6 * weight if term in context else 0.0 for term, weight in weights.items())
    return held / total


def find_evidence(
    content: Sequence[str], passages: Iterable[tuple[Holding, Passage]], limit: int = 3
) -> list[Evidence]:
    """Return the sentences that carry most of a question's matter, best first."""
    units = [(holding, passage, sentence) for holding, passage in passages for sentence in cut_sentences(passage.text)]
    sets, weights = weigh(content, (sentence for _, _, sentence in units))
    contexts: dict[str, set[str]] = {}
    found = []
    for (holding, passage, sentence), unit in zip(units, sets, strict=True):
        context = contexts.setdefault(passage.id, terms(plain(" ".join((passage.text, *passage.heading_path))).split()))
        share = coverage(unit, weights, context)
        if share > 0:
            rank = share - 0.0002 * max(0, len(sentence) - 400)
            found.append(Evidence(holding=holding, passage=passage, sentence=sentence, coverage=share, rank=rank))
    return sorted(found, key=lambda one: -one.rank)[:limit]
