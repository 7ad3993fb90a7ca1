"""Concepts of danger found in a message, and the shapes they make: the recall-first half of the gate."""

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from handlers.gate_text import Spelling, Word, fold_word

_REACH = 5
"""Words that may stand between two neighbouring parts of a shape."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A concept that covers the words start..end."""

    concept: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Shapes (concepts in order) that speak for one kind of danger; a firm one no context may veto."""

    kind: str
    urgency: str
    firm: bool
    shapes: tuple[tuple[str, ...], ...]


class Lexicon:
    """The concepts of config/danger.toml, matched by the longest phrase, with marks or without."""

    def __init__(self, source: dict[str, object]) -> None:
        concepts: dict[str, str] = source["concepts"]  # type: ignore[assignment]  # shape checked by the tests
        self._phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]] = defaultdict(list)
        vocabulary: set[str] = set()
        for concept, listed in concepts.items():
            for phrase in {part.strip() for part in listed.replace("\n", " ").split(",")} - {""}:
                words = tuple(phrase.split())
                vocabulary.update(words)
                folded = tuple(fold_word(word) for word in words)
                self._phrases[folded[0]].append((words, folded, concept))
        for entries in self._phrases.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        spelling: dict[str, str] = source["spelling"]  # type: ignore[assignment]  # shape checked by the tests
        slang: dict[str, str] = source["slang"]  # type: ignore[assignment]  # shape checked by the tests
        self.spelling = Spelling(slang, spelling["onsets"], spelling["rhymes"], vocabulary)
        rules: list[dict[str, object]] = source["rules"]  # type: ignore[assignment]  # shape checked by the tests
        self.rules = tuple(_read_rule(rule) for rule in rules)

    def tags(self, words: Sequence[Word], *, loose: bool) -> list[Tag]:
        """Return the concepts in order; loose lets a word match whatever marks it carries or lacks."""
        found: list[Tag] = []
        covered = 0
        for start, word in enumerate(words):
            longest = 0
            for first in (word.folded, *word.guesses):
                for phrase, folded, concept in self._phrases.get(first, ()):
                    if len(phrase) < longest or start + len(phrase) > len(words):
                        continue
                    if start + len(phrase) <= covered:
                        continue
                    if _matches(words[start : start + len(phrase)], phrase, folded, loose):
                        tag = Tag(concept, start, start + len(phrase))
                        if tag not in found:
                            found.append(tag)
                        longest = len(phrase)
            covered = max(covered, start + longest)
        return found

    def hits(self, tags: Sequence[Tag]) -> list[Rule]:
        """Return the rules of which at least one shape stands in the tags."""
        return [rule for rule in self.rules if any(_has_shape(tags, shape) for shape in rule.shapes)]


@cache
def load_lexicon() -> Lexicon:
    """Read config/danger.toml once."""
    return Lexicon(tomllib.loads((files("config") / "danger.toml").read_text("utf-8")))


def _matches(words: Sequence[Word], phrase: tuple[str, ...], folded: tuple[str, ...], loose: bool) -> bool:
    for word, marked, plain in zip(words, phrase, folded, strict=True):
        if word.form == marked or plain in word.guesses:
            continue
        if not (loose and word.folded == plain):
            return False
    return True


def _has_shape(tags: Sequence[Tag], shape: tuple[str, ...]) -> bool:
    ends = {tag.end for tag in tags if tag.concept == shape[0]}
    for concept in shape[1:]:
        ends = {
            tag.end for tag in tags if tag.concept == concept and any(0 <= tag.start - end <= _REACH for end in ends)
        }
    return bool(ends)


def _read_rule(source: dict[str, object]) -> Rule:
    shapes: list[str] = source["shapes"]  # type: ignore[assignment]  # shape checked by the tests
    return Rule(
        str(source["kind"]),
        str(source["urgency"]),
        bool(source.get("firm")),
        tuple(tuple(shape.split()) for shape in shapes),
    )
