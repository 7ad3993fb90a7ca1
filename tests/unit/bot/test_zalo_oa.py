"""The Official Account's webhook by known answers, and its messages against the strict peer over real sockets."""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, insert, select

from bot.channels.base import (
    Ambiguous,
    Block,
    InboundEvent,
    NotSent,
    Outcome,
    Part,
    Permanent,
    Receipt,
    Sent,
)
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_events import OaEvents
from bot.messaging import tell_admins
from bot.storage.counters import open_alarms
from bot.storage.inbox import inbox
from bot.storage.outbox import OutboundDraft, OutboxState, enqueue
from bot.storage.people import identities, people
from bot.webhooks import WebhookDoor
from config.settings import Settings
from config.texts import load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from handlers.working_days import WorkingCalendar
from tests.support.assistant import CRY, Core, echo, running_core
from tests.support.databases import fresh_database
from tests.support.outbox_rows import record
from tests.support.serving import serving
from tests.support.zalo_network import monday_morning
from tests.support.zalo_oa_peer import ZaloOaPeer
from tests.support.zalo_oa_webhook import APP_ID, APP_SECRET, OA_ID, OA_SECRET, Forgery

USER = "2460000000000000001"
OTHER = "2460000000000000002"
GROUP = "7770000000000000001"
DAY = monday_morning()
VECTOR = (
    '{"app_id":"3600000000000000001","user_id_by_app":"5520000000000000001","event_name":"user_send_text",'
    '"timestamp":"1795250000123","sender":{"id":"2460000000000000001"},"recipient":{"id":"3880000000000000001"},'
    '"message":{"msg_id":"96d3cdf3af150460a001","text":"Kế hoạch 12 hạn nộp khi nào?"}}'
).encode()
VECTOR_MAC = "eb5d4bfb580cf9136486609aa7365692b759a65ec1262bc1d5f252643aea65e0"
VECTOR_AT = datetime.fromtimestamp(1795250000, UTC)
Handler = Callable[[IncomingMessage], Awaitable[Sequence[Reply]]]


def events_at(
    now: datetime | Callable[[], datetime], secret: str | None = OA_SECRET, oa_id: str | None = OA_ID
) -> OaEvents:
    given: dict[str, Any] = {"zalo_oa_app_id": APP_ID, "zalo_oa_id": oa_id, "zalo_oa_webhook_secret": secret}
    clock = now if callable(now) else lambda: now
    return OaEvents(Settings(_env_file=None, **given), clock)


def signed(event: dict[str, Any], now: datetime = DAY) -> tuple[dict[str, str], bytes]:
    fields = {"app_id": APP_ID, "timestamp": str(int(now.timestamp() * 1000)), **event}
    body = json.dumps(fields, ensure_ascii=False).encode()
    parts = (str(fields["app_id"]).encode(), body, str(fields["timestamp"]).encode(), OA_SECRET.encode())
    return {"x-zevent-signature": f"mac={hashlib.sha256(b''.join(parts)).hexdigest()}"}, body


def read(event: dict[str, Any]) -> InboundEvent | None:
    headers, body = signed(event)
    events = events_at(DAY)
    assert events.verify(headers, body)
    return events.parse(body)


def says(text: object, **extra: Any) -> dict[str, Any]:
    return {
        "event_name": "user_send_text",
        "sender": {"id": USER},
        "recipient": {"id": OA_ID},
        "message": {"msg_id": "m-1", "text": text},
        **extra,
    }


@pytest.mark.parametrize("given", [f"mac={VECTOR_MAC}", VECTOR_MAC, f"mac={VECTOR_MAC.upper()}"])
def test_the_published_vector_is_accepted_with_and_without_prefix(given: str) -> None:
    events = events_at(VECTOR_AT)
    assert events.verify({"x-zevent-signature": given}, VECTOR)
    event = events.parse(VECTOR)
    assert event is not None
    assert (event.event_id, event.message.sender, event.order) == ("96d3cdf3af150460a001", USER, 1795250000123)
    assert event.message.text == "Kế hoạch 12 hạn nộp khi nào?"


