"""Answers about whole documents: which there are, and what one says in brief."""

import re
from collections.abc import Callable, Sequence

from knowledge.domain import DeadlineKind
from retrieval.citations import cite
from retrieval.deadline_answers import tell_deadline
from retrieval.domain import Citation
from retrieval.duty_answers import GROUP
from retrieval.library import Holding
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, state, tidy
from retrieval.wording import cues, matches, plain

LISTED = 12


def tell_documents(holdings: Sequence[Holding], voice: Voice) -> tuple[str, tuple[Citation, ...]]:
    """List the documents at hand, each with what it is."""
    lines = [voice.say("listed", label=one.label, name=_described(one, voice)) for one in holdings[:LISTED]]
    more = voice.say("and_more", count=len(holdings) - LISTED) if len(holdings) > LISTED else ""
    quotes = [quote for one in holdings[:LISTED] for quote in quote_opening(one, voice)]
    head = voice.say("documents", count=len(holdings))
    return "\n".join([head, *(f"{place}. {line}" for place, line in enumerate(lines, 1))]) + more, tuple(quotes)


Test = Callable[[Holding], bool]
_BLANKS: dict[str, Test] = {
    "no_number": lambda one: not one.document.number,
    "no_day": lambda one: not one.document.issued_on,
    "no_signer": lambda one: not one.document.signer,
}
_KINDS = ("cong van", "tin", "thong bao", "quyet dinh", "chi thi", "chuong trinh", "huong dan", "ke hoach")
_LEVELS = {"cap tinh": ("tinh", "so", "ban dan toc"), "cap huyen": ("huyen", "thi xa"), "cap xa": ("xa", "phuong")}


def properties(reading: Reading) -> list[Test]:
    """Return what a question asks documents to be: of a kind, level or year of issue, or blank somewhere."""
    tests = [test for name, test in _BLANKS.items() if matches(name, reading.words)]
    if kind := cues("of_kind").search(reading.words):
        named = next((one for one in _KINDS if re.search(rf"\b{one}\b", kind[0])), "-")
        tests.append(lambda one: plain(one.document.kind or "").startswith(named))
    if level := next((words for name, words in _LEVELS.items() if name in reading.words), None):
        tests.append(lambda one: bool(re.search(rf"\b(?:{'|'.join(level)})\b", plain(one.document.issuer or ""))))
    if reading.years and matches("issued_in", reading.words):
        tests.append(lambda one: bool({_year_of(one)} & set(reading.years)))
    return tests


def _year_of(holding: Holding) -> int | None:
    document = holding.document
    printed = re.findall(r"20\d\d", document.issued_text or "")
    return document.issued_on.year if document.issued_on else int(printed[-1]) if printed else None


def _described(holding: Holding, voice: Voice) -> str:
    document = holding.document
    name = " ".join(part for part in (voice.kind(document.kind), document.number) if part)
    day = voice.say("dated", day=voice.day(document.issued_on)) if document.issued_on else ""
    title = tidy(document.title or "", 140)
    return f"{name}{day}{': ' + title if title else ''}"


def quote_opening(holding: Holding, voice: Voice) -> tuple[Citation, ...]:
    """Return the citation of a document's title, or of its first words."""
    document = holding.document
    first = next((passage.text for passage in voice.shelf[document.id].passages if len(passage.text) > 30), "")
    return voice.quote_line(holding, (document.title or "")[:50], document.number or "") or (
        (cite(holding, first),) if first else ()
    )


def summarise(holding: Holding, voice: Voice) -> Statement:
    """Say what a document is, what it is made of, who has duties in it and what falls due."""
    document = holding.document
    lines = [f"{_described(holding, voice)}."]
    if document.signer:
        lines.append(voice.say("sum_signer", name=document.signer.name))
    top = [section for section in document.sections if section.level == 1] or list(document.sections)
    if top:
        lines.append(
            voice.say("sum_sections", sections="; ".join(f"{one.path}. {tidy(one.heading, 90)}" for one in top[:9]))
        )
    names = [name for name in holding.bodies if not GROUP.match(plain(name))]
    if names:
        lines.append(
            voice.say("sum_agencies", count=len(names), agencies="; ".join(tidy(name, 70) for name in names[:8]))
        )
    due = [one for one in document.deadlines if one.kind is not DeadlineKind.TASK][:5]
    lines += [f"• {tell_deadline(one, voice, brief=True)}" for one in due]
    quotes = (*quote_opening(holding, voice), *(cite(holding, one.quote, one.section) for one in due[:3]))
    if not top:
        body = [passage for passage in voice.shelf[document.id].passages if len(passage.text) > 80][:2]
        lines += [tidy(passage.text, 300) for passage in body]
        quotes = (*quotes, *(cite(holding, passage.text, passage.section) for passage in body))
    return state(holding, "\n".join(lines), quotes)
