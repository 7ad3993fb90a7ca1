"""Reminder workers that are killed at random while they plan, hand over, send and settle; run as a program.

The nursery forks workers from one warm process, so that a life starts in milliseconds. Each worker ticks the engine and
drains the outbox into an append-only file; the nursery kills one of them after a random while, until the asked number
of kills is reached and everything due has left.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select, update

import bot.schema  # noqa: F401  # every table
from bot.channels.base import Accept, Limits, Outcome, Part, Sent
from bot.outbox import OutboxWorker
from bot.scheduler import ReminderEngine, load_rules
from bot.storage.outbox import OutboxState, outbox
from bot.storage.people import identities, people
from bot.storage.reminders import deliveries
from bot.storage.tracked import DeadlineState, add, decide
from bot.storage.writer import GroupWriter
from knowledge.database import metadata, open_database
from tests.support.office import at, make_deadline, make_tracked

TODAY = date(2023, 12, 7)
NOW = at(TODAY, 9)
_PATIENCE_S = 600.0
_LINE = len("rem:1000.1\n")


class FileChannel:
    """Delivers by appending one line, with a little time before and after it in which to die."""

    name = "telegram"
    limits = Limits(text_units=4096, buttons=20, folds_quotes=False, per_second=100_000.0, chat_s=0.0)
    problem = None

    def __init__(self, sink: int) -> None:
        self._sink = sink

    async def start(self, accept: Accept) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, chat: str, part: Part) -> Outcome:
        await asyncio.sleep(random.uniform(0, 0.002))
        os.write(self._sink, f"{part.key}\n".encode())
        await asyncio.sleep(random.uniform(0, 0.002))
        return Sent(provider_id="1")

    async def acknowledge(self, event: Any) -> None: ...
    async def wipe(self, event: Any) -> None: ...


def fill(engine: Engine, persons: int, agencies: int) -> None:
    """Make an office with two deadlines whose last day is today: one for everybody, one for every other agency."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        everybody = [
            {
                "role": "official",
                "agency": f"Phòng số {number % agencies}",
                "locality": "huyện Bình Minh",
                "joined_at": at(date(2023, 10, 2)),
            }
            for number in range(persons)
        ]
        connection.execute(insert(people), everybody)
        ids = list(connection.scalars(select(people.c.id)))
        accounts = [
            {
                "channel": "telegram",
                "channel_user_id": str(one),
                "person_id": one,
                "chat_id": str(one),
                "last_interaction_at": NOW,
                "reachable": True,
            }
            for one in ids
        ]
        connection.execute(insert(identities), accounts)
        for number in range(2):
            whom = [f"Phòng số {one}" for one in range(0, agencies, 2)] if number else []
            made = make_deadline(TODAY, id=f"doc.{number}", what=f"Việc số {number}", assignees=tuple(whom))
            kept = add(connection, make_tracked(made, leads=(0,)), DeadlineState.PROPOSED, NOW)
            decide(connection, kept, at(date(2023, 10, 2)), state=DeadlineState.CONFIRMED)


async def work(address: str, sink: int, folder: Path) -> None:
    """Plan, hand over and send until killed or told to stop."""
    engine = open_database(address)
    reminders = ReminderEngine(engine, load_rules(folder), lambda: NOW)
    writer = GroupWriter(engine)
    writer.start()
    worker = OutboxWorker(
        writer=writer,
        channels={"telegram": FileChannel(sink)},
        clock=lambda: NOW,
        still_wanted=reminders.still_wanted,
        uncertain_retry_s=0.0,
        at_once={"answer": 4, "push": 4},
    )
    sending = asyncio.create_task(worker.run())
    while not sending.done():
        try:
            await asyncio.to_thread(reminders.tick, NOW)
        except Exception as fault:  # the workers' own loop does the same
            print(type(fault).__name__, fault, file=sys.stderr)
        await asyncio.sleep(random.uniform(0.01, 0.05))


def start_worker(address: str, sink: int, folder: Path) -> int:
    """Fork one worker and return its process id."""
    child = os.fork()
    if child:
        return child
    try:
        random.seed()
        asyncio.run(work(address, sink, folder))
    finally:
        os._exit(1)


