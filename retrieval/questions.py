"""Understanding a question: what is asked, of which documents, about which agency, report, number or day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Literal

from knowledge.agencies import resolve
from knowledge.vietnamese import fold, normalise
from retrieval.library import Holding, Library, agency_keys, agency_names, agency_words
from retrieval.mentions import StatedDate, document_numbers, report_kinds, stated_dates, stated_months, stated_years
from retrieval.wording import CAPITALS, in_vietnamese, is_syllable, lexicon, plain, short_forms, without_stops

LONGEST = 1500
"""Letters of a question that are read; nobody asks longer ones in earnest."""
RECOGNISED = 0.8
"""How sure knowledge.agencies must be of a name."""
INTENTS = (
    "documents same_day signer submit_to issue_date number recipients issuer doc_period when who budget bases "
    "when_else duty summary"
).split()
FACTS = ("signer", "number", "issue_date", "issuer", "recipients", "doc_period", "budget")
FLAGS = "report places compare verify everything upcoming overdue quantity contact person".split()
_ENGLISH = re.compile(
    r"\b(?:the|what|which|who|whom|when|where|how|is|are|does|do|did|of|for|and|must|should|reports?|plans?|district|please|list|deadline|sent|have|has|any|give|me|summary|compare|duties|duty|between|from|year|annual|documents?|about|with)\b"
)
_BACK = re.compile(
    r"\b(?:ke hoach|van ban|cong van|phong|co quan|huyen|noi|cho|don vi|thanh pho|tinh|ban|quyet dinh|thong tu|nghi dinh) (?:nay|do|ay|tren|kia|vua)\b"
    r"|^(?:con|the con|vay|the|vay con|nhung|va|thi)\b|thi sao|o do\b|\bit\b|\bthat\b|\bthis\b|^(?:and|what about|how about)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, in which conversation, where and when; history is (role, text), oldest first."""

    text: str
    history: tuple[tuple[str, str], ...] = ()
    locality: str | None = None
    today: date
    language: Literal["vi", "en"] = "vi"