def test_every_changed_byte_and_every_other_secret_is_refused() -> None:
    events = events_at(VECTOR_AT)
    headers = {"x-zevent-signature": f"mac={VECTOR_MAC}"}
    for place in range(len(VECTOR)):
        changed = VECTOR[:place] + bytes([VECTOR[place] ^ 1]) + VECTOR[place + 1 :]
        assert not events.verify(headers, changed)
    assert not events_at(VECTOR_AT, secret="another").verify(headers, VECTOR)
    assert not events_at(VECTOR_AT, secret=None).verify(headers, VECTOR)
    assert not events.verify({}, VECTOR)
    unsigned = hashlib.sha256(APP_ID.encode() + VECTOR + b"1795250000123").hexdigest()
    assert not events_at(VECTOR_AT, secret=None).verify({"x-zevent-signature": f"mac={unsigned}"}, VECTOR)


@pytest.mark.parametrize(
    ("age", "accepted"),
    [
        (timedelta(hours=24, minutes=59), True),
        (timedelta(hours=25, minutes=1), False),
        (timedelta(minutes=-9), True),
        (timedelta(minutes=-11), False),
    ],
)
def test_a_genuine_retry_is_taken_for_a_day_and_no_longer(age: timedelta, accepted: bool) -> None:
    headers, body = signed(says("chào"), DAY - age)
    assert events_at(DAY).verify(headers, body) is accepted


def test_events_for_another_app_or_account_are_refused() -> None:
    for event in (
        says("chào", app_id="3600000000000000999"),
        says("chào", recipient={"id": "3880000000000000999"}),
        {"event_name": "follow", "oa_id": "3880000000000000999", "follower": {"id": USER}},
        {"event_name": "oa_send_text", "sender": {"id": "388"}, "recipient": {"id": USER}, "message": {"msg_id": "1"}},
    ):
        assert not events_at(DAY).verify(*signed(event))
    assert events_at(DAY, oa_id=None).verify(*signed(says("chào", recipient={"id": "388"})))


@pytest.mark.parametrize(
    "name", ["user_reacted_message", "oa_reacted_message", "oa_send_text", "change_oa_daily_quota"]
)
def test_the_account_may_stand_at_either_end_for_a_refusal_would_switch_the_webhook_off(name: str) -> None:
    for sender, recipient in ((OA_ID, USER), (USER, OA_ID)):
        event = {
            "event_name": name,
            "sender": {"id": sender},
            "recipient": {"id": recipient},
            "message": {"msg_id": "1"},
        }
        assert read(event) is None
    event = {"event_name": "oa_send_text", "sender": {"id": USER}, "recipient": {"id": OA_ID}}
    assert read({**event, "message": {"msg_id": "1", "text": "Mã nhắc N12-3"}}) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"a"', b"\xff\xfe", b"[" * 100_000, b'{"app_id":1e999}'])
def test_what_is_no_event_is_refused_without_a_fault(body: bytes) -> None:
    assert not events_at(DAY).verify({"x-zevent-signature": "mac=00"}, body)


def test_a_pressed_button_comes_back_as_its_action() -> None:
    event = read(says("#cb:rem.done:17"))
    assert event is not None
    assert (event.message.content, event.message.action, event.message.text) == (Content.ACTION, "rem.done:17", "")


def test_pictures_places_and_files_are_media_and_words_under_them_are_words() -> None:
    for kind in ("image", "file", "audio", "video", "sticker", "link", "business_card", "location"):
        event = read({**says(None), "event_name": f"user_send_{kind}", "message": {"msg_id": "m", "attachments": [{}]}})
        assert event is not None and event.message.content is Content.MEDIA
    words = read({**says("công văn đây"), "event_name": "user_send_image"})
    assert words is not None and (words.message.content, words.message.text) == (Content.TEXT, "công văn đây")
    link = read({**says("https://example.vn/tin"), "event_name": "user_send_link"})
    assert link is not None and (link.message.content, link.message.text) == (Content.MEDIA, "")


def test_somebody_who_follows_nothing_is_heard() -> None:
    event = read({**says("cho hỏi"), "event_name": "anonymous_send_text"})
    assert event is not None and event.notice is None and event.message.chat == USER


def test_the_fifth_redelivery_is_known_as_the_last() -> None:
    events = events_at(DAY)
    headers, body = signed(says("chào"))
    for retry, is_last in ((None, False), ("4", False), ("5", True), (None, False)):
        assert events.verify(headers | ({"num_retry": retry} if retry else {}), body)
        event = events.parse(body)
        assert event is not None and event.is_last is is_last