def is_quiet(engine: Engine) -> bool:
    """Whether everything due has left the ledger and the outbox."""
    moving = (OutboxState.PENDING, OutboxState.RETRY, OutboxState.SENDING)
    with engine.connect() as connection:
        owed = connection.scalar(select(func.count()).where(deliveries.c.state.in_(("planned", "queued", "sending"))))
        seen = connection.scalar(select(func.count()).select_from(deliveries))
        again = (outbox.c.state == OutboxState.UNCERTAIN) & ~outbox.c.resent
        waiting = connection.scalar(select(func.count()).where(outbox.c.state.in_(moving) | again))
    return bool(seen) and not owed and not waiting


def wait_for_progress(sink: int, lines: int, life_s: float) -> None:
    """Wait until about so many messages have left, or until a life is over, then a moment more."""
    wanted = os.fstat(sink).st_size + lines * _LINE
    end = time.monotonic() + life_s
    while os.fstat(sink).st_size < wanted and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.01))


def start_after_leases(engine: Engine, address: str, sink: int, folder: Path) -> int:
    """Let every lease of the dead run out at once instead of in 45 seconds, then start one worker."""
    with engine.begin() as connection:
        connection.execute(update(outbox).values(lease_until=0))
    engine.dispose()
    return start_worker(address, sink, folder)


def run_nursery(address: str, folder: Path, asked: argparse.Namespace) -> float:
    """Keep workers alive and kill one after another; return the seconds from the last kill until all was settled."""
    sink = os.open(folder / "sink", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    alive = [start_worker(address, sink, folder) for _ in range(asked.workers)]
    engine = open_database(address)
    try:
        for _ in range(asked.kills):
            wait_for_progress(sink, random.randint(0, 2 * asked.lines), asked.life)
            kill(alive.pop(random.randrange(len(alive))))
            alive.append(start_worker(address, sink, folder))
        last_kill = time.monotonic()
        if asked.age_leases:
            while alive:
                kill(alive.pop())
            alive.append(start_after_leases(engine, address, sink, folder))
        while not is_quiet(engine) and time.monotonic() < last_kill + _PATIENCE_S:
            time.sleep(0.2)
        return time.monotonic() - last_kill
    finally:
        engine.dispose()
        while alive:
            kill(alive.pop())


def kill(process: int) -> None:
    """End a worker as a power cut would."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def report(address: str, folder: Path) -> dict[str, Any]:
    """Return what the ledger says beside what arrived."""
    engine = open_database(address)
    arrived = Counter((folder / "sink").read_text().split())
    with engine.connect() as connection:
        rows = connection.execute(
            select(deliveries.c.state, deliveries.c.reason, deliveries.c.outbox_key, deliveries.c.lead)
        )
        owed = [row for row in rows if row.state not in ("skipped", "expired")]
        troubled = connection.scalar(select(func.count()).where(outbox.c.state == OutboxState.UNCERTAIN))
    engine.dispose()
    return {
        "reminders": len(owed),
        "messages": len({row.outbox_key for row in owed}),
        "states": dict(Counter(row.state for row in owed)),
        "lost": sum(row.state == "sent" and not arrived[row.outbox_key] for row in owed),
        "lost_unsaid": sum(not arrived[row.outbox_key] and row.state != "uncertain" for row in owed),
        "never_arrived": sum(not arrived[row.outbox_key] for row in owed),
        "extra": sum(count - 1 for count in arrived.values()),
        "most_copies": max(arrived.values(), default=0),
        "uncertain_messages": troubled,
    }


def main() -> None:
    """Run one nursery and print its report as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--persons", type=int, required=True)
    parser.add_argument("--life", type=float, default=2.0)
    parser.add_argument("--lines", type=int, default=8, help="messages an average life sends")
    parser.add_argument("--age-leases", action="store_true")
    asked = parser.parse_args()
    engine = open_database(asked.address)
    fill(engine, asked.persons, 50)
    engine.dispose()
    settled_in = run_nursery(asked.address, asked.folder, asked)
    print(
        json.dumps({**report(asked.address, asked.folder), "kills": asked.kills, "settled_in_s": round(settled_in, 1)})
    )


if __name__ == "__main__":
    main()
