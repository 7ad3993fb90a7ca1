"""The inbox table: one row for each platform event; its text is erased once it is answered."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from bot.channels.base import InboundEvent
from bot.storage.dialects import LEASE_S, Held, held_by, insert_or_ignore, leasing
from bot.storage.people import Moment, microseconds
from knowledge.database import metadata

log = logging.getLogger(__name__)
WAITING, DONE, DEAD = "waiting", "done", "dead"
_NEAR, _ALL = 256, 10**9
"""How many waiting events, the oldest, a claim looks at: few first, all when each of these waits for another."""

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("event_id", sa.String(200), nullable=False),
    sa.Column("lane", sa.String(200), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.Text),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    sa.Column("owner", sa.String(64)),
    sa.Column("lease_until", sa.BigInteger),
    sa.UniqueConstraint("channel", "event_id"),
    sa.Index("ix_inbox_queue", "state", "id"),
    sqlite_autoincrement=True,
)


class EventRow(NamedTuple):
    """An event as it is stored."""

    channel: str
    event_id: str
    lane: str
    sequence: int
    payload: str
    state: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedEvent(Held):
    """An event one worker holds; `attempt` counts the tries, this one included."""

    event: InboundEvent


def event_row(event: InboundEvent, received_at: datetime) -> EventRow:
    """Return the row of an event, with what the answer needs and nothing else."""
    payload = _events().dump_json(event, exclude_defaults=True).decode()
    return EventRow(event.channel, event.event_id, event.lane, event.order, payload, WAITING, received_at)


def store_events(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Insert events, at most 4,000; those already stored are left unchanged."""
    if connection.dialect.name == "sqlite":
        # One statement: the interpreter lock is released and taken once, not once for each row.
        values = [value for row in rows for value in (*row[:-1], microseconds(row.received_at))]
        connection.exec_driver_sql(_storing(len(rows)), tuple(values))
    else:
        connection.execute(insert_or_ignore(connection, inbox), [row._asdict() for row in rows])


@cache
def _storing(number: int) -> str:
    """Return the statement that stores so many events."""
    one = f"({'?, ' * len(EventRow._fields)}0)"
    columns = ", ".join(EventRow._fields)
    return f"INSERT INTO inbox ({columns}, attempt) VALUES {', '.join([one] * number)} ON CONFLICT DO NOTHING"


def claim_events(connection: Connection, owner: str, limit: int, lease_s: float = LEASE_S) -> list[ClaimedEvent]:
    """Lease up to limit events, oldest first, at most one of each person: the next waits for the previous one.

    An event that cannot be read, such as one that an older version kept, is set aside and stops nobody.
    """
    wanted = {"claimer": owner, "most": limit, "seconds": lease_s}
    rows = next((rows for reach in (_NEAR, _ALL) if (rows := _claim(connection, wanted | {"reach": reach}))), [])
    held, unreadable = list[ClaimedEvent](), list[int]()
    for row in sorted(rows, key=lambda one: one.id):
        if event := _read(row.payload):
            held.append(ClaimedEvent(id=row.id, event=event, owner=row.owner, attempt=row.attempt))
        else:
            unreadable.append(row.id)
    if unreadable:
        log.error("%d events could not be read and were set aside", len(unreadable))
        settled = {"state": DEAD, "payload": None, "lease_until": None}
        connection.execute(sa.update(inbox).where(inbox.c.id.in_(unreadable)).values(settled))
    return held


def _claim(connection: Connection, wanted: dict[str, Any]) -> list[Any]:
    return list(connection.execute(_claiming(), wanted).all())


@cache
def _claiming() -> Any:
    """Return the claim statement, built once because it runs for every event.

    The turn of a person's events is found among the oldest waiting ones: an index by person would cost every arrival
    a write to a random page, as much as all the rest of storing it.
    """
    waiting = sa.select(inbox.c.id, inbox.c.lane, inbox.c.sequence).where(inbox.c.state == WAITING)
    near = waiting.order_by(inbox.c.id).limit(sa.bindparam("reach")).subquery()
    place = sa.func.row_number().over(partition_by=near.c.lane, order_by=(near.c.sequence, near.c.id))
    placed = sa.select(near.c.id, place.label("place")).subquery()
    first = sa.select(placed.c.id).where(placed.c.place == 1)
    return leasing(inbox, inbox.c.state == WAITING, inbox.c.id.in_(first))


def finish_event(connection: Connection, held: ClaimedEvent, *, dead: bool = False) -> bool:
    """Settle an event and erase its words; False when it was erased or taken over meanwhile."""
    values = {"state": DEAD if dead else DONE, "payload": None, "lease_until": None}
    return (
        connection.execute(
            sa.update(inbox).where(*held_by(inbox, held), inbox.c.state == WAITING).values(values)
        ).rowcount
        > 0
    )


def drop_event(connection: Connection, held: ClaimedEvent) -> bool:
    """Delete an event whose answer is sensitive, without a trace."""
    return connection.execute(sa.delete(inbox).where(*held_by(inbox, held), inbox.c.state == WAITING)).rowcount > 0


def release_all(connection: Connection, owner: str) -> None:
    """Release the leases of a worker that stops."""
    held = (inbox.c.owner == owner, inbox.c.state == WAITING)
    connection.execute(sa.update(inbox).where(*held).values(lease_until=None))


def waiting_words(connection: Connection, lane: str) -> list[str]:
    """Return the texts of a person's events that wait for their answer, oldest first."""
    mine = sa.select(inbox.c.payload).where(inbox.c.state == WAITING, inbox.c.lane == lane)
    events = map(_read, connection.scalars(mine.order_by(inbox.c.sequence, inbox.c.id)))
    return [event.message.text for event in events if event and event.message.text]


def backlog(connection: Connection) -> int:
    """Return how many events wait for their answer."""
    return connection.scalar(sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state == WAITING)) or 0


def _read(payload: str) -> InboundEvent | None:
    """Return the event of a row; None when it cannot be read."""
    try:
        return _events().validate_json(payload)
    except ValidationError:
        return None


@cache
def _events() -> TypeAdapter[InboundEvent]:
    return TypeAdapter(InboundEvent)
