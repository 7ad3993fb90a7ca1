"""Index of all documents by place, agency, number and signer, with spelling repair of names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from knowledge.domain import Document, Reference
from knowledge.vietnamese import fold, normalise
from retrieval.wording import any_word, deletions, is_syllable, lexicon, pattern, plain, untyped

_LEVEL = any_word(tuple(lexicon("words")["levels"]["words"]))
_HEADS = frozenset(map(fold, lexicon("words")["agency_heads"]["words"]))
_SMALL = frozenset(("cac", "nhung", "va", "thuoc", "cua"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One document with the names it goes by."""

    document: Document
    label: str
    own: frozenset[str]
    region: frozenset[str]
    years: frozenset[int]
    is_district: bool
    bodies: tuple[str, ...]
    """Whom it gives duties to, in reading order."""
    keys: frozenset[tuple[str, ...]]
    """By which words these are named."""

    @property
    def place(self) -> str:
        """The label without the years."""
        return self.label.rpartition(", ")[0] or self.label

    @property
    def is_digest(self) -> bool:
        """Tell whether the document is a digest standing for an original."""
        return self.document.stands_for is not None

    @property
    def is_provincial(self) -> bool:
        """Tell whether the document gives its duties to provincial departments ("Sở") and to no divisions."""
        heads = {name.split()[0].lower() for name in self.bodies}
        return "sở" in heads and "phòng" not in heads

    def is_own(self, words: str) -> bool:
        """Tell whether plain words name the issuer itself."""
        issuer = self.document.issuer or "-"
        return words in self.own or plain(issuer).startswith(words) or " ".join(agency_words(issuer)).startswith(words)

    def has_ended(self, today: date) -> bool:
        """Tell whether the plan's period lies before today."""
        return self.document.period is not None and self.document.period.end < today


class Library:
    """An immutable arrangement of documents; built once per store revision."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.holdings = tuple(hold(document) for document in documents)
        self.by_id = {holding.document.id: holding for holding in self.holdings}
        self._own: dict[str, set[str]] = defaultdict(set)
        self._region: dict[str, set[str]] = defaultdict(set)
        self.references: dict[str, list[tuple[Holding, Reference]]] = defaultdict(list)
        self.agencies: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.fields: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for holding in self.holdings:
            self._enter(holding)
        self.heads = _heads(self.agencies)
        self._place_heads = _heads((*self._own, *self._region))
        short_names = {
            f"{short}{''.join(word[0] for word in name.split())}": f"{level} {name}"
            for name in self._own
            for short, level in (("tp", "thanh pho"), ("h", "huyen"), ("tx", "thi xa"), ("huyen", "huyen"))
            if 1 < len(name.split()) < 4
        }
        self._glued = short_names | {name.replace(" ", ""): name for name in self.names() if " " in name}
        self._slips: dict[str, set[str]] = defaultdict(set)
        for word in {word for name in self.names() for word in name.split() if len(word) > 1} | _cue_words():
            for form in deletions(word):
                self._slips[form].add(word)

    def _enter(self, holding: Holding) -> None:
        for name in holding.own:
            self._own[name].add(holding.document.id)
        for name in holding.region:
            self._region[name].add(holding.document.id)
        for reference in holding.document.references:
            self.references[_parted(reference.number or "")[0]].append((holding, reference))
        for name in holding.bodies:
            for key in agency_keys(name):
                if "lien quan" not in plain(name) and (len(key) > 2 or not re.match(r"cac |nhung |moi ", plain(name))):
                    self._enter_agency(key)

    def _enter_agency(self, key: tuple[str, ...]) -> None:
        for group in lexicon("words")["groups"]["words"]:
            if f" {group} " in f" {' '.join(key)} ":
                self.agencies[group].add(key)
        head = _head_length(key)
        for stop in range(head + 2, len(key) + 1):
            self.fields[" ".join(key[head:stop])].add(key)
            self.agencies[" ".join(key[:stop])].add(key)
        self.agencies[" ".join(key)].add(key)

    def signed_by(self, words: str) -> list[tuple[str, frozenset[str]]]:
        """Return each signer named with the id of what was signed."""
        signed = ((plain(one.document.signer.name), one.document.id) for one in self.holdings if one.document.signer)
        return [(name, frozenset((signed_id,))) for name, signed_id in signed if f" {name} " in f" {words} "]

    @cached_property
    def registered(self) -> str:
        """Normalised text of every document's metadata, duties and deadlines; made when first asked for."""
        return " | ".join(plain(" . ".join(_known_of(holding.document))) for holding in self.holdings)

    def names(self) -> Iterator[str]:
        """Yield every place and issuer name, folded."""
        yield from self._own
        yield from self._region
        yield from self.agencies

    def repair(self, words: str) -> str:
        """Return plain words with slips mended where only one known word can be meant."""
        return " ".join(self._mend(word) for word in words.split())

    def _mend(self, word: str) -> str:
        if len(word) < 3 or not word.isalpha() or is_syllable(word) or word in self._slips.get(word, ()):
            return word
        if word in self._glued:
            return self._glued[word]
        if not re.search("[aeiouy]", word):
            return word
        bare = untyped(word)
        if is_syllable(bare):
            return bare
        near = set().union(*(self._slips.get(form, set()) for form in deletions(word)))
        for length in (len(word) + 1, len(word), len(word) - 1):  # a letter left out is the commonest slip
            if fitting := {other for other in near if len(other) == length}:
                return fitting.pop() if len(fitting) == 1 else word
        return word

    def places_in(self, words: str) -> list[tuple[str, frozenset[str]]]:
        """Return each place or issuer named with the ids of its documents, longest names first."""
        parts = words.split()
        taken = [False] * len(parts)
        found = []
        for size, starts in _spans(parts, self._place_heads):
            for start in starts:
                name = " ".join(parts[start : start + size])
                ids = self._own.get(name, set()) | self._region.get(name, set())
                if ids and not any(taken[start : start + size]):
                    found.append((name, frozenset(ids)))
                    taken[start : start + size] = [True] * size
        return found

    def cited(self, number: str) -> list[tuple[Holding, Reference]]:
        """Return where a document number, or its beginning, is cited."""
        lead, rest = _parted(number)
        found = self.references.get(lead, ()) if lead else ()
        return [entry for entry in found if _parted(entry[1].number or "")[1].startswith(rest)]

    def numbered(self, number: str) -> list[Holding]:
        """Return the documents that carry a number themselves."""
        lead, rest = _parted(number)
        own = [(one, *_parted(one.document.number or "")) for one in self.holdings]
        return [one for one, mine, tail in own if lead and mine == lead and tail.startswith(rest)]


