"""People, their accounts and one-time codes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.storage.erasure import held_about
from bot.storage.people import (
    create_invite,
    create_link_code,
    erase_person,
    find_person,
    identities,
    identities_of,
    invites,
    leave_account,
    mark_unreachable,
    people,
    redeem_code,
    staff,
    touch_identity,
)
from handlers.people import Person, PersonRole
from tests.support.databases import KINDS, fresh_database

NOW = datetime(2023, 5, 2, 1, tzinfo=UTC)


@pytest.fixture(params=[KINDS[0], pytest.param(KINDS[1], marks=pytest.mark.postgres)])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    with fresh_database(request.param, tmp_path) as engine, engine.begin() as opened:
        yield opened


def invite(connection: Connection, role: PersonRole = PersonRole.OFFICIAL) -> str:
    """Return a fresh code."""
    return create_invite(connection, role, "Phòng Tư pháp", "huyện Bình Minh", NOW)


def redeem(
    connection: Connection, code: str, name: str, channel: str = "telegram", now: datetime = NOW
) -> Person | None:
    """Use a code."""
    return redeem_code(connection, code, channel, name, chat_id=name, now=now)


def others(connection: Connection, person_id: int) -> list[str]:
    """Return where else than over Telegram a person is reached."""
    found = identities_of(connection, person_id)
    return [one.channel for one in found if one.reachable and one.channel != "telegram"]


def test_a_code_makes_an_official_once_however_it_is_typed(connection: Connection) -> None:
    code = invite(connection)

    person = redeem(connection, f" {code.lower().replace('-', ' ')} ", "an")

    assert person is not None
    assert (person.role, person.agency) == (PersonRole.OFFICIAL, "Phòng Tư pháp")
    assert redeem(connection, code, "binh") is None
    assert find_person(connection, "telegram", "an") == person


def test_a_code_expires(connection: Connection) -> None:
    assert redeem(connection, invite(connection), "an", now=NOW + timedelta(days=7, seconds=1)) is None


def test_only_a_hash_of_the_code_is_kept(connection: Connection) -> None:
    code = invite(connection)

    kept = str(connection.execute(select(invites)).all())

    assert code not in kept
    assert code.replace("-", "") not in kept


def test_an_unknown_account_is_a_citizen_and_leaves_no_trace(connection: Connection) -> None:
    touch_identity(connection, "telegram", "dan", "dan", NOW)

    assert find_person(connection, "telegram", "dan") is None
    assert connection.execute(select(identities)).all() == []
    assert staff(connection) == ()


def test_a_link_code_joins_a_second_account_to_the_same_person(connection: Connection) -> None:
    person = redeem(connection, invite(connection), "an")
    assert person is not None

    linked = redeem(connection, create_link_code(connection, person.id, NOW), "z-an", "zalo_oa")

    assert linked == person
    assert others(connection, person.id) == ["zalo_oa"]


def test_the_reachable_account_used_last_comes_first(connection: Connection) -> None:
    person = redeem(connection, invite(connection), "an")
    assert person is not None
    redeem(connection, create_link_code(connection, person.id, NOW), "z-an", "zalo_oa", NOW + timedelta(minutes=1))
    assert [one.channel for one in identities_of(connection, person.id)] == ["zalo_oa", "telegram"]

    mark_unreachable(connection, "zalo_oa", "z-an")
    assert [one.channel for one in identities_of(connection, person.id)] == ["telegram", "zalo_oa"]
    assert others(connection, person.id) == []

    touch_identity(connection, "zalo_oa", "z-an", "z-an", NOW + timedelta(minutes=2))
    assert others(connection, person.id) == ["zalo_oa"]


def test_a_new_invitation_changes_the_post_of_the_person_who_has_one(connection: Connection) -> None:
    first = redeem(connection, invite(connection), "an")
    second = redeem(connection, invite(connection, PersonRole.HEAD), "an", now=NOW + timedelta(days=1))

    assert first is not None
    assert second is not None
    assert (second.id, second.role, second.joined_at) == (first.id, PersonRole.HEAD, NOW + timedelta(days=1))


def test_leaving_the_last_account_erases_the_person(connection: Connection) -> None:
    person = redeem(connection, invite(connection), "an")
    assert person is not None
    redeem(connection, create_link_code(connection, person.id, NOW), "z-an", "zalo_oa")

    leave_account(connection, "telegram", "an")
    assert find_person(connection, "zalo_oa", "z-an") is not None
    leave_account(connection, "zalo_oa", "z-an")

    assert connection.execute(select(people)).all() == []


def test_what_is_held_is_counted_and_erased_whole(connection: Connection) -> None:
    person = redeem(connection, invite(connection), "an")
    assert person is not None
    create_link_code(connection, person.id, NOW)

    held = held_about(connection, person.id, ())
    erase_person(connection, person.id)

    assert held == {"identity": 1, "invite": 1}
    assert held_about(connection, person.id, ()) == {}
    assert connection.execute(select(identities)).all() == []
    assert connection.execute(select(invites)).all() == []


def test_names_of_accounts_stay_out_of_what_is_printed(connection: Connection) -> None:
    person = redeem(connection, invite(connection), "chat-zq")
    assert person is not None

    assert "zq" not in repr(identities_of(connection, person.id))
