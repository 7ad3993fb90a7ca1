"""One ranking from words and vectors: a weighted sum of scores, as a pure function."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

LEAST, MOST, BEND, REACH = 0.2, 0.6, 1.5, 0.25
"""Smallest and largest weight of the vectors; exponent applied to cosines, so that middling ones count less; the lead
at which the largest weight is reached. `training/choose_fusion.py` chose them."""


def fuse(lexical: Scores, dense: Scores, attainable: float) -> Scores:
    """Return scores in 0..1 from BM25 scores and cosines of the same candidates.

    `attainable` is the BM25 score of a passage of mean length that holds every term once.
    """
    coverage = np.clip(lexical / max(attainable, 1e-6), 0.0, 1.5)
    cosines = np.clip(dense, 0.0, 1.0)
    weight = LEAST + (MOST - LEAST) * lead(coverage, cosines)
    blended = (1 - weight) * coverage + weight * cosines**BEND
    return np.asarray(np.clip(blended, 0.0, 1.0), dtype=np.float32)


def lead(coverage: Scores, cosines: Scores) -> float:
    """Return how far, 0..1, the best passage by vectors lies above the best by words."""
    ahead = cosines.max(initial=0.0) - coverage.max(initial=0.0)
    return float(np.clip(ahead / (2 * REACH), -0.5, 0.5)) + 0.5
