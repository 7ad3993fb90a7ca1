"""The gate's first stage (a cascade): passes in microseconds messages made of nothing but office talk."""

import json
import re
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import inf
from typing import NamedTuple

_PIECE = re.compile(r"[^\W\d_]+|[^ \d,.;:?!/()%&\"'“”\n–-]|\b11[1-5]\b")
"""A word, a sign that could hide one, or a number to call in need; other digits and plain punctuation are skipped."""
_LONGEST, _PHRASE, _NUMBER = 240, 7, 4
"""Upper bounds: letters of a message, words of a set phrase, digits of a bare number."""
REACH = 5
"""The longest word n-gram that makes a word known."""
FEW = 4
_BRIEF, _SPOKEN, _BOUND = 1.0, 2.2, 2.9
"""What the weights must stay below: in a message of few words, in one that speaks of the writer, in any other."""
SPEAKERS = frozenset(["em", "e", "iem", "tôi", "toi", "tui", "mình", "minh", "mk", "m", "tớ", "ta", "i", "my", "we"])


class Screen(NamedTuple):
    """The trained screen: set phrases, weights of n-grams, and brief messages that worry for all their light words."""

    phrases: frozenset[str]
    weights: Mapping[str, float]
    worrying: Collection[str]


def is_office_talk(text: str) -> bool:
    """Return whether a message is a bare number, a set phrase, or has no stretch whose weights reach the bound."""
    said = pieces_of(text)
    return settles(said, load_screen()) if said else text.isdecimal() and len(text) <= _NUMBER


def settles(words: Sequence[str], screen: Screen) -> bool:
    """Return whether the words, or those after a polite opening ("cho em hỏi"), are light enough."""
    phrase = " ".join(words[:_PHRASE])
    if len(words) <= _PHRASE and (phrase in screen.phrases or phrase in screen.worrying):
        return phrase in screen.phrases
    bound = bound_of(words)
    if heaviest(words, screen.weights, bound) < bound:
        return True
    asked = after_opening(words, screen.phrases)
    return len(words) > len(asked) > FEW and heaviest(asked, screen.weights) < bound_of(asked)


def after_opening(words: Sequence[str], phrases: Collection[str]) -> Sequence[str]:
    """Return the words after the longest opening."""
    ends = range(min(len(words), _PHRASE), 1, -1)
    return words[next((end for end in ends if " ".join(words[:end]) in phrases), 0) :]


def bound_of(words: Sequence[str]) -> float:
    """Return what the weights of a message must stay below."""
    return _BRIEF if len(words) <= FEW else _BOUND if SPEAKERS.isdisjoint(words) else _SPOKEN


def pieces_of(text: str) -> list[str]:
    """Return the words and suspicious signs of a short message; nothing for a long one."""
    return _PIECE.findall(text.lower()) if len(text) <= _LONGEST else []


def heaviest(words: Sequence[str], weights: Mapping[str, float], enough: float = inf) -> float:
    """Return the greatest sum of weights of any stretch of words, or one that is enough; infinite for an unknown word.

    This is a cumulative sum test (Page 1954): office talk before or after a plea cannot outweigh it.
    """
    most = total = 0.0
    before = ""
    for place, word in enumerate(words):
        weight = weights.get(word)
        if weight is None:
            weight = weights.get(covering(words, place, weights), inf)
        else:
            weight += weights.get(f"{before} {word}", 0.0)
        if len(word) == len(before) == 1:  # Letters set apart may spell a word.
            return inf
        total = total + weight if total > 0.0 else weight
        if total > most:
            most = total
            if most >= enough:
                return most
        before = word
    return most


def covering(words: Sequence[str], place: int, known: Container[str]) -> str:
    """Return the shortest known n-gram around a word that is not known by itself ("công an"), or nothing."""
    return next((one for one in _around(words, place) if one in known), "")


def _around(words: Sequence[str], place: int) -> Iterator[str]:
    """Yield the n-grams of two to REACH words that contain a word, short ones first."""
    for length in range(2, REACH + 1):
        for start in range(max(place - length + 1, 0), min(place, len(words) - length) + 1):
            yield " ".join(words[start : start + length])


@cache
def load_screen() -> Screen:
    """Read what training shipped, once."""
    shipped = json.loads((files("config") / "gate_model" / "screen.json").read_text("utf-8"))
    return Screen(frozenset(shipped["phrases"]), shipped["weights"], frozenset(shipped["worrying"]))
