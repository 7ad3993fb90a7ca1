"""What is kept about a person can be seen and erased at once."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.data_rights import answer_data_rights
from bot.storage.dialogues import is_new, remember
from bot.storage.erasure import empty_log, erase_account, forget_old
from bot.storage.outbox import OutboundDraft, enqueue
from bot.storage.people import create_invite, find_person, redeem_code
from handlers.domain import IncomingMessage, Reply, Turn
from handlers.people import PersonRole
from tests.support.assistant import now, running_core
from tests.support.databases import fresh_database
from tests.support.fake_channel import FakeChannel, event


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path) as opened:
        yield opened


def asks(words: str, sender: str = "42", in_group: bool = False) -> IncomingMessage:
    return IncomingMessage(channel="telegram", sender=sender, chat=sender, now=now(), text=words, in_group=in_group)


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_everything_about_a_person_goes_at_once_and_nobody_elses(engine: Engine, tmp_path: Path) -> None:
    channel = FakeChannel()
    async with running_core(engine, {"telegram": channel}) as core:
        for sender in ("42", "43"):
            await core.inbox.accept(event(1, f"điều riêng của {sender}", sender=sender))
            await channel.waits_for(sender, 1)
    with engine.begin() as connection:
        code = create_invite(connection, PersonRole.OFFICIAL, "Phòng Nội vụ", "Hòn Tre", now())
        person = redeem_code(connection, code, "telegram", "42", chat_id="42", now=now())
        assert person is not None
        draft = OutboundDraft(
            dedupe_key="r",
            channel="telegram",
            chat="42",
            person_id=person.id,
            reply=Reply(text="nhắc riêng"),
            created_at=now(),
            not_before=now(),
        )
        enqueue(connection, draft)
    rights = partial(answer_data_rights, engine=engine)
    shown = await rights(asks("/dulieu"))
    assert shown is not None
    assert "Phòng Nội vụ" in shown[0].text
    assert "2 lượt trao đổi" in shown[0].text
    erased = await rights(asks("/xoadulieu"))
    assert erased is not None
    after = await rights(asks("/dulieu"))
    assert after is not None
    assert after[0].text.startswith("Hiện không có")
    with engine.connect() as connection:
        assert find_person(connection, "telegram", "42") is None
        assert not is_new(connection, "telegram:43")
    engine.dispose()
    files = every_byte(tmp_path)
    assert "điều riêng của 42".encode() not in files
    assert "nhắc riêng".encode() not in files
    assert "điều riêng của 43".encode() in files


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ("Tôi muốn xem dữ liệu của tôi", "Hiện không có"),
        ("xem dữ liệu đang được giữ về tôi", "Hiện không có"),
        ("thong tin cua toi", "Hiện không có"),
        ("Xoá hết dữ liệu của tôi đi ạ!", "Đã xóa"),
        ("please delete my data", "Đã xóa"),
    ],
)
async def test_the_rights_are_asked_for_in_ones_own_words(engine: Engine, words: str, begins: str) -> None:
    replies = await answer_data_rights(asks(words), engine=engine)
    assert replies is not None
    assert replies[0].text.startswith(begins)


async def test_other_words_are_left_to_others_and_a_group_is_shown_nothing(engine: Engine) -> None:
    rights = partial(answer_data_rights, engine=engine)
    for other in ("dữ liệu dân số?", "xóa dữ liệu của tôi thế nào", "thông tin về em gái", "ai xem dữ liệu của tôi"):
        assert await rights(asks(other)) is None
    in_group = await rights(asks("/xoadulieu", in_group=True))
    assert in_group is not None
    assert in_group[0].text.startswith("Xin nhắn riêng")


def test_words_go_after_thirty_days(engine: Engine) -> None:
    with engine.begin() as connection:
        remember(connection, "telegram:42", [Turn(role="user", text="cũ")], now() - timedelta(days=31))
        remember(connection, "telegram:42", [Turn(role="user", text="mới")], now() - timedelta(days=29))
        assert forget_old(connection, now()) == 1
        kept = connection.execute(text("SELECT text FROM dialogue")).scalars().all()
    assert kept == ["mới"]


def test_forgetting_the_last_minutes_of_a_chat_takes_no_reminder_back(engine: Engine) -> None:
    said = {"channel": "telegram", "chat": "42", "reply": Reply(text="x"), "created_at": now()}
    with engine.begin() as connection:
        for lane in ("answer", "push"):
            enqueue(connection, OutboundDraft(dedupe_key=lane, lane=lane, **said))  # type: ignore[arg-type]
        erase_account(connection, "telegram", "42", "42", since=now() - timedelta(minutes=10), until=now())
        assert connection.execute(text("SELECT dedupe_key FROM outbox")).scalars().all() == ["push"]
        erase_account(connection, "telegram", "42", "42")
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0


def test_emptying_the_log_waits_for_a_reader_without_holding_writers_up(engine: Engine) -> None:
    emptied: list[bool] = []
    emptying = threading.Thread(target=lambda: emptied.append(empty_log(engine)))
    with engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        is_new(reader, "telegram:42")
        for number in range(2):
            with engine.begin() as connection:
                remember(connection, "telegram:42", [Turn(role="user", text=f"chào {number}")], now())
            if number == 0:
                emptying.start()
        assert emptying.is_alive(), "the write was committed while the log could not be emptied"
        reader.rollback()
    emptying.join()
    assert emptied == [True]
