"""The door for platforms: forged, malformed and huge requests change nothing and learn nothing."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection

from bot.channels.base import InboundEvent, Receipt
from bot.channels.telegram import SECRET_HEADER
from bot.messaging import tell_admins
from bot.storage.counters import open_alarms
from bot.webhooks import WebhookDoor
from handlers.planning import ZONE
from handlers.working_days import WorkingCalendar
from tests.support.assistant import telegram_channel
from tests.support.databases import fresh_database
from tests.support.telegram_peer import TOKEN, TelegramPeer

SECRET = "bi-mat-cua-webhook-0123456789"


class Door:
    """The application with one webhook, and what came through it."""

    def __init__(self) -> None:
        self.events: list[InboundEvent] = []
        self.receipt = Receipt.TAKEN
        self.fault: Exception | None = None
        self.channel = telegram_channel(telegram_mode="webhook", telegram_webhook_secret=SECRET)
        self.heard = Counter[str]()
        app = WebhookDoor(FastAPI(), sources=[self.channel], accept=self.accept, heard=self.heard)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door")

    async def accept(self, event: InboundEvent) -> Receipt:
        if self.fault is not None:
            raise self.fault
        self.events.append(event)
        return self.receipt

    async def post(self, body: bytes, secret: str | None = SECRET) -> httpx.Response:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return await self.client.post("/telegram/webhook", content=body, headers=headers)


@pytest.fixture
def door() -> Door:
    return Door()


def body(text: str = "xin chào") -> bytes:
    return json.dumps(TelegramPeer().says(42, text)).encode()


async def test_a_request_with_the_secret_is_taken_without_a_word(door: Door) -> None:
    answer = await door.post(body())
    assert (answer.status_code, answer.content) == (200, b"")
    assert [event.message.text for event in door.events] == ["xin chào"]
    assert door.heard == {"/telegram/webhook": 1}


@pytest.mark.parametrize("number", [500, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_every_forged_request_is_refused_without_a_word(door: Door, number: int) -> None:
    dice = random.Random(3)
    for _ in range(number):
        forged = _mutated(dice)
        if forged == SECRET:
            continue
        answer = await door.post(body(), forged)
        assert (answer.status_code, answer.content) == (403, b"")
    assert door.events == [] and not door.heard


def _mutated(dice: random.Random) -> str | None:
    kind = dice.randrange(6)
    if kind == 0:
        return None
    if kind == 1:
        return SECRET[: dice.randrange(len(SECRET))]
    if kind == 2:
        return SECRET + dice.choice("0aZ- _")
    if kind == 3:
        return SECRET.swapcase()
    place = dice.randrange(len(SECRET))
    other = chr(dice.randrange(33, 127))
    return SECRET[:place] + other + SECRET[place + 1 :]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"update_id": 1}', b'{"a":1e999}'],
)
async def test_a_verified_but_unreadable_request_is_not_asked_for_again(door: Door, content: bytes) -> None:
    answer = await door.post(content)
    assert (answer.status_code, answer.content) == (200, b"")
    assert door.events == []


async def test_a_huge_request_is_refused_before_it_is_read(door: Door) -> None:
    assert (await door.post(b"x" * 300_000)).status_code == 413

    async def drip() -> object:
        for _ in range(40):
            yield b"x" * 10_000

    headers = {SECRET_HEADER: SECRET}
    answer = await door.client.post("/telegram/webhook", content=drip(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert door.events == []


async def test_what_was_not_kept_is_asked_for_again(door: Door) -> None:
    door.receipt = Receipt.AGAIN
    answer = await door.post(body())
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_a_broken_store_asks_again_and_tells_nothing(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    door.fault = RuntimeError("lời riêng tư")
    answer = await door.post(body())
    assert (answer.status_code, answer.content) == (503, b"")
    assert "riêng tư" not in caplog.text


async def test_without_a_set_secret_a_derived_one_guards_the_door() -> None:
    channel = telegram_channel(telegram_mode="webhook")
    assert not channel.verify({}, b"")
    assert not channel.verify({SECRET_HEADER: ""}, b"")
    assert not channel.verify({SECRET_HEADER: TOKEN}, b"")


async def test_a_secret_that_telegram_would_refuse_is_named() -> None:
    channel = telegram_channel(telegram_mode="webhook", telegram_webhook_secret="có dấu cách")
    assert "TELEGRAM_WEBHOOK_SECRET" in (channel.problem or "")


async def test_a_channel_that_is_off_has_no_door(door: Door) -> None:
    door.channel.problem = "off"
    assert (await door.post(body())).status_code == 404


TELEGRAM = telegram_channel()
FRIDAY = datetime(2026, 11, 20, 9, tzinfo=ZONE)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with fresh_database("sqlite", tmp_path) as engine, engine.begin() as opened:
        yield opened


def alarms_after(connection: Connection, number: int, moment: datetime) -> list[str]:
    tell_admins(connection, {}, {}, heard={TELEGRAM: number}, calendar=WorkingCalendar(), now=moment)
    return [alarm.code for alarm in open_alarms(connection)]


def test_a_webhook_that_falls_silent_on_a_working_day_raises_an_alarm_until_it_speaks(connection: Connection) -> None:
    for day in range(5):
        assert alarms_after(connection, 6, FRIDAY - timedelta(days=day)) == []
    weekend = [FRIDAY + timedelta(days=1, hours=6), FRIDAY + timedelta(days=2, hours=6)]
    monday = FRIDAY + timedelta(days=3)
    for quiet in (FRIDAY + timedelta(hours=6), *weekend, monday):
        assert alarms_after(connection, 0, quiet) == []
    for later in (5, 6):
        assert alarms_after(connection, 0, monday + timedelta(hours=later)) == ["silent"]
    assert [alarm.times for alarm in open_alarms(connection)] == [1]
    assert alarms_after(connection, 0, monday + timedelta(hours=24)) == ["silent"], "until it speaks"
    assert alarms_after(connection, 1, monday + timedelta(hours=25)) == []


def test_an_account_that_hardly_anybody_writes_to_may_be_silent(connection: Connection) -> None:
    for day in range(5):
        alarms_after(connection, 6 if day else 4, FRIDAY - timedelta(days=day))
    assert alarms_after(connection, 0, FRIDAY + timedelta(days=3, hours=6)) == []
