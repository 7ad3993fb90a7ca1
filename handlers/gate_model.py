"""The small classifier behind the rules: a hashed linear model, scored without any library."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import compress
from math import exp
from operator import or_
from zlib import crc32

from handlers.gate_lexicon import Rule, Tag
from handlers.gate_text import Word

BUCKETS = 1 << 17
KINDS = (
    *("physical", "sexual", "psychological", "economic", "online"),
    *("child", "trafficking", "suicidal", "third-party", "perpetrator"),
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

    def rows(self, features: Sequence[int]) -> list[bytes]:
        """Return the weights of the features met in training; others say nothing."""
        weights, width = self.weights, len(HEADS) + 1
        places = [(feature % BUCKETS * width, feature >> 24) for feature in features]
        return [weights[place : place + width] for place, owner in places if weights[place] == owner]

    def chance(self, rows: Sequence[bytes], head: int) -> float:
        """Return the probability of one head."""
        total = sum(row[head + 1] for row in rows) - 128 * len(rows)
        raw = total * max(len(rows), 1) ** -0.5 * self.scales[head] + self.biases[head]
        return 1 / (1 + exp(-max(-30.0, min(30.0, raw))))

    def chances(self, rows: Sequence[bytes]) -> dict[str, float]:
        """Return the probability of every head."""
        return {name: self.chance(rows, head) for head, name in enumerate(HEADS)}


@cache
def load_model() -> Model:
    """Read the shipped weights once."""
    folder = files("config") / "gate_model"
    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    return Model((folder / "weights.bin").read_bytes(), tuple(facts["scales"]), tuple(facts["biases"]))


def features(words: Sequence[Word], strict: Sequence[Tag], loose: Sequence[Tag], rules: Sequence[Rule]) -> list[int]:
    """Return the hashed features of a message: its words, its concepts and their order, and the rules it met."""
    folded = [b"^", *((word.guesses[0] if word.guesses else word.folded).encode() for word in words), b"$"]
    forms = [word.form.encode() for word in words]
    marked = [word.form != word.folded for word in words]
    ones, twos, threes = _chained(1, folded)
    found = {*ones, *twos, *threes, *map(crc32, folded[2:], map((2).__xor__, ones))}
    found.update(map(crc32, forms, (3 if bears else 4 for bears in marked)))
    ones, twos, _ = _chained(5, forms)
    found.update(compress(twos, map(or_, marked, marked[1:])))
    found |= _of_tags(6, strict, folded[1:-1])
    if loose is not strict:
        found |= _of_tags(9, loose, folded[1:-1])
    found.update(crc32(_code(f"{rule.kind} {rule.urgency}"), 12) for rule in rules)
    return sorted(found)


def _chained(seed: int, tokens: Sequence[bytes]) -> tuple[list[int], list[int], list[int]]:
    """Return the numbers of every token, of every two and of every three in a row."""
    ones = [crc32(token, seed) for token in tokens]
    twos = list(map(crc32, tokens[1:], ones))
    return ones, twos, list(map(crc32, tokens[2:], twos))


def _of_tags(seed: int, tags: Sequence[Tag], folded: Sequence[bytes]) -> set[int]:
    spine = [_code(tag.concept) for tag in tags]
    ones, _, threes = _chained(seed, spine)
    found = {*ones, *threes}
    for place, tag in enumerate(tags):
        for later in range(place + 1, min(place + 7, len(tags))):
            if 0 <= tags[later].start - tag.end <= _PAIR_REACH:
                found.add(crc32(spine[later], ones[place] ^ 1))
    _, twos, threes = _chained(seed + 1, _mixed(tags, spine, folded))
    return found.union(twos, threes)


@cache
def _code(name: str) -> bytes:
    """Return the bytes of a concept or a rule; never called with a person's words."""
    return name.upper().encode()


def _mixed(tags: Sequence[Tag], spine: Sequence[bytes], folded: Sequence[bytes]) -> list[bytes]:
    """Return the message with each concept in place of its words, the rest as written."""
    first = {tag.start: (code, tag.end) for tag, code in zip(reversed(tags), reversed(spine), strict=True)}
    mixed, place = [], 0
    while place < len(folded):
        code, place = first.get(place) or (folded[place], place + 1)
        mixed.append(code)
    return mixed
