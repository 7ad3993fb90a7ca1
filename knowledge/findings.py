"""What a careful clerk would flag in a document; quoted, never repaired."""

from collections.abc import Sequence

from knowledge.domain import Deadline, Finding, Reference
from knowledge.head import Head
from knowledge.layout import Block


def find_findings(
    head: Head, references: Sequence[Reference], deadlines: Sequence[Deadline], blocks: Sequence[Block], text: str
) -> tuple[Finding, ...]:
    """Return the document's findings in reading order."""
    return ()
