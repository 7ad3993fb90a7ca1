"""Normalises the words of a message: diacritics, slang, dialect, typing slips, censored and spelt-out letters."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from knowledge.vietnamese import fold, is_one_slip, normalise

_INVISIBLE = re.compile("[\u0300-\u036f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\u00ad\U000e0000-\U000e007f]")
TOKEN = re.compile(r"[^\W_]+(?:[*@][^\W_]+)*|[\U0001f198\U0001f52a\U0001fa78]")
"""A word, or an emoji that is a cry by itself."""
_NO_WORDS = re.compile(r"\b[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2,}\b|\bhttps?://\S+")
"""One-time codes and web addresses: not words of any language."""
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}|([à-ỹ])\2+")
_DOUBLED = re.compile(r"(.)\1")
_SPELT_APART = re.compile(r"(?<!\w)([^\W\d_](?:[.\-*_][^\W\d_])+|[^\W\d_](?: [^\W\d_]){3,})(?!\w)")
_TELEX = (("dd", "d"), ("aa", "a"), ("ee", "e"), ("oo", "o"), ("uow", "uo"), ("w", ""))
_LETTERS = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
_FEW_MARKS = 0.25
"""Below this share of words with diacritics a message counts as typed without them."""


class Words(NamedTuple):
    """Words with diacritics (forms), without (folded), and by index guesses for words that do not exist."""

    forms: Sequence[str]
    folded: Sequence[str]
    guesses: Mapping[int, tuple[str, ...]]

    def part(self, start: int, end: int) -> "Words":
        """Return the words from start to end."""
        guesses = {place - start: meant for place, meant in self.guesses.items() if start <= place < end}
        return Words(self.forms[start:end], self.folded[start:end], guesses)


class Spelling:
    """Tokenises; expands slang and guesses what misspelt words meant."""

    def __init__(self, slang: Mapping[str, str], onsets: str, rhymes: str, vocabulary: Iterable[str]) -> None:
        self.slang = dict(slang)
        self._meant = {short: meant.split() for short, meant in slang.items()}
        self._syllables = {onset + rhyme for onset in onsets.split(" ") for rhyme in rhymes.split()}
        self._vocabulary = {fold(word) for word in vocabulary}
        self._known = self._syllables | self._vocabulary
        self._plain = {code: plain for code in _LETTERS if len(plain := fold(chr(code))) == 1}
        self._near: dict[str, set[str]] = defaultdict(set)
        for word in self._vocabulary:
            if len(word) > 2:
                for shorter in _without_one(word):
                    self._near[shorter].add(word)

    def read(self, text: str) -> Words:
        """Return the words of text, slang expanded."""
        text = _INVISIBLE.sub("", _NO_WORDS.sub(" ", normalise(text)).lower())
        if _DOUBLED.search(text):
            text = _STRETCHED.sub(r"\1\2", text)
        text = _SPELT_APART.sub(lambda match: re.sub(r"[.\-*_ ]", "", match[1]), text)
        forms = TOKEN.findall(text)
        if not self._meant.keys().isdisjoint(forms):
            forms = [part for form in forms for part in self._meant.get(form) or (form,)]
        folded = " ".join(forms).translate(self._plain).split()
        guesses: dict[int, tuple[str, ...]] = {}
        if not self._known.issuperset(folded):
            for place, plain in enumerate(folded):
                if plain not in self._known and not plain.isdigit() and (meant := self._guesses(plain)):
                    guesses[place] = meant
        return Words(forms, folded, guesses)

    def is_foreign(self, words: Words) -> bool:
        """Return whether most words belong to another language, so that they are not misspelt Vietnamese."""
        both = zip(words.forms, words.folded, strict=True)
        strange = [plain for form, plain in both if form == plain and plain not in self._syllables and plain.isalpha()]
        letters = sum(map(str.isalpha, words.folded)) if strange else 0
        return letters >= 3 and len(strange) > 0.5 * letters

    def _guesses(self, folded: str) -> tuple[str, ...]:
        """Return what a misspelt word may have meant, the likeliest first."""
        guesses = [plain for plain in (_telex(folded), re.sub(r"\d", "", folded)) if plain in self._syllables]
        if 3 <= len(folded) <= 9 and not folded[0].isdigit():
            bare = re.sub(r"[*@]", "", folded)
            shortened = _without_one(bare)
            near = {word for part in (bare, *shortened) for word in self._near.get(part, ())}
            near |= shortened & self._vocabulary
            near = {word for word in near if is_one_slip(bare, word)}
            guesses += sorted(near, key=lambda word: _kinship(bare, word))[:3]
        return tuple(dict.fromkeys(guesses))


def typed_without_marks(words: Words) -> bool:
    """Return whether the message was typed without diacritics."""
    both = zip(words.forms, words.folded, strict=True)
    marked = [form != plain for form, plain in both if len(plain) > 1 and plain.isalpha()]
    return sum(marked) < _FEW_MARKS * len(marked)


def _without_one(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _kinship(typed: str, meant: str) -> tuple[bool, bool, bool, bool, int, str]:
    """Return a sort key: a doubled or swapped letter first, then equal first and last letters, then the longer word."""
    doubled, swapped = _DOUBLED.sub(r"\1", typed) == meant, sorted(typed) == sorted(meant)
    return not doubled, not swapped, typed[0] != meant[0], typed[-1] != meant[-1], -len(meant), meant


def _telex(word: str) -> str:
    for typed, meant in _TELEX:
        word = word.replace(typed, meant)
    return re.sub(r"[sfrxj]$", "", word)
