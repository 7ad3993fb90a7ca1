"""Scores sentences by how many of the question's weighted terms they hold."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise
from operator import itemgetter

from knowledge.domain import Passage
from knowledge.vietnamese import fold
from retrieval.library import Holding
from retrieval.terms import words
from retrieval.wording import CAPITALS, plain

_END = re.compile(rf"(?<=[;!?])\s+|(?<=\.)\s+(?=[-+•“\"(]?\s?[{CAPITALS}\d])|\n+(?![a-zà-ỹ])")
_HEAD, _FORM = re.compile(r"doc lap\W+tu do\W+hanh phuc"), re.compile(r"\.{5,}|…{2,}|_{4,}|^\W*S?TT\s*\|")
"""The national motto, which stands in the head of a document; the dots of a form, the head row of a table."""
UNITS_KEPT = 3000
"""Stretches of text whose words are kept ready; about five short plans."""
OTHER_MARKS = 0.3
"""What a word counts when text and question agree without marks only ("tuyển", "tuyên")."""


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
    return [one.strip() for one in _END.split(text) if len(one.strip()) > 1]


@dataclass(frozen=True, slots=True)
class Unit:
    """The words of a stretch of text: folded words and near pairs, and its syllables with their marks."""

    terms: frozenset[str]
    marked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matter:
    """What a question is about: folded words and pairs, what each weighs, and the marks its writer typed on them."""

    terms: tuple[tuple[str, float, tuple[frozenset[str], ...]], ...]
    names: frozenset[str]

    def share(self, unit: Unit, context: Unit | None = None) -> float:
        """Return how much of the matter (0..1) a unit carries; what only its headings say counts for three fifths."""
        return self.worth(self.fits(unit, self.fits(context, scale=0.6) if context else ()))

    def worth(self, fits: Sequence[float]) -> float:
        """Return how much of the matter is carried where each term is held as well as `fits` says."""
        held = total = 0.0
        for (_, weight, _), fit in zip(self.terms, fits, strict=True):
            total += weight
            held += weight * fit
        return held / total if total else 0.0

    def fits(self, unit: Unit, least: Sequence[float] = (), *, scale: float = 1.0) -> Sequence[float]:
        """Return how well a unit holds each term, from 0 to `scale`, and never less than `least` says."""
        if self.names.isdisjoint(unit.terms):
            return least or [0.0] * len(self.terms)
        found = [
            scale * (1.0 if all(map(unit.marked.intersection, marks)) else OTHER_MARKS) if term in unit.terms else 0.0
            for term, _, marks in self.terms
        ]
        return list(map(max, found, least)) if least else found


@lru_cache(maxsize=UNITS_KEPT)
def read_unit(text: str, reach: int = 4) -> Unit:
    """Return the words of a text, and the ordered pairs of words that stand at most `reach` apart."""
    kept = [word for word in plain(text).split() if word not in ("va", "cua", "cac", "nhung")]
    found = set(kept)
    for step in range(1, reach + 1):
        found.update(f"{one} {two}" for one, two in zip(kept, kept[step:], strict=False))
    return Unit(frozenset(found), frozenset(words(text)))


@lru_cache(maxsize=UNITS_KEPT)
def _read_passage(passage: Passage) -> tuple[Unit, tuple[tuple[str, Unit], ...]]:
    """Return the words of a passage under its headings, and its sentences with theirs."""
    context = read_unit(" ".join((passage.text, *passage.heading_path)))
    told = [] if _HEAD.search(fold(passage.text)) else cut_sentences(passage.text)
    return context, tuple((sentence, read_unit(sentence)) for sentence in told if not _FORM.search(sentence))


def weigh(content: Sequence[str], units: Sequence[Unit], asked: str = "") -> Matter:
    """Weigh a question's words by how rare they are among units; `asked` is the question as typed, for its marks."""
    wanted = dict.fromkeys((*content, *(f"{one} {two}" for one, two in pairwise(content))))
    size, names = max(len(units), 1), frozenset(wanted)
    held = Counter(term for unit in units for term in names & unit.terms)
    marks: dict[str, frozenset[str]] = {}
    if fold(asked) != asked.lower():
        for syllable in words(asked):
            marks[fold(syllable)] = marks.get(fold(syllable), frozenset()) | {syllable}
    terms = []
    for term in wanted:
        rarity = math.log(1 + size / (0.5 + held[term]))
        typed = tuple(marks[word] for word in term.split() if word in marks)
        terms.append((term, rarity * (1.0 if " " in term else 0.6), typed))
    return Matter(tuple(terms), names)


def find_evidence(
    content: Sequence[str], passages: Iterable[tuple[Holding, Passage]], limit: int = 3, asked: str = ""
) -> list[Evidence]:
    """Return the sentences that carry most of a question's matter, best first."""
    read = [(holding, passage, *_read_passage(passage)) for holding, passage in passages]
    matter = weigh(content, [unit for *_, sentences in read for _, unit in sentences], asked)
    found: list[tuple[float, float, Holding, Passage, str]] = []
    for holding, passage, context, sentences in read:
        least = matter.fits(context, scale=0.6)
        if not any(least):
            continue
        for sentence, unit in sentences:
            share = matter.worth(matter.fits(unit, least))
            rank = share - 0.0002 * max(0, len(sentence) - 400)
            found.append((rank, share, holding, passage, sentence))
    return [
        Evidence(holding=holding, passage=passage, sentence=sentence, coverage=share, rank=rank)
        for rank, share, holding, passage, sentence in nlargest(limit, found, key=itemgetter(0))
    ]
