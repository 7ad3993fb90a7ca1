"""Concepts of danger found in a message, and the shapes they make: the recall-first half of the gate."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from handlers.gate_text import Spelling, Word, fold_word

_YOUNG = frozenset({"em", "con", "chau", "be", "no", "minh"})
_COUNTED = frozenset({"ngay", "thang", "tuan", "gio", "phut", "nam", "trieu", "nghin", "lan", "con", "nguoi", "can"})
"""Words after which a bare number is an age, as in "em mới 14", and words that make it a count instead."""
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
        covered = calm = 0
        for start, word in enumerate(words):
            for first in (word.folded, *word.guesses):
                for phrase, folded, concept in self._phrases.get(first, ()):
                    end = start + len(phrase)
                    if end > len(words) or end <= calm or (end <= covered and concept == "calm"):
                        continue
                    if _matches(words[start:end], phrase, folded, loose):
                        _add(found, Tag(concept, start, end))
                        covered = max(covered, end)
                        calm = max(calm, end if concept == "calm" else 0)
        return _with_ages(words, found)

    def hits(self, tags: Sequence[Tag]) -> list[Rule]:
        """Return the rules of which at least one shape stands in the tags."""
        return [rule for rule in self.rules if any(_has_shape(tags, shape, rule.reach) for shape in rule.shapes)]


@cache
def load_lexicon() -> Lexicon:
    """Read config/danger.toml once."""
    return Lexicon(tomllib.loads((files("config") / "danger.toml").read_text("utf-8")))


def _add(found: list[Tag], tag: Tag) -> None:
    """Append a tag unless a longer phrase of the same concept already stands there."""
    if not any(
        other.concept == tag.concept and other.start <= tag.start and tag.end <= other.end for other in found[-8:]
    ):
        found.append(tag)


def _with_ages(words: Sequence[Word], tags: list[Tag]) -> list[Tag]:
    """Return the tags with an age below eighteen and a school class added as minors."""
    for place, word in enumerate(words):
        age = _AGE.fullmatch(word.folded)
        following = words[place + 1].folded if place + 1 < len(words) else ""
        before = words[place - 1].folded if place else ""
        bare = before == "moi" and place > 1 and words[place - 2].folded in _YOUNG and following not in _COUNTED
        said = age and (age[2] or following == "tuoi" or (before == "lop" and int(age[1]) <= 12) or bare)
        if age and said and int(age[1]) < 18:
            tags.append(Tag("minor", place, place + 1))
    return sorted(tags, key=lambda tag: tag.start)


def _matches(words: Sequence[Word], phrase: tuple[str, ...], folded: tuple[str, ...], loose: bool) -> bool:
    for word, marked, plain in zip(words, phrase, folded, strict=True):
        if word.form == marked or plain in word.guesses:
            continue
        if not (loose and word.folded == plain):
            return False
    return True


def _has_shape(tags: Sequence[Tag], shape: tuple[str, ...], reach: int) -> bool:
    ends = {tag.end for tag in tags if tag.concept == shape[0]}
    for concept in shape[1:]:
        ends = {
            tag.end for tag in tags if tag.concept == concept and any(0 <= tag.start - end <= reach for end in ends)
        }
    return bool(ends)


def _read_rule(source: dict[str, object]) -> Rule:
    shapes: list[str] = source["shapes"]  # type: ignore[assignment]  # shape checked by the tests
    return Rule(
        str(source["kind"]),
        str(source["urgency"]),
        bool(source["firm"]),
        int(str(source["reach"])),
        tuple(tuple(shape.split()) for shape in shapes),
    )
