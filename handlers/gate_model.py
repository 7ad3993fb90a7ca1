"""The small classifier behind the rules: a hashed linear model, scored without any library."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import exp
from zlib import crc32

from handlers.gate_lexicon import Tag
from handlers.gate_text import Word

BUCKETS = 1 << 17
KINDS = (
    "physical",
    "sexual",
    "psychological",
    "economic",
    "online",
    "child",
    "trafficking",
    "suicidal",
    "third-party",
    "perpetrator",
)
HEADS = ("distress", "info", "immediate", *KINDS)
"""What each column of the weights tells: help needed now or soon, asks about rights, danger now, the kind."""
_PAIR_REACH = 6


@dataclass(frozen=True, slots=True)
class Model:
    """One row a bucket: a byte that tells whose bucket it is, then a byte a head around 128, scaled and biased."""

    weights: bytes
    scales: tuple[float, ...]
    biases: tuple[float, ...]

    def probabilities(self, features: Sequence[int]) -> dict[str, float]:
        """Return the probability of each head; features never seen in training say nothing."""
        width = len(HEADS)
        rows = []
        for feature in features:
            place = feature % BUCKETS * (width + 1)
            if self.weights[place] == feature >> 24:
                rows.append(self.weights[place + 1 : place + 1 + width])
        norm = max(len(rows), 1) ** -0.5
        totals = [sum(column) - 128 * len(rows) for column in zip(*rows, strict=True)] or [0] * width
        return {
            head: 1 / (1 + exp(-max(-30.0, min(30.0, total * norm * scale + bias))))
            for head, total, scale, bias in zip(HEADS, totals, self.scales, self.biases, strict=True)
        }


@cache
def load_model() -> Model:
    """Read the shipped weights once."""
    folder = files("config") / "gate_model"
    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    return Model((folder / "weights.bin").read_bytes(), tuple(facts["scales"]), tuple(facts["biases"]))


def features(words: Sequence[Word], strict: Sequence[Tag], loose: Sequence[Tag], rules: Sequence[str]) -> list[int]:
    """Return the hashed features of a message: its words, its concepts and their order, and the rules it met."""
    names: set[str] = set()
    folded = [word.guesses[0] if word.guesses else word.folded for word in words]
    _add_words("f", ["^", *folded, "$"], names)
    _add_words("m", [word.form for word in words if word.marked], names, longest=1)
    names |= {f"m2 {a.form} {b.form}" for a, b in pairwise(words) if a.marked or b.marked}
    names |= {f"a{word.folded}" for word in words if not word.marked}
    _add_tags("s", strict, folded, names)
    if list(loose) != list(strict):
        _add_tags("l", loose, folded, names)
    names |= {f"rule {rule}" for rule in rules}
    return sorted({crc32(name.encode()) for name in names})


def _add_words(prefix: str, words: Sequence[str], names: set[str], longest: int = 3) -> None:
    for size in range(1, longest + 1):
        for start in range(len(words) - size + 1):
            names.add(f"{prefix}{size} {' '.join(words[start : start + size])}")
    if longest > 1:
        names.update(f"{prefix}g {a} {b}" for a, b in zip(words, words[2:], strict=False))


def _add_tags(prefix: str, tags: Sequence[Tag], folded: Sequence[str], names: set[str]) -> None:
    names.update(f"{prefix}c {tag.concept}" for tag in tags)
    for place, tag in enumerate(tags):
        for later in tags[place + 1 : place + 7]:
            if 0 <= later.start - tag.end <= _PAIR_REACH:
                names.add(f"{prefix}p {tag.concept} {later.concept}")
    spine = [tag.concept for tag in tags]
    names.update(f"{prefix}t {' '.join(spine[start : start + 3])}" for start in range(len(spine) - 2))
    mixed = _mixed(tags, folded)
    for size in (2, 3):
        names.update(f"{prefix}x {' '.join(mixed[start : start + size])}" for start in range(len(mixed) - size + 1))


def _mixed(tags: Sequence[Tag], folded: Sequence[str]) -> list[str]:
    """Return the message with each concept in place of its words, the rest as written."""
    first = {tag.start: tag for tag in reversed(tags)}
    mixed, place = [], 0
    while place < len(folded):
        tag = first.get(place)
        mixed.append(tag.concept.upper() if tag else folded[place])
        place = tag.end if tag else place + 1
    return mixed
