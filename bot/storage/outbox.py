"""The outbox: one row a message, answer or push, inserted in the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Literal

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy import Connection

from bot.storage.dialects import insert_or_ignore
from bot.storage.people import Moment
from handlers.domain import Reply
from knowledge.database import metadata

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Due at any clock: the sending process's clock may be behind the writer's."""
USEFUL_FOR = timedelta(days=1)
"""Validity of a message whose draft sets none."""

Lane = Literal["answer", "push"]


class OutboxState(StrEnum):
    """State of a message; only SENT says that the platform took it."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


WAITING = (OutboxState.PENDING, OutboxState.RETRY)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("dedupe_key", sa.String(255), nullable=False),
    sa.Column("lane", sa.String(8), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("chat", sa.String(128), nullable=False),
    sa.Column("person_id", sa.ForeignKey("person.id", ondelete="CASCADE"), index=True),
    sa.Column("language", sa.String(8), nullable=False, default="vi"),
    sa.Column("payload", sa.Text),
    sa.Column("reference", sa.String(64)),
    sa.Column("last_day", sa.Date),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("valid_until", Moment, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, default=OutboxState.PENDING),
    sa.Column("parts_done", sa.Integer, nullable=False, default=0),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    sa.Column("resent", sa.Boolean, nullable=False, default=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("tried", sa.String(128), nullable=False, default=""),
    sa.Column("provider_ids", sa.Text, nullable=False, default=""),
    sa.Column("last_error", sa.String(255)),
    sa.Column("sent_at", Moment),
    sa.UniqueConstraint("dedupe_key"),
    sa.Index("ix_outbox_due", "state", "lane", "not_before"),
    sa.Index("ix_outbox_chat", "channel", "chat", "id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundDraft:
    """A message to be sent once, identified by `dedupe_key` on whatever channel.

    A push with a person may fall back to that person's other channel. `reference` is a short code in its text by which
    readers recognise a repeat; only a push whose `last_day` is today is repeated, once, after an ambiguous outcome.
    """

    dedupe_key: str
    channel: str
    chat: str = field(repr=False)
    reply: Reply
    created_at: datetime
    not_before: datetime = AT_ONCE
    person_id: int | None = None
    lane: Lane = "push"
    valid_until: datetime | None = None
    reference: str | None = None
    last_day: date | None = None
    language: str = "vi"


def enqueue(connection: Connection, draft: OutboundDraft) -> int | None:
    """Insert a message; None when its key exists already. A sensitive reply is refused: it is never stored."""
    if draft.reply.sensitive:
        raise ValueError("a sensitive reply is never stored")
    values = {name: getattr(draft, name) for name in OutboundDraft.__slots__ if name not in ("reply", "valid_until")}
    statement = insert_or_ignore(connection, outbox).values(
        **values,
        payload=replies().dump_json(draft.reply).decode(),
        valid_until=draft.valid_until or max(draft.created_at, draft.not_before) + USEFUL_FOR,
        state=OutboxState.PENDING,
    )
    created: int | None = connection.scalar(statement.returning(outbox.c.id))
    return created


def cancel(connection: Connection, dedupe_key: str) -> bool:
    """Withdraw a waiting message; False when it is unknown, being sent or settled."""
    waiting = (outbox.c.dedupe_key == dedupe_key, outbox.c.state.in_(WAITING))
    values = {"state": OutboxState.CANCELLED, "payload": None}
    return connection.execute(sa.update(outbox).where(*waiting).values(values)).rowcount > 0


def others_wrote(connection: Connection, channel: str, chat: str, ids: Collection[str], since: datetime) -> bool:
    """Whether one of these messages is not ours; False while an id of ours may be missing (sending, uncertain)."""
    mine = (outbox.c.channel == channel, outbox.c.chat == chat)
    in_doubt = (outbox.c.state.in_((OutboxState.SENDING, OutboxState.UNCERTAIN)), outbox.c.created_at >= since)
    if connection.scalar(sa.select(outbox.c.id).where(*mine, *in_doubt).limit(1)) is not None:
        return False
    known = " ".join(connection.scalars(sa.select(outbox.c.provider_ids).where(*mine))).split()
    return not set(ids) <= set(known)


def doubtful(connection: Connection, since: datetime) -> tuple[str, ...]:
    """Return the references of uncertain messages, newest first."""
    wanted = sa.select(outbox.c.id, outbox.c.channel, outbox.c.reference).order_by(outbox.c.id.desc())
    rows = connection.execute(wanted.where(outbox.c.state == OutboxState.UNCERTAIN, outbox.c.created_at >= since))
    return tuple(row.reference or f"{row.channel} #{row.id}" for row in rows)


def counts(connection: Connection) -> dict[str, int]:
    """Return the number of messages by state."""
    rows = connection.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state))
    return {state: number for state, number in rows}


@cache
def replies() -> TypeAdapter[Reply]:
    """Return the JSON adapter of replies."""
    return TypeAdapter(Reply)
