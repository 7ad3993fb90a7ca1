"""One ranking from words and vectors: a weighted sum of scores, as a pure function."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionWeights:
    """How much the vectors say; chosen on development questions alone (see `training/README.md`)."""

    dense: float = 0.3


WEIGHTS = FusionWeights()


def fuse(lexical: Scores, dense: Scores, attainable: float, weights: FusionWeights = WEIGHTS) -> Scores:
    """Return scores in 0..1 from BM25 scores and cosines of the same candidates.

    `attainable` is the BM25 score of a passage of mean length that holds every term once: dividing by it instead of
    by the best score lets the vectors say more when the passages do not have the words of the question.
    """
    coverage = np.clip(lexical / max(attainable, 1e-6), 0.0, 1.5)
    blended = (1 - weights.dense) * coverage + weights.dense * np.clip(dense, 0.0, 1.0)
    return np.asarray(np.clip(blended, 0.0, 1.0), dtype=np.float32)