def test_follow_and_unfollow_are_news_with_keys_of_their_own() -> None:
    follow = {"event_name": "follow", "oa_id": OA_ID, "follower": {"id": USER}}
    first, again = read(follow), read(follow)
    left = read({**follow, "event_name": "unfollow"})
    assert first is not None and again is not None and left is not None
    assert first.notice is not None and first.notice.kind == "reachable" and first.message.sender == USER
    assert left.notice is not None and left.notice.kind == "unreachable"
    assert first.event_id == again.event_id != left.event_id


def test_who_came_back_has_not_left_however_late_the_leaving_is_told() -> None:
    events = events_at(DAY)

    def told(name: str, ago: timedelta) -> str | None:
        headers, body = signed({"event_name": name, "oa_id": OA_ID, "follower": {"id": USER}}, DAY - ago)
        event = events.parse(body) if events.verify(headers, body) else None
        return event.notice.kind if event is not None and event.notice is not None else None

    assert told("follow", timedelta(minutes=1)) == "reachable"
    assert told("unfollow", timedelta(hours=1)) is None
    assert [told("unfollow", timedelta(0)) for _ in range(2)] == ["unreachable"] * 2


def test_an_echo_is_news_of_a_reminder_and_keeps_nothing_but_its_mark() -> None:
    echoed = {"event_name": "oa_send_text", "sender": {"id": OA_ID}, "recipient": {"id": USER}}
    event = read({**echoed, "message": {"msg_id": "out-1", "text": "Nhắc hạn nộp\nMã nhắc N12-3"}})
    assert event is not None and event.notice is not None
    assert (event.notice.kind, event.notice.references) == ("delivered", ("N12-3",))
    assert event.message.sender == USER and event.message.text == ""
    assert read({**echoed, "message": {"msg_id": "out-2", "text": "Gọi 113 ngay."}}) is None
    for name in ("user_received_message", "user_seen_message"):
        assert read({**echoed, "event_name": name, "message": {"msg_id": "out-1", "msg_ids": ["out-1"]}}) is None


def test_a_group_is_heard_only_when_it_calls() -> None:
    group = {"event_name": "user_send_group_text", "sender": {"id": USER}, "recipient": {"id": GROUP}}

    def heard(text: str) -> str | None:
        event = read({**group, "message": {"msg_id": "g", "text": text}})
        assert event is None or (event.message.in_group and event.message.chat == f"group:{GROUP}")
        return None if event is None else event.message.text

    assert heard("@Trợ lý An Tâm hạn nộp khi nào?") == "hạn nộp khi nào?"
    assert heard("An Tâm ơi, hạn nộp khi nào?") == "hạn nộp khi nào?"
    assert heard("/viec") == "/viec"
    assert heard("Tôi an tâm rồi") is None
    assert heard("an tâm là được") is None
    assert heard("@Lan xem giúp nhé") is None


@pytest.mark.parametrize(
    "event",
    [
        {"event_name": "user_blew_a_whistle", "message": {"text": "x"}},
        {"event_name": 5},
        {},
        {"event_name": "user_send_text", "sender": {"id": USER}},
        {"event_name": "user_send_text", "sender": {"id": USER}, "message": "x"},
        {"event_name": "user_send_text", "sender": [], "message": {"text": "x"}},
        {"event_name": "user_send_text", "sender": {"id": 1.5e18}, "message": {"text": "x"}},
        {"event_name": "user_send_text", "sender": {"id": USER}, "message": {"text": 12}},
        {"event_name": "follow"},
        {"event_name": "oa_send_text", "message": {"text": "N1-1"}},
        {"event_name": "user_send_group_text", "message": {"text": "/viec"}},
    ],
)
def test_odd_events_are_nothing_and_no_fault(event: dict[str, Any]) -> None:
    assert read(event) is None


def test_numbers_for_ids_and_missing_ids_are_tolerated() -> None:
    event = read(
        says("chào", sender={"id": int(USER)}, message={"text": "chào"}, timestamp=int(DAY.timestamp() * 1000))
    )
    again = read(
        says("chào", sender={"id": int(USER)}, message={"text": "chào"}, timestamp=int(DAY.timestamp() * 1000))
    )
    assert event is not None and again is not None
    assert event.message.sender == USER and event.event_id == again.event_id
    untimed = says("chào")
    body = json.dumps({"app_id": APP_ID, **untimed}).encode()
    headers = {"x-zevent-signature": hashlib.sha256(APP_ID.encode() + body + OA_SECRET.encode()).hexdigest()}
    assert events_at(DAY).verify(headers, body) and events_at(DAY).parse(body) is not None


# Sending, against the peer.


