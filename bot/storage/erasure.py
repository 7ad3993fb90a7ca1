"""What is held about one account of a messenger, and how it goes: rows, free pages and the write-ahead log."""

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select

from bot.storage.dialogues import KEPT_FOR, choices, dialogue, erase_dialogue, purge_dialogues
from bot.storage.inbox import erase_events, inbox, purge_inbox
from bot.storage.outbox import erase_chat, outbox, purge_outbox

RECEIPTS_KEPT_FOR = timedelta(days=4)


def recent_words(connection: Connection, lane: str, since: datetime) -> tuple[str, ...]:
    """Return what a person said lately, for the referral gate of another process; oldest first."""
    said = select(dialogue.c.text).where(dialogue.c.lane == lane, dialogue.c.role == "user", dialogue.c.at >= since)
    return tuple(connection.scalars(said.order_by(dialogue.c.id)))


def held_about(connection: Connection, channel: str, sender: str, chat: str) -> dict[str, int]:
    """Return the rows kept about an account, by table."""
    tables: tuple[tuple[Table, tuple[Any, ...]], ...] = (
        (inbox, (inbox.c.lane == f"{channel}:{sender}",)),
        (dialogue, (dialogue.c.lane == f"{channel}:{sender}",)),
        (outbox, (outbox.c.channel == channel, outbox.c.chat == chat)),
        (choices, (choices.c.channel == channel, choices.c.chat == chat)),
    )
    found = {}
    for table, mine in tables:
        rows = connection.scalar(select(func.count()).select_from(table).where(*mine)) or 0
        if rows:
            found[table.name] = rows
    return found


def erase_account(
    connection: Connection,
    channel: str,
    sender: str,
    chat: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[str]:
    """Delete everything about an account, or what came since a moment; returns the ids of the events that went.

    Events later than `until` stay: they came after what is to be forgotten, and wait for their answer.
    """
    lane = f"{channel}:{sender}"
    erase_dialogue(connection, lane, channel, chat, since=since)
    erase_chat(connection, channel, chat, since=since)
    return erase_events(connection, lane, since=since, until=until)


def forget_old(connection: Connection, now: datetime) -> int:
    """Delete what its time is over for: words and settled messages after 30 days, receipts after 4; returns the rows.

    No platform delivers an event again after more than a day or so.
    """
    words = purge_dialogues(connection, now)
    return words + purge_outbox(connection, now - KEPT_FOR) + purge_inbox(connection, now - RECEIPTS_KEPT_FOR)


def empty_log(engine: Engine, patience_s: float = 5.0) -> bool:
    """Truncate SQLite's write-ahead log, which still holds what was deleted; False while readers keep it busy."""
    if engine.dialect.name != "sqlite":
        return True
    end = time.monotonic() + patience_s
    while True:
        with engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if not busy:
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
