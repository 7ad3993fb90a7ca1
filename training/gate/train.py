"""Train the gate's classifier on our own messages and write it to config/gate_model: python -m training.gate.train"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handlers.gate import read_message
from handlers.gate_model import BUCKETS, HEADS, KINDS
from training.gate.corpus import Example, read_examples, variants
from training.gate.generate import generate

TARGET = Path("config/gate_model")
_LEAST_EXAMPLES = 2
_GENERATED_WEIGHT = 0.4
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rows:
    """Messages as feature numbers, what each head should say of them, and how much each counts."""

    vocabulary: list[int]
    features: list[NDArray[np.int64]]
    wanted: Floats
    masks: Floats


def main() -> None:
    """Train on the messages of the files named and on the generated ones, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", default="train_*.txt")
    parser.add_argument("--epochs", type=int, default=12)
    arguments = parser.parse_args()
    rows = prepare(read_examples(arguments.files) + generate())
    weights, biases = fit(rows, epochs=arguments.epochs)
    write(rows.vocabulary, weights, biases, TARGET)
    print(f"{len(rows.features)} messages, {len(rows.vocabulary)} features")


def prepare(examples: list[Example]) -> Rows:
    """Return every variant of every message; a feature counts when more than one message has it."""
    hashed, wanted, masks = [], [], []
    seen: Counter[int] = Counter()
    for position, example in enumerate(examples):
        target, mask = _target(example)
        mine: set[int] = set()
        for variant in variants(example, position):
            hashed.append(read_message(variant.text).features)
            mine.update(hashed[-1])
            wanted.append(target)
            masks.append(mask)
        seen.update(mine)
    vocabulary = _one_a_bucket(seen)
    numbers = {feature: number for number, feature in enumerate(vocabulary)}
    rows = [np.array([numbers[f] for f in features if f in numbers], dtype=np.int64) for features in hashed]
    return Rows(vocabulary, rows, np.array(wanted, dtype=np.float32), np.array(masks, dtype=np.float32))


def fit(rows: Rows, *, epochs: int, rate: float = 0.5, decay: float = 3e-5) -> tuple[Floats, Floats]:
    """Logistic regression of all heads at once by AdaGrad (Duchi 2011), one message a step, rows of unit length."""
    chance = np.random.default_rng(7)
    weights = np.zeros((len(rows.vocabulary), len(HEADS)), dtype=np.float32)
    seen = np.full_like(weights, 1e-2)
    biases = np.zeros(len(HEADS), dtype=np.float32)
    for epoch in range(epochs):
        for place in chance.permutation(len(rows.features)):
            here = rows.features[place]
            norm = np.float32(max(len(here), 1) ** -0.5)
            guess = 1 / (1 + np.exp(-np.clip(weights[here].sum(axis=0) * norm + biases, -30, 30)))
            error = (guess - rows.wanted[place]) * rows.masks[place]
            slope = error * norm + decay * weights[here]
            seen[here] += slope * slope
            weights[here] -= rate * slope / np.sqrt(seen[here])
            biases -= np.float32(0.02 / (1 + epoch)) * error
    return weights, biases


def write(vocabulary: list[int], weights: Floats, biases: Floats, folder: Path) -> None:
    """Write a row a bucket: the byte of its feature, then the weights as bytes around 128 with one scale a head."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    table = np.full((BUCKETS, len(HEADS) + 1), 128, dtype=np.uint8)
    table[:, 0] = 0
    for feature, row in zip(vocabulary, np.round(weights / scales) + 128, strict=True):
        table[feature % BUCKETS, 0] = feature >> 24
        table[feature % BUCKETS, 1:] = row
    (folder / "weights.bin").write_bytes(table.tobytes())
    facts = {"heads": HEADS, "scales": [float(s) for s in scales], "biases": [float(b) for b in biases]}
    (folder / "facts.json").write_text(json.dumps(facts), "utf-8")


def _one_a_bucket(seen: Counter[int]) -> list[int]:
    owners: dict[int, int] = {}
    for feature, count in seen.most_common():
        if count >= _LEAST_EXAMPLES:
            owners.setdefault(feature % BUCKETS, feature)
    return sorted(owners.values())


def _target(example: Example) -> tuple[list[float], list[float]]:
    distress = example.urgency in {"immediate", "soon"}
    kinds = [float(example.kind == kind) for kind in KINDS]
    heads = [float(distress), float(example.urgency == "info"), float(example.urgency == "immediate"), *kinds]
    known = float(example.kind != "none")
    worth = _GENERATED_WEIGHT if example.family.startswith("generated") else 1.0
    return heads, [worth * part for part in (1.0, 1.0, float(distress), *[known] * len(KINDS))]


if __name__ == "__main__":
    main()
