"""People, their accounts in the channels, what they follow, and the one-time codes that make and join them."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.storage.dialects import insert_or_ignore, one_of
from handlers.people import Identity, Person, PersonRole, Subscription
from knowledge.database import metadata

CODE_LIFETIME = timedelta(days=7)
LINK_LIFETIME = timedelta(hours=1)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 12
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Moment(sa.TypeDecorator[datetime]):
    """An aware datetime stored as UTC microseconds, so that SQLite and PostgreSQL compare alike."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """Store microseconds since 1970."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        """Return an aware UTC moment."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


def microseconds(moment: datetime) -> int:
    """Return how a moment is stored: microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


people = sa.Table(
    "person",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("role", one_of(PersonRole, 16), nullable=False),
    sa.Column("agency", sa.String(255)),
    sa.Column("locality", sa.String(255)),
    sa.Column("joined_at", Moment, nullable=False),
    sa.Column("feed_hash", sa.String(64), unique=True),
    sqlite_autoincrement=True,
)
identities = sa.Table(
    "identity",
    metadata,
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("channel_user_id", sa.String(128), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("chat_id", sa.String(128), nullable=False),
    sa.Column("last_interaction_at", Moment, nullable=False),
    sa.Column("reachable", sa.Boolean, nullable=False, default=True),
)
invites = sa.Table(
    "invite",
    metadata,
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("role", one_of(PersonRole, 16)),
    sa.Column("agency", sa.String(255)),
    sa.Column("locality", sa.String(255)),
    sa.Column("person_id", sa.ForeignKey("person.id", ondelete="CASCADE"), index=True),
    sa.Column("expires_at", Moment, nullable=False),
)
"""With a person it links a further account, without one it creates a member of staff."""
subscriptions = sa.Table(
    "subscription",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person_id", sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("target", sa.String(255), nullable=False),
    sa.Column("label", sa.String(255), nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.UniqueConstraint("person_id", "kind", "target"),
    sqlite_autoincrement=True,
)
"""What people follow beyond their agency's duties."""


def find_person(connection: Connection, channel: str, channel_user_id: str) -> Person | None:
    """Return the person of an account; None for a citizen without a record."""
    owner = sa.select(identities.c.person_id).where(_account(channel, channel_user_id))
    return next(iter(_persons(connection, people.c.id.in_(owner))), None)


def staff(connection: Connection, only: Collection[int] | None = None) -> tuple[Person, ...]:
    """Return everybody who may receive pushes, or those with these ids, in order of joining."""
    among = sa.true() if only is None else people.c.id.in_(only)
    return _persons(connection, people.c.role != PersonRole.CITIZEN, among)


def touch_identity(connection: Connection, channel: str, channel_user_id: str, chat_id: str, now: datetime) -> None:
    """Note that a known account wrote: it is reachable and its window restarts. Citizens are not recorded."""
    mine = sa.update(identities).where(_account(channel, channel_user_id))
    connection.execute(mine.values(chat_id=chat_id, last_interaction_at=now, reachable=True))


def mark_unreachable(connection: Connection, channel: str, address: str) -> None:
    """Note that the platform refuses this user or chat, until it writes again."""
    mine = sa.or_(identities.c.channel_user_id == address, identities.c.chat_id == address)
    connection.execute(sa.update(identities).where(identities.c.channel == channel, mine).values(reachable=False))


def identities_of(connection: Connection, person_id: int) -> tuple[Identity, ...]:
    """Return a person's accounts, reachable and recently used ones first."""
    best_first = (identities.c.reachable.desc(), identities.c.last_interaction_at.desc(), identities.c.channel)
    wanted = sa.select(identities).where(identities.c.person_id == person_id).order_by(*best_first)
    return tuple(Identity(**row._mapping) for row in connection.execute(wanted))


def create_invite(
    connection: Connection, role: PersonRole, agency: str | None, locality: str | None, now: datetime
) -> str:
    """Return a new one-time code for a member of staff; only its hash is kept."""
    return _new_code(connection, now + CODE_LIFETIME, role=role, agency=agency, locality=locality)


def create_link_code(connection: Connection, person_id: int, now: datetime) -> str:
    """Return a one-time code that links another account to this person."""
    return _new_code(connection, now + LINK_LIFETIME, person_id=person_id)


