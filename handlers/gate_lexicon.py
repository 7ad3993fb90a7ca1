"""Concepts of danger found in a message, and the shapes they make: the recall-first half of the gate."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from handlers.gate_text import Spelling, Word, fold_word

_YOUNG = frozenset({"em", "con", "chau", "be", "no", "minh"})
_COUNTED = frozenset({"ngay", "thang", "tuan", "gio", "phut", "nam", "trieu", "nghin", "lan", "con", "nguoi", "can"})
"""Words after which a bare number is an age, as in "em mới 14", and words that make it a count instead."""
_LONGEST = 12
_AGE = re.compile(r"(\d{1,2})(t|tuoi|yo)?")


@dataclass(frozen=True, slots=True)
class Tag:
    """A concept that covers the words start..end."""

    concept: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Shapes (concepts in order, `reach` words apart) that speak for one danger; a firm one no context may veto."""

    kind: str
    urgency: str
    firm: bool
    reach: int
    shapes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Node:
    """A place in the tree of phrases: the words that may follow, and the phrases that end here with their concepts."""

    following: dict[str, "_Node"] = field(default_factory=dict)
    phrases: list[tuple[tuple[str, ...], str]] = field(default_factory=list)


_Found = tuple[int, int, str, bool]
"""Where a phrase starts and ends, its concept, and whether it stands there with the same marks."""


class Lexicon:
    """The concepts of config/danger.toml, matched by the longest phrase, with marks or without."""

    def __init__(self, source: dict[str, Any]) -> None:
        self._tree = _Node()
        vocabulary: set[str] = set()
        for concept, listed in source["concepts"].items():
            for phrase in sorted({part.strip() for part in listed.replace("\n", " ").split(",")} - {""}):
                words = tuple(phrase.split())
                vocabulary.update(words)
                node = self._tree
                for word in words:
                    node = node.following.setdefault(fold_word(word), _Node())
                node.phrases.append((words, concept))
        self.spelling = Spelling(source["slang"], **source["spelling"], vocabulary=vocabulary)
        self.commands = {fold_word(word.strip()) for word in source["commands"]["plain"].split(",")}
        self.groups = {name: frozenset(listed.split()) for name, listed in source["groups"].items()}
        self.rules = tuple(
            Rule(rule["kind"], rule["urgency"], rule["firm"], rule["reach"], tuple(map(_as_shape, rule["shapes"])))
            for rule in source["rules"]
        )
        self._shapes: dict[str, list[tuple[int, tuple[str, ...], frozenset[str]]]] = defaultdict(list)
        for number, rule in enumerate(self.rules):
            for shape in rule.shapes:
                self._shapes[shape[0]].append((number, shape, frozenset(shape)))

    def tags(self, words: Sequence[Word]) -> tuple[list[Tag], list[Tag]]:
        """Return the concepts in order, twice: as written, and with every word free to lack or carry any mark."""
        forms = tuple(word.form for word in words)
        found: list[_Found] = []
        for start, word in enumerate(words):
            if word.folded in self._tree.following or word.guesses:
                found += self._at(words, forms, start)
        ages = _ages(words)
        strict = _chosen([entry for entry in found if entry[3]], ages)
        return strict, strict if all(entry[3] for entry in found) else _chosen(found, ages)

    def hits(self, tags: Sequence[Tag]) -> list[Rule]:
        """Return the rules of which at least one shape stands in the tags."""
        places: dict[str, list[Tag]] = defaultdict(list)
        for tag in tags:
            places[tag.concept].append(tag)
        concepts = places.keys()
        met = {
            number
            for concept in concepts
            for number, shape, needed in self._shapes.get(concept, ())
            if needed <= concepts and _has_shape(places, shape, self.rules[number].reach)
        }
        return [self.rules[number] for number in sorted(met)]

    def _at(self, words: Sequence[Word], forms: tuple[str, ...], start: int) -> list[_Found]:
        """Return the phrases that begin at a word, the longest first, and whether they stand as written."""
        nodes, found = [self._tree], []
        for end, word in enumerate(words[start : start + _LONGEST], start + 1):
            names = (word.folded, *word.guesses) if word.guesses else (word.folded,)
            nodes = [node.following[name] for name in names for node in nodes if name in node.following]
            if not nodes:
                break
            for node in nodes:
                for phrase, concept in node.phrases:
                    same = forms[start:end] == phrase or all(map(_stands_for, words[start:end], phrase))
                    found.append((start, end, concept, same))
        return found[::-1]


@cache
def load_lexicon() -> Lexicon:
    """Read config/danger.toml once."""
    return Lexicon(tomllib.loads((files("config") / "danger.toml").read_text("utf-8")))


def _chosen(found: Sequence[_Found], ages: list[Tag]) -> list[Tag]:
    """Return the tags that stand: nothing inside a calm phrase, no calm phrase inside another, no concept twice."""
    tags: list[Tag] = []
    covered = calm = 0
    for start, end, concept, _ in found:
        if end <= calm or (end <= covered and concept == "calm"):
            continue
        if any(tag.concept == concept and tag.start <= start and end <= tag.end for tag in tags[-8:]):
            continue
        tags.append(Tag(concept, start, end))
        covered = max(covered, end)
        calm = max(calm, end if concept == "calm" else 0)
    return sorted([*tags, *ages], key=lambda tag: tag.start) if ages else tags


def _ages(words: Sequence[Word]) -> list[Tag]:
    """Return an age below eighteen or a school class as minors, a higher age as a grown person's."""
    tags = []
    for place, word in enumerate(words):
        age = _AGE.fullmatch(word.folded) if word.folded[0].isdigit() else None
        if age is None:
            continue
        following = words[place + 1].folded if place + 1 < len(words) else ""
        before = words[place - 1].folded if place else ""
        bare = before == "moi" and place > 1 and words[place - 2].folded in _YOUNG and following not in _COUNTED
        if age[2] or following == "tuoi" or (before == "lop" and int(age[1]) <= 12) or bare:
            tags.append(Tag("minor" if int(age[1]) < 18 else "adult", place, place + 1))
    return tags


def _stands_for(word: Word, marked: str) -> bool:
    return word.form == marked or (bool(word.guesses) and fold_word(marked) in word.guesses)


def _has_shape(places: Mapping[str, Sequence[Tag]], shape: tuple[str, ...], reach: int) -> bool:
    ends = {tag.end for tag in places[shape[0]]}
    for concept in shape[1:]:
        ends = {tag.end for tag in places[concept] if any(0 <= tag.start - end <= reach for end in ends)}
    return bool(ends)


def _as_shape(written: str) -> tuple[str, ...]:
    return tuple(written.split())