class Hours:
    """A clock that goes on, from a Monday morning, and can be moved with the peer's."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return DAY + timedelta(seconds=time.monotonic() - self._began) + self.ahead


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> Hours:
    return Hours()


def channel_of(engine: Engine, address: str, peer: ZaloOaPeer, clock: Hours, **extra: Any) -> ZaloOaChannel:
    given: dict[str, Any] = {
        "zalo_oa_app_id": APP_ID,
        "zalo_oa_app_secret": APP_SECRET,
        "zalo_oa_id": OA_ID,
        "zalo_oa_webhook_secret": OA_SECRET,
        "zalo_oa_access_token": peer.access_token,
        "zalo_oa_refresh_token": peer.refresh_token,
        "zalo_openapi_url": address,
        "zalo_business_url": address,
        "zalo_oauth_url": address,
        "send_timeout_s": 1.5,
        **extra,
    }
    settings = Settings(_env_file=None, **given)
    return ZaloOaChannel(settings, engine=engine, texts=load_texts("vi"), clock=clock)


@asynccontextmanager
async def account(engine: Engine, peer: ZaloOaPeer, clock: Hours, **extra: Any) -> AsyncIterator[ZaloOaChannel]:
    with peer.running() as address:
        channel = channel_of(engine, address, peer, clock, **extra)
        yield channel
        await channel.stop()
    assert peer.violations == []


@asynccontextmanager
async def conversation(
    engine: Engine, peer: ZaloOaPeer, clock: Hours, handle: Handler = echo
) -> AsyncIterator[tuple[Core, ZaloOaChannel]]:
    async with account(engine, peer, clock) as channel:
        options: dict[str, Any] = {"handle": handle, "clock": clock, "uncertain_retry_s": 0.5, "send_timeout_s": 1.5}
        async with running_core(engine, {"zalo_oa": channel}, **options) as core:
            hook = WebhookDoor(FastAPI(), sources=[channel.events], accept=core.inbox.accept)
            with serving(hook) as own:
                peer.listen(f"{own}/zalo/oa/webhook")
                yield core, channel
                await asyncio.to_thread(peer.post.settle)


def member(engine: Engine, user: str, last: datetime, *, also: str | None = None) -> int:
    """Let a person be known whose last message came at a moment; returns the person's number."""
    with engine.begin() as connection:
        created = insert(people).values(role="official", joined_at=last)
        person = int(connection.execute(created.returning(people.c.id)).scalar_one())
        for channel in ["zalo_oa", *([also] if also else [])]:
            row = {"channel": channel, "channel_user_id": user, "chat_id": user, "person_id": person}
            connection.execute(insert(identities).values(**row, last_interaction_at=last, reachable=True))
    return person


def part(text: str = "Nhắc hạn\nMã nhắc N12-3", **extra: Any) -> Part:
    return Part(blocks=(Block(text=text),), **extra)


def push(text: str = "Nhắc hạn\nMã nhắc N12-3") -> Part:
    return part(text, is_push=True, key="rem:12:3", reference="N12-3", last_day=DAY.date())


