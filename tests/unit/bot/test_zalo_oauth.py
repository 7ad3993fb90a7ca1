"""Tokens of the Official Account: one refresh for everybody, saved before use, no loop, nothing readable at rest."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.channels.base import Block, NotSent, Part, Sent
from bot.channels.zalo_http import open_client
from bot.channels.zalo_oauth import OaTokens
from bot.storage.counters import open_alarms
from bot.storage.tokens import tokens
from config.settings import Settings
from tests.support.databases import fresh_database
from tests.support.zalo_oa_peer import ZaloOaPeer
from tests.support.zalo_oa_webhook import APP_ID, APP_SECRET
from tests.unit.bot.test_zalo_oa import USER, Hours, account, part


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest.fixture
def peer(clock: Hours) -> ZaloOaPeer:
    return ZaloOaPeer(clock=clock)


@asynccontextmanager
async def keepers(engine: Engine, peer: ZaloOaPeer, clock: Hours, count: int = 1) -> AsyncIterator[list[OaTokens]]:
    """Several processes' worth of keepers over one database."""
    async with contextlib.AsyncExitStack() as stack:
        address, made = stack.enter_context(peer.running()), []
        pair: dict[str, Any] = {"zalo_oa_access_token": peer.access_token, "zalo_oa_refresh_token": peer.refresh_token}
        app: dict[str, Any] = {"zalo_oa_app_id": APP_ID, "zalo_oa_app_secret": APP_SECRET, "zalo_oauth_url": address}
        settings = Settings(_env_file=None, **pair, **app)
        for _ in range(count):
            client = await stack.enter_async_context(open_client())
            made.append(OaTokens(settings, engine=engine, client=client, clock=clock))
        yield made
    assert peer.violations == []


