"""What arrived: one row for each event of a platform, kept until it is answered, its words erased then."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    exists,
    func,
    select,
    text,
    tuple_,
    update,
)

from bot.channels.base import InboundEvent, Notice
from bot.storage.dialects import LEASE_S, DatabaseNow, insert_or_ignore, is_free
from bot.storage.people import Moment
from handlers.domain import Content, IncomingMessage
from knowledge.database import metadata

WAITING, DONE, DEAD = "waiting", "done", "dead"
_KEPT = ("channel", "sender", "chat", "text", "content", "action", "language", "in_group", "is_edit")

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("lane", String(200), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("payload", Text),
    Column("state", String(8), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("owner", String(64)),
    Column("lease_until", BigInteger),
    UniqueConstraint("channel", "event_id"),
    Index("ix_inbox_turn", "state", "lane", "sequence", "id"),
    Index("ix_inbox_queue", "state", "id"),
    sqlite_autoincrement=True,
)
_WRITTEN = ("channel", "event_id", "lane", "sequence", "payload", "state", "received_at")
_STORING = text(
    f"INSERT INTO inbox ({', '.join(_WRITTEN)}, attempt) SELECT "
    + "".join(f"json_extract(value, '$.{name}'), " for name in _WRITTEN)
    + "0 FROM json_each(:rows) WHERE true ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedEvent:
    """An event one worker holds; `attempt` counts the tries, this one included."""

    id: int
    event: InboundEvent
    owner: str
    attempt: int


def event_row(event: InboundEvent, received_at: datetime) -> dict[str, Any]:
    """Return the row that keeps an event: what the answer needs, nothing else."""
    kept = {
        "message": {name: getattr(event.message, name) for name in _KEPT},
        "notice": asdict(event.notice) if event.notice else None,
        "token": event.token,
        "message_id": event.message_id,
        "others": event.others,
    }
    return {
        "channel": event.channel,
        "event_id": event.event_id,
        "lane": event.lane,
        "sequence": event.order,
        "payload": kept,
        "state": WAITING,
        "received_at": received_at,
    }


def store_events(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep events; one that is there already is left as it stands."""
    if connection.dialect.name == "sqlite":
        # One statement: the interpreter's lock changes hands once, not once a row while the loop wants it too.
        connection.execute(_STORING, {"rows": _as_json(rows)})
    else:
        connection.execute(
            insert_or_ignore(connection, inbox), [row | {"payload": _as_json(row["payload"])} for row in rows]
        )


def claim_events(connection: Connection, owner: str, limit: int, lease_s: float = LEASE_S) -> list[ClaimedEvent]:
    """Lease up to limit events, oldest first, at most one of each person: the next waits for the one before."""
    given = {"claimer": owner, "most": limit, "lease": int(lease_s * 1_000_000)}
    return sorted((_claimed(row) for row in connection.execute(_claiming(), given)), key=lambda one: one.id)


@cache
def _claiming() -> Any:
    """The claim, built once: it runs for every event."""
    other = inbox.alias()
    earlier = exists().where(
        other.c.state == WAITING,
        other.c.lane == inbox.c.lane,
        tuple_(other.c.sequence, other.c.id) < tuple_(inbox.c.sequence, inbox.c.id),
    )
    due = (
        select(inbox.c.id)
        .where(inbox.c.state == WAITING, is_free(inbox.c.lease_until), ~earlier)
        .order_by(inbox.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    until = DatabaseNow() + bindparam("lease", type_=BigInteger)
    values = {"owner": bindparam("claimer"), "lease_until": until, "attempt": inbox.c.attempt + 1}
    return update(inbox).where(inbox.c.id.in_(select(due.c.id))).values(values).returning(inbox)


def finish_event(connection: Connection, held: ClaimedEvent, *, dead: bool = False) -> bool:
    """Settle an event and erase its words; False when it was erased or taken over meanwhile."""
    values = {"state": DEAD if dead else DONE, "payload": None, "lease_until": None}
    return connection.execute(update(inbox).where(*_fence(held)).values(values)).rowcount > 0


def drop_event(connection: Connection, held: ClaimedEvent) -> bool:
    """Delete an event whose answer is sensitive, so that nothing tells it ever came."""
    return connection.execute(delete(inbox).where(*_fence(held))).rowcount > 0


def release_all(connection: Connection, owner: str) -> None:
    """Give back whatever a worker that stops still holds."""
    held = (inbox.c.owner == owner, inbox.c.state == WAITING)
    connection.execute(update(inbox).where(*held).values(lease_until=None))


def backlog(connection: Connection) -> int:
    """Return how many events wait for their answer."""
    return connection.scalar(select(func.count()).select_from(inbox).where(inbox.c.state == WAITING)) or 0


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda moment: Moment().process_bind_param(moment, None))


def _fence(held: ClaimedEvent) -> tuple[Any, ...]:
    mine = (inbox.c.id == held.id, inbox.c.owner == held.owner, inbox.c.attempt == held.attempt)
    return (*mine, inbox.c.state == WAITING)


def _claimed(row: Any) -> ClaimedEvent:
    kept = json.loads(row.payload)
    words = kept["message"]
    message = IncomingMessage(**{**words, "content": Content(words["content"]), "now": row.received_at})
    event = InboundEvent(
        channel=row.channel,
        event_id=row.event_id,
        order=row.sequence,
        message=message,
        notice=Notice(**kept["notice"]) if kept["notice"] else None,
        token=kept["token"],
        message_id=kept["message_id"],
        others=tuple(kept.get("others", ())),
    )
    return ClaimedEvent(id=row.id, event=event, owner=row.owner, attempt=row.attempt)
