"""Recent turns, for follow-up questions, and the choices offered under messages."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, insert, select

from bot.storage.dialects import insert_or_ignore
from bot.storage.people import Moment
from handlers.domain import Button, Turn
from knowledge.database import metadata

KEPT_FOR = timedelta(days=30)
FOLLOW_UP = timedelta(hours=12)
_TURNS = 10
_MAX_TURN = 2_000

dialogue = Table(
    "dialogue",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("lane", String(200), nullable=False),
    Column("role", String(4), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_dialogue_lane", "lane", "id"),
    sqlite_autoincrement=True,
)
choices = Table(
    "choices",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(32), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("entries", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_choices_chat", "channel", "chat", "number"),
)
"""`number` is the id of the outbox row that offered them."""


def history(connection: Connection, lane: str, now: datetime) -> tuple[Turn, ...]:
    """Return the turns a follow-up question may refer to, oldest first."""
    recent = (dialogue.c.lane == lane, dialogue.c.at >= now - FOLLOW_UP)
    rows = connection.execute(select(dialogue).where(*recent).order_by(dialogue.c.id.desc()).limit(_TURNS)).all()
    return tuple(Turn(role=row.role, text=row.text) for row in reversed(rows))


def is_new(connection: Connection, lane: str) -> bool:
    """Whether no turn is kept."""
    return connection.scalar(select(dialogue.c.id).where(dialogue.c.lane == lane).limit(1)) is None


def remember(connection: Connection, lane: str, turns: Iterable[Turn], now: datetime) -> None:
    """Store the turns of one exchange."""
    rows = [{"lane": lane, "role": one.role, "text": one.text[:_MAX_TURN], "at": now} for one in turns if one.text]
    if rows:
        connection.execute(insert(dialogue), rows)


def keep_choices(
    connection: Connection, number: int, channel: str, chat: str, entries: Sequence[Button], *, now: datetime
) -> None:
    """Store the choices of message `number`; a resend keeps the first."""
    kept = json.dumps([asdict(entry) for entry in entries], ensure_ascii=False)
    values = {"number": number, "channel": channel, "chat": chat, "entries": kept, "at": now}
    connection.execute(insert_or_ignore(connection, choices).values(values))


def find_choices(
    connection: Connection, channel: str, chat: str, number: int | None, *, since: datetime
) -> tuple[Button, ...]:
    """Return the choices of a message of this chat, or of the latest one since a moment."""
    wanted = [choices.c.channel == channel, choices.c.chat == chat]
    wanted.append(choices.c.at >= since if number is None else choices.c.number == number)
    latest = select(choices.c.entries).where(*wanted).order_by(choices.c.number.desc()).limit(1)
    kept = connection.scalar(latest)
    return tuple(Button(**entry) for entry in json.loads(kept)) if kept else ()
