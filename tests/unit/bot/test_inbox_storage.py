"""The inbox as a queue, on SQLite and on a real PostgreSQL: who is next, and who waits for whom."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.storage.inbox import ClaimedEvent, claim_events, event_row, finish_event, inbox, store_events
from tests.support.assistant import now
from tests.support.databases import KINDS, fresh_database
from tests.support.fake_channel import event


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.postgres if kind != "sqlite" else ()) for kind in KINDS])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with fresh_database(request.param, tmp_path) as opened:
        yield opened


def store(engine: Engine, told: Iterable[tuple[int, str]]) -> None:
    with engine.begin() as connection:
        store_events(connection, [event_row(event(number, "hỏi", sender=sender), now()) for number, sender in told])


def claim(engine: Engine, limit: int, owner: str = "w1") -> list[ClaimedEvent]:
    with engine.begin() as connection:
        return claim_events(connection, owner, limit)


def numbers(held: Iterable[ClaimedEvent]) -> list[int]:
    return [one.event.order for one in held]


def test_a_person_has_one_turn_at_a_time_and_it_is_the_earliest_sent_even_if_it_came_later(engine: Engine) -> None:
    store(engine, [(5, "an"), (6, "binh"), (4, "an"), (7, "an")])
    first = claim(engine, 10)
    assert sorted(numbers(first)) == [4, 6]
    assert claim(engine, 10, "w2") == []
    with engine.begin() as connection:
        assert all(finish_event(connection, one) for one in first)
    assert numbers(claim(engine, 10, "w2")) == [5]


def test_nobody_waits_behind_hundreds_of_messages_of_one_who_is_being_answered(engine: Engine) -> None:
    store(engine, [(number, "an") for number in range(1, 601)])
    store(engine, [(1_000, "binh"), (1_001, "chi")])
    assert numbers(claim(engine, 1)) == [1]
    assert numbers(claim(engine, 10)) == [1_000, 1_001]


def test_two_workers_that_claim_in_turn_share_the_people_and_never_an_event(engine: Engine) -> None:
    store(engine, [(number, f"{number % 50}") for number in range(1, 201)])
    taken = [claim(engine, 8, f"w{number % 2}") for number in range(8)]
    assert [len(one) for one in taken] == [8, 8, 8, 8, 8, 8, 2, 0]
    ids = [one.id for held in taken for one in held]
    assert len(set(ids)) == len(ids) == 50
    with engine.connect() as connection:
        assert set(connection.scalars(select(inbox.c.owner).where(inbox.c.id.in_(ids)))) == {"w0", "w1"}
