"""BM25 over all segments at once, so that scores do not depend on how passages are spread over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knowledge.vietnamese import fold
from retrieval.segments import Segment
from retrieval.terms import Terms, folded, query_units

SATURATION, LENGTH_SHARE = 0.7, 0.75
"""k1 and b of BM25 (Robertson and Zaragoza 2009), chosen on the development questions."""
POSTINGS_READ = 60_000
"""Postings of the rarest terms that are added up; commoner terms are left out.

At 42,081 articles this loses the legal questions nothing: nDCG@10 of words alone 0.709, of all terms 0.702."""
TERMS_KEPT = 50_000
"""Terms whose places are remembered until the segments change."""

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """What a query looks for: terms and their weights; the first `own` of them are the question's own."""

    terms: Terms
    weights: Scores
    own: int


class LexicalIndex:
    """A view of the segments as one list of rows; made anew whenever the segments change."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.bases = np.cumsum([0] + [len(segment) for segment in segments])
        self.size = int(self.bases[-1])
        self._named = {fold(place): place for segment in segments for place in segment.places}
        self.alive: Mask = np.concatenate([np.zeros(0, dtype=bool)] + [segment.alive for segment in segments])
        self.weights: Scores = np.concatenate(
            [np.zeros(0, dtype=np.float32)] + [segment.weights for segment in segments]
        )
        lengths = np.concatenate([np.zeros(0)] + [segment.lengths for segment in segments])
        mean = float(lengths[self.alive].mean()) if self.alive.any() else 1.0
        dampers = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / max(mean, 1.0))
        # Without limit where a row is dead: it scores nothing.
        self._dampers = np.where(self.alive, dampers, np.inf).astype(np.float32)
        self._places: dict[int, NDArray[np.int64]] = {}

    def frequencies(self, terms: Terms) -> NDArray[np.int64]:
        """Return in how many passages each term occurs."""
        total: NDArray[np.int64] = np.diff(self._find(terms)).sum(axis=(1, 2))
        return total

    def score(self, query: WeightedTerms, allowed: Mask | None = None) -> Scores:
        """Return the BM25 score of every row; rows that are dead or not allowed have zero."""
        # Of the library that the embedding model needs in any case; a start without questions does without it.
        from scipy.sparse import csc_array  # type: ignore[import-untyped]

        if not self.size or not len(query.terms):
            return np.zeros(self.size, dtype=np.float32)
        places = self._find(query.terms)
        frequency = np.diff(places).sum(axis=(1, 2))
        gains = self._rarity(frequency) * query.weights
        order = np.argsort(-gains, kind="stable")
        order = order[: max(1, int(np.searchsorted(np.cumsum(frequency[order]), POSTINGS_READ, side="right")))]
        rows, shares = self._read(places[order])
        starts = np.concatenate([[0], np.cumsum(frequency[order])]).astype(np.int32)
        scores: Scores = csc_array((shares, rows, starts), shape=(self.size, len(order))) @ gains[order]
        if allowed is not None:
            scores[~allowed] = 0
        return scores

    def attainable(self, query: WeightedTerms) -> float:
        """Return the score of a passage of mean length that holds each of the query's own terms once."""
        rarity = self._rarity(self.frequencies(query.terms[: query.own]))
        return max(float((rarity * query.weights[: query.own]).sum()), 1e-6)

    def rows_with_all(self, terms: Terms) -> Mask:
        """Return which rows hold every term."""
        holding = np.zeros(self.size, dtype=np.int32)
        for number, segment in enumerate(self.segments):
            begin, end = segment.find(terms)
            for start, stop in zip(begin, end, strict=True):
                holding[segment.rows[start:stop] + self.bases[number]] += 1
        return np.asarray(holding == len(terms))

    def rows_elsewhere(self, query: Sequence[str]) -> Mask | None:
        """Return a mask of the rows about other places than those a query names; None when it names none.

        A name typed without marks may be any place's; one with marks is that place's alone.
        """
        named = set()
        for pair in pairwise(query) if self._named else ():
            bare = " ".join(map(folded, pair))
            if (held := self._named.get(bare)) and " ".join(pair) in (held, bare):
                named.add(held)
        if not named:
            return None
        spoken_for: Mask = np.any([self.rows_with_all(query_units(place.split()).folded) for place in named], axis=0)
        return ~spoken_for

    def cosines(self, rows: Rows, query: Scores, fingerprint: str) -> Scores:
        """Return the cosine of each row with the query, zero where its vector came from another model."""
        cosines = np.zeros(len(rows), dtype=np.float32)
        owner = np.searchsorted(self.bases, rows, side="right") - 1
        for number in np.unique(owner):
            segment = self.segments[number]
            if segment.fingerprint == fingerprint:
                inside = owner == number
                cosines[inside] = segment.cosines(rows[inside] - self.bases[number], query)
        return cosines

    def passage_id(self, row: int) -> str:
        """Return the id of the passage in a row."""
        number = int(np.searchsorted(self.bases, row, side="right")) - 1
        return self.segments[number].ids[row - int(self.bases[number])]

    def row(self, passage_id: str) -> int | None:
        """Return the living row of a passage, None when it is not indexed."""
        for number, segment in enumerate(self.segments):
            inside = segment.row_of.get(passage_id)
            if inside is not None and segment.alive[inside]:
                return inside + int(self.bases[number])
        return None

    def _rarity(self, frequency: NDArray[np.int64]) -> Scores:
        held = np.minimum(frequency, self.size)
        return np.asarray(np.log1p((self.size - held + 0.5) / (held + 0.5)), dtype=np.float32)

    def _find(self, terms: Terms) -> NDArray[np.int64]:
        """Return, for each term and segment, where its postings begin and end."""
        if len(self._places) > TERMS_KEPT:
            self._places = {}
        held, listed = self._places, terms.tolist()
        new = [term for term in dict.fromkeys(listed) if term not in held]
        if new and self.segments:
            found = np.stack([np.stack(segment.find(np.array(new, np.uint64)), axis=1) for segment in self.segments], 1)
            held.update(zip(new, found, strict=True))
        places = [held[term] for term in listed] if self.segments else []
        return np.array(places, dtype=np.int64).reshape(len(listed), len(self.segments), 2)

    def _read(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int32], Scores]:
        """Return the rows of postings, term by term, and what each makes of its term's rarity."""
        parts = [
            (segment, slice(begin, end), base)
            for term in places.tolist()
            for segment, (begin, end), base in zip(self.segments, term, self.bases, strict=False)
            if begin < end
        ]
        if not parts:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        rows = np.concatenate([segment.rows[part] + np.int32(base) for segment, part, base in parts])
        counts = np.concatenate([segment.counts[part] for segment, part, _ in parts])
        return rows, counts * np.float32(SATURATION + 1) / (counts + self._dampers[rows])


def largest(scores: Scores, limit: int) -> Rows:
    """Return the places of the largest scores above nought, in no order."""
    places = np.flatnonzero(scores > 0)
    if len(places) > 16 * limit:
        # A sixteenth of them tells above which score some four times as many lie as are wanted.
        least = np.partition(scores[places[::16]], -limit // 4)[-limit // 4]
        above = places[scores[places] >= least]
        places = above if len(above) >= limit else places
    if len(places) > limit:
        places = places[np.argpartition(scores[places], -limit)[-limit:]]
    return places
