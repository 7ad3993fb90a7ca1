"""The feature table: which syllables and pairs of syllables have a vector, and texts as runs of their numbers."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from retrieval.syllable_model import FeatureTable
from retrieval.terms import folded, words
from training.corpus import Pair

FEATURES = 59_300
"""With their folded twins: what 256 dimensions of eight bits allow in 16 MB."""
SINGLES = 13_000
RAREST_SINGLE, RAREST_PAIR = 6, 15
LONGEST_SYLLABLE = 12
COUNTED_PAIRS = 200_000

Numbers = NDArray[np.int32]


def choose_features(pairs: Sequence[Pair], sure: Iterable[str], chance: random.Random) -> list[str]:
    """Return the commonest syllables, the pairs that belong together, and the folded twin of each.

    Pairs are ranked by count^0.75 times pointwise mutual information; words of `sure` texts always enter.
    """
    singles: Counter[str] = Counter()
    doubles: Counter[tuple[str, str]] = Counter()
    for pair in chance.sample(pairs, min(len(pairs), COUNTED_PAIRS)):
        for text in (pair.query, pair.passage):
            listed = words(text)
            singles.update(listed)
            doubles.update(pairwise(listed))
    always = [feature for listed in map(words, sure) for feature in (*listed, *map(" ".join, pairwise(listed)))]
    common = [
        word for word, count in singles.most_common(SINGLES) if count >= RAREST_SINGLE and len(word) <= LONGEST_SYLLABLE
    ]
    kept = set(common)
    total = sum(singles.values())
    scores: dict[str, float] = {}
    for (first, second), count in doubles.items():
        if count >= RAREST_PAIR and first in kept and second in kept and not (first.isdigit() or second.isdigit()):
            information = math.log(count * total / (singles[first] * singles[second]))
            if information > 1:
                scores[f"{first} {second}"] = count**0.75 * information
    ranked = sorted(scores, key=lambda name: scores[name], reverse=True)
    chosen: dict[str, None] = {}
    for name in (*common, *always, *ranked):
        if len(chosen) < FEATURES - 1:
            chosen |= {name: None, folded(name): None}
    return list(chosen)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Many texts as one run of feature numbers; text i lies between offsets i and i + 1."""

    numbers: Numbers
    offsets: NDArray[np.int64]

    def take(self, chosen: NDArray[np.int64]) -> tuple[Numbers, NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the chosen texts, where each begins among them, and how long each is."""
        start, length = self.offsets[chosen], np.diff(self.offsets)[chosen]
        begin = np.concatenate([[0], np.cumsum(length)[:-1]])
        return self.numbers[np.repeat(start - begin, length) + np.arange(int(length.sum()))], begin, length


def encode(texts: Iterable[str], table: FeatureTable, most: int) -> Encoded:
    """Return texts as feature numbers, at most `most` of each."""
    runs = [np.array(table.numbers(text)[:most], dtype=np.int32) for text in texts]
    return Encoded(np.concatenate(runs), np.concatenate([[0], np.cumsum([len(run) for run in runs])]))


def folded_twins(features: Sequence[str]) -> Numbers:
    """Return for each feature the number of its twin without marks; the last entry is the empty feature."""
    number_of = {name: number for number, name in enumerate(features)}
    return np.array([number_of[folded(name)] for name in features] + [len(features)], dtype=np.int32)
