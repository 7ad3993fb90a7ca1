"""The durable webhook beside a bare FastAPI hello, in one server process: speed, delay, memory."""

import asyncio
import multiprocessing
import random
import re
import socket
import statistics
import tempfile
import time
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, func, select

from bot.channels.base import InboundEvent, Limits, Outcome, Part, Sent
from bot.channels.telegram import SECRET_HEADER, TelegramChannel
from bot.inbox import Inbox
from bot.inbox_worker import InboxWorker
from bot.storage.inbox import inbox as kept
from bot.storage.writer import GroupWriter
from bot.webhooks import WebhookDoor, answer_swiftly
from config.referrals import load_directory
from config.settings import Settings
from config.texts import load_texts
from handlers.dispatcher import Dispatcher
from handlers.domain import IncomingMessage, Reply
from handlers.referral import ReferralDesk
from knowledge.database import metadata, open_database

_SECRET = "bench-webhook-secret"
_CONNECTIONS, _MOST_CONNECTIONS = 32, 100
"""For the most that can be done, as is usual, and at a given pace: the most that Telegram opens."""
_SPAN_S = 5.0
_ROUNDS = 5
_ANSWER_S = 5.0
_START_S = 60
_HELLO, _HOOK = "/hello", "/telegram/webhook"
_MESSAGES = Path(__file__).parent / "bench_messages.toml"
_TEXTS = 5_000


def run(*, span_s: float = _SPAN_S, rounds: int = _ROUNDS) -> dict[str, Any]:
    """Return requests a second of both, their ratio, the delay at 80 % load and the growth of memory at overload."""
    answer_swiftly()  # Neither may the caller stop to collect garbage.
    with tempfile.TemporaryDirectory() as folder:
        speed = _measured(Path(folder) / "speed", depth=10**9, work=partial(_speed, span_s=span_s, rounds=rounds))
        delay = _measured(Path(folder) / "delay", depth=10**9, work=partial(_delay, span_s=span_s, rounds=rounds))
        flood = _measured(Path(folder) / "flood", depth=2_000, work=partial(_flood, span_s=span_s * 2))
    return {**speed, **delay, **flood}


def _measured(folder: Path, *, depth: int, work: Any) -> dict[str, Any]:
    """Run work against a server process of its own."""
    folder.mkdir(parents=True)
    door = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(str(folder), door, depth), daemon=True)
    server.start()
    try:
        with door, asyncio.Runner(loop_factory=_loop_factory()) as runner:
            port = door.getsockname()[1]
            runner.run(asyncio.wait_for(Load(port, _HELLO).run(0.1), _START_S))
            figures: dict[str, Any] = runner.run(work(port, psutil.Process(server.pid), folder))
    finally:
        server.kill()
        server.join()
    return figures


def _loop_factory() -> Any:
    return uvicorn.Config(FastAPI()).get_loop_factory()


async def _speed(port: int, server: psutil.Process, folder: Path, *, span_s: float, rounds: int) -> dict[str, Any]:
    """Return the rates side by side; `unrepeated` is with texts of which no two are the same."""
    beside_hello = partial(_beside_hello, port, server, span_s=span_s, rounds=rounds)
    rate, cost = await beside_hello()
    unrepeated, _ = await beside_hello(is_fresh=True)
    with open_database(f"sqlite:///{folder / 'bench.db'}").connect() as connection:
        stored = connection.scalar(select(func.count()).select_from(kept)) or 0
    return {
        "hello_per_s": round(statistics.median(hello for hello, _ in rate)),
        "durable_per_s": round(statistics.median(durable for _, durable in rate)),
        "ratio": round(statistics.median(durable / hello for hello, durable in rate), 3),
        "ratios": sorted(round(durable / hello, 3) for hello, durable in rate),
        "processor_ratio": round(statistics.median(hello / durable for hello, durable in cost), 3),
        "unrepeated_ratio": round(statistics.median(durable / hello for hello, durable in unrepeated), 3),
        "acknowledged_are_stored": stored >= Load.acknowledged,
    }


