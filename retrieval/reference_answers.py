"""Answers about documents named by number and those cited: what one is, who cites it, what a plan rests on."""

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.domain import Reference
from knowledge.vietnamese import fold
from retrieval import duty_answers
from retrieval.citations import cite
from retrieval.composition import Turn
from retrieval.domain import Answer, Citation
from retrieval.library import Holding, Library
from retrieval.mentions import stated_dates
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, state, tidy
from retrieval.terms import words as syllables
from retrieval.wording import lexicon, matches, pattern, plain

KINDS = lexicon("words")["document_kinds"]
LISTED = 10
"""Documents told in one answer."""


def tell_cited(reading: Reading, library: Library, within: Sequence[Holding], voice: Voice) -> list[Statement]:
    """Tell what the documents named by number are, as each citing document prints it."""
    statements = []
    outer = matches("which_document", reading.words) or matches("carried_by", reading.words)
    for number in reading.numbers:
        entries = [entry for entry in library.cited(number) if not within or entry[0] in within]
        entries = (_carriers(entries) if outer else []) or entries
        for holding in {one.document.id: one for one, _ in entries}.values():
            reference = _once([other for place, other in entries if place is holding])[0]
            text = _worded(reference, voice, 420)
            if matches("of_whom", reading.words) and " cua " not in plain(text):
                lines = voice.quote_line(holding, reference.number or "")
                text = next((tidy(one.quote) for one in lines if len(one.quote) < 400), text)
            # Where it is asked who cites it, the citing one leads as label.
            told = f"{text}." if reading.has("places") else voice.say("cited", text=text, label=holding.label)
            statements.append(state(holding, told, quote_reference(holding, reference, voice)))
    return statements


def _carriers(entries: Sequence[tuple[Holding, Reference]]) -> list[tuple[Holding, Reference]]:
    """Return the cited documents that name those given ("kế hoạch nào thực hiện Kết luận số 250-KL/TU")."""
    return [
        (holding, other)
        for holding, one in entries
        for other in holding.document.references
        if one.number and other.number != one.number and fold(one.number) in fold(other.text)
    ]


def _worded(reference: Reference, voice: Voice, limit: int = 300) -> str:
    """Return a reference in its own words, with its day where these do not print it."""
    text, day = tidy(reference.text, limit), reference.date
    if day and not any(one.agrees(day) for one in stated_dates(plain(text))):
        text += voice.say("dated", day=voice.day(day))
    return text


def quote_reference(holding: Holding, reference: Reference, voice: Voice) -> tuple[Citation, ...]:
    """Return the citation of a reference: its own words where they stand so, else the line that names it."""
    whole = voice.shelf[holding.document.id].holds(reference.text)
    return (cite(holding, reference.text),) if whole else voice.quote_line(holding, reference.number or "")


def tell_same_day(reading: Reading, library: Library, within: Sequence[Holding], voice: Voice) -> list[Statement]:
    """Tell which cited documents carry the same date as the one named."""
    statements = []
    for number in reading.numbers:
        for holding, reference in library.cited(number):
            dated = [one for one in holding.document.references if one.date == reference.date]
            if reference.date and (others := [one for one in dated if one.number != reference.number]):
                told = "; ".join(tidy(other.text, 260) for other in _once(others))
                text = voice.say("same_day", number=reference.number or "", day=voice.day(reference.date), others=told)
                quotes = [quote for one in (reference, *others) for quote in quote_reference(holding, one, voice)]
                statements.append(state(holding, text, quotes))
                break
    return statements


