"""Vietnamese letters: one normal form for storing, one folded form for comparing."""

import re
import unicodedata

_LATIN_ENDS = 0x2000
_SYLLABLE = re.compile(r"[^\W_]+")


def normalise(text: str) -> str:
    """Return NFC text with the mis-encoded letters of old fonts repaired, for understanding only."""
    return unicodedata.normalize("NFC", text).replace("ƣ", "ư").replace("Ƣ", "Ư")


class _BareLetters(dict[int, str]):
    """A translation table that learns each letter without its marks; Latin ones are kept, so its size is bounded."""

    def __missing__(self, code: int) -> str:
        letters = unicodedata.normalize("NFD", normalise(chr(code)))
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
        if code < _LATIN_ENDS:
            self[code] = bare
        return bare


_BARE = _BareLetters({ord("đ"): "d", ord("Đ"): "D"})


def fold(text: str) -> str:
    """Return text in lower case without any mark, so that "Phòng Tư pháp" equals "phong tu phap"."""
    return text.translate(_BARE).lower()


def syllables(text: str) -> list[str]:
    """Return the lower-case syllables and numbers of text, marks kept."""
    return _SYLLABLE.findall(unicodedata.normalize("NFC", text).lower())


def is_one_slip(typed: str, meant: str) -> bool:
    """Return whether one letter is missing, added or wrong, or two neighbours changed places."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    start = next((place for place, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), len(typed))
    a, b = typed[start:], meant[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
