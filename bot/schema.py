"""Opens the database and migrates it with Alembic; all modules that define tables are imported here."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from bot.storage import counters, dialogues, inbox, outbox, people, reminders, tokens, tracked
from config.settings import Settings
from knowledge import store
from knowledge.database import metadata, open_database
from knowledge.errors import StoreUnavailable

_PACKAGED = Path(__file__).parent / "migrations"
FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[1] / "migrations"
TABLES_OF = (counters, dialogues, inbox, outbox, people, reminders, tokens, tracked, store)
"""The modules that define tables; importing them registers the tables."""
_ONE_AT_A_TIME = 4_711_001


def open_engine(settings: Settings) -> Engine:
    """Return the configured database, migrated to the newest structure."""
    try:
        settings.antam_data_dir.mkdir(parents=True, exist_ok=True)
        engine = open_database(settings.database_address)
        upgrade(engine)
    except (OSError, SQLAlchemyError, ImportError) as fault:
        raise StoreUnavailable("store_unavailable") from fault
    except CommandError as fault:
        raise StoreUnavailable("store_of_another_version") from fault
    return engine


def upgrade(engine: Engine) -> None:
    """Migrate the database to the newest structure; several processes may call this at once.

    An empty one gets every table as the code knows it and is marked as new; an older one is led there step by step.
    """
    with engine.connect() as connection:
        if is_current(connection):
            return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if MigrationContext.configure(connection).get_current_revision() is None:
            metadata.create_all(connection)
            command.stamp(_config(connection), "head")
        elif not is_current(connection):
            command.upgrade(_config(connection), "head")


def is_current(connection: Connection) -> bool:
    """Whether the database has the newest structure."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes.update(connection=connection, metadata=metadata)
    return config
