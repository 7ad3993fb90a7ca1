"""The safety gate: decides what a message is before anything else reads it. Pure, local, nothing kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.gate_lexicon import Lexicon, Tag, load_lexicon
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


NOTHING = Verdict(action=Action.NONE)
_PRECEDENCE = (
    "suicidal",
    "trafficking",
    "perpetrator",
    "child",
    "third-party",
    "sexual",
    "online",
    "physical",
    "economic",
    "psychological",
)


def judge(text: str, recent: Sequence[str] = ()) -> Verdict:
    """Return what to do about a message, alone and read together with the writer's last ones, oldest first."""
    verdict = _judge_one(text, load_lexicon())
    if verdict.action is Action.CARD or not recent:
        return verdict
    return verdict


def _judge_one(text: str, lexicon: Lexicon) -> Verdict:
    words = lexicon.spelling.read(text)
    tags = lexicon.tags(words, loose=typed_without_marks(words))
    rules = lexicon.hits(tags)
    if not rules:
        return NOTHING
    kind = min((rule.kind for rule in rules), key=_PRECEDENCE.index)
    urgent = any(rule.urgency == "immediate" for rule in rules)
    return Verdict(
        action=Action.CARD, kind=kind, urgency="immediate" if urgent else "soon", signals=_signals(tags, words)
    )


def _signals(tags: Sequence[Tag], words: Sequence[Word]) -> frozenset[str]:
    return frozenset(tag.concept for tag in tags)
