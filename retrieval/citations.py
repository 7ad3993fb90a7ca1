"""Citations: where a statement stands, in words that the stored text holds letter for letter."""

import re
from collections.abc import Callable

from knowledge.vietnamese import fold, normalise
from retrieval.domain import Citation
from retrieval.library import Holding

ReadText = Callable[[str], str]
"""Returns a document's stored text by its id."""


def cite(holding: Holding, quote: str, section: str | None = None) -> Citation:
    """Return the citation of a verbatim quote of a document."""
    document = holding.document
    year = document.period.start.year if document.period else None
    return Citation(
        source=document.source,
        number=document.number,
        title=document.title,
        section=section,
        quote=quote.strip(),
        document_id=document.id,
        place=holding.label,
        year=year or (document.issued_on.year if document.issued_on else None),
        is_digest=holding.is_digest,
    )


def verified(citations: tuple[Citation, ...], read_text: ReadText) -> tuple[Citation, ...]:
    """Return the citations whose quote stands in its document, white space aside, each once."""
    texts: dict[str, str] = {}
    kept: dict[tuple[str, str], Citation] = {}
    for citation in citations:
        document_id = citation.document_id or ""
        if document_id not in texts:
            texts[document_id] = "".join(read_text(document_id).split())
        quote = "".join(citation.quote.split())
        if quote and quote in texts[document_id]:
            kept.setdefault((document_id, quote), citation)
    return tuple(kept.values())


def line_with(text: str, *needles: str, last: bool = False) -> str | None:
    """Return the first (or last) line of a text that holds one of the needles, marks and markup aside."""
    lines = [line for line in text.splitlines() if line.strip()]
    for needle in needles:
        wanted = _bare(needle)
        for line in reversed(lines) if last else lines:
            if wanted and wanted in _bare(line):
                return line.strip()
    return None


def _bare(text: str) -> str:
    return re.sub(r"[\s*_#]+", "", fold(normalise(text)))
