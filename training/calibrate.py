"""Fit the confidence curve on development questions: python -m training.calibrate PLANS_FOLDER DATA_FOLDER."""

import argparse
import json
import random
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from retrieval.benchmarks import legal_rows, plan_set, without_marks
from retrieval.search import PassageSearch

SEED, OFF_TOPIC, RIDGE = 3, 60, 0.02
NAMES = ("constant", "coverage", "dense", "lead")


def main() -> None:
    """Print the weights for `retrieval.confidence.CURVE`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plans", type=Path)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    held = plan_set(arguments.plans)
    asked = held.questions["plans-dev"]
    legal = [row["question"] for row in legal_rows(arguments.data, "dev")]
    answerable = [question.text for question in (*asked, *without_marks(asked))]
    beside = [*held.beside["dev"], *random.Random(SEED).sample(legal, OFF_TOPIC)]
    with tempfile.TemporaryDirectory() as folder:
        search = PassageSearch(Path(folder), lambda _: {})
        search.rebuild(held.documents)
        found = [search.evidence(text) for text in (*answerable, *beside)]
        search.close()
    right = np.array([1.0] * len(answerable) + [0.0] * len(beside))
    rows = [(1.0, held.coverage, held.dense, held.lead) if held else (1.0, 0.0, 0.0, 0.0) for held in found]
    weights = fit(np.array(rows), right)
    print(json.dumps({name: round(float(weight), 2) for name, weight in zip(NAMES, weights, strict=True)}))


def fit(rows: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return logistic weights, both kinds weighing the same, slightly drawn to nought."""
    share, sign = np.where(right == 1, 0.5 / right.sum(), 0.5 / (1 - right).sum()), 1 - 2 * right

    def loss(weights: NDArray[np.float64]) -> float:
        return float(share @ np.logaddexp(0, sign * (rows @ weights)) + RIDGE / len(rows) / 2 * weights @ weights)

    found: NDArray[np.float64] = minimize(loss, np.zeros(rows.shape[1])).x
    return found


if __name__ == "__main__":
    main()
