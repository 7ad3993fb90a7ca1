"""Answers from passages, for questions that no register answers."""

import re
from collections.abc import Sequence
from typing import Protocol

from knowledge.domain import Passage
from retrieval.citations import cite
from retrieval.domain import Filters, SearchResult
from retrieval.evidence import Evidence, find_evidence
from retrieval.library import Holding, Library
from retrieval.mentions import is_under, stated_section
from retrieval.questions import Reading
from retrieval.statements import Statement, Voice, state, tidy
from retrieval.wording import lexicon, matches, pattern, plain

SURE = 0.5
"""Share of the question's matter that a sentence must carry to be given as an answer."""
WHOLE = 800
"""Letters of a paragraph that is given whole around the sentence that answers."""
LISTED = 12
"""Headings named of one document."""
MOST_UNDER = 6
"""Paragraphs told of one section."""
FEW, READ_WHOLE = 5, 400
"""Documents, and passages in all, that are read one by one; of more only what the search finds."""


class Search(Protocol):
    """Finds passages for a question; retrieval.search.PassageSearch is one."""

    def search(self, query: str, *, filters: Filters = ..., limit: int = 10) -> SearchResult:
        """Return the best passages, best first."""
        ...


Spot = tuple[Holding, Passage]


def tell_matter(
    reading: Reading, passages: Sequence[Spot], voice: Voice, *, sure: float = SURE, short: bool = False
) -> list[Statement]:
    """Tell what passages say; nothing when no sentence carries enough of the question."""
    found: list[Evidence] = []
    for content in dict.fromkeys((reading.content, officially(reading.content))):
        found += [one for one in find_evidence(content, passages, limit=8, asked=reading.text) if one.coverage >= sure]
    found = sorted((one for one in found if _has_figure(reading, one.sentence)), key=lambda one: -one.rank)
    if not found:
        return []
    best: dict[str, list[Evidence]] = {}
    for one in found:
        if one.coverage >= found[0].coverage - 0.15:
            best.setdefault(one.holding.document.id, []).append(one)
    return [_statement(entries, voice, in_full=len(best) == 1 and not short) for entries in best.values()]


def officially(content: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a question as documents would put them ("lấy chồng" is "kết hôn")."""
    said = f" {' '.join(content)} "
    for plain_words, official in lexicon("words")["synonyms"].items():
        said = said if f" {official} " in said else said.replace(f" {plain_words} ", f" {official} ")
    return tuple(said.split())


def has_matter(reading: Reading) -> bool:
    """Tell whether a question says enough to look for."""
    return len(reading.content) >= 2 or any(len(word) > 7 for word in reading.content)


def collect_passages(
    reading: Reading, holdings: Sequence[Holding], library: Library, search: Search | None, voice: Voice
) -> list[Spot]:
    """Return the passages that may answer: all of a few short documents, else what the search finds."""
    few = holdings if len(holdings) <= FEW else ()
    passages = [(one, passage) for one in few for passage in voice.shelf[one.document.id].passages]
    if search is None or (few and len(passages) <= READ_WHOLE):
        return passages
    ids = frozenset(one.document.id for one in holdings) if len(holdings) < len(library.holdings) else None
    hits = search.search(reading.text[:500], filters=Filters(document_ids=ids), limit=20).hits
    found = ((library.by_id.get(one.passage.document_id), one.passage) for one in hits)
    return [(holding, passage) for holding, passage in found if holding]


def _has_figure(reading: Reading, sentence: str) -> bool:
    if reading.has("days"):
        return reading.intent is not None or bool(pattern("duration").search(sentence))
    asked = "percent" if matches("share", reading.words) else "money" if matches("sum", reading.words) else "figure"
    return not reading.has("quantity") or bool(pattern(asked).search(sentence))


def _statement(entries: Sequence[Evidence], voice: Voice, *, in_full: bool) -> Statement:
    quotes = {_in_full(one) if in_full else one.sentence: one for one in entries[:2]}
    told = [f"{tidy(quote)}{_place(one, voice)}" for quote, one in quotes.items()]
    cited = tuple(cite(one.holding, quote, one.passage.section) for quote, one in quotes.items())
    return state(entries[0].holding, "\n".join(told), cited)


def _in_full(evidence: Evidence) -> str:
    """Return the paragraph or list item that the sentence stands in, when it is not far too long for a phone."""
    items = re.split(r"\n+(?=[-+•])", evidence.passage.text.strip())
    return next((one for one in items if evidence.sentence in one and len(one) <= WHOLE), evidence.sentence)


def _place(evidence: Evidence, voice: Voice) -> str:
    """Return the section with its heading: under an agency's own heading the heading says who is meant."""
    heading = re.sub(r"^[IVXLC]+\.\s*", "", (evidence.passage.heading_path or ("",))[-1])
    is_name = len(heading) <= 90 and not heading.isupper() and plain(heading) not in plain(evidence.sentence)
    named = tidy(heading) if is_name else ""
    return voice.section(evidence.passage.section, named)


def tell_section(reading: Reading, holding: Holding, voice: Voice) -> Statement | None:
    """Tell what stands under a heading that the question names by its words ("mục đích") or its number ("mục II.3")."""
    wanted = stated_section(reading.words, reading.text)
    passages = voice.shelf[holding.document.id].passages
    if wanted:
        above = re.sub(r"\.[a-zđ]$", "", wanted)
        under = [one for one in passages if is_under(one.section, wanted)]
        under = under or [one for one in passages if is_under(one.section, above)]
    else:
        # The part named is the deepest heading that a question names ("Yêu cầu" under "Mục đích, yêu cầu").
        paths = {one.heading_path[:depth] for one in passages for depth in range(1, len(one.heading_path) + 1)}
        named = [path for path in paths if _names_heading(reading, path[-1])]
        deepest = max(map(len, named), default=0)
        under = [one for one in passages if deepest and one.heading_path[:deepest] in named]
    if not under:
        return None
    under = under[:MOST_UNDER]
    lines = [f"• {tidy(one.text, max(330, 1200 // len(under)))}" for one in under]
    heading = tidy((under[0].heading_path or ("",))[-1])
    head = f"{heading}{voice.section(under[0].section)}:" if heading else ""
    quotes = [cite(holding, one.text, one.section) for one in under]
    return state(holding, "\n".join(filter(None, (head, *lines))), quotes)


def parts_of(holding: Holding) -> str:
    """Return the label and the headings of the parts of a document."""
    parts = [one for one in holding.document.sections if "." not in one.path]
    return f"{holding.label}: {'; '.join(tidy(one.heading, 80) for one in parts[:LISTED])}"


def _names_heading(reading: Reading, heading: str) -> bool:
    """Tell whether the question consists of a short heading, or of one of those that it joins, and little else."""
    for part in re.sub(r"^\W*(?:[IVXLC]+|\d+)[.)]\s*", "", heading).split(","):
        name = plain(part)
        if len(name.split()) <= 4 and matches("part", name) and f" {name} " in f" {reading.words} ":
            return sum(word not in name.split() for word in reading.content) <= 1
    return False
