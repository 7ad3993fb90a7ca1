"""The gate's first stage: settles in microseconds a message that holds nothing but the words of an office."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import inf

_PIECE = re.compile(r"[^\W\d_]+|[^ \d,.;:?!/()%&\"'\n–-]")
"""A word, or a sign that could hide one; numbers and plain punctuation say nothing."""
_LONGEST = 240


def is_office_talk(text: str) -> bool:
    """Return whether all words of a message are known from offices and weigh little enough together."""
    weights, margin = load_screen()
    return weigh(office_words(text), weights) < margin


def office_words(text: str) -> list[str]:
    """Return the words of a short message typed with marks; none for any other, which the whole gate must read."""
    return [] if len(text) > _LONGEST or text.isascii() else _PIECE.findall(text.lower())


def weigh(words: Sequence[str], weights: Mapping[str, float]) -> float:
    """Return the sum of the weights, infinite when there is nothing or an unknown word."""
    total = 0.0 if words else inf
    for key in known_as(words, weights):
        if not key:
            return inf
        total += weights[key]
    return total


def known_as(words: Sequence[str], weights: Mapping[str, float]) -> Iterator[str]:
    """Yield each word by itself, or with a neighbour where only the two together are known ("công an"), or as ""."""
    for place, word in enumerate(words):
        if word in weights:
            yield word
        else:
            pairs = " ".join(words[place : place + 2]), " ".join(words[max(place - 1, 0) : place + 1])
            yield next((pair for pair in pairs if pair in weights), "")


@cache
def load_screen() -> tuple[dict[str, int], int]:
    """Read the shipped words once: each with its weight, above zero where pleas use it more, and the margin."""
    shipped = json.loads((files("config") / "gate_model" / "screen.json").read_text("utf-8"))
    return shipped["weights"], shipped["margin"]
