"""Tokens are encrypted at rest; a lock is held by one; figures and alarms count."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from bot.storage.counters import (
    clear_alarm,
    count,
    counted,
    locks,
    open_alarms,
    raise_alarm,
    release_lock,
    take_lock,
)
from bot.storage.tokens import TokenPair, TokenVault, tokens
from tests.support.assistant import now
from tests.support.databases import KINDS, fresh_database


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.postgres if kind != "sqlite" else ()) for kind in KINDS])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with fresh_database(request.param, tmp_path) as opened:
        yield opened


def pair(access: str = "truy-cap-bi-mat") -> TokenPair:
    return TokenPair(access=access, refresh="lam-moi-bi-mat", expires_at=now() + timedelta(hours=25), saved_at=now())


def test_a_token_pair_is_shared_by_copies_with_the_same_secret_and_lies_encrypted(engine: Engine) -> None:
    vault = TokenVault("khóa của ứng dụng")
    with engine.begin() as connection:
        vault.save(connection, "zalo_oa", pair("cu"))
        vault.save(connection, "zalo_oa", pair())
    with engine.begin() as connection:
        found = TokenVault("khóa của ứng dụng").load(connection, "zalo_oa")
        row = connection.execute(tokens.select()).one()
    assert found is not None
    assert (found.access, found.refresh) == ("truy-cap-bi-mat", "lam-moi-bi-mat")
    assert "bi-mat" not in str(tuple(row))
    assert "bi-mat" not in repr(found)


def test_what_another_secret_encrypted_reads_as_absent(engine: Engine) -> None:
    with engine.begin() as connection:
        TokenVault("a").save(connection, "zalo_oa", pair())
        assert TokenVault("b").load(connection, "zalo_oa") is None


def test_a_lock_is_held_by_one_until_given_back_or_run_out(engine: Engine) -> None:
    with engine.begin() as connection:
        assert take_lock(connection, "poll", "a", 30)
        assert take_lock(connection, "poll", "a", 30)
        assert not take_lock(connection, "poll", "b", 30)
        release_lock(connection, "poll", "a")
        assert take_lock(connection, "poll", "b", 30)
        connection.execute(update(locks).values(lease_until=1))
        assert take_lock(connection, "poll", "a", 30)


def test_figures_and_alarms_count_up(engine: Engine) -> None:
    today = now().date()
    with engine.begin() as connection:
        count(connection, "card", today)
        count(connection, "card", today, 2)
        assert counted(connection, "card", today, today) == 3
        raise_alarm(connection, "refused", "zalo_oa", "x", now())
        raise_alarm(connection, "refused", "zalo_oa", "y", now())
        (alarm,) = open_alarms(connection)
        assert (alarm.times, alarm.reason) == (2, "y")
        clear_alarm(connection, "refused", "zalo_oa")
        assert open_alarms(connection) == ()
