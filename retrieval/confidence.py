"""How sure the search is that its best passages answer the question."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the two sides say about the best passage: shares of 0..1, and its lead over the fifth."""

    coverage: float
    dense: float
    lead: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Logistic weights, fitted by `training/` on answerable and unanswerable development questions."""

    constant: float = -4.0
    coverage: float = 6.0
    dense: float = 3.0
    lead: float = 2.0


CURVE = Curve()


def confidence(evidence: Evidence, curve: Curve = CURVE) -> float:
    """Return the estimated chance, 0..1, that the best passages answer the question."""
    weight = (
        curve.constant + curve.coverage * evidence.coverage + curve.dense * evidence.dense + curve.lead * evidence.lead
    )
    return 1 / (1 + math.exp(-weight))
