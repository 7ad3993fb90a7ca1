"""Concepts found in a message by phrase matching, and rules over their order: the recall-first half of the gate."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from handlers.gate_text import Spelling, Words
from knowledge.vietnamese import fold

_YOUNG = frozenset({"em", "con", "chau", "be", "no", "minh"})
_COUNTED = frozenset({"ngay", "thang", "tuan", "gio", "phut", "nam", "trieu", "nghin", "lan", "con", "nguoi", "can"})
"""Words after which a bare number is an age, as in "em mới 14", and words that make it a count instead."""
_AGE = re.compile(r"(\d{1,2})(t|tuoi|yo)?")


class Tag(NamedTuple):
    """A concept found at words[start:end]; `same`: written with exactly the phrase's diacritics."""

    concept: str
    start: int
    end: int
    same: bool = True


class Node(NamedTuple):
    """A place in the trie of phrases: the (phrase, concept) pairs that end there, and the words that may follow."""

    endings: list[tuple[str, str]]
    following: dict[str, "Node"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Sequences of concepts, at most `reach` words apart, that indicate a danger; context may not veto a firm rule."""

    kind: str
    urgency: str
    firm: bool
    reach: int
    shapes: tuple[tuple[str, ...], ...]


class Lexicon:
    """The concepts of config/danger.toml, matched by the longest phrase, with marks or without."""

    def __init__(self, source: dict[str, Any]) -> None:
        self._root = Node([], {})
        """A trie of the phrases' words without marks."""
        vocabulary: set[str] = set()
        for concept, listed in source["concepts"].items():
            for phrase in sorted({" ".join(part.split()) for part in listed.split(",")} - {""}):
                words = fold(phrase).split()
                vocabulary.update(words)
                node = self._root
                for word in words:
                    node = node.following.setdefault(word, Node([], {}))
                node.endings.append((phrase, concept))
        self.spelling = Spelling(source["slang"], **source["spelling"], vocabulary=vocabulary)
        self.commands = {fold(word.strip()) for word in source["commands"]["plain"].split(",")}
        self.groups = {name: frozenset(listed.split()) for name, listed in source["groups"].items()}
        self.groups["harm"] = self.groups["danger"] - self.groups["asked"]
        self.rules = tuple(
            Rule(**rule | {"shapes": tuple(tuple(shape.split()) for shape in rule["shapes"])})
            for rule in source["rules"]
        )
        self._shapes: dict[str, list[tuple[int, tuple[str, ...], frozenset[str]]]] = defaultdict(list)
        for number, rule in enumerate(self.rules):
            for shape in rule.shapes:
                self._shapes[shape[0]].append((number, shape, frozenset(shape)))

    def tags(self, words: Words) -> tuple[list[Tag], list[Tag]]:
        """Return the tags in order, twice: exact diacritics only, and diacritics ignored."""
        found: list[Tag] = []
        for start, folded in enumerate(words.folded):
            node = self._root.following.get(folded)
            if start in words.guesses or (words.guesses and node):
                found += self._guessed_at(words, start)
            elif node:
                found += _tags_at(node, words, start)
        ages = _ages(words.folded)
        same = [tag for tag in found if tag.same]
        strict = _chosen(same, ages)
        return strict, strict if len(same) == len(found) else _chosen(found, ages)

    def phrases_of(self, concepts: Set[str]) -> set[str]:
        """Return the phrases that name these concepts."""
        nodes, named = [self._root], set[str]()
        for node in nodes:
            named.update(phrase for phrase, concept in node.endings if concept in concepts)
            nodes.extend(node.following.values())
        return named

    def hits(self, tags: Sequence[Tag], concepts: Set[str]) -> list[Rule]:
        """Return the rules met by the tags; `concepts` are the tags' concepts."""
        possible = [
            (number, shape)
            for concept in concepts
            for number, shape, needed in self._shapes.get(concept, ())
            if needed <= concepts
        ]
        met = {number for number, shape in possible if _has_shape(tags, shape, self.rules[number].reach)}
        return [self.rules[number] for number in sorted(met)]

    def _guessed_at(self, words: Words, start: int) -> list[Tag]:
        """Return the same where a word may stand for any of its guesses."""
        nodes, found = [self._root], list[Tag]()
        for place in range(start, len(words.folded)):
            names = (words.folded[place], *words.guesses.get(place, ()))
            nodes = [further for name in names for node in nodes if (further := node.following.get(name))]
            if not nodes:
                break
            for node in nodes:
                for phrase, concept in node.endings:
                    same = all(
                        form == marked or fold(marked) in words.guesses.get(start + offset, ())
                        for offset, (form, marked) in enumerate(zip(words.forms[start:], phrase.split(), strict=False))
                    )
                    found.append(Tag(concept, start, place + 1, same))
        return found[::-1]


@cache
def load_lexicon() -> Lexicon:
    """Read config/danger.toml once."""
    return Lexicon(tomllib.loads((files("config") / "danger.toml").read_text("utf-8")))


def _tags_at(node: Node, words: Words, start: int) -> list[Tag]:
    """Return the tags of phrases that begin at a word, whose place in the trie is node, the longest first."""
    folded, found, end = words.folded, list[Tag](), start + 1
    while True:
        if node.endings:
            said = " ".join(words.forms[start:end])
            found += [Tag(concept, start, end, said == phrase) for phrase, concept in node.endings]
        further = node.following.get(folded[end]) if end < len(folded) else None
        if further is None:
            return found[::-1]
        node, end = further, end + 1


def _chosen(found: Sequence[Tag], ages: list[Tag]) -> list[Tag]:
    """Return the tags to keep: none inside a calm phrase, no calm phrase inside another one, no concept twice."""
    tags: list[Tag] = []
    seen: set[str] = set()
    covered = calm = 0
    for tag in found:
        concept, start, end, _ = tag
        if end <= calm or (end <= covered and concept == "calm"):
            continue
        if concept in seen and any(
            other.concept == concept and other.start <= start and end <= other.end for other in tags[-8:]
        ):
            continue
        seen.add(concept)
        tags.append(tag)
        covered = max(covered, end)
        if concept == "calm" and end > calm:
            calm = end
    return sorted([*tags, *ages], key=lambda tag: tag.start) if ages else tags


def _ages(folded: Sequence[str]) -> list[Tag]:
    """Return tags for ages and school classes: "minor" below eighteen, else "adult"."""
    tags = []
    for place in [place for place, word in enumerate(folded) if word[0].isdigit()]:
        age = _AGE.fullmatch(folded[place])
        if age is None:
            continue
        following = folded[place + 1] if place + 1 < len(folded) else ""
        before = folded[place - 1] if place else ""
        bare = before == "moi" and place > 1 and folded[place - 2] in _YOUNG and following not in _COUNTED
        if age[2] or following == "tuoi" or (before == "lop" and int(age[1]) <= 12) or bare:
            tags.append(Tag("minor" if int(age[1]) < 18 else "adult", place, place + 1))
    return tags


def _has_shape(tags: Sequence[Tag], shape: tuple[str, ...], reach: int) -> bool:
    ends = {tag.end for tag in tags if tag.concept == shape[0]}
    for concept in shape[1:]:
        later = [tag for tag in tags if tag.concept == concept]
        ends = {tag.end for tag in later if any(0 <= tag.start - end <= reach for end in ends)}
    return bool(ends)
