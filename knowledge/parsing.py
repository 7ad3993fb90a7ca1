"""From a document's text to its typed understanding; also what makes two documents the same."""

import contextlib
import hashlib
import unicodedata
from dataclasses import replace
from importlib import import_module
from typing import Any

from knowledge.domain import Deadline, Document, Duty, ParsedDocument, stable_suffix
from knowledge.findings import find_findings
from knowledge.head import Head, read_head
from knowledge.layout import Block, read_blocks
from knowledge.legacy_fonts import convert_legacy
from knowledge.passages import cut_passages, list_sections
from knowledge.references import find_references
from knowledge.vietnamese import syllables


def parse_document(text: str, source: str) -> ParsedDocument:
    """Understand a document's text; `source` is the name it is cited by. Never fails on odd text."""
    stored = unicodedata.normalize("NFC", convert_legacy(text))
    blocks = read_blocks(stored)
    head = read_head(blocks)
    content_hash = hashlib.sha256(stored.encode()).hexdigest()
    key = identity_key(head)
    document_id = stable_suffix(key or content_hash)
    year = head.period.start.year if head.period and head.period.start.year == head.period.end.year else None
    duties, deadlines = _registers(blocks, stored, document_id, head, year)
    references = find_references(blocks, stored, head.number)
    document = Document(
        id=document_id,
        source=source,
        kind=head.kind,
        number=head.number,
        title=head.title,
        issuer=head.issuer,
        place=head.place,
        issued_on=head.issued_on,
        issued_text=head.issued_text,
        period=head.period,
        signer=head.signer,
        addressed_to=head.addressed_to,
        recipients=head.recipients,
        references=references,
        sections=list_sections(blocks),
        duties=duties,
        deadlines=deadlines,
        findings=find_findings(head, references, deadlines, blocks, stored),
        content_hash=content_hash,
        stands_for=key if head.is_digest else None,
    )
    return ParsedDocument(document=document, text=stored, passages=cut_passages(blocks, stored, document_id))


def _registers(
    blocks: tuple[Block, ...], text: str, document_id: str, head: Head, year: int | None
) -> tuple[tuple[Duty, ...], tuple[Deadline, ...]]:
    default_year = year or (head.issued_on.year if head.issued_on else None)
    duties: Any = ()
    deadlines: Any = ()
    with contextlib.suppress(ModuleNotFoundError):
        duties = import_module("knowledge.duties").find_duties(blocks, text, document_id)
    try:
        find = import_module("knowledge.deadlines").find_deadlines
        deadlines = find(blocks, text, document_id, head.issued_on, default_year)
    except ModuleNotFoundError:
        pass
    return tuple(duties), tuple(deadlines)


def identity_key(head: Head | Document) -> str:
    """Return what tells this document from every other, "" when its head says nothing."""
    if not head.kind and not head.title:
        return ""
    name = " ".join(syllables(f"{head.kind or ''} | {head.issuer or ''}"))
    if head.number and head.issued_on:
        return f"{name} | {''.join(syllables(head.number))} | {head.issued_on}"
    period = f"{head.period.start}..{head.period.end}" if head.period else ""
    return f"{name} | {' '.join(syllables(head.title or ''))} | {period}"


def same_document(one: Document, other: Document) -> bool:
    """Tell whether both are the same document, whatever their wording."""
    return bool(identity_key(one)) and identity_key(one) == identity_key(other)


def rebase_ids(parsed: ParsedDocument, new_id: str) -> ParsedDocument:
    """Return the same understanding under another document id."""

    def moved(identifier: str) -> str:
        return f"{new_id}.{identifier.partition('.')[2]}"

    document = replace(
        parsed.document,
        id=new_id,
        duties=tuple(replace(duty, id=moved(duty.id)) for duty in parsed.document.duties),
        deadlines=tuple(replace(deadline, id=moved(deadline.id)) for deadline in parsed.document.deadlines),
    )
    passages = tuple(replace(passage, id=moved(passage.id), document_id=new_id) for passage in parsed.passages)
    return replace(parsed, document=document, passages=passages)