@dataclass(frozen=True, slots=True)
class AgencyAsked:
    """An agency as the question names it; `keys` are the register's agencies it can be, none when unknown there."""

    words: str
    keys: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A question, understood."""

    text: str
    """As typed, cut to the letters that are read."""
    words: str
    """Plain words, mended, English ones translated."""
    language: Literal["vi", "en"]
    intent: str | None
    also: tuple[str, ...]
    """Further facts of the same document asked for in one breath."""
    flags: frozenset[str]
    scope: tuple[Holding, ...]
    """The documents named, none when the question names none."""
    places: tuple[str, ...]
    unknown_place: str | None
    agencies: tuple[AgencyAsked, ...]
    numbers: tuple[str, ...]
    years: tuple[int, ...]
    dates: tuple[StatedDate, ...]
    months: tuple[StatedDate, ...]
    reports: tuple[str, ...]
    content: tuple[str, ...]
    """Words that carry matter of their own."""
    leans: bool
    """Whether the wording points back at what was said before."""

    def has(self, flag: str) -> bool:
        """Tell whether a flag was read."""
        return flag in self.flags


def read_question(text: str, library: Library, language: str = "vi") -> Reading:
    """Understand one message by itself."""
    short = normalise(text)[:LONGEST]
    folded = " ".join(fold(short).split())
    english = language == "en" or _is_english(short, folded)
    cue_words = plain(folded)
    translated = in_vietnamese(folded)
    words = plain(translated.replace("_", " ")) if english else library.repair(plain(short))
    cues = f"{cue_words} ; {words}" if english else words
    scope, places = _scope(words, library)
    numbers = document_numbers(plain(short))
    agencies = _agencies(words, library, places)
    if not any(agency.keys for agency in agencies) and _matches("duty", words):
        agencies = _recognised(short, scope or library.holdings[:20]) or agencies
    intent = _intent(
        cues, any(agency.keys for agency in agencies) or bool(scope) and _matches("bases", cues), bool(agencies)
    )
    reading = Reading(
        text=short,
        words=words,
        language="en" if english else "vi",
        intent=intent,
        also=tuple(name for name in FACTS if name != intent and intent in FACTS and _matches(name, cues)),
        flags=frozenset(flag for flag in FLAGS if _matches(flag, cues)),
        scope=scope,
        places=places,
        unknown_place=_unknown_place(short, words, library) if not places else None,
        agencies=agencies,
        numbers=numbers,
        years=stated_years(plain(short)),
        dates=stated_dates(cue_words),
        months=stated_months(cue_words),
        reports=report_kinds(cues),
        content=(),
        leans=bool(_BACK.search(cue_words)),
    )
    matter = (
        plain(in_vietnamese(fold(without_stops(short, english=english))))
        if english
        else plain(without_stops(short, english=False))
    )
    return replace(reading, content=_content(library.repair(matter), reading))


def _is_english(text: str, folded: str) -> bool:
    if fold(text) != text.lower():
        return False
    foreign = sum(
        word.isalpha() and len(word) > 3 and not is_syllable(word) and word not in short_forms()
        for word in folded.split()
    )
    known = len(_ENGLISH.findall(folded))
    return known >= 2 or (known == 1 and foreign >= 2)


def _matter_in_english(translated: str) -> str:
    """Return the words that carry matter; a few that nobody translated do not count beside a phrase of the domain."""
    kept = without_stops(translated, english=True).split()
    known = [word for word in kept if "_" in word]
    return " ".join(known if known and len(kept) - len(known) <= 2 else kept).replace("_", " ")


@cache
def _cues(name: str) -> tuple[tuple[re.Pattern[str], ...], bool]:
    entry = lexicon("cues")[name]
    return tuple(re.compile(one) for one in entry["patterns"]), entry.get("needs") == "agency"


def _matches(name: str, words: str) -> bool:
    return any(pattern.search(words) for pattern in _cues(name)[0])


def _intent(words: str, is_particular: bool, has_agency: bool) -> str | None:
    for name in INTENTS:
        if name == "documents" and is_particular:
            continue
        if (has_agency or not _cues(name)[1]) and _matches(name, words):
            return name
    return None


def _scope(words: str, library: Library) -> tuple[tuple[Holding, ...], tuple[str, ...]]:
    found = library.places_in(words)
    sets = [ids for _, ids in found]
    narrow = [ids for ids in sets if not any(other < ids for other in sets)]
    chosen = set().union(*narrow) if narrow else set()
    return tuple(one for one in library.holdings if one.document.id in chosen), tuple(name for name, _ in found)


def _agencies(words: str, library: Library, places: tuple[str, ...]) -> tuple[AgencyAsked, ...]:
    for place in places:
        if place not in library.agencies:
            words = re.sub(rf"\b(?:huyen |tinh |thanh pho |thi xa |quan )?{re.escape(place)}\b", " | ", words)
    parts = [part for part in words.replace(",", " ").split() if part not in ("cac", "nhung", "va", "cua")]
    found: list[AgencyAsked] = []
    place = 0
    while place < len(parts):
        for stop in range(min(len(parts), place + 16), place + 1, -1):
            name = " ".join(parts[place:stop])
            if name in library.agencies and (
                tuple(parts[place:stop]) in library.agencies[name] or not _is_bare(parts[place:stop])
            ):
                found.append(AgencyAsked(name, frozenset(library.agencies[name])))
                place = stop - 1
                break
        else:
            unknown = _unknown_agency(parts, place)
            if unknown:
                found.append(AgencyAsked(unknown, frozenset()))
                place += len(unknown.split()) - 1
        place += 1
    return tuple(dict.fromkeys(found))


def _recognised(text: str, holdings: Sequence[Holding]) -> tuple[AgencyAsked, ...]:
    """Return the agencies that a question names in other words than their register does."""
    names = dict.fromkeys(name for holding in holdings for name in agency_names(holding.document))
    found = [name for name, sure in resolve(re.sub(r"\d+\s?/\S+", " ", text), names) if sure >= RECOGNISED]
    return tuple(AgencyAsked(" ".join(agency_words(name)), frozenset(agency_keys(name))) for name in found[:4])


def _is_bare(words: list[str]) -> bool:
    heads = {tuple(head.split()) for head in lexicon("words")["agency_heads"]["words"]}
    return tuple(words) in heads or words == ["uy", "ban", "nhan", "dan"]


def _unknown_agency(parts: list[str], place: int) -> str | None:
    rest = " ".join(parts[place : place + 12])
    if not _agency_heads().match(rest) or _excluded("not_agencies").match(rest):
        return None
    head = _agency_heads().match(rest)
    tail = _excluded("agency_ends").split(rest[head.end() :] if head else "", maxsplit=1)[0].replace("|", " ").split()
    words = [word for word in tail[:7] if word.isalpha()]
    name = head[0] if head else ""
    alone = name in lexicon("words")["single_bodies"]["words"]
    return (
        " ".join((name, *words)) if alone or (words and name not in lexicon("words")["loose_heads"]["words"]) else None
    )


@cache
def _agency_heads() -> re.Pattern[str]:
    heads = sorted(lexicon("words")["agency_heads"]["words"], key=len, reverse=True)
    return re.compile(r"(?:" + "|".join(heads) + r")\b")


@cache
def _excluded(name: str) -> re.Pattern[str]:
    words = sorted(lexicon("words")[name], key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(words) + r")(?!\w)|\|")


def _unknown_place(text: str, words: str, library: Library) -> str | None:
    """Return a place that is named but has no document; None when nothing looks like a place name."""
    named = re.search(
        r"\b(?:[Tt]ỉnh|[Tt]hành phố|TP\.?|[Hh]uyện|[Tt]hị xã|[Qq]uận|[Xx]ã|[Pp]hường|[Tt]hị trấn|[Đđ]ặc khu|\b[Ởở]|\b[Tt]ại)"
        rf"\s+([{CAPITALS}]\w*(?:\s+[{CAPITALS}]\w*){{0,3}})",
        text,
    )
    if (
        named
        and len(named[1]) > 2
        and plain(named[1]).split()[0] not in _NOT_PLACES
        and not _is_agency(named[1], library)
    ):
        return named[1]
    lower = re.search(r"\b(?:huyen|tinh|thanh pho|thi xa|quan) ([a-z]+) ([a-z]+)(?: ([a-z]+))?", words)
    if lower and lower[2] not in _NOT_PLACES and (lower[1] not in _NOT_PLACES or lower[3] in _CLOSES):
        return f"{lower[1]} {lower[2]}".title()
    english = re.search(r"\b((?:[A-Z][a-z]+ ){1,3})(?:[Dd]istrict|[Cc]ity|[Pp]rovince|[Tt]own)\b", text)
    return english[1].strip() if english and english[1].split()[0] not in ("Which", "What", "The") else None


_NOT_PLACES = frozenset(
    "va co se thi o nay nao gi nop gui lam phai can giao khi bao han ban nhung la cho ve theo phong ban so uy bo hoi trung cong van ke thang quyet thong nghi luat chuong chien ubnd hdnd trinh uy doan dang doan chu bac "
    "truong pho nhan dan dau ai do nay ke nao la duoc day so dong tat moi khac khong ngay nam viet".split()
)


_CLOSES = frozenset(("la", "co", "thi", "phai", "nop", "nam", "duoc", None))


def _is_agency(name: str, library: Library) -> bool:
    return " ".join(agency_words(name)[:2]) in library.agencies


def _content(matter: str, reading: Reading) -> tuple[str, ...]:
    matter = re.sub(r"\b(?:cac|nhung|va|cua)\b", " ", matter)
    matter = " ".join(matter.split())
    for name in (*reading.places, *(agency.words for agency in reading.agencies)):
        matter = re.sub(rf"\b{re.escape(name)}\b", " ", matter)
    matter = _tasks().sub(" ", matter)
    return tuple(
        word for word in matter.split() if not re.fullmatch(r"(?:19|20)\d\d|[\d/.\-]+|%", word) and len(word) > 1
    )


@cache
def _tasks() -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(lexicon("words")["task"]) + r")(?!\w)")
