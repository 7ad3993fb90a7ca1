"""The record of everything known: documents, their registers, texts and passages."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sql
from sqlalchemy import Column, Connection, Engine, Integer, String, Table, Text

from knowledge.database import metadata
from knowledge.domain import Document, ParsedDocument, Passage
from knowledge.records import document_from_record, document_to_record

documents = Table(
    "document",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(255), nullable=False, unique=True),
    Column("content_hash", String(64), nullable=False),
    Column("record", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("stored_at", sql.DateTime(timezone=True), nullable=False),
)
passages = Table(
    "passage",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("document_id", sql.ForeignKey("document.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("section", String(255)),
    Column("heading_path", Text, nullable=False),
    Column("text", Text, nullable=False),
)
revisions = Table("store_revision", metadata, Column("id", Integer, primary_key=True), Column("value", Integer))

OnChange = Callable[[Connection, Document | None, Document | None], None]
"""Called inside the transaction with the document before and after; reminders re-plan here."""

_BATCH = 500
# Built once: building a statement costs more than these take to run.
_PASSAGE = passages.columns.keys()
_PASSAGES_BY_ID = sql.select(passages).where(passages.c.id.in_(sql.bindparam("ids", expanding=True)))
_REVISION = "SELECT max(value) FROM store_revision"
"""Asked before every answer, of the driver itself: that takes a quarter of the time."""


class DocumentStore:
    """Documents in the database; every change bumps the revision in the same transaction."""

    def __init__(self, engine: Engine, on_change: OnChange | None = None) -> None:
        self.engine = engine
        self._on_change = on_change
        self._read: tuple[int, tuple[Document, ...]] | None = None

    def documents(self) -> tuple[Document, ...]:
        """Return every document, by source name; read anew only after a change."""
        revision = self.revision()
        if self._read is None or self._read[0] != revision:
            with self.engine.connect() as connection:
                records = connection.scalars(sql.select(documents.c.record).order_by(documents.c.source)).all()
            self._read = (revision, tuple(document_from_record(json.loads(record)) for record in records))
        return self._read[1]

    def text(self, document_id: str) -> str:
        """Return the full text of a document, "" when there is none."""
        with self.engine.connect() as connection:
            return connection.scalar(sql.select(documents.c.text).where(documents.c.id == document_id)) or ""

    def passages(self, document_id: str | None = None) -> Iterator[Passage]:
        """Yield passages in reading order, of one document or of all."""
        query = sql.select(passages).order_by(passages.c.document_id, passages.c.ordinal)
        if document_id is not None:
            query = query.where(passages.c.document_id == document_id)
        with self.engine.connect() as connection:
            for row in connection.execute(query.execution_options(yield_per=1000)):
                yield _passage(row)

    def passages_by_id(self, ids: Iterable[str]) -> dict[str, Passage]:
        """Return the passages that exist among ids."""
        with self.engine.connect() as connection:
            return {row[0]: _passage(row) for row in connection.execute(_PASSAGES_BY_ID, {"ids": list(ids)})}

    def revision(self) -> int:
        """Return a number that grows with every change."""
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(_REVISION)
            found: Any = cursor.fetchone()
        return int(found[0] or 0)

    def save(self, parsed: ParsedDocument, *, instead_of: str | None = None) -> None:
        """Store a document whole, in place of the one with id instead_of (a changed version, a digest) if given."""
        document = parsed.document
        with self.engine.begin() as connection:
            before = self._load(connection, instead_of or document.id)
            for old in {instead_of or document.id, document.id}:
                connection.execute(sql.delete(passages).where(passages.c.document_id == old))
                connection.execute(sql.delete(documents).where(documents.c.id == old))
            connection.execute(
                sql.insert(documents).values(
                    id=document.id,
                    source=document.source,
                    content_hash=document.content_hash,
                    record=json.dumps(document_to_record(document), ensure_ascii=False),
                    text=parsed.text,
                    stored_at=datetime.now(UTC),
                )
            )
            rows = [
                asdict(passage) | {"heading_path": json.dumps(passage.heading_path, ensure_ascii=False)}
                for passage in parsed.passages
            ]
            for first in range(0, len(rows), _BATCH):
                connection.execute(sql.insert(passages), rows[first : first + _BATCH])
            self._changed(connection, before, document)

    def free_source(self, name: str) -> str:
        """Return name, or name~2, name~3 … when another document already carries it."""
        stem, dot, suffix = name.rpartition(".")
        with self.engine.connect() as connection:
            taken = set(connection.scalars(sql.select(documents.c.source)))
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{stem}~{number}.{suffix}" if dot else f"{name}~{number}"
        return candidate

    def _load(self, connection: Connection, document_id: str) -> Document | None:
        record = connection.scalar(sql.select(documents.c.record).where(documents.c.id == document_id))
        return None if record is None else document_from_record(json.loads(record))

    def _changed(self, connection: Connection, before: Document | None, after: Document | None) -> None:
        if connection.execute(sql.update(revisions).values(value=revisions.c.value + 1)).rowcount == 0:
            connection.execute(sql.insert(revisions).values(id=1, value=1))
        if self._on_change is not None:
            self._on_change(connection, before, after)


def with_source(parsed: ParsedDocument, source: str) -> ParsedDocument:
    """Return the same document under another source name."""
    return replace(parsed, document=replace(parsed.document, source=source))


def _passage(row: Iterable[Any]) -> Passage:
    fields = dict(zip(_PASSAGE, row, strict=True))
    fields["heading_path"] = _headings(fields["heading_path"])
    return Passage(**fields)


@lru_cache(maxsize=4096)
def _headings(path: str) -> tuple[str, ...]:
    return tuple(json.loads(path))
