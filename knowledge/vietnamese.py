"""Vietnamese letters: one normal form for storing, one folded form for comparing."""

import re
import unicodedata

_STROKE = str.maketrans("đĐ", "dD")
_OLD_LETTERS = str.maketrans("ƣƢ", "ưƯ")
_SYLLABLE = re.compile(r"[^\W_]+")


def normalise(text: str) -> str:
    """Return NFC text with the mis-encoded letters of old fonts repaired, for understanding only."""
    return unicodedata.normalize("NFC", text).translate(_OLD_LETTERS)


def fold(text: str) -> str:
    """Return text in lower case without any mark, so that "Phòng Tư pháp" equals "phong tu phap"."""
    decomposed = unicodedata.normalize("NFD", normalise(text).translate(_STROKE))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def syllables(text: str) -> list[str]:
    """Return the lower-case syllables and numbers of text, marks kept."""
    return _SYLLABLE.findall(unicodedata.normalize("NFC", text).lower())
