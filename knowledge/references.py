"""The documents that a document rests on or mentions."""

from knowledge.domain import Reference
from knowledge.layout import Block


def find_references(blocks: tuple[Block, ...], document_text: str, own_number: str | None) -> tuple[Reference, ...]:
    """Return every cited document once, in reading order."""
    return ()
