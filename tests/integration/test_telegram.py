"""Telegram against a strict peer over real sockets: polling, webhook, groups, buttons, faults."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from bot.channels.base import Block, InboundEvent, Part, Receipt, Sent
from bot.storage.counters import open_alarms
from bot.storage.outbox import OutboundDraft, OutboxState, enqueue, outbox
from bot.webhooks import WebhookDoor
from handlers.domain import Button, IncomingMessage, Reply
from handlers.planning import ZONE
from retrieval.domain import Citation
from tests.support.assistant import CRY, Core, echo, now, running_core, telegram_channel
from tests.support.databases import fresh_database
from tests.support.fake_channel import FakeChannel
from tests.support.outbox_rows import record
from tests.support.serving import free_port, serving
from tests.support.telegram_peer import Fault, TelegramPeer

Handler = Callable[[IncomingMessage], Awaitable[Sequence[Reply]]]
FLOOD = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 2}}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path) as opened:
        yield opened


@pytest.fixture
def peer() -> TelegramPeer:
    return TelegramPeer()


@asynccontextmanager
async def polling(
    peer: TelegramPeer, engine: Engine, handle: Handler = echo, *, send_timeout_s: float = 1.0, retry_s: float = 0.5
) -> AsyncIterator[Core]:
    peer.closing = False
    with serving(peer.app) as address:
        channel = telegram_channel(address, send_timeout_s=send_timeout_s)
        settings = {"handle": handle, "uncertain_retry_s": retry_s, "send_timeout_s": send_timeout_s}
        async with running_core(engine, {"telegram": channel}, **settings) as core:  # type: ignore[arg-type]
            await channel.start(core.inbox.accept)
            yield core
            peer.closing = True
            await channel.stop()


async def taken(_event: InboundEvent) -> Receipt:
    return Receipt.TAKEN


async def holds(peer: TelegramPeer, chat: int, number: int, patience_s: float = 10) -> list[str]:
    return await asyncio.to_thread(peer.waits_for, chat, number, patience_s)


async def calls(peer: TelegramPeer, method: str, number: int) -> None:
    for _ in range(200):
        if peer.call_count(method) == number:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{method} was called {peer.call_count(method)} times")


def push(engine: Engine, key: str, *, chat: int = 42, last_day: bool = False, at: datetime | None = None) -> None:
    moment = at or now()
    with engine.begin() as connection:
        enqueue(
            connection,
            OutboundDraft(
                dedupe_key=key,
                channel="telegram",
                chat=str(chat),
                reply=Reply(text=f"Nhắc hạn nộp báo cáo (Mã nhắc {key})"),
                created_at=moment,
                not_before=moment,
                reference=key,
                last_day=moment.astimezone(ZONE).date() if last_day else None,
            ),
        )


async def reaches(engine: Engine, key: str, *states: OutboxState, patience_s: float = 10) -> OutboxState:
    for _ in range(int(patience_s / 0.05)):
        with engine.connect() as connection:
            found = record(connection, key)
        if found is not None and found.state in states:
            return found.state
        await asyncio.sleep(0.05)
    raise AssertionError(f"{key} is {found.state if found else None}")


async def test_a_conversation_by_long_polling_loses_and_doubles_nothing(peer: TelegramPeer, engine: Engine) -> None:
    for who in range(1, 31):
        peer.says(who, "câu <một> & hai")
    async with polling(peer, engine):
        for who in range(1, 31):
            assert len(await holds(peer, who, 1)) == 1
        peer.says(5, "câu ba")
        assert (await holds(peer, 5, 2))[1] == "Đã nghe: câu ba"
    assert peer.texts_to(5)[0].startswith("Đã nghe: câu <một> & hai")
    assert len(peer.sent) == 31
    assert peer.violations == []


async def test_a_restart_answers_nothing_twice_and_forgets_nothing(peer: TelegramPeer, engine: Engine) -> None:
    peer.says(42, "một")
    async with polling(peer, engine):
        await holds(peer, 42, 1)
    peer.says(42, "hai")
    async with polling(peer, engine):
        assert len(await holds(peer, 42, 2)) == 2
        await asyncio.sleep(0.3)
    assert [text.split("\n")[0] for text in peer.texts_to(42)] == ["Đã nghe: một", "Đã nghe: hai"]


async def test_help_is_sent_silently_protected_and_once(peer: TelegramPeer, engine: Engine) -> None:
    async with polling(peer, engine):
        peer.says(42, CRY)
        assert await holds(peer, 42, 1) == ["Gọi 113 ngay."]
    fields = peer.sent[0]["fields"]
    assert fields["protect_content"] == "true"
    assert fields["disable_notification"] == "true"
    assert "is_disabled" in fields["link_preview_options"]


async def test_a_card_is_not_sent_again_after_a_restart(peer: TelegramPeer, engine: Engine) -> None:
    async with polling(peer, engine):
        peer.says(42, CRY)
        await holds(peer, 42, 1)
    async with polling(peer, engine):
        peer.says(43, "người khác")
        await holds(peer, 43, 1)
    assert peer.texts_to(42) == ["Gọi 113 ngay."]


async def test_the_offset_does_not_pass_a_card_that_was_not_sent(peer: TelegramPeer, engine: Engine) -> None:
    peer.faults.append(Fault("sendMessage", "reply", 502, {"ok": False, "error_code": 502, "description": "Bad"}))
    async with polling(peer, engine):
        peer.says(42, CRY)
        peer.says(43, "người khác")
        assert (await holds(peer, 43, 1))[0].startswith("Đã nghe: người khác")
        assert await holds(peer, 42, 1) == ["Gọi 113 ngay."]
    assert len(peer.texts_to(43)) == 1


async def test_a_press_is_acknowledged_first_and_carried_out(peer: TelegramPeer, engine: Engine) -> None:
    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        if message.action or message.text.startswith("Lựa chọn"):
            return [Reply(text=f"bấm {message.action} {message.text}")]
        label = "Lựa chọn có tên rất dài bằng tiếng Việt, hơn sáu mươi tư byte kể cả dấu"
        return [Reply(text="Chọn", buttons=(Button(label="Đã nộp", action="done:7"), Button(label=label)))]

    async with polling(peer, engine, handle):
        peer.says(42, "hỏi")
        await holds(peer, 42, 1)
        data = [button["callback_data"] for row in peer.sent[0]["markup"]["inline_keyboard"] for button in row]
        assert data[0] == "done:7"
        peer.presses(42, data[0], peer.sent[0]["message_id"])
        assert (await holds(peer, 42, 2))[1] == "bấm done:7"
        peer.presses(42, data[1], peer.sent[0]["message_id"])
        assert (await holds(peer, 42, 3))[2].startswith("bấm None Lựa chọn có tên rất dài")
    names = [name for name, _ in peer.calls]
    assert names.index("answerCallbackQuery") < len(names) - 1 - names[::-1].index("sendMessage")
    assert peer.violations == []


async def test_a_group_is_answered_only_when_it_speaks_to_us(peer: TelegramPeer, engine: Engine) -> None:
    async with polling(peer, engine):
        await asyncio.sleep(0.3)
        peer.says_in_group(-100123, 7, "chuyện riêng của nhóm")
        peer.says_in_group(-100123, 7, "/viec@BotKhac")
        peer.says_in_group(-100123, 7, "@AnTamThuBot hạn nộp?", message_thread_id=42, is_topic_message=True)
        assert await holds(peer, -100123, 1) == ["Đã nghe: hạn nộp?"]
        assert peer.sent[0]["fields"]["message_thread_id"] == "42"
        peer.says_in_group(-100123, 7, f"@AnTamThuBot {CRY}")
        assert await holds(peer, 7, 1) == ["Gọi 113 ngay."]
        await asyncio.sleep(0.2)
    assert peer.texts_to(-100123) == ["Đã nghe: hạn nộp?"]


async def test_edits_pictures_deep_links_and_service_notes(peer: TelegramPeer, engine: Engine) -> None:
    async with polling(peer, engine):
        peer.edits(41, "câu đã sửa")
        assert (await holds(peer, 41, 1))[0].startswith("Đã nghe: câu đã sửa")
        peer.sends(42, sticker={"odd": "shape"})
        assert "tin nhắn chữ" in (await holds(peer, 42, 1))[0]
        peer.sends(43, something_of_tomorrow={"a": 1})
        assert "tin nhắn chữ" in (await holds(peer, 43, 1))[0]
        peer.says(44, "/start ABCD-EFGH")
        assert (await holds(peer, 44, 1))[0].startswith("Đã nghe: /start ABCD-EFGH")
        peer.sends(45, pinned_message={"message_id": 1})
        await asyncio.sleep(0.3)
    assert peer.texts_to(45) == []


async def test_one_thing_said_twice_is_heard_once(peer: TelegramPeer) -> None:
    moment = now()

    def heard(update: dict[str, Any]) -> bool:
        return channel.parse(json.dumps(update).encode()) is not None

    with serving(peer.app) as address:
        channel = telegram_channel(address, clock=lambda: moment)
        said = peer.says(42, "hạn nộp?")
        same = {"message_id": said["message"]["message_id"]}
        assert heard(said) and heard(said), "what the platform sends again is no repetition"
        assert not heard(peer.edits(42, "hạn nộp?", **same)), "a preview came, no word changed"
        assert heard(peer.edits(42, "cứu tôi", **same)) and heard(peer.edits(42, "hạn nộp?", **same))
        assert heard(peer.edits(43, "hạn nộp?", **same)), "another person's"
        pressed = peer.presses(42, "done:7", 11)
        assert heard(pressed) and heard(pressed) and heard(peer.presses(42, "done:8", 12))
        assert not heard(peer.presses(42, "done:7", 11)) and not heard(peer.presses(42, "done:7", 11))
        moment += timedelta(seconds=1)
        assert isinstance(await channel.send("42", Part(blocks=(Block(text="Đã ghi nhận."),))), Sent)
        assert heard(peer.presses(42, "done:7", 11)), "meant once more"
        moment += timedelta(seconds=11)
        assert heard(peer.presses(42, "done:7", 11)), "nothing came of it for long"
        assert heard(peer.sends(42, photo=[], media_group_id="8", caption="công văn"))
        assert not heard(peer.sends(42, photo=[], media_group_id="8"))
        assert heard(peer.sends(43, photo=[], media_group_id="8"))
        await calls(peer, "answerCallbackQuery", 2)
        await channel.stop()


async def test_a_long_answer_comes_in_parts_in_order_with_its_sources_folded(
    peer: TelegramPeer, engine: Engine
) -> None:
    quote = "Báo cáo kết quả thực hiện trước ngày 15/12 <hằng năm> & gửi Sở."
    cited = Citation(source="a.txt", number="12/KH-UBND", title="Kế hoạch", section="III.2", quote=quote)

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        text = "\n\n".join(f"Đoạn {n}: " + "nội dung dài " * 60 for n in range(12))
        return [Reply(text=text, kind="answer", citations=(cited,), buttons=(Button(label="Tiếp", action="x:1"),))]

    async with polling(peer, engine, handle):
        peer.says(42, "hỏi")
        texts = await holds(peer, 42, 3)
    assert len(texts) == 3
    joined = "\n\n".join(texts)
    assert [joined.index(f"Đoạn {n}:") for n in range(12)] == sorted(joined.index(f"Đoạn {n}:") for n in range(12))
    assert quote in joined
    assert "<blockquote expandable>" in peer.sent[-1]["fields"]["text"]
    assert [bool(message["markup"]) for message in peer.sent] == [False, False, True]
    assert peer.violations == []


async def test_a_wrong_token_switches_the_channel_off_with_one_line_that_does_not_hold_it(
    peer: TelegramPeer, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "123456:AAwrong-wrong-wrong-wrong-wrong-wron"
    with serving(peer.app) as address:
        channel = telegram_channel(address, telegram_bot_token=wrong)
        async with running_core(engine, {"telegram": channel}) as core:
            await channel.start(core.inbox.accept)
            for _ in range(100):
                if channel.problem:
                    break
                await asyncio.sleep(0.05)
            await channel.stop()
    assert channel.problem is not None
    assert "TELEGRAM_BOT_TOKEN" in channel.problem
    lines = [one for one in caplog.records if one.levelname == "ERROR"]
    assert len(lines) == 1
    assert wrong not in caplog.text.replace("HTTP Request", "") or "httpx" in {one.name for one in caplog.records}


async def test_a_webhook_address_that_telegram_refuses_is_told_in_one_clear_line(
    peer: TelegramPeer, caplog: pytest.LogCaptureFixture
) -> None:
    bad = {"ok": False, "error_code": 400, "description": "Bad Request: bad webhook: ports 80, 88, 443 or 8443"}
    peer.faults.append(Fault("setWebhook", "reply", 400, bad))
    with serving(peer.app) as address:
        channel = telegram_channel(address, telegram_mode="webhook", public_url="https://antam.example:9000")
        await channel.start(taken)
        for _ in range(200):
            if "8443" in caplog.text:
                break
            await asyncio.sleep(0.05)
        await channel.stop()
    lines = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert len(lines) == 1 and "PUBLIC_URL" in lines[0] and "8443" in lines[0]


async def test_a_platform_that_is_away_at_the_start_only_delays(peer: TelegramPeer, engine: Engine) -> None:
    port = free_port()
    channel = telegram_channel(f"http://127.0.0.1:{port}")
    async with running_core(engine, {"telegram": channel}) as core:
        await channel.start(core.inbox.accept)
        push(engine, "17-1")
        assert await reaches(engine, "17-1", OutboxState.RETRY)
        peer.faults.append(Fault("setMyCommands", "reply", 429, FLOOD))
        with serving(peer.app, port):
            assert await holds(peer, 42, 1, 15) == ["Nhắc hạn nộp báo cáo (Mã nhắc 17-1)"]
            peer.says(43, "chào")
            assert len(await holds(peer, 43, 1, 15)) == 1
            await calls(peer, "setMyCommands", 2)
            await channel.stop()
    assert peer.violations == []


@pytest.mark.parametrize("kind", ["late", "stall", "reset", "garbage", "5xx"])
async def test_an_answer_after_an_ambiguous_call_is_not_sent_again(
    peer: TelegramPeer, engine: Engine, kind: str
) -> None:
    bad = {"ok": False, "error_code": 502, "description": "Bad Gateway"}
    fault = Fault("sendMessage", "reply", 502, bad) if kind == "5xx" else Fault("sendMessage", kind, seconds=3)
    peer.faults.append(fault)
    async with polling(peer, engine):
        peer.says(42, "hỏi")
        for _ in range(200):
            with engine.connect() as connection:
                rows = connection.execute(select(outbox)).all()
            if rows and rows[0].state == "uncertain":
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.2)
    assert [row.state for row in rows] == ["uncertain"]
    assert len(peer.texts_to(42)) == (1 if kind in ("late", "stall") else 0)
    assert peer.call_count("sendMessage") == 1


@pytest.mark.parametrize(("last_day", "copies"), [(True, 2), (False, 1)])
async def test_a_push_delivered_then_silent_is_repeated_once_only_on_its_last_day(
    peer: TelegramPeer, engine: Engine, last_day: bool, copies: int
) -> None:
    peer.faults.append(Fault("sendMessage", "late", seconds=2.5))
    push(engine, "17-1", last_day=last_day)
    async with polling(peer, engine):
        await reaches(engine, "17-1", OutboxState.UNCERTAIN)
        if last_day:
            await reaches(engine, "17-1", OutboxState.SENT)
        await asyncio.sleep(1.5)
    texts = peer.texts_to(42)
    assert len(texts) == copies
    assert all("Mã nhắc 17-1" in text for text in texts)


async def test_too_many_requests_is_obeyed_and_nothing_is_lost(peer: TelegramPeer, engine: Engine) -> None:
    peer.faults.append(Fault("sendMessage", "reply", 429, FLOOD))
    for number in range(5):
        push(engine, f"k{number}", chat=50 + number)
    started = now()
    async with polling(peer, engine):
        for number in range(5):
            await reaches(engine, f"k{number}", OutboxState.SENT)
    assert len(peer.sent) == 5
    assert now() - started >= timedelta(seconds=2)


async def test_a_blocked_person_is_told_by_the_other_channel(peer: TelegramPeer, engine: Engine) -> None:
    from bot.storage.people import create_invite, identities_of, redeem_code
    from handlers.people import PersonRole

    with engine.begin() as connection:
        code = create_invite(connection, PersonRole.OFFICIAL, "Phòng Nội vụ", "Hòn Tre", now())
        person = redeem_code(connection, code, "telegram", "42", chat_id="42", now=now())
        assert person is not None
        code = create_invite(connection, PersonRole.OFFICIAL, "Phòng Nội vụ", "Hòn Tre", now())
        connection.exec_driver_sql(
            "INSERT INTO identity (channel, channel_user_id, person_id, chat_id, last_interaction_at, reachable)"
            f" VALUES ('zalo_bot', 'z1', {person.id}, 'z1', 1, 1)"
        )
        moment = now()
        draft = OutboundDraft(
            dedupe_key="17-1",
            channel="telegram",
            chat="42",
            person_id=person.id,
            reply=Reply(text="Nhắc hạn"),
            created_at=moment,
            not_before=moment,
        )
        enqueue(connection, draft)
    peer.blocked.add(42)
    zalo = FakeChannel("zalo_bot", buttons=0, text_units=2000)
    with serving(peer.app) as address:
        async with running_core(engine, {"telegram": telegram_channel(address), "zalo_bot": zalo}):
            assert await zalo.waits_for("z1", 1) == ["Nhắc hạn"]
            await reaches(engine, "17-1", OutboxState.SENT)
    with engine.connect() as connection:
        reachable = {one.channel: one.reachable for one in identities_of(connection, person.id)}
        assert connection.execute(select(outbox.c.tried)).scalar() == "telegram "
    assert reachable == {"telegram": False, "zalo_bot": True}
    assert peer.texts_to(42) == []


async def test_a_blocked_person_without_another_channel_is_a_visible_failure(
    peer: TelegramPeer, engine: Engine
) -> None:
    peer.blocked.add(42)
    push(engine, "17-1")
    async with polling(peer, engine):
        await reaches(engine, "17-1", OutboxState.FAILED)
        await asyncio.sleep(0.3)
    assert peer.call_count("sendMessage") == 1


async def test_a_moved_group_is_followed(peer: TelegramPeer, engine: Engine) -> None:
    moved = {"ok": False, "error_code": 400, "description": "Bad Request: group chat was upgraded"}
    peer.faults.append(Fault("sendMessage", "reply", 400, {**moved, "parameters": {"migrate_to_chat_id": -1009}}))
    push(engine, "17-1", chat=-9)
    async with polling(peer, engine):
        assert len(await holds(peer, -1009, 1)) == 1
        await reaches(engine, "17-1", OutboxState.SENT)


async def test_a_token_refused_in_the_middle_alarms_and_keeps_the_push(peer: TelegramPeer, engine: Engine) -> None:
    refused = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    peer.faults.append(Fault("sendMessage", "reply", 401, refused))
    push(engine, "17-1")
    async with polling(peer, engine):
        await reaches(engine, "17-1", OutboxState.RETRY)
        await asyncio.sleep(0.2)
    with engine.connect() as connection:
        assert [alarm.code for alarm in open_alarms(connection)] == ["refused"]


async def test_two_thousand_letters_of_bad_html_still_arrive_as_plain_words(peer: TelegramPeer, engine: Engine) -> None:
    bad = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities: odd"}
    peer.faults.append(Fault("sendMessage", "reply", 400, bad))
    async with polling(peer, engine):
        peer.says(42, "a < b")
        assert (await holds(peer, 42, 1))[0].startswith("Đã nghe: a < b")
    assert "parse_mode" not in peer.sent[0]["fields"]


async def test_the_last_messages_of_a_chat_can_be_wiped(peer: TelegramPeer, engine: Engine) -> None:
    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        forget = message.text == "xoá"
        return [Reply(text="Đã xóa ở đây." if forget else "Chào.", sensitive=forget, forget=forget)]

    async with polling(peer, engine, handle):
        said = [peer.says(42, "chào"), peer.says(43, "chào")]
        await holds(peer, 42, 1)
        said.append(peer.says(42, "xoá"))
        await holds(peer, 42, 2)
    theirs = [one["message"]["message_id"] for one in said if one["message"]["chat"]["id"] == 42]
    ours = [one["message_id"] for one in peer.sent if one["chat"]["id"] == 42]
    assert sorted(peer.deleted) == [(42, number) for number in sorted([*theirs, ours[0]])]
    assert peer.violations == []


async def test_a_card_waits_as_long_as_the_platform_asks(peer: TelegramPeer, engine: Engine) -> None:
    peer.faults.append(Fault("sendMessage", "reply", 429, FLOOD))
    async with polling(peer, engine):
        peer.says(42, CRY)
        assert await holds(peer, 42, 1) == ["Gọi 113 ngay."]
    assert peer.call_count("sendMessage") == 2
    assert peer.violations == []


@pytest.mark.parametrize("number", [60, pytest.param(1_500, marks=pytest.mark.slow)])
async def test_a_flood_of_pushes_keeps_the_pace_and_lets_answers_through(engine: Engine, number: int) -> None:
    peer = TelegramPeer(per_chat_s=0.9, overall_per_s=30)
    for one in range(number):
        push(engine, f"k{one}", chat=1_000 + one)
    async with polling(peer, engine, send_timeout_s=10):
        started = now()
        await asyncio.sleep(0.5)
        asked = now()
        peer.says(42, "trong lúc đông")
        await holds(peer, 42, 1)
        waited = now() - asked
        for one in range(number):
            await reaches(engine, f"k{one}", OutboxState.SENT, patience_s=120)
        spent = (now() - started).total_seconds()
    # The answer overtakes what waits; how long it all takes tells something on a quiet machine alone.
    assert peer.sent[-1]["chat"]["id"] != 42
    if number > 60:
        assert waited < timedelta(seconds=3)
        assert number / spent >= 20
    assert peer.refused_429 <= 1
    assert len(peer.sent) == number + 1


async def test_webhook_updates_are_taken_with_the_secret_and_only_then(peer: TelegramPeer, engine: Engine) -> None:
    port = free_port()
    with serving(peer.app) as address:
        own = f"http://127.0.0.1:{port}"
        given: dict[str, Any] = {"telegram_mode": "webhook", "telegram_webhook_secret": "bi-mat-thu"}
        channel = telegram_channel(address, public_url=own, **given)
        async with running_core(engine, {"telegram": channel}) as core:
            app = WebhookDoor(FastAPI(), sources=[channel], accept=core.inbox.accept)
            config_done = asyncio.Event()
            server_task = asyncio.create_task(_serve(app, port, config_done))
            await channel.start(core.inbox.accept)
            for _ in range(100):
                if peer.webhook:
                    break
                await asyncio.sleep(0.05)
            update = peer.says(42, "qua webhook")
            answers = [await peer.deliver(update) for _ in range(5)]
            assert answers == [[200]] * 5
            assert len(await holds(peer, 42, 1)) == 1
            peer.webhook["secret_token"] = "bi-mat-sai"
            assert await peer.deliver(peer.says(43, "giả mạo"), tries=1) == [403]
            await asyncio.sleep(0.3)
            await channel.stop()
            config_done.set()
            await server_task
    assert len(peer.texts_to(42)) == 1
    assert peer.texts_to(43) == []
    assert "message" in peer.allowed_updates


async def _serve(app: WebhookDoor, port: int, done: asyncio.Event) -> None:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    task = asyncio.create_task(server.serve())
    await done.wait()
    server.should_exit = True
    await task
