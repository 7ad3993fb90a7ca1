"""Answers about whole documents: which there are, and what one says in brief."""

import re
from collections.abc import Callable, Sequence

from knowledge.domain import DeadlineKind
from retrieval.citations import cite, cite_each
from retrieval.deadline_answers import tell_deadline
from retrieval.domain import Citation
from retrieval.library import Holding
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, state, tidy
from retrieval.wording import cues, lexicon, matches, pattern, plain

LISTED = 12


def tell_documents(holdings: Sequence[Holding], voice: Voice) -> tuple[str, tuple[Citation, ...]]:
    """List the documents at hand, each with what it is."""
    lines = [voice.say("documents", count=len(holdings))]
    for place, one in enumerate(holdings[:LISTED], 1):
        lines.append(f"{place}. {voice.say('listed', label=one.label, name=_described(one, voice))}")
    lines[-1] += voice.say("and_more", count=len(holdings) - LISTED) if len(holdings) > LISTED else ""
    return "\n".join(lines), tuple(quote for one in holdings[:LISTED] for quote in voice.opening(one))


Test = Callable[[Holding], bool]
_BLANKS: dict[str, Test] = {
    "no_number": lambda one: not one.document.number,
    "no_day": lambda one: not one.document.issued_on,
    "no_signer": lambda one: not one.document.signer,
    "with_report": lambda one: any(due.kind is DeadlineKind.REPORT for due in one.document.deadlines),
}


def properties(reading: Reading) -> list[Test]:
    """Return what a question asks documents to be: of a kind, level or year of issue, or blank somewhere."""
    tests = [test for name, test in _BLANKS.items() if matches(name, reading.words)]
    if kind := cues("of_kind").search(reading.words):
        tests.append(lambda one: f" {plain(one.document.kind or '-')} " in f"{kind[0]} ")
    issuers = lexicon("words")["issuer_levels"]
    if level := next((re.compile(issuer) for name, issuer in issuers.items() if name in reading.words), None):
        tests.append(lambda one: bool(level.search(plain(one.document.issuer or ""))))
    if reading.years and matches("issued_in", reading.words):
        tests.append(lambda one: any(str(year) in (one.document.issued_text or "") for year in reading.years))
    return tests


def _described(holding: Holding, voice: Voice) -> str:
    document = holding.document
    day = voice.say("dated", day=voice.day(document.issued_on)) if document.issued_on else ""
    title = tidy(document.title or "", 140)
    return f"{voice.name(document)}{day}{': ' + title if title else ''}"


def summarise(reading: Reading, holding: Holding, voice: Voice) -> Statement:
    """Say what a document is, what it is made of, who has duties in it and what falls due."""
    document, quotes = holding.document, list(voice.opening(holding))
    top = [section for section in document.sections if section.level == 1] or list(document.sections)
    parts = "; ".join(f"{one.path}. {tidy(one.heading, 90)}" for one in top[:9])
    if top and matches("parts", reading.words):
        return state(holding, voice.say("sum_sections", sections=parts), quotes)
    lines = [f"{_described(holding, voice)}."]
    lines += [voice.say("sum_signer", name=document.signer.name)] if document.signer else []
    lines += [voice.say("sum_sections", sections=parts)] if top else []
    if names := [name for name in holding.bodies if not pattern("group").match(plain(name))]:
        agencies = "; ".join(tidy(name, 70) for name in names[:8])
        lines.append(voice.say("sum_agencies", count=len(names), agencies=agencies))
    due = [one for one in document.deadlines if one.kind is not DeadlineKind.TASK][:5]
    lines += [f"• {tell_deadline(one, voice, brief=True)}" for one in due]
    quotes += cite_each(holding, due[:3])
    if not top:
        body = [passage for passage in voice.shelf[document.id].passages if len(passage.text) > 80][:2]
        lines += [tidy(passage.text, 300) for passage in body]
        quotes += [cite(holding, passage.text, passage.section) for passage in body]
    return state(holding, "\n".join(lines), quotes)
