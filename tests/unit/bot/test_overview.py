"""Admins see alarms in the chat and in the morning line, and may hold all pushes back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.morning import Overview
from bot.outbox import OutboxWorker
from bot.storage.counters import raise_alarm
from bot.storage.outbox import OutboundDraft, enqueue
from bot.storage.writer import GroupWriter
from handlers.domain import Reply
from handlers.people import PersonRole
from tests.support.assistant import now
from tests.support.fake_channel import FakeChannel
from tests.support.office import Office, message, open_office

MONDAY = datetime(2023, 11, 6, 1, 30, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, MONDAY) as opened:
        opened.join("quantri", "Văn phòng", PersonRole.ADMIN)
        opened.join("an", "Phòng Tư pháp")
        yield opened


async def ask(office: Office, text: str, *, sender: str = "quantri", action: str | None = None) -> str:
    replies = await Overview(office.engine)(message(text, sender=sender, now=now(), action=action))
    return "" if replies is None else replies[0].text


async def test_an_alarm_is_seen_in_the_chat_and_in_the_morning(office: Office) -> None:
    assert "Không có cảnh báo" in await ask(office, "/tinhtrang")
    assert "thẻ hỗ trợ đã gửi <5" in await ask(office, "/tinhtrang")
    with office.engine.begin() as connection:
        raise_alarm(connection, "refused", "zalo_oa", "error -211", office.now)
    assert "zalo_oa" in await ask(office, "/tinhtrang") and "-211" in await ask(office, "/tinhtrang")
    (line,) = [reply.text for chat, reply in office.tick_at(MONDAY) if chat == "quantri"]
    assert "zalo_oa" in line and "-211" in line


@pytest.mark.parametrize("text", ["/tinhtrang", "/tamdung", "/tieptuc"])
async def test_only_an_admin_in_private_is_shown_anything(office: Office, text: str) -> None:
    assert await ask(office, text, sender="an") == ""
    assert await ask(office, text, sender="la") == ""
    in_group = message(text, sender="quantri", now=now(), in_group=True)
    assert await Overview(office.engine)(in_group) is None


async def test_pushes_wait_while_held_back_and_answers_do_not(office: Office) -> None:
    writer, channel = GroupWriter(office.engine), FakeChannel()
    writer.start()
    worker = OutboxWorker(writer=writer, channels={"telegram": channel}, clock=now)
    assert "tạm dừng" in await ask(office, "/tamdung")
    with office.engine.begin() as connection:
        for lane in ("push", "answer"):
            draft = OutboundDraft(
                dedupe_key=lane,
                lane=lane,
                channel="telegram",
                chat=f"chat-{lane}",
                reply=Reply(text=lane),
                created_at=now(),
                not_before=now(),
                last_day=date(2023, 11, 6),
            )
            enqueue(connection, draft)
    await worker.drain()
    assert [part.text for _, part in channel.sent] == ["answer"]
    assert "tạm dừng" not in await ask(office, "", action="admin:resume")
    await worker.drain()
    assert [part.text for _, part in channel.sent] == ["answer", "push"]
    await writer.stop()