def redeem_code(
    connection: Connection, code: str, channel: str, channel_user_id: str, *, chat_id: str, now: datetime
) -> Person | None:
    """Redeem a code for this account; None when it is unknown, used or expired."""
    wanted = (invites.c.code_hash == _hash(code), invites.c.expires_at > now)
    claimed = connection.execute(sa.delete(invites).where(*wanted).returning(invites)).first()
    if claimed is None:
        return None
    person_id = claimed.person_id or _member(connection, claimed, channel, channel_user_id, now)
    leave_account(connection, channel, channel_user_id, keep=person_id)
    account = {"channel": channel, "channel_user_id": channel_user_id, "person_id": person_id, "chat_id": chat_id}
    connection.execute(sa.insert(identities).values(**account, last_interaction_at=now, reachable=True))
    return next(iter(_persons(connection, people.c.id == person_id)), None)


def change_post(
    connection: Connection, person_id: int, role: PersonRole, agency: str | None, locality: str | None, *, now: datetime
) -> None:
    """Give a person another role, agency or place from now on."""
    values = {"role": role, "agency": agency, "locality": locality, "joined_at": now}
    connection.execute(sa.update(people).where(people.c.id == person_id).values(**values))


def leave_account(connection: Connection, channel: str, channel_user_id: str, *, keep: int | None = None) -> bool:
    """Unlink one account; a person left without any (other than `keep`) is erased, and True returned."""
    mine = _account(channel, channel_user_id)
    person_id = connection.scalar(sa.delete(identities).where(mine).returning(identities.c.person_id))
    if person_id is None or person_id == keep or identities_of(connection, person_id):
        return False
    erase_person(connection, person_id)
    return True


def renew_feed(connection: Connection, person_id: int, *, is_open: bool) -> str:
    """Replace the secret of a person's calendar address, or close it; return the new secret."""
    token = secrets.token_urlsafe(24)
    values = {"feed_hash": hash_secret(token) if is_open else None}
    connection.execute(sa.update(people).where(people.c.id == person_id).values(values))
    return token


def feed_owner(connection: Connection, token: str) -> Person | None:
    """Return the person of a calendar token."""
    return next(iter(_persons(connection, people.c.feed_hash == hash_secret(token))), None)


def all_subscriptions(connection: Connection) -> dict[int, tuple[Subscription, ...]]:
    """Return all subscriptions by person."""
    followed: dict[int, tuple[Subscription, ...]] = {}
    for row in connection.execute(sa.select(subscriptions).order_by(subscriptions.c.id)):
        values = {name: row._mapping[name] for name in Subscription.__slots__}
        followed[row.person_id] = (*followed.get(row.person_id, ()), Subscription(**values))
    return followed


def subscribe(connection: Connection, person_id: int, kind: str, target: str, *, label: str, now: datetime) -> None:
    """Add a subscription, unless it exists."""
    values = {"person_id": person_id, "kind": kind, "target": target, "label": label[:255], "since": now}
    connection.execute(insert_or_ignore(connection, subscriptions).values(values))


def unsubscribe(connection: Connection, person_id: int, subscription_id: int) -> str | None:
    """Remove a subscription; return its label."""
    mine = (subscriptions.c.person_id == person_id, subscriptions.c.id == subscription_id)
    label: str | None = connection.scalar(sa.delete(subscriptions).where(*mine).returning(subscriptions.c.label))
    return label


def erase_person(connection: Connection, person_id: int) -> None:
    """Delete a person and, by the foreign keys, every row about them."""
    connection.execute(sa.delete(people).where(people.c.id == person_id))


def hash_secret(secret: str) -> str:
    """Return the hash of a code or token, the only form in which it is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _account(channel: str, channel_user_id: str) -> sa.ColumnElement[bool]:
    return (identities.c.channel == channel) & (identities.c.channel_user_id == channel_user_id)


def _member(connection: Connection, invite: Any, channel: str, channel_user_id: str, now: datetime) -> int:
    known = find_person(connection, channel, channel_user_id)
    if known is not None:
        change_post(connection, known.id, invite.role, invite.agency, invite.locality, now=now)
        return known.id
    values = {"role": invite.role, "agency": invite.agency, "locality": invite.locality, "joined_at": now}
    return int(connection.execute(sa.insert(people).values(values).returning(people.c.id)).scalar_one())


def _new_code(connection: Connection, expires_at: datetime, **values: Any) -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    connection.execute(sa.insert(invites).values(code_hash=_hash(letters), expires_at=expires_at, **values))
    return "-".join(letters[first : first + 4] for first in range(0, _CODE_LENGTH, 4))


def _hash(code: str) -> str:
    return hash_secret("".join(letter for letter in code.upper() if letter in _ALPHABET))


def _persons(connection: Connection, *conditions: sa.ColumnElement[bool]) -> tuple[Person, ...]:
    known = [people.c[name] for name in Person.__slots__]
    rows = connection.execute(sa.select(*known).where(*conditions).order_by(people.c.id))
    return tuple(Person(**row._mapping) for row in rows)
