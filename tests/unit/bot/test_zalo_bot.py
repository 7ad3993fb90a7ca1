"""The Zalo Bot: events of every shape, and polling, webhook and faults against the strict peer over real sockets."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter
from sqlalchemy import Engine, select

from bot.channels.base import Ambiguous, Block, InboundEvent, NotSent, Part, Permanent, Receipt, Sent
from bot.channels.zalo_bot import ZaloBotChannel
from bot.storage.inbox import inbox
from bot.webhooks import WebhookDoor
from config.settings import Settings
from config.texts import load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from tests.support.assistant import CRY, Core, echo, now, running_core
from tests.support.databases import fresh_database
from tests.support.serving import serving
from tests.support.zalo_bot_peer import TOKEN, ZaloBotPeer
from tests.support.zalo_bot_people import WEBHOOK_SECRET

USER = "6ede9afa66b88fe6d6a9"
OTHER = "7ede9afa66b88fe6d6a9"
GROUP = "9ede9afa66b88fe6d6a9"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path) as opened:
        yield opened


def bot(address: str = "http://127.0.0.1:1", *, send_timeout_s: float = 1.0, **extra: Any) -> ZaloBotChannel:
    given = {"token": TOKEN, "webhook_secret": WEBHOOK_SECRET, "api_url": address, **extra}
    settings: dict[str, Any] = {f"zalo_bot_{name}": value for name, value in given.items()}
    return ZaloBotChannel(
        Settings(_env_file=None, send_timeout_s=send_timeout_s, **settings), texts=load_texts("vi"), clock=now
    )


def part(text: str = "Trả lời") -> Part:
    return Part(blocks=(Block(text=text),))


def update(text: object = "hạn nộp kế hoạch 12?", kind: str = "text", **message: Any) -> dict[str, Any]:
    told = {
        "message_id": "2d758cb5e222177a4e35",
        "date": 1795250000123,
        "from": {"id": USER, "display_name": "Lan", "is_bot": False},
        "chat": {"id": USER, "chat_type": "PRIVATE"},
        "text": text,
        **message,
    }
    return {"event_name": f"message.{kind}.received", "message": told}


def read(body: object) -> InboundEvent | None:
    return bot().parse(json.dumps(body).encode())


@asynccontextmanager
async def talking(
    engine: Engine, peer: ZaloBotPeer, handle: Any = echo, *, webhook: bool = False, **extra: Any
) -> AsyncIterator[tuple[Core, ZaloBotChannel]]:
    with peer.running() as address:
        channel = bot(address, mode="webhook" if webhook else "polling", **extra)
        options: dict[str, Any] = {"handle": handle, "send_timeout_s": 1.0, "uncertain_retry_s": 0.5}
        async with running_core(engine, {"zalo_bot": channel}, **options) as core:
            hook = WebhookDoor(FastAPI(), sources=[channel], accept=core.inbox.accept)
            with serving(hook) as own:
                if webhook:
                    channel._public_url = own
                await channel.start(core.inbox.accept)
                yield core, channel
                await asyncio.to_thread(peer.post.settle)
                await channel.stop()
    assert peer.violations == []


async def never(_event: InboundEvent) -> Receipt:
    raise AssertionError("nothing may arrive")


async def until(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("wrapped", [True, False])
def test_wrapped_and_flat_bodies_tell_the_same(wrapped: bool) -> None:
    event = read({"ok": True, "result": update()} if wrapped else update())
    assert event is not None
    assert (event.event_id, event.order) == ("2d758cb5e222177a4e35", 1795250000123)
    assert (event.message.sender, event.message.chat, event.message.text) == (USER, USER, "hạn nộp kế hoạch 12?")
    assert not event.message.in_group


def test_an_event_that_an_older_version_stored_is_still_read() -> None:
    event = read(update())
    assert event is not None
    kept = {**asdict(event), "message_id": "2d758cb5e222177a4e35"}
    assert TypeAdapter(InboundEvent).validate_python(kept) == event


def test_other_content_is_told_apart_and_words_under_pictures_are_words() -> None:
    for kind in ("image", "sticker", "voice", "link"):
        event = read(update(None, kind))
        assert event is not None and event.message.content is Content.MEDIA
    for wordless in (update(None, "unsupported"), update(" \n"), update(""), update(12)):
        unknown = read(wordless)
        assert unknown is not None and (unknown.message.content, unknown.message.text) == (Content.UNKNOWN, "")
    caption = read(update(None, "image", caption="công văn", photo_url="https://x.vn/a"))
    assert caption is not None and (caption.message.content, caption.message.text) == (Content.TEXT, "công văn")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"ok": True, "result": []},
        {"event_name": "message.unsupported.received"},
        {"event_name": "message.text.received", "message": None},
        {"event_name": ["x"], "message": update()["message"]},
        update(kind="hologram"),
        {
            "event_name": "message.text.received",
            "message": {**update()["message"], "from": {"id": USER, "is_bot": True}},
        },
        update(chat={}),
        update(chat={"id": {"a": 1}}),
    ],
)
def test_what_does_not_concern_us_is_nothing_and_no_fault(body: object) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("@AnTam hạn nộp?", "hạn nộp?"),
        ("@Bot An Tâm: hạn nộp?", "hạn nộp?"),
        ("hạn nộp? @bot.AnTam", "hạn nộp?"),
        ("@Tên-khác hạn nộp?", "hạn nộp?"),
        ("gửi a@anson.vn hay @Lan?", "gửi a@anson.vn hay @Lan?"),
    ],
)
def test_a_group_message_loses_the_mention_that_brought_it(said: str, left: str) -> None:
    event = read(update(said, chat={"id": GROUP, "chat_type": "GROUP"}))
    assert event is not None and event.message.in_group
    assert (event.message.chat, event.message.sender, event.message.text) == (GROUP, USER, left)


def test_only_the_whole_secret_opens_the_webhook() -> None:
    channel = bot()
    assert channel.verify({"x-bot-api-secret-token": WEBHOOK_SECRET}, b"")
    for given in ("", WEBHOOK_SECRET[:-1], WEBHOOK_SECRET + "x", WEBHOOK_SECRET.upper(), "é" * 9):
        assert not channel.verify({"x-bot-api-secret-token": given}, b"")
    assert not channel.verify({}, b"")
    assert not bot(webhook_secret=None).verify({"x-bot-api-secret-token": ""}, b"")


async def test_polling_answers_with_numbered_choices_and_shows_typing(engine: Engine) -> None:
    async def choose(message: IncomingMessage) -> Sequence[Reply]:
        if message.action:
            return [Reply(text=f"Đã chọn {message.action}")]
        return [Reply(text="Chọn:", buttons=(Button(label="Đã nộp", action="a:1"), Button(label="Chưa", action="a:2")))]

    peer = ZaloBotPeer(clock=now)
    peer.listen("http://127.0.0.1:9/an-old-webhook")
    async with talking(engine, peer, choose):
        await until(lambda: not peer.post.url)
        peer.say(USER, "việc gì?")
        await until(lambda: len(peer.delivered(USER)) == 1)
        assert "1. Đã nộp\n2. Chưa" in peer.delivered(USER)[0].text
        peer.say(USER, "2")
        await until(lambda: len(peer.delivered(USER)) == 2)
        assert peer.delivered(USER)[1].text == "Đã chọn a:2"
    assert peer.calls["sendChatAction"] == 2


@pytest.mark.parametrize("wrapped", [True, False])
async def test_the_webhook_is_set_and_answers_each_message_once(engine: Engine, wrapped: bool) -> None:
    peer = ZaloBotPeer(clock=now, wrapped=wrapped)
    async with talking(engine, peer, webhook=True):
        await until(lambda: bool(peer.post.url))
        posting = peer.say(USER, "chào")
        assert posting is not None
        await until(lambda: len(peer.delivered(USER)) == 1)
        await asyncio.to_thread(peer.post.redeliver, posting, 5)
        for how in ("missing", "empty", "wrong", "prefix", "non_ascii"):
            assert await asyncio.to_thread(peer.forge, how, USER) == 403
        for odd in peer.send_odd(OTHER):
            assert odd is None or await asyncio.to_thread(odd.wait)
        await asyncio.sleep(0.4)
        assert len(peer.delivered(USER)) == 1
    assert "getUpdates" not in peer.calls


async def test_polling_lives_through_odd_updates_bots_and_faults(engine: Engine) -> None:
    peer = ZaloBotPeer(clock=now)
    async with talking(engine, peer):
        peer.send_odd(OTHER)
        peer.bot_says(OTHER, "tôi là máy")
        peer.send_unsupported(OTHER)
        peer.faults.plan("garbage", "getUpdates")
        peer.say(USER, "vẫn nghe chứ?")
        await until(lambda: len(peer.delivered(USER)) == 1, 15)
    assert [told.text for told in peer.delivered(OTHER) if "máy" in told.text] == []


async def test_a_platform_that_answers_with_nothing_is_not_asked_again_at_once() -> None:
    peer = ZaloBotPeer(clock=now)
    with peer.running() as address:
        channel, began = bot(address), time.monotonic()
        peer.waiting.append({})
        await channel._poll(never)
        await channel.stop()
    assert time.monotonic() - began >= 0.2


async def test_a_message_that_cannot_be_taken_holds_the_next_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot._DELAY_S", 0.1)
    peer, taken = ZaloBotPeer(clock=now), list[str]()

    async def take_others(event: InboundEvent) -> Receipt:
        if event.message.sender == USER:
            return Receipt.AGAIN
        taken.append(event.message.text)
        return Receipt.TAKEN

    with peer.running() as address:
        channel = bot(address)
        peer.say(USER, "không gửi được")
        peer.say(OTHER, "chào")
        await channel._poll(take_others)
        await channel._poll(take_others)
        await channel.stop()
    assert taken == ["chào"]


async def test_one_refused_send_leaves_the_webhook_open_for_the_next_cry_for_help() -> None:
    peer = ZaloBotPeer(clock=now)
    with peer.running() as address:
        channel = bot(address, mode="webhook")
        peer.faults.plan("error", "sendMessage", code=401)
        outcome = await channel.send(USER, part())
        await channel.stop()
    assert isinstance(outcome, NotSent) and outcome.alarm and channel.problem is None


async def test_a_webhook_that_nobody_can_call_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with ZaloBotPeer(clock=now).running() as address:
        channel = bot(address, mode="webhook", webhook_secret=None)
        await channel.start(never)
        await until(lambda: "PUBLIC_URL" in caplog.text)
        await channel.stop()


async def test_a_cry_for_help_leaves_no_row(engine: Engine) -> None:
    peer = ZaloBotPeer(clock=now)
    async with talking(engine, peer):
        peer.say(USER, CRY)
        await until(lambda: len(peer.delivered(USER)) == 1)
        assert peer.delivered(USER)[0].text == "Gọi 113 ngay."
        await asyncio.sleep(0.2)
        with engine.connect() as connection:
            assert connection.execute(select(inbox)).all() == []


async def test_a_card_that_needs_a_second_try_goes_before_the_next_update_is_fetched(engine: Engine) -> None:
    peer = ZaloBotPeer(clock=now)
    async with talking(engine, peer):
        peer.faults.plan("error", "sendMessage", code=429)
        peer.say(USER, CRY)
        peer.say(OTHER, "chào")
        await until(lambda: bool(peer.delivered(OTHER)), 15)
        assert [told.text for told in peer.delivered(USER)] == ["Gọi 113 ngay."]
        assert peer.delivered(USER)[0].at < peer.delivered(OTHER)[0].at


async def test_what_is_on_its_way_still_goes_out_once_the_channel_no_longer_listens() -> None:
    peer = ZaloBotPeer(clock=now)
    with peer.running() as address:
        channel = bot(address)
        peer.say(USER, "chào")
        await channel.stop()
        assert isinstance(await channel.send(USER, part()), Sent)


async def test_an_update_in_hand_is_stored_even_when_the_program_stops() -> None:
    peer = ZaloBotPeer(clock=now)
    taken: list[str] = []

    async def slowly(event: InboundEvent) -> Receipt:
        await asyncio.sleep(0.3)
        taken.append(event.message.text)
        return Receipt.TAKEN

    with peer.running() as address:
        channel = bot(address)
        await channel.start(slowly)
        peer.say(USER, "đừng làm mất")
        await until(lambda: not peer.waiting)
        await asyncio.sleep(0.1)
        await channel.stop()
    assert taken == ["đừng làm mất"]


async def test_a_wrong_token_switches_the_channel_off_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    peer = ZaloBotPeer(clock=now)
    with peer.running() as address:
        channel = bot(address, token="987654321:wrong-token-of-no-bot-at-all")
        await channel.start(never)
        await until(lambda: channel.problem is not None)
        outcome = await channel.send(USER, part())
        await channel.stop()
    assert channel.problem is not None and "ZALO_BOT_TOKEN" in channel.problem
    assert isinstance(outcome, NotSent) and outcome.alarm
    errors = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(errors) == 1 and "wrong-token" not in caplog.text and peer.calls["getMe"] == 1


async def test_a_token_refused_for_a_while_and_a_webhook_set_by_another_do_not_end_the_listening(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.channels.listening._REFUSED_S", 0.1)
    peer = ZaloBotPeer(clock=now)
    async with talking(engine, peer) as (_, channel):
        await until(lambda: "getUpdates" in peer.calls)
        peer.faults.plan("error", "getUpdates", code=401)
        peer.faults.plan("error", "getMe", times=2, code=401)
        await until(lambda: channel.problem is not None)
        await until(lambda: channel.problem is None)
        peer.listen("http://127.0.0.1:9/of-somebody-else")
        await until(lambda: not peer.post.url)
        peer.say(USER, "còn đó không?")
        await until(lambda: len(peer.delivered(USER)) == 1)
        peer.violations.clear()  # Asking for updates beside a webhook is how the poller finds out.
    assert sum("ZALO_BOT_TOKEN" in one.getMessage() for one in caplog.records) == 1


@pytest.mark.parametrize(
    ("code", "kind", "unreachable"),
    [
        (400, Permanent, False),
        (404, Permanent, False),
        (429, NotSent, None),
        (403, Ambiguous, None),
        (500, Ambiguous, None),
    ],
)
async def test_refusals_inside_a_200_have_their_outcome(code: int, kind: type, unreachable: bool | None) -> None:
    peer = ZaloBotPeer(clock=now)
    with peer.running() as address:
        channel = bot(address)
        peer.say(USER, "chào")
        peer.faults.plan("error", "sendMessage", code=code)
        outcome = await channel.send(USER, part())
        assert isinstance(outcome, kind)
        if isinstance(outcome, Permanent):
            assert outcome.unreachable is unreachable
        unknown = await channel.send(OTHER, part())
        assert isinstance(unknown, Permanent) and unknown.unreachable
        assert isinstance(await channel.send(USER, part()), Sent)
        await channel.stop()


@pytest.mark.parametrize(("kind", "processed"), [("reset", True), ("garbage", False), ("stall", True)])
async def test_a_lost_answer_is_ambiguous(kind: Any, processed: bool, caplog: pytest.LogCaptureFixture) -> None:
    peer = ZaloBotPeer(clock=now)
    with peer.running() as address:
        channel = bot(address, send_timeout_s=0.6)
        peer.say(USER, "chào")
        peer.faults.plan(kind, "sendMessage", processed=processed)
        assert isinstance(await channel.send(USER, part()), Ambiguous)
        assert len(peer.delivered(USER)) == processed
        await channel.stop()
    assert isinstance(await bot().send(USER, part()), NotSent)
    assert TOKEN not in caplog.text


def test_a_webhook_secret_of_the_wrong_length_is_named() -> None:
    assert "ZALO_BOT_WEBHOOK_SECRET" in (bot(webhook_secret="short", mode="webhook").problem or "")
    assert bot(webhook_secret="short", mode="polling").problem is None  # Polling needs no secret.


def test_a_moment_nobody_can_read_is_now() -> None:
    event = read(update(date="yesterday"))
    assert event is not None and abs(event.order / 1000 - datetime.now(UTC).timestamp()) < 60
