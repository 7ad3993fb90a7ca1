"""From text to index terms: syllables and pairs of neighbours, with their marks and without, as 64-bit numbers."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.vietnamese import fold, normalise

Terms = NDArray[np.uint64]

_SYLLABLE = re.compile(r"[^\W_]+")
_LATE_TONE = re.compile(r"(?<!q)(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])$")
_SHORT_I = re.compile(r"^(?:[hklmst]|qu)[iìíỉĩị]$")
_TO_Y = str.maketrans("iìíỉĩị", "yỳýỷỹỵ")
_MARKED = "àáảãạèéẻẽẹỳýỷỹỵ"
_PLAIN = "aaaaaeeeeeyyyyy"
_EARLY = {"o": "òóỏõọ", "u": "ùúủũụ"}
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_FOLDED_SALT = np.uint64(0xC2B2AE3D27D4EB4F)


@lru_cache(maxsize=200_000)
def canonical(syllable: str) -> str:
    """Return one spelling for the variants of one syllable: hoà is hòa, uỷ is ủy, lí is lý, qui is quy."""
    late = _LATE_TONE.search(syllable)
    if late:
        place = _MARKED.index(syllable[-1])
        return syllable[:-2] + _EARLY[syllable[-2]][place % 5] + _PLAIN[place]
    return syllable.translate(_TO_Y) if _SHORT_I.match(syllable) else syllable


def words(text: str) -> list[str]:
    """Return the canonical lower-case syllables and numbers of text."""
    return [canonical(syllable) for syllable in _SYLLABLE.findall(normalise(text).lower())]


@lru_cache(maxsize=200_000)
def folded(syllable: str) -> str:
    """Return the syllable without marks."""
    return fold(syllable)


@lru_cache(maxsize=400_000)
def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def _numbers(listed: Sequence[str], salt: np.uint64) -> Terms:
    return np.fromiter((_number(word) for word in listed), dtype=np.uint64, count=len(listed)) ^ salt


def _pairs(numbers: Terms) -> Terms:
    return (numbers[:-1] * _PAIR_FACTOR) ^ numbers[1:]


def index_terms(listed: Sequence[str]) -> Terms:
    """Return every term a passage is found by: marked and folded syllables and pairs, with repetitions."""
    marked = _numbers(listed, np.uint64(0))
    bare = _numbers([folded(word) for word in listed], _FOLDED_SALT)
    return np.concatenate([marked, _pairs(marked), bare, _pairs(bare)])


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a query in order: each syllable and each pair, marked and folded."""

    marked: Terms
    folded: Terms


def query_units(listed: Sequence[str]) -> Units:
    """Return the distinct units of a query, syllables first."""
    terms = index_terms(listed)
    _, first = np.unique(terms[: len(terms) // 2], return_index=True)
    first.sort()
    return Units(terms[first], terms[first + len(terms) // 2])


def pair_terms(pairs: Sequence[tuple[str, str]]) -> Terms:
    """Return the marked term of each pair of neighbours."""
    first, last = (_numbers([pair[place] for pair in pairs], np.uint64(0)) for place in (0, 1))
    return (first * _PAIR_FACTOR) ^ last