async def until(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def test_a_question_is_answered_with_buttons_and_a_press_comes_back(
    engine: Engine, tmp_path: Path, clock: Hours
) -> None:
    async def choose(message: IncomingMessage) -> Sequence[Reply]:
        if message.action:
            return [Reply(text=f"Đã bấm {message.action}")]
        return [Reply(text="Chọn:", buttons=(Button(label="Đã nộp", action="rem.done:17"), Button(label="Chào")))]

    peer = ZaloOaPeer(clock=clock)
    async with conversation(engine, peer, clock, choose):
        peer.say(USER, "việc gì?")
        await until(lambda: len(peer.delivered(USER)) == 1)
        assert [button["title"] for button in peer.delivered(USER)[0].buttons] == ["Đã nộp", "Chào"]
        posting = peer.press(USER, 1)
        await until(lambda: len(peer.delivered(USER)) == 2)
        assert peer.delivered(USER)[1].text == "Đã bấm rem.done:17"
        assert posting is not None
        await asyncio.to_thread(peer.post.redeliver, posting, 5)
        await asyncio.sleep(0.4)
        assert len(peer.delivered(USER)) == 2


async def test_odd_and_forged_requests_change_nothing(engine: Engine, tmp_path: Path, clock: Hours) -> None:
    peer = ZaloOaPeer(clock=clock)
    async with conversation(engine, peer, clock):
        for how in get_args(Forgery):
            assert await asyncio.to_thread(peer.forge, how, USER) == 403
        for raw in peer.webhook.odd_events(USER).values():
            status = await asyncio.to_thread(peer.post.post_once, raw, peer.webhook.headers(raw))
            assert status in (200, 403)
    with engine.connect() as connection:
        lanes = set(connection.scalars(select(inbox.c.lane)))
    assert lanes <= {f"zalo_oa:{USER}"}


async def test_a_cry_for_help_is_answered_within_two_seconds_and_leaves_no_row(
    engine: Engine, tmp_path: Path, clock: Hours
) -> None:
    peer = ZaloOaPeer(clock=clock)
    async with conversation(engine, peer, clock):
        for posting in (peer.say(USER, CRY), peer.say_anonymously(OTHER, CRY)):
            assert posting is not None and await asyncio.to_thread(posting.wait)
        assert [told.text for told in peer.delivered(USER) + peer.delivered(OTHER)] == ["Gọi 113 ngay."] * 2
        await asyncio.to_thread(peer.post.settle)
        with engine.connect() as connection:
            assert connection.execute(select(inbox)).all() == []


async def test_the_assistant_does_not_talk_over_a_colleague_at_the_console(engine: Engine, clock: Hours) -> None:
    peer = ZaloOaPeer(clock=clock)
    async with conversation(engine, peer, clock):
        peer.say(USER, "một")
        await until(lambda: len(peer.delivered(USER)) == 1)
        await asyncio.to_thread(peer.post.settle)
        peer.say(USER, "hai")  # the echo of our own answer silences nobody
        await until(lambda: len(peer.delivered(USER)) == 2)
        peer.console_says(USER, "Tôi là cán bộ trực, để tôi xem giúp.")
        peer.say(USER, "ba")
        peer.say(USER, "/viec")
        peer.console_says(OTHER, load_texts("vi").say("referral.replies.erase_by_hand"))  # what another process sent
        peer.say(OTHER, "bốn")
        await until(lambda: len(peer.delivered(USER)) == 3 and len(peer.delivered(OTHER)) == 1)
        clock.ahead += timedelta(minutes=61)
        peer.say(USER, "năm")
        await until(lambda: len(peer.delivered(USER)) == 4)
        peer.console_says(USER, "Tôi vẫn ở đây.")
        posting = peer.say(USER, CRY)
        assert posting is not None and await asyncio.to_thread(posting.wait)
    said = [told.text.partition("\n")[0] for told in peer.delivered(USER)]
    assert said == ["Đã nghe: một", "Đã nghe: hai", "Đã nghe: /viec", "Đã nghe: năm", "Gọi 113 ngay."]


async def test_a_group_is_answered_in_the_group_and_moves_nobodys_reminders(
    engine: Engine, tmp_path: Path, clock: Hours
) -> None:
    peer = ZaloOaPeer(clock=clock)
    long_ago = clock() - timedelta(days=30)
    member(engine, USER, long_ago)
    async with conversation(engine, peer, clock):
        peer.say_in_group(GROUP, USER, "nói chuyện riêng")
        peer.say_in_group(GROUP, USER, "@An Tâm chào")
        await until(lambda: len(peer.delivered(GROUP)) == 1)
        assert peer.delivered(GROUP)[0].text == "Đã nghe: chào"
    with engine.connect() as connection:
        assert connection.execute(select(identities.c.chat_id)).scalar_one() == USER
        assert connection.execute(select(identities.c.last_interaction_at)).scalar_one() == long_ago


async def test_long_answers_keep_under_the_limit(engine: Engine, tmp_path: Path, clock: Hours) -> None:
    text = "\n\n".join(f"Đoạn {number}: " + "việc đến hạn 🌾 " * 20 for number in range(30))

    async def tell(_message: IncomingMessage) -> Sequence[Reply]:
        return [Reply(text=text, buttons=tuple(Button(label="nhãn " * 40, action=f"a:{n}") for n in range(3)))]

    peer = ZaloOaPeer(clock=clock, free_replies=None)
    async with conversation(engine, peer, clock, tell):
        peer.say(USER, "kể đi")
        await until(lambda: bool(peer.delivered(USER)) and bool(peer.delivered(USER)[-1].buttons), 20)
        said = [told.text for told in peer.delivered(USER)]
    assert len(said) > 4 and all(len(one.encode("utf-16-le")) // 2 <= 2000 for one in said)
    assert "".join("".join(said).split()).startswith("".join(text.split()))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (-32, NotSent(reason="error -32", retry_after=60.0)),
        (-200, Ambiguous(reason="error -200")),
        (-201, Permanent(reason="error -201")),
        (-210, Permanent(reason="error -210")),
        (-100, Permanent(reason="error -100")),
        (-213, Permanent(reason="error -213", unreachable=True)),
        (-227, Permanent(reason="error -227", unreachable=True)),
        (-244, Permanent(reason="error -244", unreachable=True)),
        (-217, Permanent(reason="error -217", unreachable=True)),
        (-230, Permanent(reason="window")),
        (-232, Permanent(reason="window")),
        (-218, NotSent(reason="error -218", retry_after=21 * 3600.0, held_by="quota")),
        (-211, NotSent(reason="error -211", retry_after=21 * 3600.0, held_by="quota", alarm=True)),
        (-234, NotSent(reason="error -234", retry_after=21 * 3600.0, held_by="night")),
        (-224, Permanent(reason="error -224", alarm=True)),
        (-321, Permanent(reason="error -321", alarm=True)),
        (-987, Permanent(reason="error -987")),
    ],
)
async def test_every_error_code_has_its_outcome(
    engine: Engine, tmp_path: Path, clock: Hours, code: int, outcome: Outcome
) -> None:
    peer = ZaloOaPeer(clock=clock)
    member(engine, USER, clock())
    async with account(engine, peer, clock) as channel:
        peer.faults.plan("error", "/cs", code=code)
        found = await channel.send(USER, push())
    if isinstance(found, NotSent) and found.retry_after and found.retry_after > 3600:
        assert 20.9 * 3600 < found.retry_after <= 21 * 3600
        found = replace(found, retry_after=21 * 3600.0)
    assert found == outcome


