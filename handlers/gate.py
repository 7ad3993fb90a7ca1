"""The safety gate: decides whether a message is a cry for help, before anything else reads it. Pure; keeps nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from handlers.gate_lexicon import Rule, load_lexicon
from handlers.gate_model import KINDS, features, load_model
from handlers.gate_screen import is_office_talk
from handlers.gate_text import Words, typed_without_marks
from knowledge.vietnamese import fold


class Action(StrEnum):
    """What the person is to get: the card, a neutral safety line after the answer, or nothing."""

    CARD = "card"
    LINE = "line"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision on a message.

    `calm`: no hint of distress so far; `aside`: cannot even be one piece of a plea told in several messages.
    """

    action: Action
    kind: str = "none"
    urgency: str = "none"
    signals: frozenset[str] = frozenset()
    also_question: bool = False
    calm: bool = False
    aside: bool = False


class Reading(NamedTuple):
    """A message as analysed: words, concepts, concepts under any diacritics (hints), rules met, hashed features."""

    words: Words
    concepts: frozenset[str]
    hints: frozenset[str]
    rules: Sequence[Rule]
    features: Set[int]
    foreign: bool


NOTHING, HARDLY = Verdict(action=Action.NONE, calm=True), Verdict(action=Action.NONE)
ASIDE = replace(NOTHING, aside=True)
_SPOKEN, _UNSPOKEN, _USUAL = (0.39, 0.135), (0.57, 0.3), (0.5, 0.2)
"""Thresholds (card, line) of the distress probability: with words of danger, without, about an ordinary matter."""
_CARD_NOBODY = 0.85
"""Card threshold when neither danger nor a person is named; pleas may leave the subject out, so it is below 1."""
_INFO, _INFO_BARE, _NOW = 0.15, 0.35, 0.35
"""Thresholds: a question about rights, the same without any harm named, immediate danger."""
_FIRM_CARD, _FIRM_LINE = 0.2, 0.03
"""Thresholds (card, line) when a firm rule is met; below them the words probably mean others without diacritics."""
_SURE = 0.85
_TRACE, _TRACE_TOGETHER = 0.005, 0.01
"""Below these a message, or several read together, are calm; a further calm message needs no joint reading."""
PIECE = 400
"""The most letters of a message that are read together with others."""
_ASIDE, _ASIDE_WORDS = 0.001, 6
"""Below this probability a message of so many words is an aside."""
_MAYBE = 0.05
_LONG, _WINDOW = 60, 40
_SENTENCE, _ENDS = re.compile(r"[.!?\n;]+"), " .!?\n;"


def read_message(text: str) -> Reading:
    """Return the words, concepts, rules and features of a message."""
    return _read_words(load_lexicon().spelling.read(text))


def read_alone(text: str) -> tuple[Verdict, float]:
    """Return the verdict on a message by itself and its distress probability, 0 where the first stage settles it."""
    return (NOTHING, 0.0) if is_office_talk(text) else judge_whole(text)


def judge(
    text: str, recent: Sequence[str] = (), *, calm: bool = False, alone: tuple[Verdict, float] | None = None
) -> Verdict:
    """Return the verdict on a message, read alone and together with the writer's recent ones (oldest first).

    `calm`: the recent ones were calm together, so that with another calm one they need no joint reading. `alone`: what
    `read_alone` says of the message, if known.
    """
    verdict, chance = alone or read_alone(text)
    if verdict.calm and chance < _ASIDE and len(text.split()) >= _ASIDE_WORDS:
        return ASIDE
    if not recent or verdict.action is Action.CARD:
        return verdict
    if calm and verdict.calm:
        return verdict
    # Sentences judged before need no second look, unless this message may continue a plea.
    pieces = [*(bubble[-PIECE:] for bubble in recent), text[:PIECE]]
    read = frozenset(piece.strip(_ENDS) for piece in pieces) if chance < _SPOKEN[1] else frozenset()
    together, joint = judge_whole(". ".join(pieces), read)
    verdict = replace(verdict, calm=verdict.action is together.action is Action.NONE and joint < _TRACE_TOGETHER)
    if together.action is not Action.CARD:
        return verdict
    before, _ = judge_whole(". ".join(pieces[:-1]))
    completes = before.action is not Action.CARD and joint >= _SURE and verdict.urgency != "info"
    continues = before.action is Action.CARD and chance >= _SPOKEN[1]
    return replace(together, also_question=False) if completes or continues else verdict


