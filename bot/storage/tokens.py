"""Secrets that platforms renew: encrypted at rest with a key that lies beside the database, not in it."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Column, Connection, String, Table, Text, delete, select

from bot.storage.dialects import insert_or_ignore
from bot.storage.people import Moment
from knowledge.database import metadata

_KEY_FILE = "tokens.key"

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
    """Keeps token pairs by name; what another key encrypted reads as absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, connection: Connection, name: str) -> TokenPair | None:
        """Return the pair saved last. In a transaction on PostgreSQL its row stays locked until the end."""
        row = connection.execute(select(tokens).where(tokens.c.name == name).with_for_update()).first()
        if row is None:
            return None
        box = self._box()
        try:
            access, refresh = (box.decrypt(part.encode()).decode() for part in (row.access, row.refresh))
        except InvalidToken:
            return None
        return TokenPair(access=access, refresh=refresh, expires_at=row.expires_at, saved_at=row.saved_at)

    def save(self, connection: Connection, name: str, pair: TokenPair) -> None:
        """Replace the pair of this name."""
        box = self._box()
        access, refresh = (box.encrypt(part.encode()).decode() for part in (pair.access, pair.refresh))
        connection.execute(delete(tokens).where(tokens.c.name == name))
        values = {"name": name, "access": access, "refresh": refresh}
        insert = insert_or_ignore(connection, tokens)
        connection.execute(insert.values(**values, expires_at=pair.expires_at, saved_at=pair.saved_at))

    def _box(self) -> Fernet:
        path = self._folder / _KEY_FILE
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{secrets.token_hex(8)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(Fernet.generate_key())
            with suppress(FileExistsError):
                os.link(draft, path)  # Atomic: of two processes that start together one key wins, whole.
            draft.unlink()
        return Fernet(path.read_bytes())
