"""What is to be said: one row for each message, answer or push, put there in the caller's own transaction."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)

from bot.storage.dialects import insert_or_ignore
from bot.storage.people import Moment
from handlers.domain import Button, Reply
from knowledge.database import metadata
from retrieval.domain import Citation

USEFUL_FOR = timedelta(days=1)
"""How long a message is worth sending when its draft does not say."""

Lane = Literal["answer", "push"]


class OutboxState(StrEnum):
    """Where a message stands; only SENT claims that the platform took it."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


WAITING = (OutboxState.PENDING, OutboxState.RETRY)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("dedupe_key", String(255), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), index=True),
    Column("language", String(8), nullable=False, default="vi"),
    Column("payload", Text),
    Column("reference", String(64)),
    Column("last_day", Date),
    Column("not_before", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("state", String(12), nullable=False, default=OutboxState.PENDING),
    Column("parts_done", Integer, nullable=False, default=0),
    Column("attempt", Integer, nullable=False, default=0),
    Column("resent", Boolean, nullable=False, default=False),
    Column("owner", String(64)),
    Column("lease_until", BigInteger),
    Column("tried", String(128), nullable=False, default=""),
    Column("provider_ids", Text, nullable=False, default=""),
    Column("last_error", String(255)),
    Column("sent_at", Moment),
    UniqueConstraint("dedupe_key"),
    Index("ix_outbox_due", "state", "lane", "not_before"),
    Index("ix_outbox_chat", "channel", "chat", "id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundDraft:
    """A message to be sent once; `dedupe_key` names it for ever, whatever channel it takes in the end.

    A push with a person may fall back to that person's other channel. `reference` is the short mark a reader sees, so
    that a repeat is recognised; only a push whose `last_day` is today is repeated, once, after an ambiguous outcome.
    """

    dedupe_key: str
    channel: str
    chat: str = field(repr=False)
    reply: Reply
    created_at: datetime
    not_before: datetime
    person_id: int | None = None
    lane: Lane = "push"
    valid_until: datetime | None = None
    reference: str | None = None
    last_day: date | None = None
    language: str = "vi"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRecord:
    """What is known of one message, without its words."""

    id: int
    dedupe_key: str
    lane: Lane
    channel: str
    person_id: int | None
    reference: str | None
    state: OutboxState
    attempt: int
    resent: bool
    not_before: datetime
    last_error: str | None
    sent_at: datetime | None


def enqueue(connection: Connection, draft: OutboundDraft) -> int | None:
    """Put a message into the outbox; None when its key is there already. A sensitive reply is refused: never stored."""
    if draft.reply.sensitive:
        raise ValueError("a sensitive reply is never stored")
    values = {name: getattr(draft, name) for name in OutboundDraft.__slots__ if name not in ("reply", "valid_until")}
    statement = insert_or_ignore(connection, outbox).values(
        **values,
        payload=_to_json(draft.reply),
        valid_until=draft.valid_until or draft.not_before + USEFUL_FOR,
        state=OutboxState.PENDING,
    )
    created: int | None = connection.scalar(statement.returning(outbox.c.id))
    return created


def cancel(connection: Connection, dedupe_key: str) -> bool:
    """Withdraw a message that is still waiting; False when it is unknown, on its way or settled."""
    waiting = (outbox.c.dedupe_key == dedupe_key, outbox.c.state.in_(WAITING))
    values = {"state": OutboxState.CANCELLED, "payload": None}
    return connection.execute(update(outbox).where(*waiting).values(values)).rowcount > 0


def record(connection: Connection, dedupe_key: str) -> OutboxRecord | None:
    """Return what is known of one message."""
    row = connection.execute(select(outbox).where(outbox.c.dedupe_key == dedupe_key)).first()
    return None if row is None else _record(row)


def others_wrote(connection: Connection, channel: str, chat: str, ids: Collection[str], since: datetime) -> bool:
    """Whether one of these messages of a chat is none of ours; nobody knows while an id of ours may be lost."""
    mine = (outbox.c.channel == channel, outbox.c.chat == chat)
    in_doubt = (outbox.c.state.in_((OutboxState.SENDING, OutboxState.UNCERTAIN)), outbox.c.created_at >= since)
    if connection.scalar(select(outbox.c.id).where(*mine, *in_doubt).limit(1)) is not None:
        return False
    known = " ".join(connection.scalars(select(outbox.c.provider_ids).where(*mine))).split()
    return not set(ids) <= set(known)


def troubled(connection: Connection, since: datetime) -> tuple[OutboxRecord, ...]:
    """Return the messages an admin must know of: not sent, or nobody can say; newest first."""
    states = (OutboxState.UNCERTAIN, OutboxState.FAILED, OutboxState.EXPIRED)
    wanted = select(outbox).where(outbox.c.state.in_(states), outbox.c.created_at >= since)
    return tuple(_record(row) for row in connection.execute(wanted.order_by(outbox.c.id.desc())))


def counts(connection: Connection) -> dict[str, int]:
    """Return how many messages stand in each state."""
    rows = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {state: number for state, number in rows}


def erase_chat(connection: Connection, channel: str, chat: str, *, since: datetime | None = None) -> int:
    """Delete the messages to one chat, all or those made since a moment."""
    wanted = [outbox.c.channel == channel, outbox.c.chat == chat]
    if since is not None:
        wanted.append(outbox.c.created_at >= since)
    return connection.execute(delete(outbox).where(*wanted)).rowcount


def purge_outbox(connection: Connection, before: datetime) -> int:
    """Delete settled messages made before a moment."""
    live = (*WAITING, OutboxState.SENDING)
    wanted = (outbox.c.created_at < before, outbox.c.valid_until < before, outbox.c.state.not_in(live))
    return connection.execute(delete(outbox).where(*wanted)).rowcount


def reply_from_json(payload: str) -> Reply:
    """Return the reply kept in a row."""
    values = json.loads(payload)
    values["citations"] = tuple(Citation(**citation) for citation in values["citations"])
    values["buttons"] = tuple(Button(**button) for button in values["buttons"])
    return Reply(**values)


def _to_json(reply: Reply) -> str:
    return json.dumps(asdict(reply), ensure_ascii=False)


def _record(row: Any) -> OutboxRecord:
    values = {name: row._mapping[name] for name in OutboxRecord.__slots__}
    return OutboxRecord(**{**values, "state": OutboxState(values["state"])})
