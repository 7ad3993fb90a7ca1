"""Detects the language of a message, if need be from earlier ones."""

import re
from collections.abc import Sequence
from functools import cache

from handlers.domain import Turn
from knowledge.vietnamese import fold
from retrieval.small_talk import is_english
from retrieval.wording import is_syllable, lexicon, short_forms

_BORROWED = frozenset({"ok", "oke", "okay", "tks", "thks", "alo", "file", "zalo", "email", "online"})


def spoken_language(text: str, history: Sequence[Turn] = ()) -> str:
    """Return the language of a message, or of the latest earlier one that shows it; Vietnamese by default."""
    said = [text, *(turn.text for turn in reversed(history) if turn.role == "user")]
    return next((told for words in said if (told := _language_of(words))), "vi")


def _language_of(text: str) -> str | None:
    """Compare the numbers of words of each language; commands, names, codes and borrowed words do not count."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"^\s*/.*|<[^>]*>|\S*\d\S*", " ", text))
    plain = [word for word in words if word.islower() and word not in _BORROWED]
    plain += [words[0].lower()] if plain and not words[0].islower() else []
    if len(words) == 1 and is_english(text):
        return "en"
    marked = [word for word in plain if fold(word) != word]
    unmarked = [word for word in plain if fold(word) == word and word not in short_forms()]
    english = [word for word in unmarked if word in _english() or not _is_vietnamese(word)]
    vietnamese = len(marked) + len(unmarked) - len(english)
    if (len(words) == 1 and not marked) or len(english) == vietnamese:
        return None
    return "en" if len(english) > vietnamese else "vi"


def _is_vietnamese(word: str) -> bool:
    """Whether a word without marks can be a syllable, or one with its tone typed as a letter."""
    return is_syllable(word) or (word[-1] in "sfrxj" and is_syllable(word[:-1]))


@cache
def _english() -> frozenset[str]:
    return frozenset(lexicon("words")["english"].split())
