"""Token pairs, encrypted at rest with a key derived from a secret of the settings."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Column, Connection, String, Table, Text, select

from bot.storage.dialects import insert_into
from bot.storage.people import Moment
from knowledge.database import metadata

tokens = Table(
    "token",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("access", Text, nullable=False),
    Column("refresh", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("saved_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """An access token and the refresh token for the next one."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    saved_at: datetime


class TokenVault:
    """Stores token pairs by name; only readable with the same secret, else absent."""

    def __init__(self, secret: str) -> None:
        key = hashlib.blake2b(secret.encode(), person=b"token pairs", digest_size=32).digest()
        self._box = Fernet(base64.urlsafe_b64encode(key))

    def load(self, connection: Connection, name: str) -> TokenPair | None:
        """Return the stored pair; on PostgreSQL its row stays locked until the transaction ends."""
        row = connection.execute(select(tokens).where(tokens.c.name == name).with_for_update()).first()
        if row is None:
            return None
        try:
            access, refresh = (self._box.decrypt(part.encode()).decode() for part in (row.access, row.refresh))
        except InvalidToken:
            return None
        return TokenPair(access=access, refresh=refresh, expires_at=row.expires_at, saved_at=row.saved_at)

    def save(self, connection: Connection, name: str, pair: TokenPair) -> None:
        """Insert or update the pair of this name; waiters for its row lock on PostgreSQL must find it."""
        access, refresh = (self._box.encrypt(part.encode()).decode() for part in (pair.access, pair.refresh))
        values = {"access": access, "refresh": refresh, "expires_at": pair.expires_at, "saved_at": pair.saved_at}
        insert = insert_into(connection, tokens).values(name=name, **values)
        connection.execute(insert.on_conflict_do_update(index_elements=[tokens.c.name], set_=values))
