"""What the name of a public body says, read off any spelling: kind of body, fields of work, level."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from knowledge.agency_lexicon import lexicon, toned
from knowledge.vietnamese import fold, normalise

_TOKEN = re.compile(r"[^\W_]+")
# Fields that name one body even without its head; others are as often a topic ("giáo dục", "phụ nữ").
_TELLING_FIELDS = frozenset(("tư pháp", "nội vụ", "vì sự tiến bộ của phụ nữ"))
_SILENT = frozenset(
    ("cac", "viet", "nam", "cua", "va", "thuoc", "cap", "toan", "lien", "quan", "co", "tren", "dia", "ban")
)
_PLURAL_OF = {"commune": "xã", "district": "huyện", "province": "tỉnh"}


@dataclass(frozen=True, slots=True)
class AgencyKey:
    """What a name says, spelling aside: kind of body, fields of work, level; `plurals` holds the words of a group."""

    kind: str
    fields: frozenset[str]
    level: str
    plurals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Token:
    key: str
    plain: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    tokens: tuple[_Token, ...]
    sort: str
    name: str


@lru_cache(maxsize=4096)
def canonical(name: str) -> AgencyKey:
    """Return the key that every spelling of one body's name shares, with or without marks."""
    keys = list(_KeyReader(_tokens(name), is_name=True).keys())
    if not keys:
        words = frozenset(token.plain for token in _tokens(name))
        return AgencyKey("", words, "")
    first = keys[0]
    plurals = first.plurals.union(*(key.plurals for key in keys[1:]))
    return AgencyKey(
        first.kind, first.fields, first.level or next((key.level for key in keys if key.level), ""), plurals
    )


def keys_in(question: str) -> list[AgencyKey]:
    """Return the bodies a question speaks of; only what must be a body counts."""
    return list(_KeyReader(_tokens(question), is_name=False).keys())


def _tokens(text: str) -> list[_Token]:
    tokens = _shortened(text)
    for table in ("english", "aliases"):
        tokens = _rewritten(tokens, _rewrites(table))
    return tokens


def _shortened(text: str) -> list[_Token]:
    """Cut a text into syllables with abbreviations written out, whatever their case and signs."""
    spots = list(_TOKEN.finditer(normalise(text)))
    tokens: list[_Token] = []
    index = 0
    while index < len(spots):
        taken, long = 1, ""
        for taken in range(min(4, len(spots) - index), 0, -1):
            stretch = spots[index : index + taken]
            gaps = [text[one.end() : two.start()] for one, two in pairwise(stretch)]
            if all(re.fullmatch(r" ?[-&.–] ?", gap) for gap in gaps):
                long = _long_form("".join(spot[0] for spot in stretch), bool(gaps))
            if long:
                break
        syllables = _TOKEN.findall(long) if long else [spots[index][0]]
        tokens.extend(_Token(toned(syllable), fold(syllable)) for syllable in syllables)
        index += taken if long else 1
    return tokens


def _long_form(short: str, is_joined: bool) -> str:
    """Return what an abbreviation stands for; short ones count only when written in capitals or joined."""
    forms = lexicon().abbreviations
    if short in forms:
        return forms[short]
    if len(short) < 3 and not (is_joined or short.isupper()):
        return ""
    return _folded_forms().get(fold(short), "")


@cache
def _folded_forms() -> dict[str, str]:
    return {fold(short): long for short, long in lexicon().abbreviations.items() if fold(short) not in _ORDINARY_WORDS}


# Unmarked abbreviations that are also words of a question.
_ORDINARY_WORDS = frozenset(("th", "tn", "nd", "cd", "mn", "ttr", "vn", "dt"))


@cache
def _rewrites(table: str) -> tuple[_Phrase, ...]:
    entries: dict[str, str] = lexicon().raw[table]
    phrases = [_phrase(short, "", long) for short, long in entries.items()]
    return tuple(sorted(phrases, key=lambda phrase: -len(phrase.tokens)))


def _phrase(text: str, sort: str, name: str) -> _Phrase:
    return _Phrase(tuple(_Token(toned(found), fold(found)) for found in _TOKEN.findall(text)), sort, name)


