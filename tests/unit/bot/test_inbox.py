"""Durable in: nothing acknowledged is lost, nothing is answered twice, a cry for help leaves no trace."""

import asyncio
import contextlib
import random
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from bot.channels.base import Ambiguous, Notice, NotSent, Permanent, Receipt
from bot.storage.counters import counted
from bot.storage.dialogues import dialogue
from bot.storage.inbox import inbox
from bot.storage.outbox import outbox
from bot.storage.people import create_invite, redeem_code
from handlers.domain import Button, Content, IncomingMessage, Reply
from handlers.people import PersonRole
from handlers.planning import ZONE
from tests.support.assistant import CRY, Core, now, running_core
from tests.support.databases import KINDS, fresh_database
from tests.support.fake_channel import FakeChannel, event


def today() -> date:
    """The local day, under which figures are counted."""
    return now().astimezone(ZONE).date()


BOTH = [pytest.param(kind, marks=pytest.mark.postgres if kind != "sqlite" else ()) for kind in KINDS]


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with fresh_database(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path) as opened:
        yield opened


async def settled(core: Core, engine: Engine, table: str = "inbox", live: str = "waiting") -> None:
    """Wait until nothing waits any more."""
    for _ in range(1_000):
        with engine.connect() as connection:
            left = connection.scalar(text(f"SELECT count(*) FROM {table} WHERE state = '{live}'"))
        if not left:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{table} still holds {live} rows")


def everything_stored(engine: Engine) -> str:
    """Return all rows of all tables as one text."""
    with engine.connect() as connection:
        tables = (inbox, outbox, dialogue)
        return " ".join(str(tuple(row)) for table in tables for row in connection.execute(select(table)))


