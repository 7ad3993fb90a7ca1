"""Understanding a question: what is asked, of which documents, about which agency, report, number or day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter
from typing import Literal

from knowledge.vietnamese import fold, normalise
from retrieval.library import Holding, Library
from retrieval.mentions import (
    StatedDate,
    document_numbers,
    report_kinds,
    stated_dates,
    stated_months,
    stated_years,
    without_dates,
)
from retrieval.naming import AgencyAsked, agencies_in, recognise_agencies, unknown_place
from retrieval.wording import (
    CAPITALS,
    cues,
    holds_english_phrase,
    in_vietnamese,
    is_syllable,
    lexicon,
    matches,
    pattern,
    plain,
    short_forms,
    without_stops,
)

LONGEST = 1500
"""Letters of a question that are read; nobody asks longer ones in earnest."""
FACTS = ("signer", "number", "issue_date", "issuer", "recipients", "doc_period", "budget")
_LEVELS = frozenset(("phong", "so", "bo"))
"""Bodies of one field at different levels: none stands for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, in which conversation, where and when; history is (role, text), oldest first."""

    text: str
    history: tuple[tuple[str, str], ...] = ()
    locality: str | None = None
    today: date
    language: Literal["vi", "en"] = "vi"


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


def agencies_at(reading: Reading, holding: Holding) -> tuple[AgencyAsked, ...]:
    """Return the agencies asked of one place: where agencies and places are named in turn, the one beside it."""
    words = f" {re.sub(r'(?:va|cac|nhung|cua) ', '', f'{reading.words} ')}"
    spots: list[tuple[int, AgencyAsked | Holding]] = []
    spots += [(words.find(f" {agency.words}"), agency) for agency in reading.agencies]
    spots += [(max(words.find(f" {name} ") for name in one.own), one) for one in reading.scope]
    named = [one for _, one in sorted(spots, key=itemgetter(0))]
    order, places = [isinstance(one, AgencyAsked) for one in named], len(reading.scope)
    if places < 2 or order not in ([True, False] * places, [False, True] * places):
        return reading.agencies
    pairs = zip(named[::2], named[1::2], strict=True)
    return tuple(one for pair in pairs if holding in pair for one in pair if isinstance(one, AgencyAsked))


def read_question(text: str, library: Library, language: str = "vi") -> Reading:
    """Understand one message by itself."""
    short = normalise(text[: 4 * LONGEST])[:LONGEST]
    asked = re.sub(r"\b[Tt]hì\b(?! sao| thế)", ",", without_preamble(short))
    folded = " ".join(fold(asked).split())
    if _is_english(asked, folded, language):
        translated = in_vietnamese(folded)
        words = plain(translated.replace("_", " "))
        if any(one.is_provincial for one in _scope(words, library)[0]):
            words = re.sub(r"\bphong(?= (?!chong|ngua)\w)", "so", words)
        reading = _read(short, asked, f"{plain(asked)} ; {words}", words, library)
        return replace(reading, content=_content(plain(_matter_in_english(translated)), reading))
    words = pattern("own_body").sub(r"uy ban nhan dan \1", library.repair(plain(asked)))
    reading = _read(short, asked, words, words, library)
    return replace(reading, content=_content(library.repair(plain(without_stops(asked, english=False))), reading))


def without_preamble(text: str) -> str:
    """Return a message without the greetings and introductions before its question."""
    clauses = re.split(r"(?<=[,.;:!?])\s+", text)
    while len(clauses) > 1 and matches("preamble", " ".join(fold(clauses[0]).split())):
        del clauses[0]
    return " ".join(clauses)


def _read(short: str, asked: str, told: str, words: str, library: Library) -> Reading:
    """Read plain words: `told` for cues in either language, `words` for names; figures are read as typed."""
    figures = plain(asked)
    typed = asked if told is words else ""
    whole = words if asked == short else f"{library.repair(plain(short))} ; {words}"
    scope, places = _scope(whole, library)
    agencies = agencies_in(asked, words, library, places, scope) or agencies_in(short, whole, library, places, scope)
    if not any(agency.keys for agency in agencies) and matches("duty", words):
        heads = {agency.words.split()[0] for agency in agencies} & _LEVELS
        known = recognise_agencies(short, scope or library.holdings[:20])
        agencies = tuple(one for one in known if not heads or one.words.split()[0] in heads) or agencies
    numbers = document_numbers(figures) or _known_numbers(figures, library)
    if numbers:
        # "Công văn 1900 của Sở …": whoever issued the document named has no part in what is asked.
        agencies = tuple(one for one in agencies if one.keys or f"cua {one.words}" not in whole.replace(" va ", " "))
    # "Phòng Nghiệp vụ thuộc Ban Dân tộc": the issuer is named as the place of the other body.
    agencies = tuple(one for one in agencies if one.words not in places) or agencies
    by_issuer = bool(scope) and all(holding.is_own(one.words) for one in agencies for holding in scope)
    if by_issuer and not matches("acts", told) and not stated_dates(figures):
        agencies = ()
    is_particular = any(agency.keys for agency in agencies) or (bool(scope) and matches("bases", told))
    language: Literal["vi", "en"] = "vi" if told is words else "en"
    told = _without_names(told, places)
    intent = _intent(told, typed, is_particular, bool(agencies))
    bearers = () if by_issuer or intent not in ("bases", "number") else agencies
    if any((one.keys or intent == "bases") and _acts(one, words) for one in bearers):
        intent = "duty"
    elif intent in ("number", "issue_date") and matches("cites_number", words):
        intent = "bases"
    return Reading(
        text=short,
        words=words,
        language=language,
        intent=intent,
        also=tuple(
            one
            for one in (*FACTS, "when")
            if intent in FACTS and one != intent and _is_also_asked(one, told, typed, intent)
        ),
        flags=frozenset(
            one
            for one in lexicon("cues")["flags"]
            if matches(one, told) and not (one == "verify" and matches("open", told))
        ),
        scope=scope,
        places=places,
        unknown_place=None if places else unknown_place(short, whole if language == "vi" else "", library),
        agencies=agencies,
        numbers=numbers,
        years=stated_years(figures),
        dates=stated_dates(figures),
        months=stated_months(figures),
        reports=report_kinds(told),
        content=(),
        leans=matches("leans", figures),
    )


def _without_names(told: str, places: Sequence[str]) -> str:
    """Return words without the names of places, some of which sound like cues ("Hà Tiên" and "tiền")."""
    for name in places:
        if any(cues(one).search(name) for one in lexicon("cues")["intents"]):
            told = re.sub(rf"\b{re.escape(name)}\b", "noi do", told)
    return told


def _known_numbers(words: str, library: Library) -> tuple[str, ...]:
    """Return bare figures that are numbers of documents known ("2304 với 2302 có phải là một không")."""
    bare = re.findall(r"(?<![\d/.])(?!(?:199|20[0-4])\d(?!\d))\d{3,5}(?![\d/.])", words)
    return tuple(one for one in dict.fromkeys(bare) if library.cited(one) or library.numbered(one))


def _acts(agency: AgencyAsked, words: str) -> bool:
    """Tell whether an agency is the one that carries something out ("Phòng X phải thực hiện kế hoạch nào")."""
    start = words.find(" ".join(agency.words.split()[:2]))
    return start >= 0 and matches("carries", words[start:])


def _is_also_asked(fact: str, words: str, typed: str, first: str | None) -> bool:
    """Tell whether a fact is asked for beside another one; in a list "ngày" alone asks for the date of issue."""
    if fact == "when":
        return first != "issue_date" and matches("report", words) and matches("due", words)
    return matches(fact, words, typed) or (fact in ("issue_date", "number") and matches(f"{fact}_in_list", words))


def _is_english(text: str, folded: str, language: str) -> bool:
    """Tell English from Vietnamese typed without marks; a Vietnamese name in an English sentence may carry marks."""
    told = re.sub(rf"(?<=\s)[{CAPITALS}]\w*", " ", text)
    if fold(told) != told.lower():
        return len(cues("english").findall(text.lower())) >= 3
    strange = [word for word in folded.split() if word.isalpha() and len(word) > 3 and not is_syllable(word)]
    foreign = sum(word not in short_forms() for word in strange)
    known = len(cues("english").findall(folded))
    asks = cues("english_opening").match(folded)
    return language == "en" or bool(asks) or known >= 2 or (known == 1 and foreign >= 2) or holds_english_phrase(folded)


def _matter_in_english(translated: str) -> str:
    """Return the words that carry matter; a few that nobody translated do not count beside a phrase of the domain."""
    kept = without_stops(translated, english=True).split()
    known = [word for word in kept if "_" in word]
    return " ".join(known if known and len(kept) - len(known) <= max(2, len(known)) else kept).replace("_", " ")


def _intent(words: str, typed: str, is_particular: bool, has_agency: bool) -> str | None:
    names: list[str] = lexicon("cues")["intents"]
    for name in names:
        if name == "documents" and is_particular:
            continue
        if (has_agency or lexicon("cues")[name].get("needs") != "agency") and matches(name, words, typed):
            return name
    return None


def _scope(words: str, library: Library) -> tuple[tuple[Holding, ...], tuple[str, ...]]:
    found = dict(library.places_in(words) or library.signed_by(words))
    narrow = [ids for ids in found.values() if not any(other < ids for other in found.values())]
    chosen = set().union(*narrow) if narrow else set()
    return tuple(one for one in library.holdings if one.document.id in chosen), tuple(found)


def _content(matter: str, reading: Reading) -> tuple[str, ...]:
    matter = re.sub(r"\b(?:cac|nhung|va|cua)\b", " ", pattern("section").sub(" ", without_dates(matter)))
    matter = " ".join(matter.split())
    names = (*(agency.words for agency in reading.agencies), *(one.replace(" va ", " ") for one in reading.places))
    # "duc co": what of a name is a word that says nothing is gone already.
    for name in filter(None, (*names, *(" ".join(without_stops(one, english=False).split()) for one in names))):
        matter = re.sub(rf"\b(?:(?:xa|phuong|thi tran|quan) (?={name}))?{re.escape(name)}\b", " ", matter)
    for name in ("task", "budget_task") if reading.intent == "budget" else ("task",):
        matter = cues(name).sub(" ", matter)
    words = [word for word in matter.split() if not pattern("no_matter").fullmatch(word)]
    return tuple(word for word in words if not (word.isdigit() and word in reading.numbers))
