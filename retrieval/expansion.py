"""What a question is taken to look for: its own words, and what glossary and lay lexicon know of them."""

import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.lexical_index import LexicalIndex, WeightedTerms
from retrieval.terms import folded, query_units, words

GLOSSARY, LEXICON = "glossary.toml", "lay_lexicon.toml"
QUESTION_WORD_WEIGHT = 0.4
CONCEPT_WEIGHT = 0.5
"""How much the official words of a recognised lay wording count beside the question's own words."""
RECOGNISED_FROM = 0.6
"""Share of a wording, by rarity of its words, that the question must hold."""
SLACK = 4
"""Foreign words allowed between the words of a wording."""
ABBREVIATION_WEIGHT = 0.5
_COMPOUND = re.compile(r"\w+(?:[&/.-]\s?\w+)+")


@dataclass(frozen=True, slots=True)
class _Wording:
    words: tuple[str, ...]
    concept: int


class Expander:
    """Turns a question into weighted terms; word lists of an office add to those of the repository."""

    def __init__(self, glossary: Mapping[str, Any], lexicon: Mapping[str, Any]) -> None:
        self._meanings: dict[str, list[str]] = defaultdict(list)
        for short, long in glossary.get("abbreviations", {}).items():
            self._meanings[_key(short)] += [long] if isinstance(long, str) else long
        self._fillers = {folded(word) for word in lexicon.get("question_words", ())}
        self._fillers_marked = set(lexicon.get("question_words", ()))
        self._concepts: list[tuple[str, ...]] = []
        self._wordings: list[_Wording] = []
        for official, wordings in lexicon_entries(lexicon):
            self._wordings += [_Wording(tuple(words(wording)), len(self._concepts)) for wording in wordings]
            self._concepts.append(official)
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, wording in enumerate(self._wordings):
            for word in {*wording.words, *map(folded, wording.words)}:
                self._holding[word].append(number)
        counts = Counter(word for wording in self._wordings for word in set(wording.words))
        self._rarity = {word: math.log1p(len(self._wordings) / count) for word, count in counts.items()}

    @classmethod
    def shipped(cls, folder: Path | None = None) -> "Expander":
        """Return the one with the word lists of the repository and those that lie in an office's data folder."""
        return cls(read_word_list(GLOSSARY, folder), read_word_list(LEXICON, folder))

    def terms(self, query: str, index: LexicalIndex) -> WeightedTerms:
        """Return the weighted terms of a question: first its own, then those it is taken to mean."""
        text, meant = self._spelled_out(query, index)
        listed = words(text)
        units = query_units(listed)
        types_marks = bool(units.is_marked.any())
        own = units.folded
        if types_marks:
            own = np.where(index.frequencies(units.marked) > 0, units.marked, own)
        fillers = self._fillers_marked if types_marks else self._fillers
        singles = list(dict.fromkeys(listed))
        weights = np.ones(len(own), dtype=np.float32)
        light = np.array([word in fillers for word in singles], dtype=bool)
        if len(light) <= len(own):
            weights[: len(light)][light] = QUESTION_WORD_WEIGHT
        known = set(own.tolist())
        extra: dict[int, float] = {}
        for phrase, weight in (*meant, *self._official_words(listed, types_marks)):
            added = query_units(words(phrase))
            for term in (added.marked if types_marks else added.folded).tolist():
                if term not in known:
                    extra[term] = max(extra.get(term, 0.0), weight)
        more = np.fromiter(extra.keys(), dtype=np.uint64, count=len(extra))
        more_weights = np.fromiter(extra.values(), dtype=np.float32, count=len(extra))
        return WeightedTerms(np.concatenate([own, more]), np.concatenate([weights, more_weights]), len(own))

    def _spelled_out(self, query: str, index: LexicalIndex) -> tuple[str, list[tuple[str, float]]]:
        """Write out abbreviations that the passages do not have; return others' meanings as additions."""
        meant: list[tuple[str, float]] = []

        def compound(match: re.Match[str]) -> str:
            meanings = self._meanings.get(_key(match.group()))
            return meanings[0] if meanings else match.group()

        text = _COMPOUND.sub(compound, query)
        spelled = []
        for word in words(text):
            meanings = self._meanings.get(_key(word), [])
            if not meanings:
                spelled.append(word)
                continue
            units = query_units([word])
            if index.frequencies(units.folded)[0] == 0:
                spelled.append(meanings[0])
                meanings = meanings[1:]
            else:
                spelled.append(word)
            meant += [(meaning, ABBREVIATION_WEIGHT / len(meanings)) for meaning in meanings]
        return " ".join(spelled), meant

    def _official_words(self, listed: Sequence[str], types_marks: bool) -> Iterable[tuple[str, float]]:
        held = list(listed) if types_marks else [folded(word) for word in listed]
        places: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(held):
            places[word].append(place)
        candidates = Counter(number for word in places for number in self._holding.get(word, ()))
        best: dict[int, float] = {}
        for number, shared in candidates.items():
            wording = self._wordings[number]
            if shared * 2 < len(wording.words):
                continue
            share = self._share(wording, places, types_marks)
            if share >= RECOGNISED_FROM:
                best[wording.concept] = max(best.get(wording.concept, 0.0), share)
        for concept, share in best.items():
            for phrase in self._concepts[concept]:
                yield phrase, CONCEPT_WEIGHT * share

    def _share(self, wording: _Wording, places: Mapping[str, list[int]], types_marks: bool) -> float:
        found, total = 0.0, 0.0
        spots: list[int] = []
        for word in wording.words:
            rarity = self._rarity[word]
            total += rarity
            where = places.get(word if types_marks else folded(word))
            if where:
                found += rarity
                spots.append(min(where, key=lambda place: abs(place - spots[-1]) if spots else place))
        if not spots or max(spots) - min(spots) > len(wording.words) + SLACK:
            return 0.0
        return found / total


def lexicon_entries(lexicon: Mapping[str, Any]) -> Iterable[tuple[tuple[str, ...], list[str]]]:
    """Yield each concept: its official wordings and its lay ones."""
    for group in lexicon.values():
        if isinstance(group, Mapping):
            for official, wordings in group.items():
                yield tuple(official.split(" / ")), list(wordings)


@cache
def _shipped_list(name: str) -> dict[str, Any]:
    return tomllib.loads((files("config") / name).read_text("utf-8"))


def read_word_list(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Return a shipped word list, each of its tables extended by the file of the same name in folder."""
    merged = {key: dict(table) if isinstance(table, dict) else table for key, table in _shipped_list(name).items()}
    own = folder / name if folder else None
    if own and own.is_file():
        for key, table in tomllib.loads(own.read_text("utf-8")).items():
            held = merged.get(key)
            merged[key] = held | table if isinstance(held, dict) and isinstance(table, dict) else table
    return merged


def _key(short: str) -> str:
    return "".join(letter for letter in folded(short) if letter.isalnum())