def _heads(names: Iterable[str]) -> dict[str, int]:
    """Return the words that names begin with, each with the number of words of the longest one."""
    heads: dict[str, int] = {}
    for name in names:
        words = name.split()
        heads[words[0]] = max(heads.get(words[0], 0), len(words))
    return heads


def _spans(words: Sequence[str], heads: dict[str, int]) -> Iterator[tuple[int, list[int]]]:
    """Yield (size, start positions) of candidate names, longest first."""
    reach = [(start, min(heads[word], len(words) - start)) for start, word in enumerate(words) if word in heads]
    for size in range(max((longest for _, longest in reach), default=0), 0, -1):
        yield size, [start for start, longest in reach if longest >= size]


def _head_length(key: tuple[str, ...]) -> int:
    """Return how many words say what kind of body it is ("phong", "trung tam", "uy ban nhan dan")."""
    if key[:4] in (("uy", "ban", "nhan", "dan"), ("hoi", "dong", "nhan", "dan")):
        return 3
    heads = (tuple(fold(head).split()) for head in lexicon("words")["agency_heads"]["words"])
    return max((len(head) for head in heads if key[: len(head)] == head), default=1)


def _known_of(document: Document) -> Iterator[str]:
    yield from (document.title or "", document.issuer or "", *document.recipients, *document.addressed_to)
    if document.signer:
        yield document.signer.name
    yield from (one.text for one in document.references)
    yield from (one.heading for one in document.sections)
    yield from (f"{one.agency} {one.quote}" for one in document.duties)
    yield from (one.quote for one in document.deadlines)


@lru_cache(maxsize=4096)
def _parted(number: str) -> tuple[str, str]:
    """Return the figure that a document number begins with, and what follows it, folded."""
    bare = re.sub(r"\s", "", fold(number))
    rest = bare.lstrip("0123456789")
    return bare[: len(bare) - len(rest)].lstrip("0"), rest


def _cue_words() -> set[str]:
    words = re.findall(r"[a-z]+", " ".join(lexicon("cues")["task"]["patterns"]) + " truoc giup muon nguoi khong duoc")
    return {word for word in words if len(word) > 3 and is_syllable(word)}


