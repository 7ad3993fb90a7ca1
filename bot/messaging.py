"""The messengers of one process: channels, durable in and out, reminders; started and stopped as one."""

import asyncio
import contextlib
import itertools
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Connection, Engine
from starlette.types import ASGIApp

from bot.calendar_feed import calendar_router
from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOaChannel
from bot.inbox import Inbox
from bot.inbox_worker import InboxWorker
from bot.outbox import OutboxWorker
from bot.rounds import every
from bot.scheduler import ReminderEngine
from bot.storage.counters import clear_alarm, count, counted, open_alarms, raise_alarm, take_lock
from bot.storage.erasure import forget_old
from bot.storage.writer import GroupWriter
from bot.webhooks import WebhookDoor, WebhookSource
from config.settings import Settings, secret_of
from config.texts import load_texts
from handlers.dispatcher import Dispatcher
from handlers.planning import ZONE
from handlers.ports import Clock
from handlers.working_days import WorkingCalendar

_TICK_S = 5.0
_MINUTE_S = 60.0
_PURGE_EVERY = 60
_POLLING_TURN_S = 45.0
_LATE_RETRIES = 2
_SILENT_AT, _USUAL_DAYS, _USUAL_EVENTS = time(13, 30), 5, 5
"""A webhook is silent if a working day brought nothing by this hour, and each of the days before this many events."""


def configured_channels(
    settings: Settings, writer: GroupWriter, clock: Clock
) -> tuple[dict[str, Channel], tuple[WebhookSource, ...]]:
    """Return the channels whose tokens are set, and those of them that platforms call."""
    channels: dict[str, Channel] = {}
    webhooks: list[WebhookSource] = []
    texts = load_texts("vi")
    kinds: tuple[type[TelegramChannel | ZaloBotChannel], ...] = (TelegramChannel, ZaloBotChannel)
    for kind in kinds:
        if secret_of(getattr(settings, kind.token_setting.lower())):
            may_poll = _take_turns(writer, f"poll:{kind.name}")
            channels[kind.name] = listener = kind(settings, texts=texts, clock=clock, may_poll=may_poll)
            webhooks += [listener] if listener.is_called else []
    if settings.zalo_oa_webhook_secret or settings.zalo_oa_access_token or settings.zalo_oa_refresh_token:
        channels["zalo_oa"] = account = ZaloOaChannel(settings, engine=writer.engine, texts=texts, clock=clock)
        webhooks.append(account.events)
    return channels, tuple(webhooks)


def _take_turns(writer: GroupWriter, name: str) -> Callable[[], Awaitable[bool]] | None:
    """Return the lock that lets one of several processes on PostgreSQL poll; platforms allow no two pollers."""
    if writer.engine.dialect.name == "sqlite":
        return None
    owner = secrets.token_hex(8)
    return lambda: writer.run(lambda connection: take_lock(connection, name, owner, _POLLING_TURN_S))


def open_outbox(
    settings: Settings, reminders: ReminderEngine, *, writer: GroupWriter, channels: Mapping[str, Channel]
) -> OutboxWorker:
    """Return the sending worker, for the server and for `remind deliver`."""
    return OutboxWorker(
        writer=writer,
        channels=channels,
        clock=reminders.clock,
        still_wanted=reminders.still_wanted,
        send_timeout_s=settings.send_timeout_s,
        uncertain_retry_s=settings.uncertain_retry_s,
        one_sender=writer.engine.dialect.name != "sqlite",
    )