@pytest.mark.parametrize("code", [-201, -233, -987])
async def test_a_card_that_is_refused_goes_without_its_buttons_and_else_may_be_asked_for_again(
    engine: Engine, clock: Hours, code: int
) -> None:
    peer = ZaloOaPeer(clock=clock)
    card = part("Gọi 113 ngay.", sensitive=True, choices=(Button(label="Xóa", action="wipe"),))
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "cứu em")
        peer.faults.plan("error", "/cs", code=code)
        assert isinstance(await channel.send(USER, replace(card, sensitive=False)), Permanent)
        peer.faults.plan("error", "/cs", code=code)
        assert isinstance(await channel.send(USER, card), Sent)
        for _ in range(2):
            peer.faults.plan("error", "/cs", code=code)
        assert await channel.send(USER, card) == NotSent(reason="card refused")
        peer.faults.plan("error", "/cs", code=-230)
        assert await channel.send(USER, card) == Permanent(reason="window")
    assert [(told.text, told.buttons) for told in peer.delivered(USER)] == [("Gọi 113 ngay.", [])]


async def test_an_answer_that_meets_a_spent_quota_does_not_wait_for_tomorrow(
    engine: Engine, tmp_path: Path, clock: Hours
) -> None:
    peer = ZaloOaPeer(clock=clock)
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        outcomes = [await channel.send(USER, part(f"Phần {number}")) for number in range(9)]
    assert [type(one) for one in outcomes] == [Sent] * 8 + [Permanent]


@pytest.mark.parametrize(("kind", "processed"), [("reset", True), ("garbage", True), ("stall", True), ("reset", False)])
async def test_a_lost_answer_is_ambiguous_and_never_called_sent(
    engine: Engine, tmp_path: Path, clock: Hours, kind: Any, processed: bool
) -> None:
    peer = ZaloOaPeer(clock=clock)
    async with account(engine, peer, clock, send_timeout_s=0.7) as channel:
        peer.say(USER, "chào")
        peer.faults.plan(kind, "/cs", processed=processed)
        assert isinstance(await channel.send(USER, part()), Ambiguous)
        assert isinstance(await channel.send(USER, part()), Sent)
        assert len(peer.delivered(USER)) == 1 + processed


async def test_a_server_that_is_not_there_got_nothing(engine: Engine, tmp_path: Path, clock: Hours) -> None:
    peer = ZaloOaPeer(clock=clock)
    for nowhere in ("http://127.0.0.1:1", "https://["):
        channel = channel_of(engine, nowhere, peer, clock)
        assert isinstance(await channel.send(USER, part()), NotSent)
        await channel.stop()


