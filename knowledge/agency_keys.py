"""What the name of a public body says, read off any spelling: kind of body, fields of work, level."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge.agency_lexicon import AND, Phrases, Word, WordReader, read_words
from knowledge.vietnamese import fold

_PLURAL_OF = {"commune": "xã", "district": "huyện", "province": "tỉnh"}


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """What a name says, spelling aside: kind of body, fields of work, level; `plurals` holds the words of a group."""

    kind: str
    fields: frozenset[str]
    level: str
    plurals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase of the lexicon that stands at a place: what sort of word it is, its spelling, its length in words."""

    sort: str
    name: str
    length: int


@lru_cache(maxsize=4096)
def canonical(name: str) -> AgencyKey:
    """Return the key that every spelling of one body's name shares, with or without marks."""
    reader = _KeyReader(name, is_name=True)
    keys = list(reader.keys())
    if not keys:
        return AgencyKey("", frozenset(word.plain for word in reader.words), "")
    first = keys[0]
    plurals = first.plurals.union(*(key.plurals for key in keys[1:]))
    level = next((key.level for key in keys if key.level), "")
    return AgencyKey(first.kind, first.fields, level, plurals)


def keys_in(question: str) -> list[AgencyKey]:
    """Return the bodies a question speaks of; only what must be a body counts."""
    return list(_KeyReader(question, is_name=False).keys())


def _rewritten(words: list[Word], phrases: Phrases, names: dict[str, str], spell: Callable[[str], str]) -> list[Word]:
    """Return the words with every phrase that is a key of names replaced by the name it stands for."""
    result: list[Word] = []
    place = 0
    while place < len(words):
        taken, phrase = phrases.at(words, place)
        result += read_words(spell(names[phrase])) if taken else words[place : place + 1]
        place += taken or 1
    return result


class _KeyReader(WordReader):
    """Reads keys off words that lost their signs and perhaps their marks."""

    def __init__(self, text: str, *, is_name: bool) -> None:
        """Write out abbreviations, English names and what people call a body in short."""
        super().__init__(text, is_loose=True)
        spell = fold if text.isascii() else str
        for table in ("english", "aliases"):
            self.words = _rewritten(self.words, self.lexicon.phrases[table], self.raw[table], spell)
        self.covers: dict[str, list[str]] = self.raw["covers"]
        self.silent = frozenset(self.raw["silent"])
        self.is_name = is_name
        self.place = 0

    def keys(self) -> Iterator[AgencyKey]:
        """Yield the bodies from left to right; commune words alone mean the commune's committee."""
        found = communes = False
        while self.place < len(self.words):
            phrase = self.phrase(self.place)
            key = self.read(phrase) if phrase else None
            self.place += phrase is None
            communes = communes or (phrase is not None and phrase.name == "commune")
            if key:
                found = True
                yield key
        if communes and not found:
            yield AgencyKey("ủy ban nhân dân", frozenset(), "commune", frozenset(("xã",)))

    def read(self, phrase: _Phrase) -> AgencyKey | None:
        """Read one body that begins with phrase, and step behind it."""
        start = self.place
        if phrase.sort == "field":
            fields = self.fields()
            is_telling = len(fields) > 1 or fields & set(self.raw["telling_fields"])
            return self.placed("", fields) if self.is_name or is_telling else None
        self.place += phrase.length
        if phrase.sort == "body" and phrase.name not in self.covers:
            return self.placed(phrase.name, self.fields("body") if phrase.name == "văn phòng" else frozenset())
        if phrase.sort == "head" and (fields := self.fields() or self.unknown_fields()):
            return self.placed("" if phrase.name == "cơ quan" else phrase.name, fields)
        return self.group(start)

    def fields(self, *also: str) -> frozenset[str]:
        """Read the fields of work that follow one another; an office also serves bodies ("Văn phòng HĐND và UBND")."""
        found: set[str] = set()
        while True:
            joined = self.place + (self.plain(self.place) == AND)
            phrase = self.phrase(joined)
            if phrase is None or phrase.sort not in ("field", *also):
                return frozenset(found)
            found.add(phrase.name)
            self.place = joined + phrase.length

    def unknown_fields(self) -> frozenset[str]:
        """Read the words of a whole name that no list holds."""
        start = self.place
        while self.is_name and self.place < min(len(self.words), start + 3) and not self.phrase(self.place):
            self.place += 1
        return frozenset(word.plain for word in self.words[start : self.place]) - self.silent

    def placed(self, kind: str, fields: frozenset[str]) -> AgencyKey:
        """Read the level behind a name; "các xã" makes it a group."""
        level, plurals, is_plural = "", set[str](), False
        while self.place < len(self.words):
            phrase = self.phrase(self.place)
            if phrase and phrase.sort == "level":
                level = level or phrase.name
                plurals |= {_PLURAL_OF[phrase.name]} if is_plural and phrase.name in _PLURAL_OF else set()
            elif self.plain(self.place) in self.silent:
                is_plural = is_plural or self.plain(self.place) == "cac"
            else:
                break
            self.place += phrase.length if phrase else 1
        level = "" if kind in self.raw["usual_levels"] else level
        return AgencyKey(kind, fields, level, frozenset(plurals))

    def group(self, start: int) -> AgencyKey | None:
        """Read the plural words from start on; in a question a single one counts behind "các" alone."""
        self.place = start
        plurals: list[str] = []
        level = ""
        while self.place < len(self.words):
            phrase = self.phrase(self.place)
            if phrase is None and self.plain(self.place) not in self.silent - {"thuoc", "cua"}:
                break
            if phrase and phrase.sort == "level":
                level = phrase.name
                if not plurals or phrase.name == "commune" or plurals[-1] in _PLURAL_OF.values():
                    plurals.append(_PLURAL_OF.get(level, ""))
            elif phrase and (phrase.sort in ("plural", "head") or phrase.name in self.covers):
                # "Tổ chức đoàn thể" counts as "tổ chức" and as "đoàn thể".
                plurals += [word for word in self.covers if f" {word} " in f" {phrase.name} "] or [phrase.name]
            elif phrase:
                break
            self.place += phrase.length if phrase else 1
        self.place = max(self.place, start + 1)
        opened = start > 0 and self.plain(start - 1) == "cac"
        if not (self.is_name or opened or len(plurals) > 1 or plurals == ["đoàn thể"]):
            return None
        plain_level = "" if plurals and all(word in _PLURAL_OF.values() for word in plurals) else level
        return AgencyKey("", frozenset(), plain_level, frozenset(word for word in plurals if word))

    def phrase(self, place: int) -> _Phrase | None:
        """Return the longest phrase at a place; in a question one letter of a longer phrase may be wrong."""
        taken, name = self.lexicon.words.at(self.words, place)
        if not (taken or self.is_name):
            taken, name = self.lexicon.words.near(self.words, place)
        sort = self.lexicon.sort_of.get(name, "")
        return _Phrase(sort, self.lexicon.level_of[name] if sort == "level" else name, taken) if taken else None