def tell_bases(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell which documents a plan rests on or mentions, narrowed to the issuer and kind asked for."""
    references = _once(holding.document.references)
    asked = r"{0} (?:\w+ )?(?:nao|gi|so may|cua)|(?:which|what|may|nhieu|many) (?:\w+ )?{0}"
    asked = "{0}" if reading.intent in ("number", "issue_date") else asked
    kinds = tuple(one for one in KINDS if one != "van ban" and re.search(asked.format(one), reading.words))
    chosen = [one for one in references if plain(one.text).startswith(kinds or "")]
    if days := (*reading.dates, *reading.months):
        chosen = [one for one in chosen if one.date and any(day.agrees(one.date) for day in days)]
    if reading.years and not holding.years & set(reading.years):
        chosen = [one for one in chosen if one.date and one.date.year in reading.years]
    if matches("opening", reading.words):
        chosen = [one for one in chosen if _is_basis(one, holding, voice)] or chosen
    issuer = pattern("cited_issuer").search(reading.words)
    issued = [one for one in chosen if issuer and f"{issuer[1]} " in f"{plain(one.text)} "]
    chosen, elsewhere = issued or chosen, issuer and not plain(holding.document.issuer or "").startswith(issuer[1])
    wanted = _wanted(reading, holding)
    if wanted and chosen:
        narrowed = _best_named(chosen, wanted, reading.text) or _best_named(references, wanted, reading.text)
        chosen = narrowed or (chosen if kinds and set(wanted) <= set(reading.content) else [])
    if not chosen:
        return None
    key = "bases_counted" if matches("counted", reading.words) else "bases"
    lines = [voice.say(key, label=holding.label, count=len(chosen))]
    lines += [f"• {_worded(one, voice)}" for one in chosen[:LISTED]]
    lines[-1] += voice.say("and_more", count=len(chosen) - LISTED) if len(chosen) > LISTED else ""
    quotes = [quote for one in chosen[:6] for quote in quote_reference(holding, one, voice)]
    return state(holding, "\n".join(lines), quotes, said=bool(issued) or not elsewhere)


def _is_basis(reference: Reference, holding: Holding, voice: Voice) -> bool:
    """Tell whether a document is named before the first section, where the bases stand."""
    place = voice.shelf[holding.document.id].text.find(reference.number or reference.text[:25])
    return 0 <= place < min((one.start for one in holding.document.sections), default=0)


def _best_named(references: Sequence[Reference], wanted: Sequence[str], asked: str) -> list[Reference]:
    """Return the documents that hold most of the words wanted, half of them at least."""
    shares = [_share(wanted, f"{one.text} {fold(one.number or '')}", asked) for one in references]
    best = max(shares, default=0.0)
    return [one for one, share in zip(references, shares, strict=True) if share >= max(0.5, best)]


def _share(wanted: Sequence[str], text: str, asked: str = "") -> float:
    """Return the share of the words wanted that a text holds, with the marks that the question typed on them."""
    said, marked = set(plain(text).split()), set(syllables(text))
    typed = {fold(one): one for one in syllables(asked)} if fold(asked) != asked.lower() else {}
    return sum(word in said and (word not in typed or typed[word] in marked) for word in wanted) / len(wanted)


def is_described(reading: Reading, holding: Holding) -> bool:
    """Tell whether the words of a question fit a cited document plainly better than the citing one's own title."""
    wanted = _wanted(reading, holding)
    if len(wanted) < 2:
        return False
    own = _share(wanted, f"{holding.document.title or ''} {holding.document.issuer or ''}")
    return max((_share(wanted, one.text) for one in holding.document.references), default=0.0) > max(0.59, own + 0.15)


def is_of_other_kind(reading: Reading, holding: Holding) -> bool:
    """Tell whether a question asks for a plan where the document is a news item, which only tells of one."""
    kind = plain(holding.document.kind or "")
    asked = tuple(one for one in KINDS if f" {one} " in f" {reading.words} ")
    told = [one for one in holding.document.references if one.number and plain(one.text).startswith(asked)]
    return not holding.document.number and not any(one in kind for one in asked) and len(_once(told)) == 1


def _wanted(reading: Reading, holding: Holding) -> list[str]:
    others = (agency.words for agency in reading.agencies if agency.words not in holding.own)
    return [*(one for one in reading.content if one != "dan"), *(word for words in others for word in words.split())]


def _once(references: Sequence[Reference]) -> list[Reference]:
    """Return each document once, in its fullest words, in the order in which they are first named."""
    kept: dict[str, Reference] = {}
    for one in references:
        key = fold(one.number or one.text)
        kept[key] = max(kept.get(key, one), one, key=lambda other: len(other.text))
    return list(kept.values())


def tell_apart(turn: Turn) -> Answer | None:
    """Which bodies carry out one document and not another, or one alone."""
    reading = turn.reading
    if reading.intent != "who" or not reading.numbers or not matches("apart", reading.words):
        return None
    told = [duty_answers.tell_without(reading, holding, turn.voice) for holding in turn.candidates()]
    return turn.combine(told)


def tell_numbered(turn: Turn) -> Answer | Reading | None:
    """Documents named by number: held ones by their own facts, cited ones as they are cited."""
    reading, library = turn.reading, turn.library
    of_whom = matches("of_whom", reading.words)
    about_body = (reading.intent == "who" and not of_whom) or (
        reading.intent in ("duty", "when", "budget") and bool(reading.agencies)
    )
    if not reading.numbers or (about_body and not reading.has("verify")):
        return None
    doubts = reading.has("verify") or matches("without", reading.words)
    if turn.is_named and doubts and all(duty_answers.own_duties(reading, one) for one in turn.candidates()):
        return replace(reading, intent="duty", flags=reading.flags - {"compare"})
    if reading.has("verify") and matches("issued_by", reading.words):
        reading = replace(reading, intent="issuer", agencies=())
    elif reading.has("verify") and _claims_own_number(reading):
        return replace(reading, intent="number", also=("issue_date",) if reading.dates else ())
    held = [one for number in reading.numbers for one in library.numbered(number)]
    cited = [entry for number in reading.numbers for entry in library.cited(number) if entry[0] in reading.scope]
    # A number says which document is meant, whatever place is named with it.
    if own := [one for one in held if one in (reading.scope or held)] or ([] if cited else held):
        told_of = reading.intent or ("duty" if reading.agencies else None if len(reading.content) > 2 else "title")
        told_of = "issuer" if of_whom and told_of == "who" else told_of
        return replace(reading, scope=tuple(own), numbers=(), intent=told_of)
    return _tell_cited(replace(turn, reading=reading))


def _tell_cited(turn: Turn) -> Answer | Reading | None:
    """Tell what documents are that others cite; who signed or got them and what they hold is not known there."""
    reading, library, voice = turn.reading, turn.library, turn.voice
    tell = tell_same_day if reading.intent == "same_day" else tell_cited
    told = tell(reading, library, reading.scope, voice)
    if not told and reading.has("verify") and reading.scope and reading.intent != "issuer":
        return replace(reading, intent=reading.intent or "bases", content=())
    told = told or tell_cited(reading, library, (), voice)
    if not told:
        return turn.refuse("unknown_number", number=", ".join(reading.numbers).upper())
    untold = reading.intent in ("signer", "recipients") or (reading.has("quantity") and not reading.has("verify"))
    return turn.refuse_with(told, "refuse_cited") if untold else turn.combine(told, named=True)


def _claims_own_number(reading: Reading) -> bool:
    """Tell whether a question takes a number for the named document's own ("Kế hoạch X số 55 đúng không")."""
    named, number = "|".join(map(re.escape, reading.places)) or "-", re.escape(reading.numbers[0])
    return bool(re.search(rf"(?:{named})(?: \w+){{0,2}}? (?:la )?so (?:la )?{number}", reading.words))
