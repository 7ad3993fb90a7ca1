"""Greetings, thanks, calls for help: messages that ask nothing of the documents."""

import re
from functools import cache
from typing import Literal, cast

from knowledge.vietnamese import fold
from retrieval.wording import lexicon

SmallTalk = Literal["greeting", "thanks", "bye", "help", "start", "menu"]
LONGEST = 80
"""Letters beyond which a message is never small talk."""


def read_small_talk(text: str) -> SmallTalk | None:
    """Return what kind of small talk a message is; None for everything that may be a question."""
    if len(text) > LONGEST:
        return None
    words = " ".join(re.findall(r"/?[a-z]+", fold(text)))
    for name, pattern in _patterns():
        if pattern.fullmatch(words) and not (name in ("thanks", "greeting") and "?" in text):
            return name
    return None


def is_english(text: str) -> bool:
    """Tell whether small talk was said in English."""
    return bool(re.search(r"\b(?:hello|hi|hey|thank|thanks|good|who|what|how|are|help|bye|goodbye)\b", text.lower()))


@cache
def _patterns() -> tuple[tuple[SmallTalk, re.Pattern[str]], ...]:
    table = lexicon("small_talk")
    kinds = [name for name in table if name != "tail"]
    return tuple((cast(SmallTalk, name), re.compile(f"(?:{'|'.join(table[name])}){table['tail']}")) for name in kinds)
