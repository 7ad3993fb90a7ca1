"""Train the gate's classifier on our own messages and write it to config/gate_model: python -m training.gate.train"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # no types shipped
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no types shipped
from sklearn.preprocessing import normalize  # type: ignore[import-untyped]  # no types shipped

from handlers.gate import read_message
from handlers.gate_model import BUCKETS, HEADS, KINDS
from training.gate.corpus import Example, read_examples, variants
from training.gate.generate import OFFICE, generate

TARGET = Path("config/gate_model")
_LEAST_EXAMPLES = 2
_GENERATED_WEIGHT, _PLEA_WEIGHT = 0.4, 1.5
_OFFICE = 2
"""Of so many generated messages of an office one is trained on."""
_STRENGTH = 10.0
"""Inverse of the L2 penalty, chosen on messages not trained on."""


def main() -> None:
    """Train on the messages of the files named and on the generated ones, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", default="train_*.txt")
    arguments = parser.parse_args()
    vocabulary, matrix, examples = prepare(
        read_examples(arguments.files) + generate() + generate(parts=OFFICE)[::_OFFICE]
    )
    write(vocabulary, *fit(matrix, examples), TARGET)
    print(f"{len(examples)} messages, {len(vocabulary)} features")


def prepare(examples: list[Example]) -> tuple[list[int], csr_matrix, list[Example]]:
    """Return the features that at least two messages have, a row of unit length a variant, and each row's example."""
    hashed, written = [], []
    seen: Counter[int] = Counter()
    for position, example in enumerate(examples):
        mine: set[int] = set()
        ways = 2 if example.family.startswith("generated") else None
        for variant in islice(variants(example, position), ways):
            hashed.append(sorted(read_message(variant.text).features))
            mine.update(hashed[-1])
            written.append(example)
        seen.update(mine)
    vocabulary = _one_a_bucket(seen)
    numbers = {feature: number for number, feature in enumerate(vocabulary)}
    known = [[numbers[feature] for feature in features if feature in numbers] for features in hashed]
    return vocabulary, normalize(matrix_of(known, len(vocabulary))), written


def matrix_of(rows: Sequence[Sequence[int]], width: int) -> csr_matrix:
    """Return a matrix with a one in the columns that each row names."""
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix((np.ones(ends[-1]), list(chain.from_iterable(rows)), ends), shape=(len(rows), width))


def fit(matrix: csr_matrix, examples: list[Example]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One logistic regression a head: the first two over all messages, the others over those that have a kind."""
    urgency = np.array([e.urgency for e in examples])
    kinds = np.array([e.kind for e in examples])
    acute = np.isin(urgency, ("immediate", "soon"))
    written = np.array([not e.family.startswith("generated") for e in examples])
    worth = np.where(written, 1.0, _GENERATED_WEIGHT) * np.where(acute, _PLEA_WEIGHT, 1.0)
    everything, has_kind = np.ones(len(kinds), dtype=bool), kinds != "none"
    tasks = [
        (everything, acute),
        (everything, urgency == "info"),
        (acute, urgency == "immediate"),
        *((has_kind, kinds == kind) for kind in KINDS),
    ]
    columns, biases = [], []
    for mask, wanted in tasks:
        model = LogisticRegression(C=_STRENGTH, solver="liblinear", random_state=7)
        model.fit(matrix[mask], wanted[mask], sample_weight=worth[mask])
        columns.append(model.coef_[0])
        biases.append(model.intercept_[0])
    return np.array(columns).T, np.array(biases)


def write(vocabulary: list[int], weights: NDArray[np.float64], biases: NDArray[np.float64], folder: Path) -> None:
    """Write a row a bucket: the byte of its feature, then the weights as bytes around 128 with one scale a head."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    table = np.full((BUCKETS, len(HEADS) + 1), 128, dtype=np.uint8)
    table[:, 0] = 0
    for feature, row in zip(vocabulary, np.round(weights / scales) + 128, strict=True):
        table[feature % BUCKETS, 0] = feature >> 24
        table[feature % BUCKETS, 1:] = row
    (folder / "weights.bin").write_bytes(table.tobytes())
    facts = {"heads": HEADS, "scales": scales.tolist(), "biases": biases.tolist()}
    (folder / "facts.json").write_text(json.dumps(facts), "utf-8")


def _one_a_bucket(seen: Counter[int]) -> list[int]:
    owners: dict[int, int] = {}
    for feature, count in seen.most_common():
        if count >= _LEAST_EXAMPLES:
            owners.setdefault(feature % BUCKETS, feature)
    return sorted(owners.values())


if __name__ == "__main__":
    main()