def _rewritten(tokens: list[_Token], phrases: Sequence[_Phrase]) -> list[_Token]:
    result: list[_Token] = []
    index = 0
    while index < len(tokens):
        phrase = next((phrase for phrase in phrases if _stands(phrase, tokens, index, typos=0)), None)
        if phrase:
            result.extend(_phrase(phrase.name, "", "").tokens)
            index += len(phrase.tokens)
        else:
            result.append(tokens[index])
            index += 1
    return result


def _stands(phrase: _Phrase, tokens: Sequence[_Token], index: int, *, typos: int) -> bool:
    if index + len(phrase.tokens) > len(tokens):
        return False
    for wanted, token in zip(phrase.tokens, tokens[index:], strict=False):
        if _is_written(wanted, token):
            continue
        typos -= 1
        if typos < 0 or len(wanted.plain) < 3 or not _is_near(wanted.plain, token.plain):
            return False
    return True


def _is_written(wanted: _Token, token: _Token) -> bool:
    return wanted.plain == token.plain and (token.key in (wanted.key, token.plain) or wanted.key == wanted.plain)


@cache
def _is_near(one: str, other: str) -> bool:
    """Tell whether one letter added, lost, changed or swapped makes the two equal."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return one == other
    head = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    rest, left = one[head:], other[head:]
    return (
        rest[1:] == left[1:]
        or rest[1:] == left
        or rest == left[1:]
        or (rest[:2] == left[1::-1] and rest[2:] == left[2:])
    )


@cache
def _vocabulary() -> tuple[_Phrase, ...]:
    """Return bodies, heads, fields, plural words and levels, longest first."""
    raw = lexicon().raw
    entries = [_phrase(text, "body", text) for text in raw["bodies"] if text not in raw["aliases"]]
    entries += [_phrase(text, "head", text) for text in raw["heads"]]
    entries += [_phrase(text, "field", text) for text in lexicon().field_names]
    entries += [_phrase(text, "plural", text) for text in raw["groups"] if text not in {*raw["heads"], *raw["aliases"]}]
    entries += [_phrase(word, "level", level) for level, words in raw["levels"].items() for word in words]
    order = {"body": 0, "head": 1, "field": 2, "level": 3, "plural": 4}
    return tuple(sorted(entries, key=lambda phrase: (-len(phrase.tokens), order[phrase.sort])))


class _KeyReader:
    """Reads keys off syllables that lost their signs and perhaps their marks."""

    def __init__(self, tokens: Sequence[_Token], is_name: bool) -> None:
        self.tokens = tokens
        self.is_name = is_name
        self.place = 0

    def keys(self) -> Iterator[AgencyKey]:
        """Yield the bodies from left to right; commune words alone mean the commune's committee."""
        found = False
        communes = False
        while self.place < len(self.tokens):
            phrase = self.phrase()
            if phrase is None:
                self.place += 1
                continue
            key = self.read(phrase)
            communes = communes or (phrase.sort == "level" and phrase.name == "commune")
            if key:
                found = True
                yield key
        if communes and not found:
            yield AgencyKey("ủy ban nhân dân", frozenset(), "commune", frozenset(("xã",)))

    def read(self, phrase: _Phrase) -> AgencyKey | None:
        """Read one body that begins with phrase, and step behind it."""
        start = self.place
        self.place += len(phrase.tokens)
        if phrase.sort == "body":
            if phrase.name in lexicon().raw["covers"]:
                return self.group(start)
            return self.placed(phrase.name, self.fields("body") if phrase.name == "văn phòng" else frozenset())
        if phrase.sort == "head":
            fields = self.fields() or self.unknown_fields()
            return self.placed("" if phrase.name == "cơ quan" else phrase.name, fields) if fields else self.group(start)
        if phrase.sort == "field":
            self.place = start
            fields = self.fields()
            return self.placed("", fields) if self.is_name or len(fields) > 1 or fields & _TELLING_FIELDS else None
        return self.group(start)

    def fields(self, *also: str) -> frozenset[str]:
        """Read the fields of work that follow one another; an office also serves bodies ("Văn phòng HĐND và UBND")."""
        found: set[str] = set()
        while True:
            joined = self.place + (self.plain(self.place) == "va")
            phrase = self.phrase_at(joined)
            if phrase is None or phrase.sort not in ("field", *also):
                return frozenset(found)
            found.add(phrase.name)
            self.place = joined + len(phrase.tokens)

    def unknown_fields(self) -> frozenset[str]:
        """Read the words of a whole name that no list holds."""
        start = self.place
        while self.is_name and self.place < min(len(self.tokens), start + 3) and not self.phrase():
            self.place += 1
        return frozenset(token.plain for token in self.tokens[start : self.place] if token.plain not in _SILENT)

    def placed(self, kind: str, fields: frozenset[str]) -> AgencyKey:
        """Read the level behind a name; "các xã" makes it a group."""
        level, plurals, is_plural = "", set[str](), False
        while self.place < len(self.tokens):
            phrase = self.phrase()
            if phrase and phrase.sort == "level":
                level = level or phrase.name
                if is_plural:
                    plurals.add(_PLURAL_OF.get(phrase.name, ""))
                self.place += len(phrase.tokens)
            elif self.plain(self.place) in _SILENT:
                is_plural = is_plural or self.plain(self.place) == "cac"
                self.place += 1
            else:
                break
        level = "" if kind in lexicon().raw["usual_levels"] else level
        return AgencyKey(kind, fields, level, frozenset(plurals - {""}))

    def group(self, start: int) -> AgencyKey | None:
        """Read the plural words from start on; in a question a single one counts behind "các" alone."""
        self.place = start
        covers = lexicon().raw["covers"]
        plurals: list[str] = []
        level = ""
        while self.place < len(self.tokens):
            phrase = self.phrase()
            if phrase is None and self.plain(self.place) not in _SILENT - {"thuoc", "cua"}:
                break
            if phrase and phrase.sort == "level":
                level = phrase.name
                if not plurals or phrase.name == "commune" or plurals[-1] in _PLURAL_OF.values():
                    plurals.append(_PLURAL_OF.get(level, ""))
            elif phrase and (phrase.sort in ("plural", "head") or phrase.name in covers):
                # "Tổ chức đoàn thể" counts as "tổ chức" and as "đoàn thể".
                plurals += [word for word in covers if f" {word} " in f" {phrase.name} "] or [phrase.name]
            elif phrase:
                break
            self.place += len(phrase.tokens) if phrase else 1
        self.place = max(self.place, start + 1)
        opened = start > 0 and self.plain(start - 1) == "cac"
        if not (self.is_name or opened or len(plurals) > 1 or plurals == ["đoàn thể"]):
            return None
        plain_level = "" if plurals and all(word in _PLURAL_OF.values() for word in plurals) else level
        return AgencyKey("", frozenset(), plain_level, frozenset(word for word in plurals if word))

    def phrase(self) -> _Phrase | None:
        """Return the phrase of the vocabulary that stands at the present place."""
        return self.phrase_at(self.place)

    def phrase_at(self, place: int) -> _Phrase | None:
        """Return the longest phrase at a place, one letter off allowed in a question's longer phrases."""
        exact = next(
            (phrase for phrase in self.candidates(place, 0) if _stands(phrase, self.tokens, place, typos=0)), None
        )
        if exact and exact.name == "xã" and self.plain(place + 1) == "hoi":
            return None
        if exact or self.is_name:
            return exact
        near = [*self.candidates(place, 0), *self.candidates(place, 1), *_short_heads()]
        return next((phrase for phrase in near if _stands(phrase, self.tokens, place, typos=1)), None)

    def candidates(self, place: int, order: int) -> Sequence[_Phrase]:
        """Return the phrases whose syllable of that order stands at its place."""
        return _vocabulary_by(order).get(self.plain(place + order), ())

    def plain(self, place: int) -> str:
        """Return the unmarked syllable at a place, empty behind the end."""
        return self.tokens[place].plain if place < len(self.tokens) else ""


@cache
def _vocabulary_by(order: int) -> dict[str, list[_Phrase]]:
    found: dict[str, list[_Phrase]] = {}
    for phrase in _vocabulary():
        if len(phrase.tokens) > order:
            found.setdefault(phrase.tokens[order].plain, []).append(phrase)
    return found


@cache
def _short_heads() -> tuple[_Phrase, ...]:
    """Return the one-word heads long enough to be known by all letters but one."""
    return tuple(phrase for phrase in _vocabulary() if phrase.name in ("phòng", "đoàn"))
