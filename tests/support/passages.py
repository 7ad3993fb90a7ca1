"""Documents and passages made up for tests of the index."""

from dataclasses import replace
from datetime import date

from knowledge.domain import Document, Passage, Period, stable_suffix
from retrieval.evaluation import blank_document


def make_document(document_id: str, *, title: str = "", place: str | None = None, year: int | None = None) -> Document:
    """Return a plan of a place and year."""
    period = Period(start=date(year, 1, 1), end=date(year, 12, 31)) if year else None
    return replace(blank_document(document_id), title=title or None, place=place, period=period)


def make_passages(document_id: str, *texts: str, heading: tuple[str, ...] = ()) -> tuple[Passage, ...]:
    """Return one passage a text."""
    return tuple(
        Passage(
            id=f"{document_id}.{stable_suffix(text)}",
            document_id=document_id,
            section=None,
            heading_path=heading,
            text=text,
            ordinal=place,
        )
        for place, text in enumerate(texts)
    )
