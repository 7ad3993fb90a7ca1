"""Deadlines that are proposed, confirmed or dropped: those found in documents and those added by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy import Connection

from bot.storage.dialects import one_of
from bot.storage.people import Moment
from handlers.planning import TrackedDeadline, track
from knowledge.database import metadata
from knowledge.domain import Document


class DeadlineState(StrEnum):
    """The state of a deadline; only confirmed ones are pushed."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"


tracked_deadlines = sa.Table(
    "tracked_deadline",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(128), nullable=False, unique=True),
    sa.Column("document_id", sa.String(64), index=True),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("is_edited", sa.Boolean, nullable=False, default=False),
    sa.Column("state", one_of(DeadlineState, 12), nullable=False, index=True),
    sa.Column("decided_by", sa.ForeignKey("person.id", ondelete="SET NULL")),
    sa.Column("decided_at", Moment),
    sa.Column("sequence", sa.Integer, nullable=False, default=0),
    sa.Column("changed_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDeadline:
    """A stored deadline: its short number, its state, and how often it has changed (`sequence`)."""

    number: int
    tracked: TrackedDeadline
    state: DeadlineState
    added_by: int | None
    """Who added it by hand; None for one from a document."""
    decided_at: datetime | None
    sequence: int
    changed_at: datetime


def take_changes(
    connection: Connection, before: Document | None, after: Document | None, now: datetime
) -> tuple[int, ...]:
    """Propose a document's new deadlines and withdraw those that are gone; return the numbers of changed ones.

    A deadline whose words did not change keeps its decision, and an edited one its edits.
    """
    ids = {document.id for document in (before, after) if document is not None}
    rows = connection.execute(sa.select(tracked_deadlines).where(tracked_deadlines.c.document_id.in_(ids)))
    known = {row.id: row for row in rows}
    found = {entry.id: track(after, entry) for entry in after.deadlines} if after else {}
    affected = []
    for key in {**known, **found}:
        if key not in known:
            add(connection, found[key], DeadlineState.PROPOSED, now)
        elif changed := _differences(known[key], found.get(key)):
            _change(connection, known[key].number, now, **changed)
            affected.append(known[key].number)
    return tuple(affected)


def add(connection: Connection, tracked: TrackedDeadline, state: DeadlineState, now: datetime) -> int:
    """Store a new deadline and return its number."""
    values = {"id": tracked.deadline.id, "document_id": tracked.document_id, "record": _to_json(tracked)}
    statement = sa.insert(tracked_deadlines).values(**values, state=state, is_edited=False, sequence=0, changed_at=now)
    return int(connection.execute(statement.returning(tracked_deadlines.c.number)).scalar_one())


def kept(
    connection: Connection, *states: DeadlineState, numbers: Iterable[int] | None = None
) -> tuple[KeptDeadline, ...]:
    """Return the deadlines in these states, in order of arrival."""
    number, state = tracked_deadlines.c.number, tracked_deadlines.c.state
    wanted = sa.select(tracked_deadlines).where(state.in_(states)).order_by(number)
    if numbers is not None:
        wanted = wanted.where(number.in_(list(numbers)))
    return tuple(_kept(row) for row in connection.execute(wanted))


def decide(
    connection: Connection,
    number: int,
    now: datetime,
    by: int | None = None,
    *,
    state: DeadlineState | None = None,
    tracked: TrackedDeadline | None = None,
) -> None:
    """Record a person's decision: a new state, or edited words, days, agencies or leads."""
    decided = {"state": state} if state else {}
    edited = {"record": _to_json(tracked), "is_edited": True} if tracked else {}
    _change(connection, number, now, decided_by=by, decided_at=now, **decided, **edited)


def read_tracked(record: str) -> TrackedDeadline:
    """Return a deadline from the record of its row."""
    return _records().validate_json(record)


def _kept(row: Any) -> KeptDeadline:
    return KeptDeadline(
        number=row.number,
        tracked=read_tracked(row.record),
        state=row.state,
        added_by=row.decided_by if row.document_id is None else None,
        decided_at=row.decided_at,
        sequence=row.sequence,
        changed_at=row.changed_at,
    )


def _differences(row: Any, tracked: TrackedDeadline | None) -> dict[str, Any]:
    """Return the columns to change for what the document says now (None: no longer in it)."""
    if tracked is None:
        return {} if row.state == DeadlineState.WITHDRAWN else {"state": DeadlineState.WITHDRAWN}
    values: dict[str, Any] = {"document_id": tracked.document_id}
    if not row.is_edited:
        values["record"] = _to_json(tracked)
    if row.state == DeadlineState.WITHDRAWN:
        values["state"] = DeadlineState.PROPOSED
    return {name: value for name, value in values.items() if row._mapping[name] != value}


def _change(connection: Connection, number: int, now: datetime, **values: Any) -> None:
    changed = {**values, "sequence": tracked_deadlines.c.sequence + 1, "changed_at": now}
    connection.execute(sa.update(tracked_deadlines).where(tracked_deadlines.c.number == number).values(changed))


@cache
def _records() -> TypeAdapter[TrackedDeadline]:
    return TypeAdapter(TrackedDeadline)


def _to_json(tracked: TrackedDeadline) -> str:
    return _records().dump_json(tracked).decode()
