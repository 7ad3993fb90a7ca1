"""The classifier behind the rules: logistic regression on hashed features (Weinberger et al. 2009), pure Python."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import compress, repeat
from math import exp
from operator import ne, or_
from zlib import crc32

from handlers.gate_lexicon import Rule, Tag
from handlers.gate_text import Words

BUCKETS = 1 << 17
KINDS = (
    *("physical", "sexual", "psychological", "economic", "online"),
    *("child", "trafficking", "suicidal", "third-party", "perpetrator"),
)
HEADS = ("distress", "info", "immediate", *KINDS)
"""The outputs: help needed now or soon, question about rights, danger now, the kinds."""
_PAIR_REACH = 6


@dataclass(frozen=True, slots=True)
class Model:
    """One row for each bucket: a check byte against collisions, then one 8-bit weight for each head (zero is 128)."""

    weights: bytes
    owners: bytes
    firsts: bytes
    seconds: bytes
    """The first three columns of the weights, each by itself."""
    scales: tuple[float, ...]
    biases: tuple[float, ...]

    def likely(self, features: Iterable[int]) -> tuple[float, float]:
        """Return the probabilities of the first two heads."""
        met, first, second = self._met(features), self.firsts, self.seconds
        distress = self._chance(sum([first[place] for place in met]), len(met), 0)
        return distress, self._chance(sum([second[place] for place in met]), len(met), 1)

    def chances(self, features: Iterable[int]) -> dict[str, float]:
        """Return the probability of every head."""
        width = len(HEADS) + 1
        rows = [self.weights[place * width : place * width + width] for place in self._met(features)]
        return {
            name: self._chance(sum(row[head + 1] for row in rows), len(rows), head) for head, name in enumerate(HEADS)
        }

    def _met(self, features: Iterable[int]) -> list[int]:
        """Return the buckets of the features seen in training; others are ignored."""
        owners, last = self.owners, BUCKETS - 1
        return [place for one in features if owners[place := one & last] == one >> 24]

    def _chance(self, total: int, count: int, head: int) -> float:
        raw = (total - 128 * count) * max(count, 1) ** -0.5 * self.scales[head] + self.biases[head]
        return 1 / (1 + exp(-max(-30.0, min(30.0, raw))))


@cache
def load_model() -> Model:
    """Read the shipped weights once."""
    folder = files("config") / "gate_model"
    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    weights, width = (folder / "weights.bin").read_bytes(), len(HEADS) + 1
    owners, firsts, seconds = (weights[column::width] for column in range(3))
    return Model(weights, owners, firsts, seconds, tuple(facts["scales"]), tuple(facts["biases"]))


def features(words: Words, tags: Sequence[Tag], hints: Iterable[str], rules: Sequence[Rule]) -> set[int]:
    """Return hashed features: word n-grams with and without diacritics, concepts and their order, hints, rules met."""
    likely = [*words.folded]
    for place, guesses in words.guesses.items():
        likely[place] = guesses[0]
    folded, forms = f"^ {' '.join(likely)} $".encode().split(), " ".join(words.forms).encode().split()
    marked = list(map(ne, words.forms, words.folded))
    ones = list(map(crc32, folded, repeat(1)))
    found = {*ones, *_twos_and_threes(folded, ones), *map(crc32, folded[2:], map((2).__xor__, ones))}
    found.update(map(crc32, forms, map((4).__sub__, marked)))
    if True in marked:
        twos = map(crc32, forms[1:], map(crc32, forms, repeat(5)))
        found.update(compress(twos, map(or_, marked, marked[1:])))
    _add_tags(found, tags, folded[1:-1])
    found.update(map(crc32, map(_code, hints), repeat(9)))
    found.update(crc32(_code(f"{rule.kind} {rule.urgency}"), 12) for rule in rules)
    return found


def _twos_and_threes(tokens: Sequence[bytes], ones: Iterable[int]) -> list[int]:
    """Return the hashes of all bigrams and trigrams of tokens; `ones` are the unigram hashes."""
    twos = list(map(crc32, tokens[1:], ones))
    return [*twos, *map(crc32, tokens[2:], twos)]


def _add_tags(found: set[int], tags: Sequence[Tag], folded: Sequence[bytes]) -> None:
    """Add concept n-grams, pairs of near concepts, and n-grams of the text with concepts in place of their words."""
    spine, mixed, place = [_code(tag[0]) for tag in tags], list[bytes](), 0
    ones = list(map(crc32, spine, repeat(6)))
    found.update(ones, map(crc32, spine[2:], map(crc32, spine[1:], ones)))
    for number, (_, start, end, _) in enumerate(tags):
        if start >= place:
            mixed += folded[place:start]
            mixed.append(spine[number])
            place = end
        for later in range(number + 1, min(number + 7, len(tags))):
            if 0 <= tags[later][1] - end <= _PAIR_REACH:
                found.add(crc32(spine[later], ones[number] ^ 1))
    mixed += folded[place:]
    found.update(_twos_and_threes(mixed, map(crc32, mixed, repeat(7))))


@cache
def _code(name: str) -> bytes:
    """Return the bytes of a concept or rule name; cached, so never called with a person's words."""
    return name.upper().encode()
