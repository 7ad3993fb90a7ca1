"""What the outbox keeps of one message."""

from types import SimpleNamespace

from sqlalchemy import Connection, select

from bot.storage.outbox import OutboxState, outbox


class Row(SimpleNamespace):
    """The columns of one message."""

    state: OutboxState


def record(connection: Connection, dedupe_key: str) -> Row | None:
    """Return the row of one message."""
    row = connection.execute(select(outbox).where(outbox.c.dedupe_key == dedupe_key)).first()
    return None if row is None else Row(**{**row._mapping, "state": OutboxState(row.state)})
