"""Daily figures without personal data, alarms for admins, and locks between processes."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Connection, Date, Integer, String, Table, delete, func, or_, select, update

from bot.storage.dialects import insert_into, insert_or_ignore, is_free, lease_end
from bot.storage.people import Moment
from knowledge.database import metadata

counters = Table(
    "daily_counter",
    metadata,
    Column("day", Date, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
)
alarms = Table(
    "alarm",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("reason", String(255), nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
)
locks = Table(
    "lock",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64)),
    Column("lease_until", BigInteger),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something an admin must mend; raising it again only counts."""

    code: str
    channel: str
    reason: str
    times: int
    last_at: datetime


def count(connection: Connection, name: str, day: date, by: int = 1) -> None:
    """Add to one figure of one day."""
    first = insert_into(connection, counters).values(day=day, name=name, count=by)
    more = {"count": counters.c.count + by}
    connection.execute(first.on_conflict_do_update(index_elements=["day", "name"], set_=more))


def counted(connection: Connection, name: str, start: date, end: date) -> int:
    """Return the sum of one figure over days, both ends included."""
    total = select(func.sum(counters.c.count)).where(counters.c.name == name, counters.c.day.between(start, end))
    return connection.scalar(total) or 0


def raise_alarm(connection: Connection, code: str, channel: str, reason: str, now: datetime) -> None:
    """Raise an alarm; `reason` must not hold people's words or secrets."""
    latest = {"last_at": now, "reason": reason[:255]}
    first = insert_into(connection, alarms).values(code=code, channel=channel, times=1, first_at=now, **latest)
    again = first.on_conflict_do_update(
        index_elements=["code", "channel"], set_={"times": alarms.c.times + 1, **latest}
    )
    connection.execute(again)


def clear_alarm(connection: Connection, code: str, channel: str) -> None:
    """Remove an alarm."""
    connection.execute(delete(alarms).where(alarms.c.code == code, alarms.c.channel == channel))


def open_alarms(connection: Connection) -> tuple[Alarm, ...]:
    """Return the open alarms, newest first."""
    known = [alarms.c[name] for name in Alarm.__slots__]
    return tuple(Alarm(**row._mapping) for row in connection.execute(select(*known).order_by(alarms.c.last_at.desc())))


def take_lock(connection: Connection, name: str, owner: str, seconds: float) -> bool:
    """Take or renew a named lock for some seconds by the database's clock; False while another process holds it."""
    connection.execute(insert_or_ignore(connection, locks).values(name=name))
    free = (locks.c.name == name, or_(locks.c.owner == owner, is_free(locks.c.lease_until)))
    values = {"owner": owner, "lease_until": lease_end(seconds)}
    return connection.execute(update(locks).where(*free).values(values)).rowcount > 0


def release_lock(connection: Connection, name: str, owner: str) -> None:
    """Release a lock before its end."""
    mine = (locks.c.name == name, locks.c.owner == owner)
    connection.execute(update(locks).where(*mine).values(owner=None, lease_until=None))