def hold(document: Document) -> Holding:
    """Return the document with the names it goes by."""
    issuer = document.issuer or ""
    own: set[str] = set()
    region: set[str] = set()
    if document.place:
        own.add(_bare_place(document.place))
    for area in pattern("area").findall(f"{issuer} . {document.title or ''}"):
        own.add(plain(area))
    for text in (*document.recipients, *(reference.text for reference in document.references)):
        region.update(plain(area) for area in pattern("area").findall(text))
    office = _office(issuer)
    if office:
        own |= {office, *(plain(name) for name in pattern("named_after").findall(issuer))}
        own |= {kind for kind in ("benh vien", "truong thpt", "truong dai hoc") if office.startswith(kind)}
    years = {document.issued_on.year} if document.issued_on else set()
    years |= {int(year) for year in re.findall(r"20\d\d", document.issued_text or "")}
    if document.period:
        years |= set(range(document.period.start.year, document.period.end.year + 1))
    own.discard("")
    span = [document.period.start.year, document.period.end.year] if document.period else sorted(years)[:1]
    bodies = tuple(dict.fromkeys(duty.agency for duty in document.duties))
    return Holding(
        document=document,
        label=", ".join(filter(None, (_name_of(document, office), "-".join(map(str, dict.fromkeys(span)))))),
        own=frozenset(own),
        region=frozenset(region - own - _HEADS - {""}),
        years=frozenset(years),
        is_district=_is_district(plain(issuer), own),
        bodies=bodies,
        keys=frozenset(key for name in bodies for key in agency_keys(name)),
    )


def _is_district(issuer: str, own: set[str]) -> bool:
    """Tell whether an issuer belongs to the district level that ended in 2025; cities of provincial rank do not."""
    if re.search(r"\b(?:huyen|quan(?! su)|thi xa)\b", issuer):
        return True
    return "thanh pho" in issuer and not own & set(lexicon("words")["central_cities"]["words"])


def _bare_place(place: str) -> str:
    return re.sub(rf"^(?:{_LEVEL.pattern} )+", "", plain(place))


def _office(issuer: str) -> str:
    """Return the folded name of an issuer that is not a people's committee ("ban dan toc"), "" otherwise."""
    cut = pattern("area").sub("", issuer)
    name = re.sub(rf"(?:(?:^| ){_LEVEL.pattern})+$", "", plain(cut))
    return "" if name.startswith("uy ban nhan dan") or " " not in name else name


def _name_of(document: Document, office: str) -> str:
    issuer = pattern("committee").sub("", document.issuer or "")
    place = document.place or ""
    name = issuer or place or document.source
    if place and fold(_bare_place(place)) not in fold(normalise(name)):
        name = f"{name} {place}" if not office else f"{name} ({place})"
    return name[:1].lower() + name[1:] if not office and issuer else name


@lru_cache(maxsize=4096)
def agency_words(name: str) -> tuple[str, ...]:
    """Return the telling words of an agency's name: no joining words, no place, no closing level word."""
    bare = pattern("area").sub(lambda found: found[0].split()[0], name)
    words = [word for word in plain(re.sub(r"\([^)]*\)", " ", bare)).split() if word not in _SMALL]
    committee = words[:4] == ["uy", "ban", "nhan", "dan"]
    shortest = 5 if committee else 1
    while len(words) > shortest and (
        words[-1] in ("huyen", "tinh", "quan") or words[-2:] in (["thanh", "pho"], ["thi", "xa"])
    ):
        words = words[: -1 if words[-1] in ("huyen", "tinh", "quan") else -2]
    return tuple(words)


@lru_cache(maxsize=4096)
def agency_keys(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the word sequences that name an agency; "UBND các xã, phường" can be asked for by either level."""
    words = agency_words(name)
    titled = pattern("head_of").match(" ".join(words))
    keys = [words, tuple(titled[1].split())] if titled else [words]
    if words[:6] == ("van", "phong", "hoi", "dong", "nhan", "dan") and len(words) > 6:
        keys.append((*words[:2], *words[6:]))
    if words[:4] == ("uy", "ban", "nhan", "dan"):
        rest = " ".join(words[4:])
        for level in ("xa", "phuong", "thi tran", "huyen", "thanh pho"):
            if re.search(rf"\b{level}\b", rest) and rest != level:
                keys.append((*words[:4], *level.split()))
    return tuple(dict.fromkeys(key for key in keys if len(key) > 1 or len(key[0]) > 3 if key))
