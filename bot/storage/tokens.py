"""Secrets that platforms renew: encrypted at rest with a key made of a secret that only the settings hold."""

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
    """An access token with the refresh token that makes the next one."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    saved_at: datetime

    def __post_init__(self) -> None:
        if not self.access or not self.refresh:
            raise ValueError("both tokens are needed")


class TokenVault:
    """Keeps token pairs by name; copies of the program with the same secret share them, to others they are absent."""

    def __init__(self, secret: str) -> None:
        key = hashlib.blake2b(secret.encode(), person=b"token pairs", digest_size=32).digest()
        self._box = Fernet(base64.urlsafe_b64encode(key))

    def load(self, connection: Connection, name: str) -> TokenPair | None:
        """Return the pair saved last. In a transaction on PostgreSQL its row stays locked until the end."""
        row = connection.execute(select(tokens).where(tokens.c.name == name).with_for_update()).first()
        if row is None:
            return None
        try:
            access, refresh = (self._box.decrypt(part.encode()).decode() for part in (row.access, row.refresh))
        except InvalidToken:
            return None
        return TokenPair(access=access, refresh=refresh, expires_at=row.expires_at, saved_at=row.saved_at)

    def save(self, connection: Connection, name: str, pair: TokenPair) -> None:
        """Replace the pair of this name, in place: who waits for its row on PostgreSQL must find one."""
        access, refresh = (self._box.encrypt(part.encode()).decode() for part in (pair.access, pair.refresh))
        values = {"access": access, "refresh": refresh, "expires_at": pair.expires_at, "saved_at": pair.saved_at}
        insert = insert_into(connection, tokens).values(name=name, **values)
        connection.execute(insert.on_conflict_do_update(index_elements=[tokens.c.name], set_=values))
