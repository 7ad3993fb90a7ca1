"""Everybody's reminder on one morning: paced below the platform's limits, while people's questions are answered."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.outbox import OutboxWorker
from bot.scheduler import ReminderEngine, load_rules
from bot.storage.outbox import OutboundDraft, enqueue
from bot.storage.reminders import deliveries
from bot.storage.writer import GroupWriter
from handlers.domain import Reply
from tests.support.assistant import telegram_channel
from tests.support.databases import fresh_database
from tests.support.reminder_crashes import NOW, fill
from tests.support.serving import serving
from tests.support.telegram_peer import TelegramPeer

_ASKING_CHAT = 9_000_000


async def rush(folder: Path, people: int) -> dict[str, float]:
    """Let everybody's reminder fall due at once; return rate, refusals and how long answers took meanwhile."""
    peer = TelegramPeer(per_chat_s=1.0, overall_per_s=30.0)
    shift = datetime.now(UTC) - NOW

    def clock() -> datetime:
        return datetime.now(UTC) - shift

    with fresh_database("sqlite", folder) as engine, serving(peer.app) as address:
        fill(engine, people, 50)
        reminders = ReminderEngine(engine, load_rules(folder), clock)
        reminders.plan(NOW)
        writer = GroupWriter(engine)
        writer.start()
        channel = telegram_channel(address, clock=clock)
        worker = OutboxWorker(
            writer=writer, channels={"telegram": channel}, clock=clock, still_wanted=reminders.still_wanted
        )
        sending = asyncio.create_task(worker.run())
        started = time.monotonic()
        handing_over = asyncio.create_task(asyncio.to_thread(reminders.deliver, clock()))
        waits: list[float] = []
        # People ask as long as the rush lasts: what came after it would say nothing, and count as a slow rush.
        while len(peer.sent) < people + len(waits) and time.monotonic() < started + 600:
            waits.append(await ask(writer, worker, peer, len(waits), clock()))
        seconds = time.monotonic() - started
        await handing_over
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await writer.stop()
        await channel.stop()
        reminders.reflect(clock())
        with engine.connect() as connection:
            states = set(connection.scalars(select(deliveries.c.state)))
    assert states == {"sent"}
    assert peer.violations == []
    assert len(peer.sent) == people + len(waits)
    waits.sort()
    return {
        "people": people,
        "questions": len(waits),
        "per_second": round((people + len(waits)) / seconds, 1),
        "refused_429": peer.refused_429,
        "answer_median_s": round(waits[len(waits) // 2], 2),
        "answer_p99_s": round(waits[int(len(waits) * 0.99)], 2),
    }


async def ask(writer: GroupWriter, worker: OutboxWorker, peer: TelegramPeer, number: int, now: datetime) -> float:
    """Put an answer into the outbox and return the seconds until the platform had it."""
    chat = _ASKING_CHAT + number
    draft = OutboundDraft(
        dedupe_key=f"answer:{number}",
        channel="telegram",
        chat=str(chat),
        reply=Reply(text="Hạn nộp là ngày 05/12/2023.", kind="answer"),
        created_at=now,
        not_before=now,
        lane="answer",
    )
    started = time.monotonic()
    await writer.run(lambda connection: enqueue(connection, draft))
    worker.wake()
    while not any(sent["chat"]["id"] == chat for sent in peer.sent[-200:]):
        assert time.monotonic() < started + 60
        await asyncio.sleep(0.02)
    waited = time.monotonic() - started
    await asyncio.sleep(0.5)
    return waited


async def test_a_small_rush_stays_within_the_platforms_limits(tmp_path: Path) -> None:
    found = await rush(tmp_path, 60)

    print(found)
    assert found["refused_429"] == 0
    assert found["answer_p99_s"] <= 3


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_five_thousand_due_in_one_minute_leave_at_25_a_second_and_questions_do_not_wait(tmp_path: Path) -> None:
    found = await rush(tmp_path, 5_000)

    print(found)
    assert found["per_second"] >= 25
    assert found["refused_429"] <= 0.01 * found["people"]
    assert found["answer_p99_s"] <= 3