def alarms(engine: Engine) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        return [(alarm.code, alarm.reason, alarm.times) for alarm in open_alarms(connection)]


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_an_expired_token_is_renewed_once_and_the_message_arrives(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        peer.faults.plan("expire", "/cs")
        assert isinstance(await channel.send(USER, part("một")), Sent)
        assert isinstance(await channel.send(USER, part("hai")), Sent)
    assert [told.text for told in peer.delivered(USER)] == ["một", "hai"]
    assert peer.oauth.rotations == peer.oauth.refresh_calls == 1


@pytest.mark.parametrize(("code", "status"), [(-216, 200), (-220, 200), (-216, 401)])
async def test_every_way_of_calling_a_token_dead_is_understood(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours, code: int, status: int
) -> None:
    peer.dead_token_code, peer.dead_token_status = code, status
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        peer.faults.plan("expire", "/cs")
        assert isinstance(await channel.send(USER, part()), Sent)


async def test_a_token_that_stays_dead_is_tried_twice_and_not_again(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        peer.faults.plan("expire", "/cs", times=2)
        outcome = await channel.send(USER, part())
    assert isinstance(outcome, NotSent) and outcome.alarm
    assert peer.calls["/v3.0/oa/message/cs"] == 2 and peer.oauth.refresh_calls == 1


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_ten_processes_with_three_senders_each_renew_once(
    tmp_path: Path, peer: ZaloOaPeer, clock: Hours, kind: str
) -> None:
    with fresh_database(kind, tmp_path) as engine:
        async with keepers(engine, peer, clock, count=10) as made:
            stale = {await one.access() for one in made}
            assert stale == {peer.access_token}
            calls = [one.renew(peer.access_token, patience_s=60) for one in made for _ in range(3)]
            renewed = set(await asyncio.gather(*calls))
    assert len(renewed) == 1 and None not in renewed and peer.access_token not in renewed
    assert peer.oauth.rotations == peer.oauth.refresh_calls == 1


async def test_a_pair_is_renewed_before_its_last_six_hours(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    async with keepers(engine, peer, clock) as [keeper]:
        await keeper.access()
        clock.ahead = timedelta(hours=18, minutes=55)
        await keeper.keep_fresh()
        assert peer.oauth.rotations == 0
        clock.ahead = timedelta(hours=19, minutes=5)
        await keeper.keep_fresh()
        assert await keeper.access() != peer.access_token
        await keeper.keep_fresh()
    assert peer.oauth.rotations == 1


async def test_a_pair_of_a_short_life_is_renewed_in_its_last_quarter(
    engine: Engine, peer: ZaloOaPeer, clock: Hours
) -> None:
    peer.oauth.access_s = 3600
    async with keepers(engine, peer, clock) as [keeper]:
        await keeper.renew(str(await keeper.access()), patience_s=20)
        for minutes, rotations in ((0, 1), (40, 1), (50, 2)):
            clock.ahead = timedelta(minutes=minutes)
            await keeper.keep_fresh()
            assert peer.oauth.rotations == rotations


async def test_a_saved_pair_survives_a_restart_and_is_not_readable(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    async with keepers(engine, peer, clock, count=2) as [before, after]:
        await before.access()
        renewed = await before.renew(peer.access_token, patience_s=20)
        assert await after.access() == renewed is not None
    with engine.connect() as connection:
        kept = " ".join(f"{row.access} {row.refresh}" for row in connection.execute(select(tokens)))
    assert "access-" not in kept and "refresh-" not in kept
    assert b"access-" not in on_disk(tmp_path)


@pytest.mark.parametrize("numeric", [True, False])
async def test_a_refused_refresh_raises_an_alarm_and_is_never_repeated(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours, numeric: bool
) -> None:
    peer.oauth.omits_numeric_error = not numeric
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        peer.oauth._used.add(peer.refresh_token)
        peer.oauth.kill(peer.access_token)
        for _ in range(3):
            outcome = await channel.send(USER, part())
            assert isinstance(outcome, NotSent) and outcome.alarm
        assert channel.problem is not None and peer.access_token not in channel.problem
    assert peer.oauth.refresh_calls == 1
    assert alarms(engine) == [("reauthorise", "refresh refused", 1)]


@pytest.mark.parametrize("kind", ["reset", "garbage"])
async def test_a_lost_refresh_answer_raises_an_alarm_and_does_not_loop(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours, kind: Any
) -> None:
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        peer.oauth.kill(peer.access_token)
        peer.faults.plan(kind, "/v4/oa/access_token", processed=True)
        for _ in range(4):
            assert isinstance(await channel.send(USER, part()), NotSent)
        assert peer.oauth.refresh_calls == 1
        assert alarms(engine) == [("reauthorise", "refresh answer lost", 1)]
        clock.ahead += timedelta(minutes=11)
        for _ in range(4):
            assert isinstance(await channel.send(USER, part()), NotSent)
        assert peer.oauth.refresh_calls == 2 and channel.problem is not None
        clock.ahead += timedelta(days=1)
        await channel.send(USER, part())
        assert peer.oauth.refresh_calls == 2


async def test_an_answer_lost_before_the_work_heals_by_the_one_later_try(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        peer.oauth.kill(peer.access_token)
        peer.faults.plan("reset", "/v4/oa/access_token", processed=False)
        assert isinstance(await channel.send(USER, part()), NotSent)
        clock.ahead += timedelta(minutes=11)
        assert isinstance(await channel.send(USER, part()), Sent)
    assert alarms(engine) == []


async def test_a_sender_that_gives_up_does_not_cut_the_renewal_off(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    async with keepers(engine, peer, clock) as [keeper]:
        await keeper.access()
        peer.faults.plan("stall", "/v4/oa/access_token", processed=False, seconds=0.01)
        assert await keeper.renew(peer.access_token, patience_s=0.001) is None
        await keeper.close()
        clock.ahead += timedelta(minutes=11)
        waiting = asyncio.create_task(keeper.renew(peer.access_token, patience_s=20))
        await asyncio.sleep(0.001)
        waiting.cancel()
        await keeper.close()
        assert await keeper.access() != peer.access_token
    assert peer.oauth.rotations == 1


async def test_a_new_pair_in_the_settings_ends_the_alarm(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    first = (peer.access_token, peer.refresh_token)
    async with keepers(engine, peer, clock) as [keeper]:
        await keeper.access()
        peer.oauth._used.add(peer.refresh_token)
        assert await keeper.renew(first[0], patience_s=20) is None and keeper.is_stopped
    assert alarms(engine)
    peer.access_token, peer.refresh_token = peer.oauth.issue()
    async with keepers(engine, peer, clock, count=2) as [keeper, later]:
        assert await keeper.access() == peer.access_token and not keeper.is_stopped
        renewed = await keeper.renew(peer.access_token, patience_s=20)
        assert renewed is not None and await later.access() == renewed
    assert alarms(engine) == []


async def test_without_any_pair_the_channel_says_so_and_sends_nothing(
    engine: Engine, tmp_path: Path, peer: ZaloOaPeer, clock: Hours
) -> None:
    async with account(engine, peer, clock, zalo_oa_access_token=None) as channel:
        outcome = await channel.send(USER, Part(blocks=(Block(text="x"),)))
        assert isinstance(outcome, NotSent) and outcome.alarm
        assert channel.problem is not None and "ZALO_OA_REFRESH_TOKEN" in channel.problem
    assert not peer.calls