class Messaging:
    """Channels, inbox, outbox and reminders; without a configured channel reminders are only planned."""

    def __init__(
        self, *, settings: Settings, engine: Engine, dispatcher: Dispatcher, reminders: ReminderEngine, clock: Clock
    ) -> None:
        writer = GroupWriter(engine)
        self.channels, self._webhooks = configured_channels(settings, writer, clock)
        shared: dict[str, Any] = {"writer": writer, "channels": self.channels, "clock": clock}
        self._writer = writer
        self._heard = Counter[str]()
        self._problems: dict[tuple[str, str], str | None] = {}
        self._minutes = itertools.count()
        self._reminders = reminders
        self._clock = clock
        self._inbox = Inbox(desk=dispatcher, **shared)
        self._outbox = open_outbox(settings, reminders, writer=writer, channels=self.channels)
        answered = self._outbox.wake
        self._worker = InboxWorker(inbox=self._inbox, handle=dispatcher.handle, answered=answered, **shared)

    def open_to(self, app: FastAPI) -> ASGIApp:
        """Add the calendar feed, and put the webhooks in front of the web application."""
        app.include_router(calendar_router(self._writer.engine, self._clock))
        return WebhookDoor(app, sources=self._webhooks, accept=self._inbox.accept, heard=self._heard)

    def card_shown(self) -> None:
        """Count a card that the web page showed with those the channels sent."""
        self._inbox.count_soon("card_sent")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run all workers during the block; at the end, sends finish before the channels close."""
        remind = partial(asyncio.to_thread, lambda: self._reminders.tick(self._clock()))
        self._writer.start()
        workers = [
            asyncio.create_task(self._outbox.run()),
            asyncio.create_task(self._worker.run()),
            asyncio.create_task(every(_TICK_S, remind, "reminding")),
            asyncio.create_task(every(_MINUTE_S, self._look_after, "looking after the channels")),
        ]
        for channel in self.channels.values():
            await channel.start(self._inbox.accept)
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await self._inbox.finish()
            for channel in self.channels.values():
                await channel.stop()
            await self._inbox.finish()
            await self._writer.stop()

    async def _look_after(self) -> None:
        """Update the alarms, and once an hour delete what its retention time is over for."""
        problems = {("off", name): channel.problem for name, channel in self.channels.items()}
        heard = {one: self._heard.pop(one.path, 0) for one in self._webhooks}
        tell = partial(tell_admins, before=self._problems, heard=heard, calendar=self._reminders.rules.calendar)
        await self._writer.run(partial(tell, problems=problems, now=self._clock()))
        self._problems = problems
        if next(self._minutes) % _PURGE_EVERY == 0:
            await self._writer.run(partial(forget_old, now=self._clock()))


def tell_admins(
    connection: Connection,
    problems: dict[tuple[str, str], str | None],
    before: Mapping[tuple[str, str], str | None],
    *,
    heard: Mapping[WebhookSource, int],
    calendar: WorkingCalendar,
    now: datetime,
) -> None:
    """Add late and silent webhooks to `problems`, by code and channel; raise and clear the alarms that changed.

    `before` is what this process found last: other processes see other problems. `heard` is the number of new events
    by webhook: platforms switch webhooks off without notice.
    """
    told = {(one.code, one.channel) for one in open_alarms(connection)}
    local = now.astimezone(ZONE)
    today = local.date()
    usual_days = [calendar.last_working(today - timedelta(days=1))]
    while len(usual_days) < _USUAL_DAYS:
        usual_days.append(calendar.last_working(usual_days[-1] - timedelta(days=1)))
    for source, number in heard.items():
        name, late, silent = f"webhook {source.path}", ("late_webhook", source.path), ("silent", source.path)
        problems[late] = f"retry {source.latest_retry}" if source.latest_retry >= _LATE_RETRIES else None
        if number:
            count(connection, name, today, number)
        usual = min(counted(connection, name, day, day) for day in usual_days)
        is_expected = usual >= _USUAL_EVENTS and local.time() >= _SILENT_AT and calendar.is_working(today)
        came = counted(connection, name, today, today)
        problems[silent] = str(usual) if not came and (is_expected or silent in told) else None
    for (code, channel), problem in problems.items():
        known = before.get((code, channel), "unknown")
        if problem is None and known is not None:
            clear_alarm(connection, code, channel)
        elif problem is not None and (code, channel) not in told:
            raise_alarm(connection, code, channel, problem, now)
