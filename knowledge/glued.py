"""Syllables that a font or a converter ran together ("đơnvị", "theoQuyết") set apart for understanding."""

import re
import unicodedata
from functools import lru_cache
from itertools import chain

_WORD = re.compile(r"[^\W\d_]{4,}")
_VOWELS = "aăâeêioôơuưy"
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnprstvx])?"
    rf"(?P<vowels>[{_VOWELS}]{{1,3}})(?P<coda>ng|nh|ch|[cmnpt])?",
)
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_CLOSED_TONES = {"\u0301", "\u0323"}
_STROKE = str.maketrans("đĐ", "dd")


def unglue(text: str, origin: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Return text with a space between run-together syllables, and the origin of each of its letters."""
    cuts = {found.start() + cut for found in _WORD.finditer(text) for cut in cut_word(found[0])}
    if not cuts:
        return text, origin
    apart = "".join(f" {letter}" if place in cuts else letter for place, letter in enumerate(text))
    places = (origin[place - (place in cuts) : place + 1] for place in range(len(text)))
    return apart, tuple(chain.from_iterable(places))


@lru_cache(maxsize=8192)
def cut_word(word: str) -> tuple[int, ...]:
    """Return where a word of two or three Vietnamese syllables is to be cut, nothing for any other word."""
    if word.isascii() or is_syllable(word):
        return ()
    inner = [place for place in range(1, len(word)) if word[place].isupper() and word[place - 1].islower()]
    # A new syllable seldom begins with a vowel, and long ones come first.
    likely = sorted(range(1, len(word)), key=lambda place: (_bare(word[place])[0] in _VOWELS, -place))
    for place in inner or likely:
        rest = word[place:]
        if is_syllable(word[:place]) and (is_syllable(rest) or cut_word(rest)):
            return (place, *(place + cut for cut in cut_word(rest)))
    return ()


def _bare(part: str) -> tuple[str, set[str]]:
    letters = unicodedata.normalize("NFD", part.lower().translate(_STROKE))
    tones = {letter for letter in letters if letter in _TONES}
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES)), tones


def is_syllable(word: str) -> bool:
    """Tell whether a word can be one Vietnamese syllable: one vowel group, one tone, a coda the tone allows."""
    bare, tones = _bare(word)
    found = _SYLLABLE.fullmatch(bare)
    if not found or len(tones) > 1:
        return False
    return found["coda"] not in ("c", "ch", "p", "t") or tones <= _CLOSED_TONES
