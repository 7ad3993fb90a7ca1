"""Differences of SQLite and PostgreSQL: insert-or-ignore, the database's clock, leases by that clock."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Enum, Table, bindparam, cast, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles

LEASE_S = 45.0
"""Duration of a claim: over twice the longest send, yet a stuck row is claimed again within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A row held by one worker; `owner` and `attempt` are the fencing token against older claims."""

    id: int
    owner: str
    attempt: int


def one_of(kind: type[StrEnum], length: int) -> Enum:
    """Return the type of a column that stores an enumeration as text."""
    return Enum(kind, native_enum=False, length=length, values_callable=list)


class DatabaseNow(ColumnElement[int]):
    """Microseconds since 1970 by the database's clock, so that hosts' clocks are never compared."""

    type = BigInteger()
    inherit_cache = True


@compiles(DatabaseNow, "sqlite")
def _sqlite_now(_element: DatabaseNow, _compiler: Any, **_options: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(DatabaseNow, "postgresql")
def _postgresql_now(_element: DatabaseNow, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


def lease_end(seconds: float = LEASE_S) -> ColumnElement[int]:
    """Return when a lease taken now ends."""
    return DatabaseNow() + int(seconds * 1_000_000)


def is_free(lease_until: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a lease has ended; one far in the future was written before the clock was set back."""
    return or_(lease_until.is_(None), lease_until < DatabaseNow(), lease_until > lease_end(10 * LEASE_S))


def leasing(queue: Table, *due: ColumnElement[bool]) -> Any:
    """Return the statement that leases up to `most` due rows of a queue to `claimer`, oldest first."""
    free = select(queue.c.id).where(is_free(queue.c.lease_until), *due).order_by(queue.c.id)
    first = free.limit(bindparam("most")).with_for_update(skip_locked=True).cte("due")
    until = DatabaseNow() + cast(bindparam("seconds") * 1_000_000, BigInteger)
    values = {"owner": bindparam("claimer"), "lease_until": until, "attempt": queue.c.attempt + 1}
    return update(queue).where(queue.c.id.in_(select(first.c.id))).values(values).returning(queue)


def held_by(queue: Table, held: Held) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that no other worker has claimed the row since."""
    return (queue.c.id == held.id, queue.c.owner == held.owner, queue.c.attempt == held.attempt)


def insert_into(connection: Connection, table: Table) -> Any:
    """Return an INSERT that supports ON CONFLICT."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def insert_or_ignore(connection: Connection, table: Table) -> Any:
    """Return an INSERT that ignores existing keys."""
    return insert_into(connection, table).on_conflict_do_nothing()
