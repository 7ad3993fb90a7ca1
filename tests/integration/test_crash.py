"""What was acknowledged survives a process that is killed at any moment."""

import asyncio
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select, text

from bot.storage.inbox import inbox
from bot.storage.outbox import outbox
from tests.support.databases import fresh_database
from tests.support.killable import serve
from tests.support.serving import free_port

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.support.killable"])


def update(number: int) -> dict[str, Any]:
    """A short text from one of many people."""
    who = 1_000 + number % 400
    chat = {"id": who, "type": "private"}
    message = {
        "message_id": number,
        "date": 1,
        "chat": chat,
        "from": {"id": who, "is_bot": False},
        "text": f"t{number}",
    }
    return {"update_id": number, "message": message}


async def load(address: str, waiting: list[int], acknowledged: set[int]) -> None:
    """Deliver like the platform: sixteen at a time, each again until it is taken."""
    async with httpx.AsyncClient(timeout=5, verify=False, trust_env=False) as client:

        async def sender() -> None:
            while waiting:
                number = waiting.pop()
                try:
                    answer = await client.post(f"{address}/telegram/webhook", json=update(number))
                except httpx.HTTPError:
                    waiting.insert(0, number)
                    await asyncio.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    acknowledged.add(number)
                else:
                    waiting.insert(0, number)

        await asyncio.gather(*(sender() for _ in range(16)))


@pytest.mark.parametrize(
    ("kind", "kills", "each"),
    [
        ("sqlite", 20, 12),
        pytest.param("postgresql", 3, 20, marks=pytest.mark.postgres),
        pytest.param("sqlite", 500, 15, marks=pytest.mark.slow),
        pytest.param("postgresql", 200, 15, marks=[pytest.mark.slow, pytest.mark.postgres]),
    ],
)
@pytest.mark.timeout(3_000)
async def test_no_acknowledged_event_is_lost_and_no_answer_doubled(
    tmp_path: Path, kind: str, kills: int, each: int
) -> None:
    dice, port, sink = random.Random(11), free_port(), tmp_path / "sent"
    acknowledged: set[int] = set()
    issued = 0
    with fresh_database(kind, tmp_path) as engine:
        address = engine.url.render_as_string(hide_password=False)
        for life in range(1, kills + 1):
            issued = each * life
            waiting = sorted(set(range(1, issued + 1)) - acknowledged, reverse=True)
            await _one_life(address, port, sink, waiting, acknowledged, dice.randrange(2 * each))
        process = _start(address, port, sink)
        try:
            await _listening(port)
            waiting = sorted(set(range(1, issued + 1)) - acknowledged)
            await load(f"http://127.0.0.1:{port}", waiting, acknowledged)
            await _settled(engine)
        finally:
            _kill(process)
        _check(engine, sink, acknowledged, issued)


async def _one_life(address: str, port: int, sink: Path, waiting: list[int], acknowledged: set[int], more: int) -> None:
    """Kill a process under load, once it has acknowledged so many more events."""
    process = _start(address, port, sink)
    await _listening(port)
    loading = asyncio.create_task(load(f"http://127.0.0.1:{port}", waiting, acknowledged))
    enough = len(acknowledged) + more
    for _ in range(3_000):
        if len(acknowledged) >= enough or loading.done():
            break
        await asyncio.sleep(0.001)
    _kill(process)
    await asyncio.wait([loading], timeout=0.05)
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)


def _start(address: str, port: int, sink: Path) -> Any:
    process = _context.Process(target=serve, args=(address, port, str(sink)), daemon=True)
    process.start()
    return process


def _kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join()


async def _listening(port: int) -> None:
    for _ in range(1_000):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
    raise AssertionError("the process did not start")


async def _settled(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET lease_until = 1 WHERE state <> 'sent'"))
        connection.execute(text("UPDATE lock SET lease_until = 1"))
    before, since = (-1, -1), time.monotonic()
    while time.monotonic() < since + 60:
        with engine.connect() as connection:
            left = connection.scalar(text("SELECT count(*) FROM inbox WHERE state = 'waiting'")) or 0
            states = set(connection.scalars(select(outbox.c.state).distinct()))
            unsent = (
                connection.scalar(text("SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'uncertain')")) or 0
            )
        if not left and not unsent:
            return
        if (left, unsent) != before:
            before, since = (left, unsent), time.monotonic()
        await asyncio.sleep(0.05)
    raise AssertionError(f"{left} events wait, messages are {states}")


def _check(engine: Engine, sink: Path, acknowledged: set[int], last: int) -> None:
    delivered = Counter(sink.read_text().split())
    with engine.connect() as connection:
        events = {row.event_id: row.state for row in connection.execute(select(inbox))}
        messages = {row.dedupe_key: row.state for row in connection.execute(select(outbox))}
    assert acknowledged == set(range(1, last + 1))
    assert {str(number) for number in acknowledged} == events.keys()
    assert set(events.values()) == {"done"}
    assert messages.keys() == {f"answer:telegram:{number}:0" for number in acknowledged}
    assert max(delivered.values()) == 1
    assert all(key in delivered for key, state in messages.items() if state == "sent")