async def test_the_platforms_echo_settles_an_answer_that_was_lost(engine: Engine, tmp_path: Path, clock: Hours) -> None:
    peer = ZaloOaPeer(clock=clock)
    async with conversation(engine, peer, clock) as (core, _channel):
        person = member(engine, USER, clock())
        peer.say(USER, "chào")
        await until(lambda: len(peer.delivered(USER)) == 1)
        peer.faults.plan("stall", "/cs", processed=True)
        reply = Reply(text="Nhắc hạn\nMã nhắc N12-3")
        draft = OutboundDraft(
            dedupe_key="rem:12:3",
            channel="zalo_oa",
            chat=USER,
            reply=reply,
            created_at=clock(),
            not_before=clock(),
            person_id=person,
            reference="N12-3",
            last_day=clock().date(),
        )
        await core.writer.run(lambda connection: enqueue(connection, draft))

        def state() -> OutboxState:
            with engine.connect() as connection:
                kept = record(connection, "rem:12:3")
            assert kept is not None
            return kept.state

        await until(lambda: state() is OutboxState.SENT)
        await asyncio.sleep(0.8)
        assert [told.text for told in peer.delivered(USER)].count(reply.text) == 1


@pytest.mark.parametrize(
    ("silence_h", "pays", "template", "via"),
    [
        (47, False, None, "cs"),
        (49, False, None, None),
        (49, False, "300001", "template"),
        (49, True, None, "cs"),
        (24 * 7 - 1, True, None, "cs"),
        (24 * 7 + 1, True, None, None),
        (24 * 7 + 1, True, "300001", "template"),
    ],
)
async def test_a_reminder_goes_the_way_its_window_allows(
    engine: Engine, tmp_path: Path, clock: Hours, silence_h: int, pays: bool, template: str | None, via: str | None
) -> None:
    peer = ZaloOaPeer(clock=clock, balance=5)
    clock.ahead -= timedelta(hours=silence_h)
    peer.say(USER, "chào")
    member(engine, USER, clock())
    clock.ahead += timedelta(hours=silence_h)
    peer.access_token, peer.refresh_token = peer.oauth.issue()
    async with account(engine, peer, clock, zalo_oa_paid_sends=pays, zalo_oa_template_id=template) as channel:
        outcome = await channel.send(USER, push())
    assert [told.via for told in peer.delivered(USER)] == ([via] if via else [])
    assert isinstance(outcome, Sent if via else Permanent)
    if via == "template":
        told = peer.delivered(USER)[0].body
        assert told["template_data"] == {"ten_viec": "Nhắc hạn · Mã nhắc N12-3", "han": f"{DAY:%d/%m/%Y}"}
    assert peer.refusals == []


async def test_a_closed_window_turns_to_the_template_and_a_long_digest_says_there_is_more(
    engine: Engine, tmp_path: Path, clock: Hours
) -> None:
    peer = ZaloOaPeer(clock=clock)
    member(engine, USER, clock())
    async with account(engine, peer, clock, zalo_oa_template_id="300001") as channel:
        peer.say(USER, "chào")
        peer.faults.plan("error", "/cs", code=-230)
        assert isinstance(await channel.send(USER, push("Việc đến hạn 🌾\n" * 60)), Sent)
    words = peer.delivered(USER)[0].body["template_data"]["ten_viec"]
    assert len(words.encode("utf-16-le")) // 2 <= 400 and words.endswith("để xem đủ.")


async def test_a_person_whose_free_replies_are_used_up_is_reminded_by_the_template(
    engine: Engine, clock: Hours
) -> None:
    peer = ZaloOaPeer(clock=clock, free_replies=1, balance=5)
    member(engine, USER, clock())
    async with account(engine, peer, clock, zalo_oa_template_id="300001") as channel:
        peer.say(USER, "chào")
        assert isinstance(await channel.send(USER, part("Trả lời")), Sent)
        assert isinstance(await channel.send(USER, push()), Sent)
    assert [told.via for told in peer.delivered(USER)] == ["cs", "template"]
    assert peer.refusals == []