def judge_whole(text: str, read: Set[str] = frozenset()) -> tuple[Verdict, float]:
    """Return the verdict on a text and its distress probability; a long text is also read in parts, except `read`."""
    if len(text) < _LONG and fold(text.strip(" .!?")) in load_lexicon().commands:
        return NOTHING, 0.0
    reading = read_message(text)
    verdict, chance = _decide(reading)
    if verdict.action is Action.CARD or not reading.hints & load_lexicon().groups["danger"]:
        return verdict, chance
    for part in _parts(text, reading, read):
        inside, inner = _decide(part)
        if inner >= _SURE and part.concepts & load_lexicon().groups["danger"] and inside.action is Action.CARD:
            return replace(inside, also_question=True), inner
    return verdict, chance


def _decide(reading: Reading) -> tuple[Verdict, float]:
    """Return the verdict on a reading and its distress probability; most need only two of the model's heads."""
    concepts, model = reading.concepts, load_model()
    distress, info = model.likely(reading.features)
    firm = any(rule.firm for rule in reading.rules) and "story" not in concepts
    card_bar, line_bar = _bars(concepts)
    maybe = distress >= line_bar or (firm and distress >= _FIRM_LINE)
    speaks = bool(concepts & load_lexicon().groups["danger"])
    asks = speaks and info >= (_INFO if concepts & load_lexicon().groups["harm"] else _INFO_BARE)
    if not (asks or maybe or reading.foreign):
        return (NOTHING if distress < _TRACE else HARDLY), distress
    sure = (distress >= card_bar or (firm and distress >= _FIRM_CARD)) and distress >= info
    chances = model.chances(reading.features)
    kind = max(KINDS, key=lambda name: chances[name])
    signals = _signals(reading, chances, kind)
    if sure:
        urgency = "immediate" if kind == "suicidal" or chances["immediate"] >= _NOW else "soon"
        also = "asks" in signals and bool(concepts & {"doc", "admin"})
        return Verdict(action=Action.CARD, kind=kind, urgency=urgency, signals=signals, also_question=also), distress
    if asks or maybe:
        urgency = "info" if asks else "soon"
        return Verdict(action=Action.LINE, kind=kind, urgency=urgency, signals=signals), distress
    return (Verdict(action=Action.LINE, signals=signals) if "foreign" in signals else HARDLY), distress


def _bars(concepts: frozenset[str]) -> tuple[float, float]:
    """Return the card and line thresholds for a message with these concepts."""
    groups = load_lexicon().groups
    if concepts & groups["ordinary"] and not concepts & (groups["danger"] - groups["mood"]):
        return _USUAL
    if concepts & groups["danger"]:
        return _SPOKEN
    return (_UNSPOKEN[0] if concepts & groups["people"] else _CARD_NOBODY), _UNSPOKEN[1]


def _signals(reading: Reading, chances: Mapping[str, float], kind: str) -> frozenset[str]:
    """Return what else, besides the kind, shapes the card."""
    concepts = reading.concepts
    signals = set(concepts & {"severe", "abroad", "deaf", "confine", "fire", "minority"})
    if "question" in concepts:
        signals.add("asks")
    of_others = concepts & {"victim3", "ward", "family", "partner"} and all(r.kind != "suicidal" for r in reading.rules)
    if (kind == "child" and "ward" in concepts) or (kind == "suicidal" and of_others):
        signals.add("other_voice")
    for other in ("child", "trafficking", "suicidal"):
        if chances[other] >= _MAYBE or concepts & load_lexicon().groups[other]:
            signals.add(f"maybe_{other}")
    if reading.foreign:
        signals.add("english" if "english" in concepts else "foreign")
    return frozenset(signals)


def _parts(text: str, whole: Reading, read: Set[str]) -> Iterator[Reading]:
    """Yield readings of each sentence, and of overlapping windows of a very long message."""
    sentences = [part for part in _SENTENCE.split(text) if len(part.split()) >= 3]
    if len(sentences) > 1:
        yield from (read_message(sentence) for sentence in sentences if sentence.strip() not in read)
    if len(whole.words.forms) > _LONG:
        for start in range(0, len(whole.words.forms), _WINDOW // 2):
            yield _read_words(whole.words.part(start, start + _WINDOW))


def _read_words(words: Words) -> Reading:
    lexicon = load_lexicon()
    foreign = lexicon.spelling.is_foreign(words)
    if foreign:
        words = words._replace(guesses={})
    strict, loose = lexicon.tags(words)
    if foreign:
        loose = strict
    tags = loose if typed_without_marks(words) else strict
    concepts, hints = frozenset([tag.concept for tag in tags]), frozenset([tag.concept for tag in loose])
    rules = lexicon.hits(tags, concepts)
    return Reading(words, concepts, hints, rules, features(words, tags, hints, rules), foreign)
