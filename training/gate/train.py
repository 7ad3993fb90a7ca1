"""Train the gate's classifier on our own messages and write it to config/gate_model: python -m training.gate.train"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handlers.gate import read_message
from handlers.gate_model import BUCKETS, HEADS, KINDS
from training.gate.corpus import Example, read_examples, variants

TARGET = Path("config/gate_model")
Rows = list[NDArray[np.int64]]


def main() -> None:
    """Train on the training families (and, for the shipped model, the development ones) and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", default="train_*.txt")
    parser.add_argument("--epochs", type=int, default=24)
    arguments = parser.parse_args()
    rows, wanted, masks = prepare(read_examples(arguments.files))
    weights, biases = fit(rows, wanted, masks, epochs=arguments.epochs)
    write(weights, biases, TARGET)
    print(f"{len(rows)} rows, {np.count_nonzero(np.abs(weights).max(axis=1) > 1e-3)} buckets in use")


def prepare(examples: list[Example]) -> tuple[Rows, NDArray[np.float32], NDArray[np.float32]]:
    """Return the buckets, targets and weights of every variant of every message."""
    rows: Rows = []
    wanted, masks = [], []
    for position, example in enumerate(examples):
        target, mask = _target(example)
        for variant in variants(example, position):
            rows.append(np.array(read_message(variant.text).features, dtype=np.int64))
            wanted.append(target)
            masks.append(mask)
    return rows, np.array(wanted, dtype=np.float32), np.array(masks, dtype=np.float32)


def fit(
    rows: Rows, wanted: NDArray[np.float32], masks: NDArray[np.float32], *, epochs: int, rate: float = 0.5, decay: float = 2e-6
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logistic regression of all heads at once by AdaGrad (Duchi 2011), one message a step, rows of unit length."""
    chance = np.random.default_rng(7)
    weights = np.zeros((BUCKETS, len(HEADS)), dtype=np.float32)
    seen = np.full((BUCKETS, len(HEADS)), 1e-2, dtype=np.float32)
    biases = np.zeros(len(HEADS), dtype=np.float32)
    for epoch in range(epochs):
        for place in chance.permutation(len(rows)):
            buckets = rows[place]
            norm = np.float32(max(len(buckets), 1) ** -0.5)
            guess = 1 / (1 + np.exp(-np.clip(weights[buckets].sum(axis=0) * norm + biases, -30, 30)))
            error = (guess - wanted[place]) * masks[place]
            slope = error * norm + decay * weights[buckets]
            seen[buckets] += slope * slope
            weights[buckets] -= rate * slope / np.sqrt(seen[buckets])
            biases -= 0.02 / (1 + epoch) * error
    return weights, biases


def write(weights: NDArray[np.float32], biases: NDArray[np.float32], folder: Path) -> None:
    """Write the weights as bytes around 128 with one scale a head."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    (folder / "weights.bin").write_bytes((np.round(weights / scales) + 128).astype(np.uint8).tobytes())
    facts = {"heads": HEADS, "scales": [float(s) for s in scales], "biases": [float(b) for b in biases]}
    (folder / "facts.json").write_text(json.dumps(facts), "utf-8")


def _target(example: Example) -> tuple[list[float], list[float]]:
    distress = example.urgency in {"immediate", "soon"}
    info = example.urgency == "info"
    kinds = [float(example.kind == kind) for kind in KINDS]
    heads = [float(distress), float(info), float(example.urgency == "immediate"), 0.0]
    known = float(example.kind != "none")
    return [*heads, *kinds], [1.0, 1.0, float(distress), 0.0, *[known] * len(KINDS)]


if __name__ == "__main__":
    main()
