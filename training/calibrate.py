"""Fit the confidence curve on development questions: python -m training.calibrate PLANS_FOLDER DATA_FOLDER."""

import argparse
import json
import random
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.benchmarks import legal_rows, plan_set, without_marks
from retrieval.search import PassageSearch

SEED, OFF_TOPIC, RIDGE, ROUNDS = 3, 60, 0.02, 50
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
    """Return logistic weights by Newton's method, both kinds weighing the same, slightly drawn to nought."""
    share = np.where(right == 1, 0.5 / right.sum(), 0.5 / (1 - right).sum())
    weights = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (share * (right - chance)) - RIDGE / len(rows) * weights
        bend = (rows * (share * chance * (1 - chance))[:, None]).T @ rows + RIDGE / len(rows) * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return weights


if __name__ == "__main__":
    main()
