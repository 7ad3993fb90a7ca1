"""The gate's first stage (a cascade): passes in microseconds messages made of nothing but office vocabulary."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from importlib.resources import files
from math import inf
from typing import NamedTuple

_PIECE = re.compile(r"[^\W\d_]+|[^ \d,.;:?!/()%&\"'\n–-]")
"""A word, or a sign that could hide one; digits and plain punctuation are skipped."""
_LONGEST, _OPENING, _NUMBER = 240, 6, 4
"""Upper bounds: letters of a message, words of an opening, digits of a bare number."""
REACH = 4
"""The longest word n-gram in the vocabulary."""


class Screen(NamedTuple):
    """The trained screen: set phrases, openings, weights of known n-grams, and the bound their sum must stay below."""

    phrases: frozenset[str]
    openings: frozenset[str]
    weights: Mapping[str, float]
    margin: float


def is_office_talk(text: str) -> bool:
    """Return whether a message is a bare number, a set phrase, or all known n-grams with a sum below the margin."""
    screen, said = load_screen(), pieces_of(text)
    if not said:
        return text.isdecimal() and len(text) <= _NUMBER
    if len(said) <= _OPENING and " ".join(said) in screen.phrases:
        return True
    return not text.isascii() and weigh(after_opening(said, screen.openings), screen.weights) < screen.margin


def office_words(text: str, openings: Set[str]) -> list[str]:
    """Return the words after the opening of a short message typed with marks; none for any other."""
    return [] if text.isascii() else after_opening(pieces_of(text), openings)


def pieces_of(text: str) -> list[str]:
    """Return the words and suspicious signs of a short message; nothing for a long one."""
    return _PIECE.findall(text.lower()) if len(text) <= _LONGEST else []


def after_opening(words: list[str], openings: Set[str]) -> list[str]:
    """Return the words after a polite opening ("cho em hỏi")."""
    for end in range(min(len(words), _OPENING), 1, -1):
        if " ".join(words[:end]) in openings:
            return words[end:]
    return words


def weigh(words: Sequence[str], weights: Mapping[str, float]) -> float:
    """Return the sum of the weights; infinite when there is no word or an unknown one."""
    total = 0.0 if words else inf
    for key in known_as(words, weights):
        if not key:
            return inf
        total += weights[key]
    return total


def known_as(words: Sequence[str], weights: Mapping[str, float]) -> Iterator[str]:
    """Yield for each word the known n-gram that covers it: the word itself, else a longer one ("công an"), else ""."""
    for place, word in enumerate(words):
        yield word if word in weights else next((one for one in _around(words, place) if one in weights), "")


def _around(words: Sequence[str], place: int) -> Iterator[str]:
    """Yield the n-grams of two to REACH words that contain a word, short ones first."""
    for length in range(2, REACH + 1):
        for start in range(max(place - length + 1, 0), min(place, len(words) - length) + 1):
            yield " ".join(words[start : start + length])


@cache
def load_screen() -> Screen:
    """Read what training shipped, once."""
    shipped = json.loads((files("config") / "gate_model" / "screen.json").read_text("utf-8"))
    phrases, openings = frozenset(shipped["phrases"]), frozenset(shipped["openings"])
    return Screen(phrases, openings, shipped["weights"], shipped["margin"])
