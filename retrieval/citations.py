"""Citations: where a statement stands, in words that the stored text holds letter for letter."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from knowledge.domain import Deadline, Duty, Passage
from knowledge.vietnamese import fold, normalise
from retrieval.domain import Citation
from retrieval.library import Holding

KEPT = 32
"""Documents whose texts are kept ready; further ones are read again."""


@dataclass(frozen=True)
class Book:
    """The text of one document and its passages, read once and brought to the forms that are asked for."""

    text: str
    passages: tuple[Passage, ...]

    @cached_property
    def solid(self) -> str:
        """The text without white space."""
        return "".join(self.text.split())

    @cached_property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Each line that is not empty, as printed and without marks and markup."""
        return tuple((line.strip(), _bare(line)) for line in self.text.splitlines() if line.strip())

    def holds(self, quote: str) -> bool:
        """Tell whether a quote stands in the text, white space aside."""
        bare = "".join(quote.split())
        return bool(bare) and bare in self.solid

    def line_with(self, needles: Iterable[str], *, last: bool = False) -> str | None:
        """Return the first (or last) line that holds one of the needles, marks and markup aside."""
        for needle in filter(None, map(_bare, needles)):
            for printed, bare in reversed(self.lines) if last else self.lines:
                if needle in bare:
                    return printed
        return None


class Shelf:
    """Books by document id; the last few stay ready."""

    def __init__(self, text: Callable[[str], str], passages: Callable[[str], Iterable[Passage]]) -> None:
        self._text, self._passages = text, passages
        self._kept: dict[str, Book] = {}

    def __getitem__(self, document_id: str) -> Book:
        """Return a book; of documents unknown an empty one."""
        book = self._kept.get(document_id)
        if book is None:
            book = Book(self._text(document_id), tuple(self._passages(document_id)))
            kept = [*self._kept.items()][1 - KEPT :]
            self._kept = {**dict(kept), document_id: book}
        return book

    def verified(self, citations: Iterable[Citation]) -> tuple[Citation, ...]:
        """Return the citations whose quote stands in its document, each once."""
        kept: dict[tuple[str, str], Citation] = {}
        for citation in citations:
            key = (citation.document_id or "", "".join(citation.quote.split()))
            if key not in kept and self[key[0]].holds(citation.quote):
                kept[key] = citation
        return tuple(kept.values())


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


def cite_each(holding: Holding, entries: Iterable[Duty | Deadline]) -> tuple[Citation, ...]:
    """Return the citations of duties or deadlines."""
    return tuple(cite(holding, one.quote, one.section) for one in entries)


def _bare(text: str) -> str:
    return re.sub(r"[\s*_#]+", "", fold(normalise(text)))
