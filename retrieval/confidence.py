"""How sure the search is that its best passages answer the question."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the two sides say about the best passage: shares of 0..1, and its lead over the fifth."""

    coverage: float
    dense: float
    lead: float


CURVE = {"constant": -6.82, "coverage": 10.32, "dense": 8.56, "lead": 13.44}
"""Logistic weights, fitted by `training/calibrate.py` on answerable and unanswerable development questions."""


def confidence(evidence: Evidence) -> float:
    """Return the estimated chance, 0..1, that the best passages answer the question."""
    weight = CURVE["constant"] + sum(CURVE[name] * getattr(evidence, name) for name in ("coverage", "dense", "lead"))
    return 1 / (1 + math.exp(-weight))


def calibration(answerable: Sequence[float], unanswerable: Sequence[float]) -> dict[str, Any]:
    """Return how far confidences tell the two kinds apart, and the share of answerable ones in each fifth."""
    pairs = [(one > other) + 0.5 * (one == other) for one in answerable for other in unanswerable]
    errors = [(1 - one) ** 2 for one in answerable] + [one**2 for one in unanswerable]
    fifths = [np.histogram(kind, bins=5, range=(0, 1))[0].tolist() for kind in (answerable, unanswerable)]
    curve = [
        {"from": place / 5, "answerable": yes, "unanswerable": no}
        for place, (yes, no) in enumerate(zip(*fifths, strict=True))
    ]
    return {"auc": round(sum(pairs) / len(pairs), 4), "brier": round(sum(errors) / len(errors), 4), "curve": curve}