def every_byte(folder: Path) -> bytes:
    """Return the bytes of all files of a folder, the write-ahead log among them."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_the_same_event_a_hundred_times_from_sixteen_senders_is_answered_once(engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(engine, {"telegram": channel}) as core:
        waiting = asyncio.Semaphore(16)

        async def send() -> Receipt:
            async with waiting:
                return await core.inbox.accept(event(1, "Hạn nộp là khi nào?"))

        receipts = await asyncio.gather(*(send() for _ in range(100)))
        assert set(receipts) == {Receipt.TAKEN}
        await channel.waits_for("42", 1)
        await asyncio.sleep(0.3)
    with engine.connect() as connection:
        assert len(connection.execute(select(inbox)).all()) == 1
    assert len(channel.texts_to("42")) == 1


@pytest.mark.timeout(1_500)
@pytest.mark.parametrize(("people", "messages"), [(20, 15), pytest.param(1_000, 20, marks=pytest.mark.slow)])
async def test_each_person_is_answered_in_order_while_others_do_not_wait(
    sqlite_engine: Engine, people: int, messages: int
) -> None:
    channel = FakeChannel()
    dice = random.Random(5)
    heard: dict[str, list[str]] = defaultdict(list)

    async def slowly(message: IncomingMessage) -> Sequence[Reply]:
        await asyncio.sleep(dice.random() * 0.02)
        heard[message.sender].append(message.text)
        return [Reply(text=message.text)]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=slowly, at_once=64, depth=50_000) as core:
        told = [event(number, str(number), sender=str(who)) for number in range(messages) for who in range(people)]
        for start in range(0, len(told), 1_000):
            receipts = await asyncio.gather(*(core.inbox.accept(one) for one in told[start : start + 1_000]))
            assert set(receipts) == {Receipt.TAKEN}
        for who in range(people):
            await channel.waits_for(str(who), messages, patience_s=1_000)
    expected = [str(number) for number in range(messages)]
    assert all(heard[str(who)] == expected for who in range(people))
    assert all([text.split("\n")[0] for text in channel.texts_to(str(who))] == expected for who in range(people))


async def test_a_slow_answer_delays_nobody_else(sqlite_engine: Engine) -> None:
    channel = FakeChannel()

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        await asyncio.sleep(5 if message.sender == "slow" else 0)
        return [Reply(text="xong")]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle) as core:
        await core.inbox.accept(event(1, "chậm", sender="slow"))
        await core.inbox.accept(event(1, "nhanh", sender="quick"))
        assert await channel.waits_for("quick", 1, patience_s=2)
        assert channel.texts_to("slow") == []


async def test_the_words_of_an_event_are_erased_once_it_is_answered(engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(engine, {"telegram": channel}) as core:
        await core.inbox.accept(event(1, "câu hỏi"))
        await channel.waits_for("42", 1)
        await settled(core, engine)
    with engine.connect() as connection:
        assert connection.scalar(select(inbox.c.payload)) is None


async def test_a_database_that_cannot_write_makes_the_platform_come_again(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    path = str(sqlite_engine.url.database)
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        assert await core.inbox.accept(event(1, "lúc khóa")) is Receipt.AGAIN
        holder.execute("ROLLBACK")
        holder.close()
        assert await core.inbox.accept(event(1, "lúc khóa")) is Receipt.TAKEN
        assert len(await channel.waits_for("42", 1)) == 1
        await asyncio.sleep(0.2)
    assert len(channel.texts_to("42")) == 1


async def test_a_full_inbox_makes_the_platform_come_again_and_recovers(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    gate = asyncio.Event()

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        await gate.wait()
        return [Reply(text="xong")]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle, depth=50) as core:
        receipts = [await core.inbox.accept(event(n, "x", sender=str(n))) for n in range(80)]
        assert 40 <= receipts.count(Receipt.TAKEN) <= 60
        gate.set()
        await settled(core, sqlite_engine)
        assert await core.inbox.accept(event(1, "x", sender="later")) is Receipt.TAKEN


async def test_one_person_cannot_flood_the_office_but_a_cry_for_help_always_passes(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}, per_minute=10) as core:
        for number in range(40):
            assert await core.inbox.accept(event(number, f"tin {number}")) is Receipt.TAKEN
        await core.inbox.accept(event(99, CRY))
        await settled(core, sqlite_engine)
        await core.inbox.finish()
        await asyncio.sleep(0.2)
    assert "Gọi 113 ngay." in channel.texts_to("42")
    assert len([one for one in channel.texts_to("42") if one.startswith("Đã nghe")]) <= 11
    with sqlite_engine.connect() as connection:
        assert counted(connection, "limited", today(), today()) >= 29


async def test_what_the_platform_sends_again_is_no_haste_of_the_person(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}, per_minute=3) as core:
        await asyncio.gather(*(core.inbox.accept(event(1, "một câu")) for _ in range(50)))
        await channel.waits_for("42", 1)
        await settled(core, sqlite_engine)
    with sqlite_engine.connect() as connection:
        assert counted(connection, "limited", today(), today()) == 0


async def test_a_cry_for_help_is_answered_at_once_and_stored_nowhere(engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(engine, {"telegram": channel}) as core:
        assert await core.inbox.accept(event(1, f"{CRY} ngõ 7")) is Receipt.TAKEN
        assert channel.texts_to("42") == ["Gọi 113 ngay."]
        assert channel.sent[0][1].sensitive
        assert await core.inbox.accept(event(1, f"{CRY} ngõ 7")) is Receipt.TAKEN
        await core.inbox.finish()
    assert len(channel.sent) == 1
    assert "(" not in everything_stored(engine)
    with engine.connect() as connection:
        assert counted(connection, "card_sent", today(), today()) == 1


async def test_help_needs_no_database_at_all(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}, work=False) as core:
        with sqlite_engine.begin() as connection:
            for table in ("inbox", "outbox", "dialogue", "choices"):
                connection.execute(text(f"DROP TABLE {table}"))
        assert await core.inbox.accept(event(1, CRY)) is Receipt.TAKEN
    assert channel.texts_to("42") == ["Gọi 113 ngay."]


MAY_STILL_GO = pytest.mark.parametrize("outcome", [NotSent(reason="no connection"), Ambiguous(reason="timeout")])


@MAY_STILL_GO
async def test_a_card_that_may_still_go_is_sent_again_without_anybody_asking(
    sqlite_engine: Engine, outcome: NotSent | Ambiguous, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.direct_replies._AGAIN_S", (0, 0))
    channel = FakeChannel()
    channel.outcomes["42"].append(outcome)
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        assert await core.inbox.accept(event(1, CRY)) is Receipt.TAKEN
    assert channel.texts_to("42") == ["Gọi 113 ngay."]


@MAY_STILL_GO
async def test_the_platform_is_asked_to_come_again_for_a_card_until_it_will_not(
    sqlite_engine: Engine, outcome: NotSent | Ambiguous, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.direct_replies._AGAIN_S", (0, 0))
    channel = FakeChannel()
    channel.outcomes["42"] += [outcome] * 6
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        assert await core.inbox.accept(event(1, CRY)) is Receipt.AGAIN
        assert await core.inbox.accept(replace(event(1, CRY), is_last=True)) is Receipt.TAKEN
        await core.inbox.finish()
    with sqlite_engine.connect() as connection:
        assert counted(connection, "card_unreachable", today(), today()) == 1


async def test_who_can_be_told_nothing_in_private_gets_a_neutral_hint_in_the_group(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    channel.outcomes["42"].append(Permanent(reason="forbidden", unreachable=True))
    one = event(1, CRY, in_group=True)
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        await core.inbox.accept(replace(one, message=replace(one.message, chat="-100")))
    assert channel.texts_to("42") == [] and len(channel.texts_to("-100")) == 1


async def test_a_number_picks_from_a_card_only_right_after_it(sqlite_engine: Engine) -> None:
    heard: list[str | None] = []

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        heard.append(message.action)
        return []

    card = Reply(text="thẻ", buttons=(Button(label="Tỉnh", action="help:provinces"),), sensitive=True)
    async with running_core(sqlite_engine, {"telegram": FakeChannel(buttons=0)}, handle=handle) as core:
        await core.inbox.direct.say(event(1, "mở lại"), card)
        for number, text_said in enumerate(("1", "xin chào", "1"), start=2):
            await core.inbox.accept(event(number, text_said))
            await settled(core, sqlite_engine)
    assert heard == ["help:provinces", None, None]


async def test_what_one_person_sends_too_much_is_counted_in_few_writes_and_told_once(sqlite_engine: Engine) -> None:
    async with running_core(sqlite_engine, {"telegram": FakeChannel()}, work=False, per_minute=1) as core:
        for number in range(60):
            await core.inbox.accept(event(number, "chào"))
        assert len(core.inbox._background) < 5
        await core.inbox.finish()
    with sqlite_engine.connect() as connection:
        assert counted(connection, "limited", today(), today()) == 59
        assert len(connection.scalars(select(outbox.c.payload)).all()) == 1


async def test_a_card_to_a_person_who_blocked_us_is_counted_and_not_asked_for_again(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    channel.outcomes["42"].append(Permanent(reason="forbidden", unreachable=True))
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        assert await core.inbox.accept(event(1, CRY)) is Receipt.TAKEN
        await core.inbox.finish()
    with sqlite_engine.connect() as connection:
        assert counted(connection, "card_unreachable", today(), today()) == 1


async def test_a_card_slower_than_the_platform_waits_is_sent_once(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    channel.delay_s = 2.0
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        assert await core.inbox.accept(event(1, CRY)) is Receipt.AGAIN
        assert await core.inbox.accept(event(1, CRY)) is Receipt.TAKEN
    assert channel.texts_to("42") == ["Gọi 113 ngay."]


async def test_a_plea_in_three_bubbles_erases_the_ones_before_from_every_byte_of_the_store(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        for number, bubble in enumerate(["mưa biếc thiên", "thanh kêu", "cứu"]):
            assert await core.inbox.accept(event(number, bubble)) is Receipt.TAKEN
            await asyncio.sleep(0.15)
        await core.inbox.finish()
        assert "Gọi 113 ngay." in channel.texts_to("42")
        await core.inbox.accept(event(0, "mưa biếc thiên"))
        await asyncio.sleep(0.2)
        assert everything_stored(sqlite_engine) == ""
        files = every_byte(tmp_path)
        assert "mưa biếc".encode() not in files


@pytest.mark.postgres
async def test_a_plea_in_bubbles_that_two_processes_took_in_turn_is_seen(tmp_path: Path) -> None:
    channel = FakeChannel()
    async with contextlib.AsyncExitStack() as stack:
        engine = stack.enter_context(fresh_database("postgresql", tmp_path))
        one, other = [
            await stack.enter_async_context(running_core(engine, {"telegram": channel}, work=False)) for _ in range(2)
        ]
        for number, (core, bubble) in enumerate([(one, "thiên"), (other, "thanh kêu"), (one, "cứu")]):
            assert await core.inbox.accept(event(number, bubble)) is Receipt.TAKEN
    assert channel.texts_to("42") == ["Gọi 113 ngay."]


async def test_a_bubble_still_being_answered_when_the_plea_is_understood_gets_no_answer(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    gate = asyncio.Event()

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        await gate.wait()
        return [Reply(text=f"về {message.text}")]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle) as core:
        await core.inbox.accept(event(1, "thiên thanh"))
        await asyncio.sleep(0.2)
        await core.inbox.accept(event(2, "kêu cứu"))
        await core.inbox.finish()
        gate.set()
        await asyncio.sleep(0.5)
    assert channel.texts_to("42") == ["Gọi 113 ngay."]
    assert everything_stored(sqlite_engine) == ""


async def test_a_bubble_that_still_waits_to_be_written_is_never_written(sqlite_engine: Engine) -> None:
    async with running_core(sqlite_engine, {"telegram": FakeChannel()}, work=False) as core:
        held = threading.Event()
        busy = asyncio.create_task(core.writer.run(lambda _connection: held.wait(5), first=True))
        taken = []
        for one in (event(1, "hỏi", sender="41"), event(2, "em ở xóm trên", sender="42")):
            taken.append(asyncio.create_task(core.inbox.accept(one)))
            await asyncio.sleep(0.01)
        await core.inbox.accept(event(3, CRY, sender="42"))
        await asyncio.sleep(0.01)
        held.set()
        assert await asyncio.gather(*taken) == [Receipt.TAKEN] * 2
        await core.inbox.finish()
        await busy
    with sqlite_engine.connect() as connection:
        assert list(connection.scalars(select(inbox.c.event_id))) == ["41-1"]


async def test_what_is_pressed_under_a_card_is_not_erased_with_what_came_before_it(sqlite_engine: Engine) -> None:
    async with running_core(sqlite_engine, {"telegram": FakeChannel()}, work=False) as core:
        await core.inbox.accept(event(1, "trước"))
        understood = now()
        await core.inbox.accept(event(2, "sau"))
        await core.inbox.erase_recent("telegram", "42", "42", understood)
    with sqlite_engine.connect() as connection:
        assert list(connection.scalars(select(inbox.c.event_id))) == ["42-2"]


async def test_what_a_card_left_open_is_answered_after_it_unstored(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        await core.inbox.accept(event(1, f"{CRY}, và hạn nộp?"))
        await core.inbox.finish()
    assert channel.texts_to("42") == ["Gọi 113 ngay.", "và câu trả lời"]
    assert everything_stored(sqlite_engine) == ""


async def test_a_cry_for_help_in_a_group_is_answered_to_the_person_alone(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    one = event(1, CRY, in_group=True)
    one = replace(one, message=replace(one.message, chat="-100"))
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        await core.inbox.accept(one)
    assert channel.texts_to("42") == ["Gọi 113 ngay."]
    assert channel.texts_to("-100") == []


async def test_a_sensitive_answer_of_a_flow_leaves_no_row(sqlite_engine: Engine) -> None:
    channel = FakeChannel()

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        return [Reply(text="thẻ", sensitive=True, forget=True)]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle) as core:
        await core.inbox.accept(event(1, "mở lại"))
        await channel.waits_for("42", 1)
        await settled(core, sqlite_engine)
    assert channel.texts_to("42") == ["thẻ"]
    assert channel.wiped == ["42"]
    assert everything_stored(sqlite_engine) == ""


async def test_a_card_the_platform_does_not_take_now_is_tried_again_later(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FakeChannel()
    channel.outcomes["42"] += [NotSent(reason="no connection")] * 3

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        return [Reply(text="thẻ", sensitive=True)]

    monkeypatch.setattr("bot.direct_replies._AGAIN_S", (0, 0))
    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle, lease_s=0.1) as core:
        await core.inbox.accept(event(1, "mở lại"))
        assert await channel.waits_for("42", 1) == ["thẻ"]
        await settled(core, sqlite_engine)
    assert everything_stored(sqlite_engine) == ""


async def test_a_turn_with_the_safety_line_enters_no_history(sqlite_engine: Engine) -> None:
    channel = FakeChannel()

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        return [Reply(text="trả lời kèm dòng", ephemeral=True)]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle) as core:
        await core.inbox.accept(event(1, "hỏi"))
        await channel.waits_for("42", 1)
        await settled(core, sqlite_engine)
    with sqlite_engine.connect() as connection:
        assert connection.execute(select(dialogue)).all() == []


async def test_a_follow_up_question_comes_with_what_was_said_before(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    seen: list[list[str]] = []

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        seen.append([f"{turn.role}: {turn.text}" for turn in message.history])
        return [Reply(text=f"về {message.text}")]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle) as core:
        for number, words in enumerate(["hội phụ nữ", "còn tư pháp?"]):
            await core.inbox.accept(event(number, words))
            await channel.waits_for("42", number + 1)
            await settled(core, sqlite_engine)
    assert seen[0] == []
    assert seen[1][0] == "user: hội phụ nữ"
    assert seen[1][1].startswith("bot: về hội phụ nữ")


async def test_the_first_answer_says_once_what_is_kept(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        for number in range(2):
            await core.inbox.accept(event(number, "chào"))
            await channel.waits_for("42", number + 1)
            await settled(core, sqlite_engine)
    first, second = channel.texts_to("42")
    assert "30 ngày" in first and "/xoadulieu" in first
    assert second == "Đã nghe: chào"


async def test_staff_who_were_told_on_joining_are_not_told_again_what_is_kept(sqlite_engine: Engine) -> None:
    with sqlite_engine.begin() as connection:
        code = create_invite(connection, PersonRole.OFFICIAL, "Phòng Nội vụ", "Hòn Tre", now())
        assert redeem_code(connection, code, "telegram", "42", chat_id="42", now=now())
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        await core.inbox.accept(event(1, "chào"))
        assert await channel.waits_for("42", 1) == ["Đã nghe: chào"]


async def test_a_number_stands_for_the_choice_under_the_last_message(sqlite_engine: Engine) -> None:
    channel = FakeChannel(buttons=0)
    heard: list[tuple[str | None, str]] = []

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        heard.append((message.action, message.text))
        return [Reply(text="Chọn", buttons=(Button(label="Xã A"), Button(label="Đã nộp", action="done:7")))]

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle) as core:
        for number, words in enumerate(["hỏi", "1", "2", "9"]):
            await core.inbox.accept(event(number, words))
            await channel.waits_for("42", number + 1)
            await settled(core, sqlite_engine)
    assert "1. Xã A\n2. Đã nộp" in channel.texts_to("42")[0]
    assert heard == [(None, "hỏi"), (None, "Xã A"), ("done:7", "Đã nộp")]
    assert "chỉ có 2 lựa chọn" in channel.texts_to("42")[3]


async def test_a_press_on_a_choice_no_longer_kept_is_told_so(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        await core.inbox.accept(event(1, "", action="pick:99:1", content=Content.ACTION))
        assert (await channel.waits_for("42", 1))[0].startswith("Lựa chọn này đã cũ")


async def test_a_handler_that_breaks_gets_an_apology_sent_and_no_words_logged(
    sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    channel = FakeChannel()

    async def handle(message: IncomingMessage) -> Sequence[Reply]:
        raise RuntimeError(message.text)

    async with running_core(sqlite_engine, {"telegram": channel}, handle=handle) as core:
        await core.inbox.accept(event(1, "bí mật riêng"))
        (apology,) = await channel.waits_for("42", 1)
    assert "Xin lỗi" in apology
    assert "bí mật" not in caplog.text


async def test_pictures_and_unknown_things_get_a_kind_word(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        await core.inbox.accept(event(1, "", content=Content.MEDIA))
        (answer,) = await channel.waits_for("42", 1)
    assert "tin nhắn chữ" in answer


async def test_an_event_that_breaks_the_process_again_and_again_is_given_up_with_an_apology(
    sqlite_engine: Engine,
) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}, work=False) as core:
        await core.inbox.accept(event(1, "hỏi"))
    with sqlite_engine.begin() as connection:
        connection.execute(inbox.update().values(attempt=5))
    async with running_core(sqlite_engine, {"telegram": channel}):
        (answer,) = await channel.waits_for("42", 1)
    assert "Xin lỗi" in answer and "hỏi" not in everything_stored(sqlite_engine)
    with sqlite_engine.connect() as connection:
        assert connection.scalar(select(inbox.c.state)) == "dead"


async def test_an_event_that_cannot_be_read_is_set_aside_and_stops_nobody(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}, work=False) as core:
        await core.inbox.accept(event(1, "hỏi", sender="41"))
        await core.inbox.accept(event(2, "hỏi", sender="42"))
    with sqlite_engine.begin() as connection:
        broken = inbox.update().where(inbox.c.lane.contains("41"))
        assert connection.execute(broken.values(payload='{"kept": "otherwise"}')).rowcount == 1
    async with running_core(sqlite_engine, {"telegram": channel}):
        assert len(await channel.waits_for("42", 1)) == 1
    with sqlite_engine.connect() as connection:
        assert connection.scalar(select(inbox.c.state).where(inbox.c.lane.contains("41"))) == "dead"


async def test_what_was_taken_before_a_stop_is_answered_after_the_start(engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(engine, {"telegram": channel}, work=False) as core:
        for number in range(20):
            await core.inbox.accept(event(number, str(number), sender=str(number)))
    async with running_core(engine, {"telegram": channel}):
        for number in range(20):
            assert len(await channel.waits_for(str(number), 1)) == 1


async def test_news_that_a_chat_moved_is_followed(sqlite_engine: Engine) -> None:
    channel = FakeChannel()
    async with running_core(sqlite_engine, {"telegram": channel}) as core:
        moved = replace(event(1, "", sender="-5"), notice=Notice(kind="migrated", new_chat="-1005"))
        assert await core.inbox.accept(moved) is Receipt.TAKEN
        await settled(core, sqlite_engine)
    assert channel.sent == []
