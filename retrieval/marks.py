"""Marks put back into a question typed without them: the word list of the model, and what the passages hold."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import Terms, folded, pair_terms

Frequencies = Callable[[Terms], NDArray[np.int64]]

VARIANTS = 16
"""Marked forms of one syllable that are weighed, the commonest."""
COMMON, BARE, LIGHT, KNOWN, HELD = 0.3, -2.0, 3.0, 8.0, 1.8
"""Max-product weights: log rank of a form, a form without marks, a question word, a known pair, a pair in passages."""
SURE = 0.65
"""Chance from which on a form is taken; what is left bare is searched as it was typed."""


class MarkRestorer:
    """Chooses for each bare syllable the form that fits its neighbours best (max-product)."""

    def __init__(self, features: Iterable[str], spoken: Iterable[Sequence[str]], light: Iterable[str]) -> None:
        self._pairs: set[tuple[str, ...]] = set()
        self._forms: dict[str, dict[str, float]] = defaultdict(dict)
        proven = set(light)
        for run in spoken:
            self._pairs.update(pairwise(run))
            proven.update(run)
        singles = []
        for feature in features:
            pair = tuple(feature.split(" "))
            if len(pair) == 1:
                singles.append(feature)
            else:
                self._pairs.add(pair)
                if folded(feature) != feature:
                    proven.update(pair)
        favoured = set(light)
        for rank, word in enumerate((*singles, *proven)):
            forms = self._forms[folded(word)]
            if word in proven and word not in forms and (len(forms) < VARIANTS or word in favoured):
                forms[word] = LIGHT * (word in favoured) + BARE * (folded(word) == word) - COMMON * math.log(rank + 20)

    def restore(self, listed: Sequence[str], frequencies: Frequencies) -> list[str]:
        """Return each syllable with the marks it most likely has; unknown and unsure ones stay as they are."""
        forms = [self._forms.get(word) or {word: 0.0} for word in listed]
        edges = [pair for before, after in pairwise(forms) for pair in product(before, after)]
        beside = HELD * np.log1p(frequencies(pair_terms(edges))) if edges else np.zeros(0)
        beside += [KNOWN * (pair in self._pairs) for pair in edges]
        alone = [np.array(list(each.values())) for each in forms]
        ends = np.cumsum([len(before) * len(after) for before, after in pairwise(forms)])
        links = [
            beside[end - len(before) * len(after) : end].reshape(len(before), len(after))
            for end, (before, after) in zip(ends, pairwise(forms), strict=True)
        ]
        reached, left = alone[:1], alone[-1:]
        for link, weights in zip(links, alone[1:], strict=True):
            reached.append((reached[-1][:, None] + link).max(axis=0) + weights)
        for link, weights in zip(reversed(links), reversed(alone[:-1]), strict=True):
            left.append((left[-1] + link).max(axis=1) + weights)
        chosen = []
        for word, each, before, after, weights in zip(listed, forms, reached, reversed(left), alone, strict=True):
            path = before + after - weights
            chance = 1 / np.exp(path - path.max()).sum()
            chosen.append(list(each)[int(path.argmax())] if chance >= SURE else word)
        return chosen
