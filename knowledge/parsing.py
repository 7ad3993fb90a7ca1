"""From a document's text to its typed understanding; also what makes two documents the same."""

import hashlib
import re
import unicodedata
from dataclasses import fields, replace
from typing import Any

from knowledge.deadlines import find_deadlines
from knowledge.domain import Deadline, DeadlineKind, Document, ParsedDocument, stable_suffix
from knowledge.duties import find_duties
from knowledge.findings import find_findings
from knowledge.head import Head, read_head
from knowledge.layout import read_blocks
from knowledge.legacy_fonts import convert_legacy
from knowledge.passages import cut_passages, list_sections
from knowledge.references import find_references
from knowledge.vietnamese import fold, syllables

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database takes as text."""
_OF_HEAD = [field.name for field in fields(Head) if field.name in Document.__dataclass_fields__]


def parse_document(text: str, source: str, *, known_as: str | None = None) -> ParsedDocument:
    """Understand a document's text; `source` is the name it is cited by, `known_as` the id of its earlier version.

    Never fails on odd text.
    """
    readable = unicodedata.normalize("NFC", _UNSTORABLE.sub("\ufffd", text))
    stored = unicodedata.normalize("NFC", convert_legacy(readable))
    blocks = read_blocks(stored)
    head = read_head(blocks)
    content_hash = hashlib.sha256(stored.encode()).hexdigest()
    key = identity_key(head)
    document_id = known_as or stable_suffix(key or content_hash)
    references = find_references(blocks, stored, head.number)
    register = find_duties(blocks, stored, document_id, head.issuer, head.told)
    is_one_year = head.period.start.year == head.period.end.year if head.period else head.issued_year is not None
    deadlines = find_deadlines(
        blocks, stored, document_id, head.earliest, is_one_year=is_one_year, title=head.title, told=register.addressees
    )
    facts: dict[str, Any] = {name: getattr(head, name) for name in _OF_HEAD}
    document = Document(
        id=document_id,
        source=source,
        **facts,
        references=references,
        sections=list_sections(blocks),
        duties=register.duties,
        deadlines=tuple(_of_everybody(deadline, head) for deadline in deadlines),
        findings=find_findings(head, references, deadlines, blocks, stored),
        content_hash=content_hash,
        stands_for=key if head.is_digest else None,
    )
    return ParsedDocument(document=document, text=stored, passages=cut_passages(blocks, stored, document_id))


def _of_everybody(deadline: Deadline, head: Head) -> Deadline:
    """Return a day or a span that the issuer keeps as a whole as one for all of its offices."""
    own = all(_folded(head.issuer).startswith(_folded(name)) for name in deadline.assignees)
    is_occasion = deadline.kind in (DeadlineKind.EVENT, DeadlineKind.PERIOD)
    return replace(deadline, assignees=()) if own and is_occasion else deadline


def identity_key(head: Head | Document) -> str:
    """Return all that tells this document from every other; "" when its head says too little."""
    if not head.title and not (head.number and head.issued_on):
        return ""
    period = f"{head.period.start}..{head.period.end}" if head.period else ""
    parts = (head.kind, head.number, head.issued_on, head.issued_text, head.issuer, head.place, head.title, period)
    return " | ".join(" ".join(syllables(str(part or ""))) for part in parts)


def same_document(one: Document, other: Document) -> bool:
    """Tell whether both are the same document: form, issuer, number and date; title and period where one is blank."""
    if one.content_hash == other.content_hash:
        return True
    if one.kind != other.kind or not _same_issuer(one, other):
        return False
    numbers = (_folded(one.number), _folded(other.number))
    days = (one.issued_on, other.issued_on)
    if (all(numbers) and numbers[0] != numbers[1]) or (all(days) and days[0] != days[1]):
        return False
    if all(numbers) and all(days):
        return True
    return bool(one.title) and _folded(one.title) == _folded(other.title) and one.period == other.period


def _same_issuer(one: Document, other: Document) -> bool:
    """Issuers agree when one name says no more than the other and nothing else contradicts it."""
    names = [set(_folded(document.issuer).replace("uy ban nhan dan", "ubnd").split()) for document in (one, other)]
    places = (_folded(one.place), _folded(other.place))
    if all(places) and places[0] != places[1]:
        return False
    return names[0] <= names[1] or names[1] <= names[0]


def _folded(text: str | None) -> str:
    return " ".join(syllables(fold(text or "")))
