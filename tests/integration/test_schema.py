"""A store has exactly the tables the code knows, on both databases, whoever comes first."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.schema import FOLDER, is_current, open_engine, upgrade
from config.settings import Settings
from knowledge.database import metadata, open_database
from knowledge.errors import StoreUnavailable
from tests.support.databases import KINDS, fresh_address

STRUCTURES = {"0001": "f74d00446868b4b3", "0002": "5fc9970165bee00d"}
"""What names the tables of each revision; whoever changes a table adds a step to migrations/ and a line here."""


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(fresh_address(request.param, tmp_path))
    yield engine
    engine.dispose()


def test_several_processes_may_bring_the_structure_up_at_once_and_it_matches_the_code(engine: Engine) -> None:
    faults: list[BaseException] = []

    def bring_up() -> None:
        try:
            upgrade(engine)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=bring_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    with engine.connect() as connection:
        assert is_current(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT count(*) FROM document")) == 0


def test_tables_change_only_with_a_step_for_the_stores_that_exist() -> None:
    made: list[CreateTable | CreateIndex] = []
    for table in metadata.sorted_tables:
        made += [CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name)))]
    words = "".join(str(one.compile(dialect=sqlite.dialect())) for one in made)
    head = ScriptDirectory(str(FOLDER)).get_current_head()
    assert head is not None
    assert hashlib.sha256(words.encode()).hexdigest()[:16] == STRUCTURES[head]


def test_a_store_of_the_first_structure_is_led_to_the_newest(engine: Engine) -> None:
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(text("CREATE INDEX ix_inbox_turn ON inbox (state, lane, sequence, id)"))
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    upgrade(engine)
    with engine.connect() as connection:
        assert is_current(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_database_of_another_version_is_named_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path))
    engine = open_engine(Settings())
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreUnavailable, match="store_of_another_version"):
        open_engine(Settings())