async def test_a_reminder_over_quota_goes_by_the_persons_other_channel(
    engine: Engine, tmp_path: Path, clock: Hours
) -> None:
    from tests.support.fake_channel import FakeChannel

    other = FakeChannel("telegram")
    person = member(engine, USER, clock(), also="telegram")
    peer = ZaloOaPeer(clock=clock, free_replies=0)
    async with account(engine, peer, clock) as channel:
        peer.say(USER, "chào")
        async with running_core(engine, {"zalo_oa": channel, "telegram": other}, clock=clock) as core:
            draft = OutboundDraft(
                dedupe_key="rem:1",
                channel="zalo_oa",
                chat=USER,
                reply=Reply(text="Nhắc hạn"),
                created_at=clock(),
                not_before=clock(),
                person_id=person,
            )
            await core.writer.run(lambda connection: enqueue(connection, draft))
            assert await other.waits_for(USER, 1) == ["Nhắc hạn"]
    assert peer.delivered(USER) == []


@pytest.mark.parametrize("names_type", [False, True])
async def test_the_shape_of_buttons_is_a_setting(
    engine: Engine, tmp_path: Path, clock: Hours, names_type: bool
) -> None:
    peer = ZaloOaPeer(clock=clock, button_template_type="button" if names_type else None)
    async with account(engine, peer, clock, zalo_oa_button_template_type=names_type) as channel:
        peer.say(USER, "chào")
        choices = tuple(Button(label=f"Nút {number}", action=f"a:{number}") for number in range(5))
        assert isinstance(await channel.send(USER, part(choices=choices)), Sent)


async def test_an_app_that_demands_proof_of_its_secret_gets_it_also_with_a_renewed_token(
    engine: Engine, clock: Hours
) -> None:
    peer = ZaloOaPeer(clock=clock, demands_proof=True)
    async with account(engine, peer, clock, zalo_oa_appsecret_proof=True) as channel:
        peer.say(USER, "chào")
        peer.faults.plan("expire", "/cs")
        assert isinstance(await channel.send(USER, part()), Sent)


async def test_a_demanded_proof_that_is_not_set_is_a_refusal_an_admin_sees(engine: Engine, clock: Hours) -> None:
    async with account(engine, ZaloOaPeer(clock=clock, demands_proof=True), clock) as channel:
        assert await channel.send(USER, part()) == Permanent(reason="error -242", alarm=True)


async def test_what_the_account_lacks_is_named_at_the_start(
    engine: Engine, clock: Hours, caplog: pytest.LogCaptureFixture
) -> None:
    lacking: dict[str, Any] = {"zalo_oa_app_secret": None, "zalo_oa_webhook_secret": ""}
    async with account(engine, ZaloOaPeer(), clock, **lacking) as channel:
        await channel.start(lambda _event: asyncio.sleep(0, Receipt.TAKEN))
    assert "ZALO_OA_APP_SECRET, ZALO_OA_WEBHOOK_SECRET" in caplog.text and "ZALO_OA_ID" not in caplog.text


def test_events_that_zalo_must_send_again_raise_an_alarm_for_an_hour_whatever_comes_between(engine: Engine) -> None:
    now = [DAY]
    events = events_at(lambda: now[0])
    headers, body = signed(says("chào"))
    before: dict[tuple[str, str], str | None] = {}
    for minutes, retry, codes in ((0, "3", ["late_webhook"]), (59, "0", ["late_webhook"]), (2, "0", [])):
        now[0] += timedelta(minutes=minutes)
        assert events.verify({**headers, "num_retry": retry}, body)
        with engine.begin() as connection:
            found: dict[tuple[str, str], str | None] = {}
            tell_admins(connection, found, before, heard={events: 1}, calendar=WorkingCalendar(), now=DAY)
            tell_admins(
                connection,
                {("late_webhook", events.path): None},
                {("late_webhook", events.path): None},
                heard={},
                calendar=WorkingCalendar(),
                now=DAY,
            )  # another process, which was never late
            before = found
            assert [alarm.code for alarm in open_alarms(connection)] == codes


async def test_logs_name_no_token_no_person_and_no_words(
    engine: Engine, tmp_path: Path, clock: Hours, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    peer = ZaloOaPeer(clock=clock)
    async with account(engine, peer, clock, send_timeout_s=0.5) as channel:
        peer.say(USER, "chào")
        for kind in ("reset", "garbage", "stall", "error", "expire"):
            peer.faults.plan(kind, "/cs")
            await channel.send(USER, part("lời rất riêng"))
    logged = "\n".join(f"{one.getMessage()} {one.exc_info}" for one in caplog.records if one.name.startswith("bot"))
    assert "Zalo" in logged
    for hidden in (peer.access_token, peer.refresh_token, "access-", "refresh-", USER, "lời rất riêng", APP_SECRET):
        assert hidden not in logged
