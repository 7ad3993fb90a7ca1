"""Recognition of agencies and places in a question, known to a document or not."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import partial

from knowledge.agencies import resolve
from knowledge.vietnamese import fold
from retrieval.library import Holding, Library, agency_keys, agency_words
from retrieval.wording import any_word, deletions, lexicon, pattern, plain

FEW = 40
"""Documents whose registers are read through for a name."""
RECOGNISED = 0.8
"""How sure knowledge.agencies must be of a name."""


@dataclass(frozen=True, slots=True)
class AgencyAsked:
    """An agency as the question names it; `keys` are the register's agencies it can be, none when unknown there."""

    words: str
    keys: frozenset[tuple[str, ...]]


def agencies_in(
    text: str, words: str, library: Library, places: tuple[str, ...], scope: Sequence[Holding] = ()
) -> tuple[AgencyAsked, ...]:
    """Return the agencies that a question names, known to a register or not; those of the documents named first."""
    here = frozenset[tuple[str, ...]]().union(*(one.keys for one in scope))
    ends = tuple(f" {place}" for place in places)
    after_places = [name for name in map(" ".join, here) if name.endswith(ends)]
    for place in places:
        if place not in library.agencies and not any(f" {name} " in f" {words} " for name in after_places):
            words = re.sub(rf"\b(?:huyen |tinh |thanh pho |thi xa |quan )?{re.escape(place)}\b", " | ", words)
    parts = [part for part in words.replace(",", " ").split() if part not in ("cac", "nhung", "va", "cua")]
    found: dict[int, AgencyAsked] = {}
    for find in (partial(_known_agency, library=library, here=here), partial(_unknown_agency, text=text)):
        for start in range(len(parts)):
            if asked := find(parts, start):
                size = len(asked.words.split())
                parts[start : start + size] = ["|"] * size
                found[start] = asked
    return tuple(dict.fromkeys(found[start] for start in sorted(found)))


def _known_agency(parts: list[str], start: int, library: Library, here: Set[tuple[str, ...]]) -> AgencyAsked | None:
    firsts = range(start + 1, min(len(parts), start + 4)) if parts[start] in lexicon("words")["field_markers"] else ()
    for first, stop in ((one, end) for one in firsts for end in range(min(len(parts), one + 8), one + 1, -1)):
        if tail := library.fields.get(" ".join(parts[first:stop])):
            return AgencyAsked(" ".join(parts[start:stop]), frozenset(tail))
    known: AgencyAsked | None = None
    for stop in range(min(len(parts), start + min(library.heads.get(parts[start], 0), 16)), start + 1, -1):
        words = " ".join(parts[start:stop])
        if keys := library.agencies.get(words):
            known = known or AgencyAsked(words, frozenset(keys))
            if keys & here:
                return AgencyAsked(words, frozenset(keys))
    return known


def without_places(text: str, places: Sequence[str]) -> str:
    """Return a text without the names of places and the level words before them, other words as typed."""
    typed = re.findall(r"\w+(?:[/.\-]\w+)*", text)
    folded = [fold(word) for word in typed]
    for place in places:
        words = place.split()
        for start in range(len(folded) - len(words) + 1):
            if folded[start : start + len(words)] == words:
                folded[start : start + len(words)] = [""] * len(words)
    said = " ".join(word for word, kept in zip(typed, folded, strict=True) if kept)
    return pattern("bare_level").sub("", said)


def recognise_agencies(text: str, holdings: Sequence[Holding]) -> tuple[AgencyAsked, ...]:
    """Return the agencies that a question names in other words than their register does."""
    names = dict.fromkeys(name for holding in holdings for name in holding.bodies)
    found = [name for name, sure in resolve(re.sub(r"\d+\s?/\S+", " ", text), names) if sure >= RECOGNISED]
    return tuple(AgencyAsked(" ".join(agency_words(name)), frozenset(agency_keys(name))) for name in found[:4])


