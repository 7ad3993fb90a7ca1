"""Our own labelled messages, and the ways people write them: without marks, with slips, in slang."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from handlers.gate_lexicon import load_lexicon
from knowledge.vietnamese import fold

FOLDER = Path(__file__).parent / "messages"
_KEYS = "qwertyuiopasdfghjklzxcvbnm"
_BRIEF = 6
"""Suicidal messages of at most so many words are trained with more slips: one word carries the meaning."""


@dataclass(frozen=True, slots=True)
class Example:
    """One message with what it is."""

    text: str
    kind: str
    urgency: str
    family: str


def read_examples(pattern: str) -> list[Example]:
    """Return the messages of the files that match; a line `= kind urgency note` labels those below it."""
    examples = []
    for path in sorted(FOLDER.glob(pattern)):
        kind = urgency = note = ""
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("= "):
                kind, urgency, *rest = line[2:].split(" ", 2)
                note = rest[0] if rest else ""
            elif line.strip():
                examples.append(Example(line.strip(), kind, urgency, f"{path.stem}/{kind}/{urgency}/{note}"))
    return examples


def without_marks(text: str) -> str:
    """Return the text as typed without Vietnamese marks, capitals kept."""
    return "".join(fold(letter) if letter.islower() else fold(letter).upper() for letter in text)


def with_slip(text: str, chance: random.Random) -> str:
    """Return the text with one slip: a letter lost, doubled, swapped, wrong, or a mark lost."""
    places = [place for place, letter in enumerate(text) if letter.isalpha()]
    if len(places) < 4:
        return text
    place = chance.choice(places)
    letter = text[place]
    way = chance.randrange(5)
    if way == 0:
        return text[:place] + text[place + 1 :]
    if way == 1:
        return text[:place] + letter + text[place:]
    if way == 2 and place + 1 < len(text):
        return text[:place] + text[place + 1] + letter + text[place + 2 :]
    if way == 3:
        return text[:place] + chance.choice(_KEYS) + text[place + 1 :]
    marked = [p for p in places if fold(text[p]) != text[p].lower()] or places
    place = chance.choice(marked)
    return text[:place] + fold(text[place]) + text[place + 1 :]


def with_slang(text: str, chance: random.Random) -> str:
    """Return the text with some words in their short or regional form."""
    short = _short_forms()

    def shorten(match: re.Match[str]) -> str:
        forms = short.get(match[0].lower())
        return chance.choice(forms) if forms and chance.random() < 0.5 else match[0]

    return re.sub(r"[^\W_]+", shorten, text)


def variants(example: Example, seed: int) -> Iterator[Example]:
    """Yield the message as written, without marks, with a slip in either, in slang, and with another slip."""
    chance = random.Random(f"{seed}{example.text}")
    bare = without_marks(example.text)
    slang = with_slang(example.text, chance)
    written = [
        example.text,
        bare,
        with_slip(example.text, chance),
        with_slip(bare, chance),
        slang,
        without_marks(slang),
        with_slip(example.text, chance),
        with_slip(bare, chance),
    ]
    if example.kind == "suicidal" and len(example.text.split()) <= _BRIEF:
        written += [with_slip(way, chance) for way in (example.text, bare) * 4]
    for text in dict.fromkeys(written):
        yield replace(example, text=text)


def _short_forms() -> dict[str, list[str]]:
    forms: dict[str, list[str]] = {}
    for short, meant in load_lexicon().spelling.slang.items():
        if " " not in meant and len(short) <= 5:
            forms.setdefault(meant, []).append(short)
    return forms
