"""What people follow beyond their agency's duties."""

from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, UniqueConstraint, delete, select

from bot.storage.dialects import insert_or_ignore
from bot.storage.people import Moment
from handlers.people import Subscription
from knowledge.database import metadata

subscriptions = Table(
    "subscription",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("target", String(255), nullable=False),
    Column("label", String(255), nullable=False),
    Column("since", Moment, nullable=False),
    UniqueConstraint("person_id", "kind", "target"),
    sqlite_autoincrement=True,
)


def all_subscriptions(connection: Connection) -> dict[int, tuple[Subscription, ...]]:
    """Return what everybody follows, by person."""
    followed: dict[int, tuple[Subscription, ...]] = {}
    for row in connection.execute(select(subscriptions).order_by(subscriptions.c.id)):
        values = {name: row._mapping[name] for name in Subscription.__slots__}
        followed[row.person_id] = (*followed.get(row.person_id, ()), Subscription(**values))
    return followed


def subscribe(connection: Connection, person_id: int, kind: str, target: str, *, label: str, now: datetime) -> None:
    """Follow something; doing so twice changes nothing."""
    values = {"person_id": person_id, "kind": kind, "target": target, "label": label, "since": now}
    connection.execute(insert_or_ignore(connection, subscriptions).values(values))


def unsubscribe(connection: Connection, person_id: int, subscription_id: int) -> str | None:
    """Stop following; return the label of what was followed."""
    mine = (subscriptions.c.person_id == person_id, subscriptions.c.id == subscription_id)
    label: str | None = connection.scalar(delete(subscriptions).where(*mine).returning(subscriptions.c.label))
    return label
