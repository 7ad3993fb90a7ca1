"""The worker of the outbox when a row, a commit, a clock or a whole channel is not what it should be."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from bot.channels.base import Ambiguous, Channel, NotSent, Outcome, Part
from bot.messaging import Messaging
from bot.scheduler import ReminderEngine
from bot.storage.outbox import OutboundDraft, OutboxState, enqueue, outbox
from bot.storage.people import create_invite, identities, redeem_code
from config.referrals import load_directory
from config.settings import Settings
from handlers.dispatcher import Dispatcher
from handlers.domain import Reply
from handlers.people import PersonRole
from handlers.planning import ReminderRules
from handlers.referral import ReferralDesk
from tests.support.assistant import now, running_core
from tests.support.databases import fresh_database
from tests.support.fake_channel import FakeChannel
from tests.support.outbox_rows import record


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path) as opened:
        yield opened


def put(engine: Engine, key: str, *, chat: str = "42", at: datetime | None = None, person: int | None = None) -> None:
    moment = at or now()
    draft = OutboundDraft(
        dedupe_key=key, channel="telegram", chat=chat, reply=Reply(text=key), created_at=moment, person_id=person
    )
    with engine.begin() as connection:
        enqueue(connection, draft)


async def reaches(engine: Engine, key: str, state: OutboxState) -> None:
    for _ in range(500):
        with engine.connect() as connection:
            found = record(connection, key)
        if found is not None and found.state == state:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{key} is {found and found.state}, not {state}")


async def test_a_message_that_cannot_be_read_fails_visibly_and_stops_nobody(engine: Engine) -> None:
    put(engine, "torn")
    put(engine, "after")
    with engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.dedupe_key == "torn").values(payload='{"words": 1}'))
    channel = FakeChannel()
    async with running_core(engine, {"telegram": channel}):
        assert await channel.waits_for("42", 1) == ["after"]
        await reaches(engine, "torn", OutboxState.FAILED)


async def test_a_message_begun_by_a_commit_nobody_heard_of_is_called_uncertain(engine: Engine) -> None:
    channel = FakeChannel()
    put(engine, "begun")
    put(engine, "after")
    async with running_core(engine, {"telegram": channel}, work=False) as core:
        (held, *_) = await core.writer.run(core.outbox._claim_due)
        with engine.begin() as connection:
            begun = {"state": OutboxState.SENDING, "lease_until": 1}
            connection.execute(update(outbox).where(outbox.c.id == held.id).values(begun))
        core.outbox._tidied = -1.0
        await core.outbox.drain()
        await reaches(engine, "begun", OutboxState.UNCERTAIN)
        assert channel.texts_to("42") == ["after"]


async def test_what_a_copy_with_a_fast_clock_wrote_is_sent_at_once(engine: Engine) -> None:
    channel = FakeChannel()
    put(engine, "ahead", at=now() + timedelta(hours=1))
    async with running_core(engine, {"telegram": channel}):
        assert await channel.waits_for("42", 1, patience_s=3) == ["ahead"]


class Refused(FakeChannel):
    """A platform that no longer knows the token."""

    async def send(self, chat: str, part: Part) -> Outcome:
        return NotSent(reason="token refused", retry_after=300.0, alarm=True)


@pytest.mark.parametrize("is_configured", [True, False])
async def test_a_push_over_a_channel_that_is_off_goes_over_the_persons_other_one(
    engine: Engine, is_configured: bool
) -> None:
    with engine.begin() as connection:
        code = create_invite(connection, PersonRole.OFFICIAL, "Phòng Nội vụ", "Hòn Tre", now())
        person = redeem_code(connection, code, "telegram", "42", chat_id="42", now=now())
        assert person is not None
        other = {"channel": "zalo_bot", "channel_user_id": "z1", "person_id": person.id, "chat_id": "z1"}
        connection.execute(insert(identities).values(**other, last_interaction_at=now(), reachable=True))
    put(engine, "17-1", person=person.id)
    zalo = FakeChannel("zalo_bot")
    channels: dict[str, Channel] = {"zalo_bot": zalo, **({"telegram": Refused()} if is_configured else {})}
    async with running_core(engine, channels):
        assert await zalo.waits_for("z1", 1) == ["17-1"]
        await reaches(engine, "17-1", OutboxState.SENT)


class Closing(FakeChannel):
    """One whose calls break off as soon as it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.is_closed = asyncio.Event(), False

    async def stop(self) -> None:
        self.is_closed = True

    async def send(self, chat: str, part: Part) -> Outcome:
        self.begun.set()
        await asyncio.sleep(0.05)
        return Ambiguous(reason="closed") if self.is_closed else await super().send(chat, part)


async def test_at_an_ordinary_stop_a_send_ends_before_its_connection_is_closed(engine: Engine) -> None:
    dispatcher = Dispatcher(desk=ReferralDesk(directory=load_directory()), flows=(), guard=lambda text, _: text)
    reminders = ReminderEngine(engine, ReminderRules(), now)
    messaging = Messaging(
        settings=Settings(_env_file=None), engine=engine, dispatcher=dispatcher, reminders=reminders, clock=now
    )
    messaging.channels["telegram"] = channel = Closing()
    put(engine, "last")
    async with messaging.running():
        await channel.begun.wait()
    await reaches(engine, "last", OutboxState.SENT)