async def _beside_hello(
    port: int, server: psutil.Process, *, span_s: float, rounds: int, is_fresh: bool = False
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return for each round the rates of hello and webhook, and the costs of a request to each."""
    rate, cost = [], []
    for _ in range(rounds):
        hello = await _one_span(Load(port, _HELLO), server, span_s)
        durable = await _one_span(Load(port, _HOOK, is_fresh=is_fresh), server, span_s)
        rate.append((hello[0], durable[0]))
        cost.append((hello[1], durable[1]))
    return rate, cost


async def _one_span(load: "Load", server: psutil.Process, span_s: float) -> tuple[float, float]:
    """Return requests per second, and the server's processor seconds per request, which other load disturbs less."""
    before = server.cpu_times()
    number = len(await load.run(span_s))
    after = server.cpu_times()
    return number / span_s, (after.user + after.system - before.user - before.system) / number


async def _delay(port: int, _server: psutil.Process, _folder: Path, *, span_s: float, rounds: int) -> dict[str, Any]:
    """Return acknowledgement times at 80 % of the rate that the same process reached just before, in each round.

    Beside them stand those of the bare hello at the same pace: what of a delay is the machine's own.
    """
    many = partial(Load, port, connections=_MOST_CONNECTIONS)
    await Load(port, _HOOK).run(span_s)  # Until people have written before, as they will have all day.
    spans: list[tuple[list[float], list[float]]] = []
    # Many short rounds: the machine's speed changes from second to second, and with it what 80 % are.
    rounds, span_s = rounds * 3, span_s / 3
    for _ in range(rounds):
        pace = 0.8 * len(await Load(port, _HOOK).run(span_s)) / span_s
        spans.append((await many(_HOOK).run(span_s, per_s=pace), await many(_HELLO).run(span_s, per_s=pace)))
    p99 = [_percentile(waits, 0.99) for waits, _ in spans]
    return {
        "at_load_per_s": round(statistics.median(len(waits) / span_s for waits, _ in spans)),
        "ack_p50_ms": statistics.median(_percentile(waits, 0.5) for waits, _ in spans),
        "ack_p99_ms": statistics.median(p99),
        "ack_p99s_ms": sorted(p99),
        "hello_p99_ms": statistics.median(_percentile(waits, 0.99) for _, waits in spans),
    }


def _percentile(waits: Sequence[float], share: float) -> float:
    """Return the wait in milliseconds that this share of the requests did not exceed."""
    return round(sorted(waits)[int(len(waits) * share)] * 1e3, 1)


async def _flood(port: int, server: psutil.Process, _folder: Path, *, span_s: float) -> dict[str, Any]:
    await Load(port, _HOOK, people=2_000).run(span_s / 2)
    before = server.memory_info().rss
    load = Load(port, _HOOK, people=2_000)
    await load.run(span_s)
    grown = (server.memory_info().rss - before) / 2**20
    return {"overload_refused": load.refused, "overload_growth_mib": round(grown, 1)}


class Load:
    """A load generator: each connection posts new updates one after the other and times them."""

    acknowledged = 0
    _numbers = iter(range(1, 10**12))
    _chance = random.Random(7)
    _texts: Sequence[str] = ()

    def __init__(
        self, port: int, path: str, people: int = 20_000, *, is_fresh: bool = False, connections: int = _CONNECTIONS
    ) -> None:
        Load._texts = Load._texts or _ordinary_messages()
        self._port = port
        self._people = people
        self._path = path
        self._is_fresh = is_fresh
        self._connections = connections
        self.refused = 0
        self._waits: list[float] = []

    async def run(self, span_s: float, *, per_s: float | None = None) -> list[float]:
        """Post for span_s seconds, at per_s a second or as fast as possible; returns the seconds each request took."""
        end = time.perf_counter() + span_s
        pause = 0.0 if per_s is None else self._connections / per_s
        await asyncio.gather(*(self._connection(end, pause, index) for index in range(self._connections)))
        return self._waits

    async def _connection(self, end: float, pause: float, index: int) -> None:
        loop = asyncio.get_running_loop()
        transport, link = await loop.create_connection(_Link, "127.0.0.1", self._port)
        due = time.perf_counter() + pause * index / self._connections
        while (now := time.perf_counter()) < end:
            if pause and due > now:
                await asyncio.sleep(due - now)
            start = due if pause else time.perf_counter()
            due += pause
            link.status = loop.create_future()
            transport.write(self._request())
            if await link.status == b"200":
                self._waits.append(time.perf_counter() - start)
                Load.acknowledged += self._path != _HELLO
            else:
                self.refused += 1
        transport.close()

    def _request(self) -> bytes:
        number = next(self._numbers)
        who = 1_000 + int(self._chance.random() * self._people)
        text = self._texts[int(self._chance.random() * len(self._texts))] + f" (công văn số {number})" * self._is_fresh
        body = (
            f'{{"update_id":{number},"message":{{"message_id":{number},"date":1,"chat":{{"id":{who},"type":"private"}},'
            f'"from":{{"id":{who},"is_bot":false}},"text":"{text}"}}}}'
        ).encode()
        head = f"POST {self._path} HTTP/1.1\r\nhost: x\r\n{SECRET_HEADER}: {_SECRET}\r\ncontent-length: {len(body)}"
        return f"{head}\r\n\r\n".encode() + body


def _ordinary_messages() -> list[str]:
    """Return messages generated from the shapes and word lists of the file, the same ones in every run."""
    lists = tomllib.loads(_MESSAGES.read_text("utf-8"))["lists"]
    parts = {name: [part.strip() for part in listed.split("|")] for name, listed in lists.items()}
    chance = random.Random(7)

    def filled(shape: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda part: chance.choice(parts[part[1]]), shape)

    return [filled(chance.choice(parts["shapes"])) for _ in range(_TEXTS)]


class _Link(asyncio.Protocol):
    """One client connection; resolves `status` when a response is complete."""

    status: "asyncio.Future[bytes]"
    _come = b""

    def data_received(self, data: bytes) -> None:
        self._come += data
        head, ended, body = self._come.partition(b"\r\n\r\n")
        if ended and len(body) >= int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._come = b""
            self.status.set_result(head[9:12])


class _Silent(TelegramChannel):
    """A Telegram channel whose sends succeed at once, without a platform."""

    limits = Limits(text_units=4096, buttons=20, folds_quotes=True, per_second=1e6)

    async def send(self, chat: str, part: Part) -> Outcome:
        return Sent(provider_id="1")

    async def acknowledge(self, event: InboundEvent) -> None:
        pass


def _serve(folder: str, door: socket.socket, depth: int) -> None:
    answer_swiftly()
    engine = open_database(f"sqlite:///{folder}/bench.db")
    metadata.create_all(engine)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run_server(engine, Path(folder), door, depth))


