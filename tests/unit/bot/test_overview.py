"""Admins see alarms and messages in doubt in the chat, and alarms in the morning line."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.reminder_asked import Desk
from bot.reminder_desk import take_command
from bot.storage.counters import raise_alarm
from bot.storage.outbox import OutboundDraft, OutboxState, enqueue, outbox
from handlers.domain import Reply
from handlers.people import PersonRole
from tests.support.office import Office, message, open_office

MONDAY = datetime(2023, 11, 6, 1, 30, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, MONDAY) as opened:
        opened.join("quantri", "Văn phòng", PersonRole.ADMIN)
        opened.join("an", "Phòng Tư pháp")
        yield opened


async def ask(office: Office, text: str, *, sender: str = "quantri", action: str | None = None) -> str:
    return (await asyncio.to_thread(office.say, sender, text, action))[0].text


async def test_an_alarm_is_seen_in_the_chat_and_in_the_morning(office: Office) -> None:
    assert "Không có cảnh báo" in await ask(office, "/tinhtrang")
    assert "thẻ hỗ trợ đã gửi <5" in await ask(office, "/tinhtrang")
    with office.engine.begin() as connection:
        raise_alarm(connection, "refused", "zalo_oa", "error -211", office.now)
    assert "zalo_oa" in await ask(office, "/tinhtrang") and "-211" in await ask(office, "/tinhtrang")
    (line,) = [reply.text for chat, reply in office.tick_at(MONDAY) if chat == "quantri"]
    assert "zalo_oa" in line and "-211" in line


async def test_messages_in_doubt_are_counted_and_named(office: Office) -> None:
    draft = OutboundDraft(
        dedupe_key="a", channel="zalo_bot", chat="c", reply=Reply(text="x"), created_at=office.now, lane="answer"
    )
    with office.engine.begin() as connection:
        number = enqueue(connection, draft)
        connection.execute(update(outbox).values(state=OutboxState.UNCERTAIN))
    assert f"chưa chắc đã tới: 1 (zalo_bot #{number})" in await ask(office, "/tinhtrang")


async def test_only_an_admin_in_private_is_shown_anything(office: Office) -> None:
    assert "quản trị viên" in await ask(office, "/tinhtrang", sender="an")
    assert "mã của quản trị viên" in await ask(office, "/tinhtrang", sender="la")
    in_group = message("/tinhtrang", sender="quantri", now=office.now, in_group=True)
    replies = await take_command(in_group, desk=Desk(reminders=office.reminders))
    assert [reply.text for reply in replies or []] == ["Xin nhắn riêng cho tôi để xem việc của anh/chị."]
