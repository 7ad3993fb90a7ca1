"""The migrations make exactly the tables the code knows, on both databases, whoever comes first."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from bot.schema import is_current, open_engine, upgrade
from config.settings import Settings
from knowledge.database import metadata, open_database
from knowledge.errors import StoreUnavailable
from tests.support.databases import KINDS, fresh_address


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


def test_a_database_of_another_version_is_named_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path))
    engine = open_engine(Settings())
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreUnavailable, match="store_of_another_version"):
        open_engine(Settings())
