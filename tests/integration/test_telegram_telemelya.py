"""Telegram by webhook against telemelya, a Bot API server that others wrote."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import select
from telemelya.client import TelegramTestClient

from bot.storage.outbox import outbox
from bot.webhooks import WebhookDoor
from handlers.domain import Button, IncomingMessage, Reply
from tests.support.assistant import CRY, running_core, telegram_channel
from tests.support.databases import fresh_database
from tests.support.serving import free_port, serving
from tests.support.telegram_peer import TOKEN
from tests.support.telegram_proxy import Proxy, peer_app


async def handle(message: IncomingMessage) -> Sequence[Reply]:
    """A small office: a menu with one button."""
    if message.action == "done:7":
        return [Reply(text="Đã ghi nhận.")]
    return [Reply(text=f"<Việc> {message.text}", buttons=(Button(label="Đã nộp", action="done:7"),))]


async def test_a_dialogue_and_misfortunes_by_webhook(tmp_path: Path) -> None:
    port = free_port()
    with fresh_database("sqlite", tmp_path) as engine, serving(peer_app()) as peer:
        proxy = Proxy(peer)
        with serving(proxy.app) as proxy.own:
            own = f"http://127.0.0.1:{port}"
            channel = telegram_channel(proxy.own, telegram_mode="webhook", public_url=own, send_timeout_s=1.0)
            async with running_core(engine, {"telegram": channel}, handle=handle, send_timeout_s=1.0) as core:
                app = WebhookDoor(FastAPI(), sources=[channel], accept=core.inbox.accept)
                with serving(Bridge(app, asyncio.get_running_loop()), port):
                    await channel.start(core.inbox.accept)
                    for _ in range(200):
                        if proxy.hooks:
                            break
                        await asyncio.sleep(0.05)
                    await asyncio.to_thread(_talk, peer, proxy)
                    await asyncio.sleep(1.5)
                    await channel.stop()
            with engine.connect() as connection:
                states = list(connection.scalars(select(outbox.c.state).order_by(outbox.c.id)))
    assert states == ["sent", "sent", "sent", "uncertain"]


def _talk(peer: str, proxy: Proxy) -> None:
    client = TelegramTestClient(peer, "any-key", TOKEN, session_id="default")
    client.send_command(42, "/start")
    first = _last(client, 1)
    assert first["text"].startswith("&lt;Việc&gt; /start")
    client.send_callback_query(42, "done:7", first["message_id"])
    assert _last(client, 2)["text"] == "Đã ghi nhận."
    flood = {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 1}}
    proxy.faults.append({"method": "sendMessage", "status": 429, "body": flood})
    client.send_message(43, "lúc đông")
    assert "lúc đông" in _last(client, 3)["text"]
    client.send_message(44, CRY)
    assert _last(client, 4)["text"] == "Gọi 113 ngay."
    proxy.faults.append({"method": "sendMessage", "late_s": 2.5})
    client.send_message(45, "giao rồi im")
    assert "giao rồi im" in _last(client, 5)["text"]


def _last(client: TelegramTestClient, number: int) -> Any:
    import time

    for _ in range(200):
        found = [one for one in client.get_responses() if one.get("method", "sendMessage") == "sendMessage"]
        if len(found) >= number:
            assert len(found) == number
            return found[-1]
        time.sleep(0.05)
    raise AssertionError(f"only {len(found)} answers")


class Bridge:
    """Hands requests of a serving thread to the loop that the assistant runs in."""

    def __init__(self, app: WebhookDoor, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        here = asyncio.get_running_loop()

        def across(call: Any) -> Any:
            async def crossing(*values: Any) -> Any:
                return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(*values), here))

            return crossing

        work = self._app(scope, across(receive), across(send))
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
