"""The words that names of public bodies are made of, and texts cut into such words."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, pairwise
from typing import Any

from knowledge.vietnamese import fold, is_one_slip, normalise

AND = "va"
JOINING = frozenset((AND, "cua", "thuoc", "cac", "hoac", "voi", "tai"))
_ALL = "cac"
_WHOLE = frozenset(("toan", "tat"))
_WORD = re.compile(r"[^\W_]+")
_TIGHT = ("", "-", "–", "&")
_KNOWN_HEADS = ("phòng", "đoàn")
"""Heads of one syllable, long enough to be known by all letters but one."""
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True, slots=True)
class Word:
    """A syllable of a text: `plain` without marks, `key` with its tone mark last (`plain` in a text without marks)."""

    key: str
    plain: str
    start: int
    end: int
    capital: bool
    gap: str


_SORTS = {"body": "bodies", "head": "heads", "field": "fields", "level": "levels", "plural": "groups"}
"""The sorts of words a name is made of; where two share a word, the first counts."""


class Lexicon:
    """The word lists of lexicon/agencies.toml as syllable sequences, matched with marks or without."""

    def __init__(self, *, is_marked: bool) -> None:
        """Read the word lists."""
        spell = toned if is_marked else fold
        raw: dict[str, Any] = tomllib.loads((files("knowledge") / "lexicon" / "agencies.toml").read_text("utf-8"))
        self.raw = raw
        self.field_names: set[str] = {*chain(*raw["families"]), *raw["fields"]}
        self.level_of = {word: level for level, words in raw["levels"].items() for word in words}
        lists = raw | {"fields": self.field_names, "levels": self.level_of}
        flat = (name for name, words in lists.items() if all(isinstance(word, str) for word in words))
        self.phrases = {name: Phrases(lists[name], spell) for name in flat}
        sorts = [(word, sort) for sort, name in _SORTS.items() for word in lists[name] if word not in raw["aliases"]]
        self.sort_of, self.words = dict(reversed(sorts)), Phrases(dict(sorts), spell)
        shorts: dict[str, str] = {re.sub(r"\W", "", short): long for short, long in raw["abbreviations"].items()}
        self.abbreviations = shorts if is_marked else {fold(short).upper(): long for short, long in shorts.items()}
        self.families = tuple(frozenset(family) for family in raw["families"])
        self.comma_families = tuple(frozenset(family) for family in raw["comma_families"])


@dataclass(frozen=True, slots=True)
class _Entry:
    """A phrase: its syllables as they are matched, and the signs that may stand before each."""

    keys: tuple[str, ...]
    signs: tuple[str, ...]
    phrase: str


class Phrases:
    """Phrases by their first two syllables; the longest one that stands at a place wins."""

    def __init__(self, phrases: Iterable[str], spell: Callable[[str], str]) -> None:
        """Index the phrases, given in lower case with marks, as spell writes their syllables."""
        self._by_syllable: dict[tuple[int, str], list[_Entry]] = {}
        self._known_heads: list[_Entry] = []
        for phrase in sorted(phrases, key=lambda phrase: -phrase.count(" ")):
            spots = list(_WORD.finditer(phrase))
            signs = tuple(phrase[: spot.start()].rstrip()[-1:] for spot in spots)
            entry = _Entry(tuple(spell(spot[0]) for spot in spots), signs, phrase)
            self._known_heads += [entry] if phrase in _KNOWN_HEADS else []
            for order, key in enumerate(entry.keys[:2]):
                self._by_syllable.setdefault((order, key), []).append(entry)

    def at(self, words: Sequence[Word], place: int) -> tuple[int, str]:
        """Return how many words the phrase at place takes and its spelling in the lexicon; (0, "") when none does."""
        for entry in self._candidates(words, place, 0):
            stretch = words[place : place + len(entry.keys)]
            if tuple(word.key for word in stretch) == entry.keys and all(
                word.gap in _TIGHT or word.gap == sign for word, sign in zip(stretch[1:], entry.signs[1:], strict=True)
            ):
                return len(stretch), entry.phrase
        return 0, ""

    def near(self, words: Sequence[Word], place: int) -> tuple[int, str]:
        """Return likewise a phrase that stands at place but for one syllable, with one letter or its marks wrong."""
        candidates = *self._candidates(words, place, 0), *self._candidates(words, place, 1), *self._known_heads
        for entry in candidates:
            stretch = words[place : place + len(entry.keys)]
            wrong = [(fold(key), word.plain) for key, word in zip(entry.keys, stretch, strict=False) if key != word.key]
            if len(stretch) == len(entry.keys) and len(wrong) == 1 and is_near(*wrong[0]):
                return len(stretch), entry.phrase
        return 0, ""

    def _candidates(self, words: Sequence[Word], place: int, order: int) -> Sequence[_Entry]:
        return self._by_syllable.get((order, words[place + order].key), ()) if place + order < len(words) else ()


@lru_cache(maxsize=8192)
def is_near(one: str, other: str) -> bool:
    """Tell whether two words are equal, longer ones but for one slip."""
    return one == other or (len(one) >= 4 and is_one_slip(one, other))


@cache
def toned(syllable: str) -> str:
    """Return the syllable in lower case with its tone mark last, so that "hoà" equals "hòa"."""
    letters = unicodedata.normalize("NFD", syllable.lower())
    tone = "".join(letter for letter in letters if letter in _TONES)
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES)) + tone


@cache
def lexicon(*, is_marked: bool = True) -> Lexicon:
    """Return the word lists, read once, to be matched with marks or, for a text that lost them, without."""
    return Lexicon(is_marked=is_marked)


def read_words(text: str, *, is_loose: bool = False) -> list[Word]:
    """Cut a text into syllables, abbreviations of names written out in place.

    `is_loose` reads what people type: abbreviations in small letters too, signs without meaning.
    """
    spots = list(_WORD.finditer(text))
    shouted, is_marked = text.isupper(), not text.isascii()
    words: list[Word] = []
    index, before = 0, 0
    while index < len(spots):
        taken, long = _abbreviation(text, spots, index, is_loose=is_loose)
        start, end = spots[index].start(), spots[index + taken - 1].end()
        gap = "" if is_loose else "".join(text[before:start].split())
        for order, syllable in enumerate(_WORD.findall(long)):
            plain = normalise(syllable)
            capital = long != text[start:end] or (plain[0].isupper() and not shouted)
            key = toned(plain) if is_marked else fold(plain)
            words.append(Word(key, fold(plain), start, end, capital and order == 0, gap if order == 0 else ""))
        index, before = index + taken, end
    return words


def _abbreviation(text: str, spots: list[re.Match[str]], index: int, *, is_loose: bool) -> tuple[int, str]:
    first = spots[index][0]
    if not (is_loose or first[0].isupper()):
        return 1, first
    known = lexicon(is_marked=is_loose or not text.isascii()).abbreviations
    for taken in range(min(5, len(spots) - index), 0, -1):
        stretch = spots[index : index + taken]
        between = [text[left.end() : right.start()] for left, right in pairwise(stretch)]
        if all(re.fullmatch(r"\s?[&\-–.]?\s?", gap) and len(gap) < 4 for gap in between):
            short = "".join(spot[0] for spot in stretch)
            long = known.get(short)
            if is_loose and len(short) > 2:
                # Shorter ones in small letters, or without marks, are words as well.
                long = lexicon(is_marked=False).abbreviations.get(fold(short).upper())
            if long:
                return taken, long
    return 1, first


class WordReader:
    """A text cut into words; each method asks about the word at a place, whether or not one stands there."""

    def __init__(self, text: str, *, is_loose: bool = False) -> None:
        """Cut the text into words."""
        self.text = text
        self.words = read_words(text, is_loose=is_loose)
        self.lexicon = lexicon(is_marked=not text.isascii())
        self.raw = self.lexicon.raw

    def at(self, kind: str, place: int) -> tuple[int, str]:
        """Return how many words the phrase of a list at place takes and the phrase, (0, "") where none stands."""
        return self.lexicon.phrases[kind].at(self.words, place)

    def plural_words(self, place: int) -> int:
        """Return how many words "các", "toàn thể các" take."""
        lead = 2 if self.plain(place) in _WHOLE else 0
        return lead + 1 if self.plain(place + lead) == _ALL else 0

    def is_verb(self, place: int) -> bool:
        """Return whether a verb stands at place that opens a sentence, perhaps with a capital, behind a name."""
        return self.at("acts", place)[0] > 0

    def plain(self, place: int) -> str:
        """Return the syllable at place without marks, empty behind the end."""
        return self.words[place].plain if place < len(self.words) else ""

    def gap(self, place: int) -> str:
        """Return the signs before the word at place."""
        return self.words[place].gap if 0 < place < len(self.words) else ""

    def capital(self, place: int) -> bool:
        """Return whether the word at place begins with a capital."""
        return place < len(self.words) and self.words[place].capital

    def is_over(self, place: int) -> bool:
        """Return whether a name is over before place: at the end, a sign, a verb, a level or a word between names."""
        is_end = place >= len(self.words) or self.gap(place) or self.is_verb(place)
        return bool(is_end or self.level(place) or self.plain(place) in JOINING)

    def is_pair(self, place: int) -> bool:
        """Return whether a word of two syllables stands at place, one capital before them: no name of a place."""
        is_closed = self.is_over(place + 1) or self.capital(place + 1)
        return self.capital(place) and not (self.is_over(place) or is_closed)

    def opens_name(self, place: int) -> bool:
        """Return whether a body's head stands at place ("Chính quyền", but not "Chính quyền địa phương", a field)."""
        opening = max(self.at("heads", place)[0], self.at("bodies", place)[0])
        return 0 < opening >= self.at("fields", place)[0]

    def level(self, place: int) -> int:
        """Return how many words the level at place takes."""
        taken, _ = self.at("levels", place)
        # "Tỉnh ủy" is a body, not the level "tỉnh".
        return 0 if self.at("bodies", place)[0] > taken else taken
