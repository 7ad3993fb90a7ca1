"""Query expansion: abbreviations, restored diacritics, official synonyms of lay wordings."""

import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.vietnamese import fold, normalise
from retrieval.embeddings import SHIPPED_MODEL
from retrieval.lexical_index import LexicalIndex, WeightedTerms
from retrieval.marks import MarkRestorer
from retrieval.terms import folded, query_units, words

GLOSSARY, LEXICON = "glossary.toml", "lay_lexicon.toml"
CONCEPT_WEIGHT = 0.5
"""How much the official words of a recognised lay wording count beside the question's own words."""
RECOGNISED_FROM = 0.5
"""Share of a wording, by rarity of its words, that the question must hold."""
SLACK = 4
"""Foreign words allowed between the words of a wording."""
ABBREVIATION_WEIGHT = 0.5
RESTORED_SHARE = 0.5
"""How much of a restored syllable's weight goes to its marked form; the rest stays with the form typed."""
UNSURE = 0.5
"""Factor for a synonym that matched only without diacritics."""
_COMPOUND = re.compile(r"\w+(?:[&/.-]\s?\w+)+")


@dataclass(frozen=True, slots=True)
class _Wording:
    words: tuple[str, ...]
    concept: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as understood: text for the vectors, its syllables, those typed where marks were restored."""

    text: str
    words: Sequence[str]
    typed: Sequence[str]
    meant: Sequence[tuple[str, float]]


class Expander:
    """Turns a question into weighted terms; word lists of an office add to those of the repository."""

    def __init__(self, glossary: Mapping[str, Any], lexicon: Mapping[str, Any]) -> None:
        self._meanings: dict[str, list[str]] = defaultdict(list)
        for short, long in glossary.get("abbreviations", {}).items():
            self._meanings[_key(short)] += [long] if isinstance(long, str) else long
        self._fillers = frozenset(lexicon.get("question_words", ()))
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

    @cached_property
    def _marks(self) -> MarkRestorer:
        spoken = [wording.words for wording in self._wordings]
        spoken += [tuple(words(phrase)) for official in self._concepts for phrase in official]
        return MarkRestorer((SHIPPED_MODEL / "features.txt").read_text("utf-8").split("\n"), spoken, self._fillers)

    @classmethod
    def shipped(cls, folder: Path | None = None) -> "Expander":
        """Return the one with the word lists of the repository and those that lie in an office's data folder."""
        return cls(read_word_list(GLOSSARY, folder), read_word_list(LEXICON, folder))

    def read(self, query: str, index: LexicalIndex) -> Reading:
        """Return a question with its abbreviations written out and, where it was typed without marks, with marks."""
        typed, meant = self._spelled_out(query, index)
        text = normalise(query)
        if fold(text) != text.lower():
            return Reading(query, typed, (), meant)
        listed = self._marks.restore(typed, index.frequencies)
        return Reading(" ".join(listed), listed, typed, meant)

    def terms(self, reading: Reading, index: LexicalIndex) -> WeightedTerms:
        """Return the weighted terms of a question: first its own, then those it is taken to mean."""
        listed, typed, meant = reading.words, reading.typed, reading.meant
        units = query_units(listed)
        shares = np.where(index.frequencies(units.marked) > 0, RESTORED_SHARE if typed else 1.0, 0.0)
        own: dict[int, float] = defaultdict(float)
        for marked, plain, share in zip(units.marked.tolist(), units.folded.tolist(), shares.tolist(), strict=True):
            for term, part in ((marked, share), (plain, 1 - share)):
                if part:
                    own[term] += part
        extra: dict[int, float] = {}
        official = [*self._official_words(listed, str)]
        if typed:
            official += [(phrase, UNSURE * weight) for phrase, weight in self._official_words(typed, folded)]
        for phrase, weight in (*meant, *official):
            for term in _phrase_terms(phrase):
                if term not in own:
                    extra[term] = max(extra.get(term, 0.0), weight)
        held = np.fromiter((*own, *extra), dtype=np.uint64, count=len(own) + len(extra))
        weights = np.array([*own.values(), *extra.values()], dtype=np.float32)
        return WeightedTerms(held, weights, len(own))

    def _spelled_out(self, query: str, index: LexicalIndex) -> tuple[list[str], list[tuple[str, float]]]:
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
        return words(" ".join(spelled)), meant

    def _official_words(self, listed: Sequence[str], form: Callable[[str], str]) -> Iterable[tuple[str, float]]:
        """Yield official words for the lay wordings in a question, `form` being how it writes a syllable."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(listed):
            places[word].append(place)
        candidates = Counter(number for word in places for number in self._holding.get(word, ()))
        best: dict[int, float] = {}
        for number, shared in candidates.items():
            wording = self._wordings[number]
            if shared * 2 >= len(wording.words):
                best[wording.concept] = max(best.get(wording.concept, 0.0), self._share(wording, places, form))
        for concept, share in best.items():
            if share >= RECOGNISED_FROM:
                for phrase in self._concepts[concept]:
                    yield phrase, CONCEPT_WEIGHT * share

    def _share(self, wording: _Wording, places: Mapping[str, list[int]], form: Callable[[str], str]) -> float:
        found, total = 0.0, 0.0
        spots: list[int] = []
        for word in wording.words:
            rarity = self._rarity[word]
            total += rarity
            where = places.get(form(word))
            if where:
                found += rarity
                spots.append(min(where, key=lambda place: abs(place - spots[-1]) if spots else place))
        if not spots or max(spots) - min(spots) > len(wording.words) + SLACK:
            return 0.0
        return found / total


@lru_cache(maxsize=4096)
def _phrase_terms(phrase: str) -> list[int]:
    terms: list[int] = query_units(words(phrase)).marked.tolist()
    return terms


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