async def _run_server(engine: Engine, folder: Path, door: socket.socket, depth: int) -> None:
    given = {"telegram_bot_token": "1:bench", "telegram_api_url": "http://127.0.0.1:9", "telegram_mode": "webhook"}
    settings = Settings(_env_file=None, **given, telegram_webhook_secret=_SECRET)  # type: ignore[arg-type]
    channel = _Silent(settings, texts=load_texts("vi"), clock=_now)
    referral = ReferralDesk(directory=load_directory(folder))
    dispatcher = Dispatcher(desk=referral, flows=[], guard=lambda text, _language: text)
    writer = GroupWriter(engine)
    channels = {channel.name: channel}
    inbox = Inbox(writer=writer, channels=channels, desk=dispatcher, clock=_now, depth=depth, per_minute=10**6)
    worker = InboxWorker(
        inbox=inbox, writer=writer, channels=channels, handle=_slowly, clock=_now, answered=lambda: None
    )
    app = FastAPI()

    @app.post(_HELLO)
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    guarded = WebhookDoor(app, sources=[channel], accept=inbox.accept)
    writer.start()
    working = asyncio.create_task(worker.run())
    await uvicorn.Server(uvicorn.Config(guarded, log_level="warning")).serve(sockets=[door])
    working.cancel()


async def _slowly(_message: IncomingMessage) -> Sequence[Reply]:
    await asyncio.sleep(_ANSWER_S)
    return [Reply(text="xong")]


def _now() -> datetime:
    return datetime.now(UTC)
