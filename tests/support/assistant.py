"""The channels core around a small desk and handler of its own, for tests that need no documents."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.inbox import Inbox
from bot.inbox_worker import InboxWorker
from bot.outbox import OutboxWorker
from bot.storage.writer import GroupWriter
from config.settings import Settings
from config.texts import load_texts
from handlers.domain import IncomingMessage, Reply
from tests.support.telegram_peer import TOKEN

CRY = "thiên thanh kêu cứu"
"""What the desk of these tests takes for a cry for help, whole or in pieces."""


def now() -> datetime:
    """The real moment: leases and pacing are about real time."""
    return datetime.now(UTC)


def telegram_channel(
    address: str = "http://127.0.0.1:9", *, clock: Callable[[], datetime] = now, **settings: Any
) -> TelegramChannel:
    """Return the channel as the settings of a peer make it."""
    given = {"telegram_bot_token": TOKEN, "telegram_api_url": address, "send_timeout_s": 5.0, **settings}
    return TelegramChannel(Settings(_env_file=None, **given), texts=load_texts("vi"), clock=clock)


class PlainDesk:
    """A gate that knows one phrase; it reads a plea in pieces as one, and remembers what came before."""

    def __init__(self) -> None:
        self._said: dict[str, list[str]] = defaultdict(list)

    async def after_help(self, message: IncomingMessage) -> Sequence[Reply]:
        return [Reply(text="và câu trả lời", sensitive=True)] if "?" in message.text else []

    def first_help(self, message: IncomingMessage) -> Reply | None:
        before = max(self._said[message.sender], list(message.recent), key=len)
        said = " ".join([*before, message.text])
        self._said[message.sender] = [*before, message.text][-5:]
        return Reply(text="Gọi 113 ngay.", kind="referral", sensitive=True) if CRY in said else None


async def echo(message: IncomingMessage) -> Sequence[Reply]:
    """Answer with what was said."""
    return [Reply(text=f"Đã nghe: {message.action or message.text}")]


@dataclass(slots=True, kw_only=True)
class Core:
    """The running parts."""

    writer: GroupWriter
    inbox: Inbox
    worker: InboxWorker
    outbox: OutboxWorker


@asynccontextmanager
async def running_core(
    engine: Engine,
    channels: dict[str, Channel],
    *,
    handle: Callable[[IncomingMessage], Awaitable[Sequence[Reply]]] = echo,
    clock: Callable[[], datetime] = now,
    depth: int = 5_000,
    per_minute: int = 1_000_000,
    at_once: int = 16,
    lease_s: float = 45.0,
    tries: int = 5,
    uncertain_retry_s: float = 120.0,
    send_timeout_s: float = 15.0,
    work: bool = True,
) -> AsyncIterator[Core]:
    """Run inbox, worker and outbox over an engine whose tables exist."""
    writer = GroupWriter(engine)
    writer.start()
    inbox = Inbox(writer=writer, channels=channels, desk=PlainDesk(), clock=clock, depth=depth, per_minute=per_minute)
    outbox = OutboxWorker(
        writer=writer,
        channels=channels,
        clock=clock,
        uncertain_retry_s=uncertain_retry_s,
        send_timeout_s=send_timeout_s,
    )
    worker = InboxWorker(
        inbox=inbox,
        writer=writer,
        channels=channels,
        handle=handle,
        clock=clock,
        answered=outbox.wake,
        at_once=at_once,
        lease_s=lease_s,
        tries=tries,
    )
    tasks = [asyncio.create_task(worker.run()), asyncio.create_task(outbox.run())] if work else []
    try:
        yield Core(writer=writer, inbox=inbox, worker=worker, outbox=outbox)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await inbox.finish()
        await writer.stop()
