"""The durable core as a process of its own that a test may kill at any moment; what it sends goes to a file."""

import asyncio
import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI
from telegram import User

from bot.channels.base import Accept, InboundEvent, Limits, Outcome, Part, Sent
from bot.channels.telegram_updates import read_update
from bot.webhooks import WebhookDoor
from handlers.domain import IncomingMessage, Reply
from knowledge.database import open_database
from tests.support.assistant import running_core

__all__ = ["serve"]


class FileChannel:
    """Sends by appending a line to a file, atomically, with a little time before and after."""

    name = "telegram"
    path = "/telegram/webhook"
    latest_retry = 0
    problem: str | None = None
    limits = Limits(text_units=4096, buttons=20, folds_quotes=True, per_second=100_000.0, chat_s=0.0)

    def __init__(self, sink: str) -> None:
        self._file = os.open(sink, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def start(self, accept: Accept) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, chat: str, part: Part) -> Outcome:
        await asyncio.sleep(random.random() * 0.004)
        os.write(self._file, f"{part.key}\n".encode())
        await asyncio.sleep(random.random() * 0.004)
        return Sent(provider_id="1")

    async def acknowledge(self, event: InboundEvent) -> None:
        pass

    async def wipe(self, event: InboundEvent) -> None:
        pass

    def verify(self, headers: object, body: bytes) -> bool:
        return True

    def parse(self, body: bytes) -> InboundEvent | None:
        import json

        return read_update(json.loads(body), User(1, "", is_bot=True), datetime.now(UTC))


async def answer(message: IncomingMessage) -> Sequence[Reply]:
    """Take a moment, then repeat what was said."""
    await asyncio.sleep(random.random() * 0.02)
    return [Reply(text=message.text)]


def serve(address: str, port: int, sink: str, *, delay_s: float = 0.0, depth: int = 50_000) -> None:
    """Run until killed."""
    asyncio.run(_serve(address, port, sink, delay_s, depth))


async def _serve(address: str, port: int, sink: str, delay_s: float, depth: int) -> None:
    channel = FileChannel(sink)

    async def slowly(message: IncomingMessage) -> Sequence[Reply]:
        await asyncio.sleep(delay_s)
        return await answer(message)

    handle = slowly if delay_s else answer
    async with running_core(
        open_database(address), {"telegram": channel}, handle=handle, lease_s=1.0, depth=depth, tries=10_000
    ) as core:
        app = WebhookDoor(FastAPI(), sources=[channel], accept=core.inbox.accept)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
        await server.serve()
