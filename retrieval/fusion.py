"""One ranking from words and vectors: a weighted sum of scores, as a pure function."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

DENSE_WEIGHT = 0.3
"""How much the vectors say; chosen on development questions alone (see `training/README.md`)."""


def fuse(lexical: Scores, dense: Scores, attainable: float, weight: float = DENSE_WEIGHT) -> Scores:
    """Return scores in 0..1 from BM25 scores and cosines of the same candidates.

    `attainable` is the BM25 score of a passage of mean length that holds every term once: dividing by it instead of
    by the best score lets the vectors say more when the passages do not have the words of the question.
    """
    coverage = np.clip(lexical / max(attainable, 1e-6), 0.0, 1.5)
    blended = (1 - weight) * coverage + weight * np.clip(dense, 0.0, 1.0)
    return np.asarray(np.clip(blended, 0.0, 1.0), dtype=np.float32)
