"""The safety gate: decides what a message is before anything else reads it. Pure, local, nothing kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.gate_lexicon import Rule, Tag, load_lexicon
from handlers.gate_model import KINDS, features, load_model
from handlers.gate_text import Word, typed_without_marks


class Action(StrEnum):
    """What the gate asks for."""

    CARD = "card"
    LINE = "line"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate decided; `spread` says that earlier messages were needed to see it."""

    action: Action
    kind: str = "none"
    urgency: str = "none"
    signals: frozenset[str] = frozenset()
    also_question: bool = False
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as the gate sees it."""

    words: tuple[Word, ...]
    tags: tuple[Tag, ...]
    rules: tuple[Rule, ...]
    features: tuple[int, ...]


NOTHING = Verdict(action=Action.NONE)


def read_message(text: str) -> Reading:
    """Return the words, concepts, rules and features of a message."""
    lexicon = load_lexicon()
    words = lexicon.spelling.read(text)
    strict = lexicon.tags(words, loose=False)
    loose = lexicon.tags(words, loose=True)
    tags = loose if typed_without_marks(words) else strict
    rules = lexicon.hits(tags)
    names = [f"{rule.kind} {rule.urgency}" for rule in rules]
    return Reading(tuple(words), tuple(tags), tuple(rules), tuple(features(words, strict, loose, names)))


def judge(text: str, recent: Sequence[str] = ()) -> Verdict:
    """Return what to do about a message, alone and read together with the writer's last ones, oldest first."""
    reading = read_message(text)
    chances = load_model().probabilities(reading.features)
    kind = max(KINDS, key=lambda name: chances[name])
    signals = frozenset(tag.concept for tag in reading.tags)
    if chances["distress"] >= 0.5:
        urgency = "immediate" if chances["immediate"] >= 0.4 else "soon"
        return Verdict(action=Action.CARD, kind=kind, urgency=urgency, signals=signals)
    if chances["info"] >= 0.4:
        return Verdict(action=Action.LINE, kind=kind, urgency="info", signals=signals)
    if chances["distress"] >= 0.2:
        return Verdict(action=Action.LINE, kind=kind, urgency="soon", signals=signals)
    return NOTHING