def _unknown_agency(parts: list[str], start: int, text: str) -> AgencyAsked | None:
    heads, rest = lexicon("words")["agency_heads"]["words"], " ".join(parts[start : start + 12])
    head = _any_of("agency_heads").match(rest)
    if head is None or _any_of("not_agencies").match(rest) or not _is_typed(head[0], text, heads):
        return None
    before = parts[start - 1] if start else ""
    if before in ("nhieu", "may") or f"{before} {parts[start]}" in lexicon("words")["not_heads"]:
        return None
    tail = re.split(rf"{_any_of('agency_ends').pattern}|\|", rest[head.end() :], maxsplit=1)[0].split()
    words = [word for word in tail[:7] if word.isalpha()]
    alone = head[0] in lexicon("words")["single_bodies"]["words"]
    named = words and (head[0] not in lexicon("words")["loose_heads"]["words"] or pattern("loose_body").search(text))
    return AgencyAsked(" ".join((head[0], *words)), frozenset()) if alone or named else None


def _is_typed(head: str, text: str, marked: Sequence[str]) -> bool:
    """Tell whether a question that carries marks writes a word with its own ("hội", not "hỏi"; "tỉnh", not "tính")."""
    lower = text.lower()
    return fold(lower) == lower or any(fold(one) == head and one in lower for one in marked)


def _any_of(name: str) -> re.Pattern[str]:
    """Return a pattern for any of the words of a list, folded."""
    known = lexicon("words")[name]
    return any_word(tuple(map(fold, known["words"] if isinstance(known, dict) else known)))


def unknown_place(text: str, words: str, library: Library) -> str | None:
    """Return a place that is named but has no document; None when nothing looks like a place name."""
    named, numbered = pattern("place").search(text), re.search(r"\d{3}/|\b\d{3,}\b(?<!20\d\d)", text)
    if named and len(named[1]) > 2 and not _is_no_place(named, library):
        return named[1]
    said = "" if numbered else f" {words or plain(text)} "
    for province in lexicon("words")["provinces"]["words"]:
        if f" {fold(province)} " in said and _is_typed(fold(province), text, [province.lower()]):
            return str(province)
    lower = pattern("plain_place").search(words)
    no_names = {fold(word) for word in lexicon("words")["not_places"]["words"].split()}
    is_name = lower and lower[3] not in no_names and (lower[2] not in no_names or lower[4] in _CLOSES)
    if lower and is_name and _is_typed(lower[1], text, lexicon("words")["levels"]["words"]):
        return f"{lower[2]} {lower[3]}".title()
    if words and len(library.holdings) <= FEW and not numbered and (stranger := _stranger(text, library)):
        return stranger
    english = pattern("english_place").search(text)
    return english[1].strip() if english else None


def _stranger(text: str, library: Library) -> str | None:
    """Return a name of two capitalised words that no document's metadata and registers hold, probably a place.

    Where every word is typed with a capital, and behind a form of address ("Chị Hương"), capitals tell nothing.
    """
    if 2 * sum(word[0].isupper() for word in text.split()) > len(text.split()) + 2:
        return None
    known, addresses = f" {library.registered} ", lexicon("words")["addresses"]["words"]
    names = (found[1] for found in pattern("name").finditer(text) if found[1].lower().split()[0] not in addresses)
    return next((name for name in names if not any(f" {form} " in known for form in deletions(plain(name)))), None)


_CLOSES = frozenset(("la", "co", "thi", "phai", "nop", "nam", "duoc", None))


def _is_no_place(named: re.Match[str], library: Library) -> bool:
    """Tell whether what stands where a place would is another word, or with its unit an agency.

    Two capitals behind a unit are a name, whatever the first word ("Xã Trung Sơn").
    """
    first, *others = named[1].lower().split()
    bodies = {plain(named[0]), " ".join(agency_words(named[1])[:2])}
    is_name = len(others) == 1 and not named[0].lower().startswith(("ở", "tại"))
    is_word = not is_name and first in lexicon("words")["not_places"]["words"].split()
    return is_word or not bodies.isdisjoint(library.agencies)
