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
"""A webhook is silent when a working day brought nothing by this hour, and each of so many before at least so much."""


def configured_channels(
    settings: Settings, engine: Engine, writer: GroupWriter, clock: Clock
) -> tuple[dict[str, Channel], tuple[WebhookSource, ...]]:
    """Return the channels whose tokens are set, and those of them that platforms call."""
    channels: dict[str, Channel] = {}
    webhooks: list[WebhookSource] = []
    texts = load_texts("vi")
    kinds: tuple[type[TelegramChannel | ZaloBotChannel], ...] = (TelegramChannel, ZaloBotChannel)
    for kind in kinds:
        given = {name: getattr(settings, f"{kind.setting.lower()}_{name}") for name in ("api_url", "mode")}
        if token := secret_of(getattr(settings, kind.token_setting.lower())):
            channels[kind.name] = listener = kind(
                token=token,
                texts=texts,
                clock=clock,
                public_url=settings.public_url,
                webhook_secret=secret_of(getattr(settings, f"{kind.setting.lower()}_webhook_secret")),
                may_poll=_take_turns(writer, f"poll:{kind.name}"),
                send_timeout_s=settings.send_timeout_s,
                **given,
            )
            webhooks += [listener] if given["mode"] == "webhook" else []
    if settings.zalo_oa_webhook_secret or settings.zalo_oa_access_token or settings.zalo_oa_refresh_token:
        channels["zalo_oa"] = account = ZaloOaChannel(settings=settings, engine=engine, texts=texts, clock=clock)
        webhooks.append(account.events)
    return channels, tuple(webhooks)


def _take_turns(writer: GroupWriter, name: str) -> Callable[[], Awaitable[bool]] | None:
    """Let one of several processes on PostgreSQL poll: the platforms want no two at once."""
    if writer.engine.dialect.name == "sqlite":
        return None
    owner = secrets.token_hex(8)
    return lambda: writer.run(lambda connection: take_lock(connection, name, owner, _POLLING_TURN_S))


def open_outbox(
    settings: Settings, reminders: ReminderEngine, *, writer: GroupWriter, channels: Mapping[str, Channel]
) -> OutboxWorker:
    """Return the one worker that sends, whether the program serves or takes a single step."""
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
    """Everything that speaks to platforms; without a configured channel only reminders are planned."""

    def __init__(
        self, *, settings: Settings, engine: Engine, dispatcher: Dispatcher, reminders: ReminderEngine, clock: Clock
    ) -> None:
        writer = GroupWriter(engine)
        self.channels, self._webhooks = configured_channels(settings, engine, writer, clock)
        shared: dict[str, Any] = {"writer": writer, "channels": self.channels, "clock": clock}
        self._writer = writer
        self._heard = Counter[str]()
        self._told: dict[tuple[str, str], str | None] = {}
        self._minutes = itertools.count()
        self._reminders = reminders
        self._clock = clock
        self._inbox = Inbox(desk=dispatcher, **shared)
        self._outbox = open_outbox(settings, reminders, writer=writer, channels=self.channels)
        answered = self._outbox.wake
        self._worker = InboxWorker(inbox=self._inbox, handle=dispatcher.handle, answered=answered, **shared)

    def open_to(self, app: FastAPI) -> ASGIApp:
        """Let in the calendars that people subscribed to, and platforms before anything of the web application runs."""
        app.include_router(calendar_router(self._writer.engine, self._clock))
        return WebhookDoor(app, sources=self._webhooks, accept=self._inbox.accept, heard=self._heard)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the block lasts; on the way out what is being sent ends before its connections are closed."""
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
        """Tell admins of what is off, late or silent; forget words, settled messages and receipts after their time."""
        found = {("off", name): channel.problem for name, channel in self.channels.items()}
        found |= {("late_webhook", one.path): lateness(one) for one in self._webhooks}
        heard = {one.path: self._heard.pop(one.path, 0) for one in self._webhooks}
        calendar = self._reminders.rules.calendar
        await self._writer.run(partial(tell_changes, found=found, told=self._told, now=self._clock()))
        self._told = found
        await self._writer.run(partial(watch_webhooks, heard=heard, calendar=calendar, now=self._clock()))
        if next(self._minutes) % _PURGE_EVERY == 0:
            await self._writer.run(partial(forget_old, now=self._clock()))


def lateness(source: WebhookSource) -> str | None:
    """Return how often the platform had to try before its latest event was taken, if that is worth an alarm."""
    return f"retry {source.latest_retry}" if source.latest_retry >= _LATE_RETRIES else None


def tell_changes(
    connection: Connection,
    found: Mapping[tuple[str, str], str | None],
    told: Mapping[tuple[str, str], str | None],
    now: datetime,
) -> None:
    """Raise and clear the alarms of what is wrong now and was not, or no longer is, by code and channel."""
    for (code, channel), problem in found.items():
        if problem is None and told.get((code, channel), "before") is not None:
            clear_alarm(connection, code, channel)
        elif problem is not None and not told.get((code, channel)):
            raise_alarm(connection, code, channel, problem, now)


def watch_webhooks(connection: Connection, heard: Mapping[str, int], calendar: WorkingCalendar, now: datetime) -> None:
    """Count what each webhook brought, and tell admins of one that fell silent: platforms switch them off quietly."""
    local = now.astimezone(ZONE)
    day = today = local.date()
    told = {one.channel for one in open_alarms(connection) if one.code == "silent"}
    for path, number in heard.items():
        name = f"webhook {path}"
        if number:
            count(connection, name, today, number)
            clear_alarm(connection, "silent", path)
        elif local.time() >= _SILENT_AT and calendar.is_working(today) and path not in told:
            usual = []
            for _ in range(_USUAL_DAYS):
                day = calendar.last_working(day - timedelta(days=1))
                usual.append(counted(connection, name, day, day))
            if min(usual) >= _USUAL_EVENTS and not counted(connection, name, today, today):
                raise_alarm(connection, "silent", path, str(min(usual)), now)
