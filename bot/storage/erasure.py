"""Data held about one account: counting, erasing (write-ahead log included) and retention."""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, and_, delete, func, select

from bot.storage.counters import counters
from bot.storage.dialogues import KEPT_FOR, choices, dialogue
from bot.storage.inbox import WAITING as UNANSWERED
from bot.storage.inbox import inbox
from bot.storage.outbox import WAITING, OutboxState, outbox
from bot.storage.people import invites, people
from knowledge.database import metadata

RECEIPTS_KEPT_FOR, COUNTERS_KEPT_FOR = timedelta(days=4), timedelta(days=400)
_TRIES = 100


def recent_words(connection: Connection, lane: str, since: datetime) -> tuple[str, ...]:
    """Return a person's recent texts, for the referral gate of another process; oldest first."""
    said = select(dialogue.c.text).where(dialogue.c.lane == lane, dialogue.c.role == "user", dialogue.c.at >= since)
    return tuple(connection.scalars(said.order_by(dialogue.c.id)))


def held_about(
    connection: Connection, person_id: int | None, accounts: Iterable[tuple[str, str, str]]
) -> dict[str, int]:
    """Return the number of rows by table about these accounts or their person."""
    about = [(table, mine) for account in accounts for table, mine, _ in _rows_of(*account)]
    by_account = {table for table, _ in about}
    others = [] if person_id is None else [one for one in metadata.sorted_tables if one not in by_account]
    for table in others:
        about += [(table, key.parent == person_id) for key in table.foreign_keys if key.column is people.c.id]
    counted = Counter[str]()
    for table, mine in about:
        counted[table.name] += connection.scalar(select(func.count()).select_from(table).where(mine)) or 0
    return {name: number for name, number in counted.items() if number}


def erase_account(
    connection: Connection,
    channel: str,
    sender: str,
    chat: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[str]:
    """Delete everything about an account, or its rows since a moment; return the ids of the deleted events.

    Events after `until` stay, as they still wait for an answer. With `since`, pushes stay: they are about the office.
    """
    gone: list[str] = []
    for table, mine, at in _rows_of(channel, sender, chat):
        span = [mine, *([at >= since] if since else [])]
        span += [outbox.c.lane == "answer"] if since and table is outbox else []
        if table is not inbox:
            connection.execute(delete(table).where(*span))
        else:
            span += [at <= until] if until else []
            gone += connection.scalars(delete(inbox).where(*span).returning(inbox.c.event_id))
    return gone


def forget_old(connection: Connection, now: datetime) -> int:
    """Delete texts and settled messages after 30 days, receipts after 4, counters after 400; return the rows.

    No platform delivers an event again after more than about a day.
    """
    before = now - KEPT_FOR
    live = (*WAITING, OutboxState.SENDING)
    over = (
        (dialogue, dialogue.c.at < before),
        (choices, choices.c.at < before),
        (outbox, and_(outbox.c.created_at < before, outbox.c.valid_until < before, outbox.c.state.not_in(live))),
        (invites, invites.c.expires_at < now),
        (counters, counters.c.day < (now - COUNTERS_KEPT_FOR).date()),
        (inbox, and_(inbox.c.state != UNANSWERED, inbox.c.received_at < now - RECEIPTS_KEPT_FOR)),
    )
    return sum(connection.execute(delete(table).where(gone)).rowcount for table, gone in over)


def _rows_of(channel: str, sender: str, chat: str) -> tuple[tuple[Table, ColumnElement[bool], Column[Any]], ...]:
    """Return the tables with rows about an account: table, condition, time column."""
    lane = f"{channel}:{sender}"
    return (
        (inbox, inbox.c.lane == lane, inbox.c.received_at),
        (dialogue, dialogue.c.lane == lane, dialogue.c.at),
        (outbox, and_(outbox.c.channel == channel, outbox.c.chat == chat), outbox.c.created_at),
        (choices, and_(choices.c.channel == channel, choices.c.chat == chat), choices.c.at),
    )


def empty_log(engine: Engine) -> bool:
    """Truncate SQLite's write-ahead log, which still holds deleted rows; False while readers keep it busy."""
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        # A checkpoint that waits for readers blocks all writers: wait between short tries, on a connection of its own.
        connection.detach()
        connection.exec_driver_sql("PRAGMA busy_timeout=20")
        for _ in range(_TRIES):
            if not connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                return True
            time.sleep(0.05)
    return False
