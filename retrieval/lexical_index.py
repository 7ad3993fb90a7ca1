"""BM25 over all segments at once, so that scores do not depend on how passages are spread over them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.segments import Segment
from retrieval.terms import Terms

SATURATION, LENGTH_SHARE = 0.7, 0.7
"""k1 and b of BM25 (Robertson and Zaragoza 2009), chosen on the development questions."""
POSTINGS_READ = 120_000
"""Postings of the rarest terms that are read in full; a few commoner terms reorder the best rows found so.

At 42,081 articles this costs the legal questions nothing (0.737 as without it); 60,000 would cost 0.007."""
ROWS_REORDERED, COMMON_TERMS = 600, 12

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
        self.alive: Mask = np.concatenate([np.zeros(0, dtype=bool)] + [segment.alive for segment in segments])
        self.weights: Scores = np.concatenate(
            [np.zeros(0, dtype=np.float32)] + [segment.weights for segment in segments]
        )
        self._has_dead = not bool(self.alive.all())
        lengths = np.concatenate([np.zeros(0)] + [segment.lengths for segment in segments])
        mean = float(lengths[self.alive].mean()) if self.alive.any() else 1.0
        dampers = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / max(mean, 1.0))
        self._dampers = dampers.astype(np.float32)

    def frequencies(self, terms: Terms) -> NDArray[np.int64]:
        """Return in how many passages each term occurs."""
        total = np.zeros(len(terms), dtype=np.int64)
        for segment in self.segments:
            begin, end = segment.find(terms)
            total += end - begin
        return total

    def rarity(self, terms: Terms) -> Scores:
        """Return the inverse document frequency of each term; one that occurs nowhere has the highest."""
        return self._rarity(self.frequencies(terms))

    def score(self, query: WeightedTerms, allowed: Mask | None = None) -> Scores:
        """Return the BM25 score of every row; rows that are dead or not allowed have zero."""
        scores = np.zeros(self.size, dtype=np.float32)
        usable = self.alive if allowed is None else self.alive & allowed
        if not len(query.terms):
            return scores
        found = [segment.find(query.terms) for segment in self.segments]
        frequency = np.zeros(len(query.terms), dtype=np.int64)
        for begin, end in found:
            frequency += end - begin
        gains = self._rarity(frequency) * query.weights * (SATURATION + 1)
        order = np.argsort(-gains, kind="stable")
        read_in_full = np.cumsum(frequency[order]) <= POSTINGS_READ
        read_in_full[0] = True
        for number, (begin, end) in enumerate(found):
            scores[self._slice(number)] = self._segment_scores(number, begin, end, gains, order[read_in_full])
        if allowed is not None or self._has_dead:
            scores[~usable] = 0
        late = [int(term) for term in order[~read_in_full] if frequency[term]][:COMMON_TERMS]
        if late:
            self._reorder(scores, found, gains, late)
        return scores

    def attainable(self, query: WeightedTerms) -> float:
        """Return the score of a passage of mean length that holds each of the query's own terms once."""
        own = slice(query.own)
        return max(float((self.rarity(query.terms[own]) * query.weights[own]).sum()), 1e-6)

    def rows_with_all(self, terms: Terms) -> Mask:
        """Return which rows hold every term."""
        holding = np.zeros(self.size, dtype=np.int32)
        for number, segment in enumerate(self.segments):
            begin, end = segment.find(terms)
            for start, stop in zip(begin, end, strict=True):
                holding[segment.rows[start:stop] + self.bases[number]] += 1
        matches: Mask = holding == len(terms)
        return matches

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

    def _slice(self, number: int) -> slice:
        return slice(int(self.bases[number]), int(self.bases[number + 1]))

    def _segment_scores(self, number: int, begin: Rows, end: Rows, gains: Scores, terms: NDArray[np.int64]) -> Scores:
        """Add up the postings of terms in one segment, all of them in one go."""
        segment = self.segments[number]
        held = [term for term in terms.tolist() if end[term] > begin[term]]
        if not held:
            return np.zeros(len(segment), dtype=np.float32)
        rows = np.concatenate([segment.rows[begin[term] : end[term]] for term in held])
        counts = np.concatenate([segment.counts[begin[term] : end[term]] for term in held]).astype(np.float32)
        gain = np.repeat(gains[held], [int(end[term] - begin[term]) for term in held])
        gain *= counts / (counts + self._dampers[self._slice(number)][rows])
        return np.bincount(rows, weights=gain, minlength=len(segment)).astype(np.float32)

    def _reorder(self, scores: Scores, found: list[tuple[Rows, Rows]], gains: Scores, late: list[int]) -> None:
        best = np.flatnonzero(scores > 0)
        if len(best) > ROWS_REORDERED:
            best = np.sort(best[np.argpartition(-scores[best], ROWS_REORDERED)[:ROWS_REORDERED]])
        for number, (begin, end) in enumerate(found):
            segment, base = self.segments[number], int(self.bases[number])
            inside = slice(*np.searchsorted(best, (base, base + len(segment))))
            held = [term for term in late if end[term] > begin[term]]
            if not held or inside.start == inside.stop:
                continue
            # Of the postings' own type: else numpy would copy them whole at every look-up.
            rows = (best[inside] - base).astype(np.int32)
            places = np.stack([segment.rows[begin[term] : end[term]].searchsorted(rows) for term in held])
            places = np.minimum(places, (end[held] - begin[held] - 1)[:, None]) + begin[held][:, None]
            counts = segment.counts[places] * (segment.rows[places] == rows).astype(np.float32)
            dampers = self._dampers[best[inside]]
            scores[best[inside]] += (gains[held][:, None] * counts / (counts + dampers)).sum(axis=0)
