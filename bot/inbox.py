"""Durable in: a cry for help is answered at once and never stored; every other event is stored, then acknowledged."""

import asyncio
import contextlib
import hashlib
import logging
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.allowance import Allowance
from bot.channels.base import Channel, InboundEvent, Permanent, Receipt, Sent, keep
from bot.direct_replies import DirectReplies
from bot.storage.counters import count
from bot.storage.erasure import empty_log, erase_account, recent_words
from bot.storage.inbox import EventRow, backlog, event_row, store_events, waiting_words
from bot.storage.outbox import OutboundDraft, enqueue
from bot.storage.writer import GroupWriter, WriterBusy
from config.texts import load_texts
from handlers.domain import IncomingMessage, Reply
from handlers.language import spoken_language
from handlers.planning import ZONE
from handlers.ports import Clock

log = logging.getLogger(__name__)
BUBBLES = timedelta(minutes=10)
"""Messages of one person within this span may form one plea; they are erased together."""
_BUBBLES = 4
_BATCH, _GATHERING_S, _IDLE_ROUNDS = 256, 0.003, 3
"""The most events of one commit, and when it waits for no more: after so long, or so many idle rounds of the loop.

A commit costs as much as twenty events, and a request takes two rounds from its arrival to here.
"""
_REMEMBERED = 20_000
_ERASE_AGAIN_S = (0.1, 0.5, 2.0, 10.0, 30.0, 60.0)
"""Waits before the next try to erase a person's recent messages."""
V = TypeVar("V")


class Desk(Protocol):
    """The referral gate; it sees every message before anything is stored."""

    def first_help(self, message: IncomingMessage) -> Reply | None:
        """Return the card a cry for help gets at once; None for every other message."""

    async def after_help(self, message: IncomingMessage) -> Sequence[Reply]:
        """Return what else that message asked for, to be said after the card."""


class Inbox:
    """Accepts verified events: answers a cry for help without storing it, stores everything else."""

    def __init__(
        self,
        *,
        writer: GroupWriter,
        channels: Mapping[str, Channel],
        desk: Desk,
        clock: Clock,
        depth: int = 5_000,
        per_minute: int = 40,
        patience_s: float = 1.5,
    ) -> None:
        self._writer = writer
        self.direct = DirectReplies(channels)
        self._channels = channels
        self._desk = desk
        self._clock = clock
        self._depth = depth
        self._patience_s = patience_s
        self._allowance = Allowance(per_minute=per_minute, burst=per_minute)
        self._told = Allowance(per_minute=1, burst=1)
        self._salt = secrets.token_bytes(16)
        self._helped: OrderedDict[bytes, asyncio.Future[Receipt]] = OrderedDict()
        self._taken: OrderedDict[bytes, None] = OrderedDict()
        self._unwritten: list[tuple[EventRow, asyncio.Future[Receipt]]] = []
        self._is_writing = False
        self._figures = Counter[tuple[str, date]]()
        self._is_alone = writer.engine.dialect.name == "sqlite"
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._background: set[asyncio.Task[Any]] = set()
        self.arrived = asyncio.Event()
        self.backlog = 0

    async def accept(self, event: InboundEvent) -> Receipt:
        """Answer a cry for help, or store the event; TAKEN means that this is done and committed."""
        # In order for each person: a cry for help also erases the messages before it.
        async with self._turn(event.lane):
            receipt = await self._take(self.direct.with_choice(event))
        return receipt if isinstance(receipt, Receipt) else await receipt

    def _turn(self, lane: str) -> contextlib.AbstractAsyncContextManager[Any]:
        """Return the lock that keeps one person's messages in order; none on SQLite, where judging never awaits."""
        return contextlib.nullcontext() if self._is_alone else self._turns.setdefault(lane, asyncio.Lock())

    async def _take(self, event: InboundEvent) -> Receipt | Awaitable[Receipt]:
        """Start to answer or store an event; returns the receipt, or an awaitable of it."""
        mark = self._mark(event.channel, event.event_id)
        if mark in self._helped:
            return self._patiently(self._helped[mark], event)
        if event.notice is None:
            message = await self._with_words(event)
            card = self._desk.first_help(message)
            if card is not None:
                helping = self._spawn(self._help(replace(event, message=message), card, mark))
                keep(self._helped, mark, helping, _REMEMBERED)
                return self._patiently(helping, event)
            self.direct.forget_choices(event)
            # A redelivery by the platform does not count against the person's allowance.
            if mark not in self._taken and not self._allowance.allows(event.lane):
                self._refuse(event)
                return Receipt.TAKEN
            keep(self._taken, mark, None)
        return self._store(event)

    def _refuse(self, event: InboundEvent) -> None:
        """Count a message beyond the allowance; at most once a minute tell the person that it was not read."""
        self.count_soon("limited")
        message = event.message
        if message.in_group or not self._told.allows(event.lane):
            return
        language = spoken_language(message.text, message.history)
        draft = OutboundDraft(
            dedupe_key=f"limited:{event.channel}:{event.event_id}",
            lane="answer",
            channel=event.channel,
            chat=message.chat,
            reply=Reply(text=load_texts(language).say("channels.too_many"), kind="command"),
            created_at=self._clock(),
            language=language,
        )
        self._spawn(self._quietly(self._writer.run(partial(enqueue, draft=draft))))

    async def erase_recent(self, channel: str, sender: str, chat: str, until: datetime) -> None:
        """Erase what a person wrote in the last minutes; the event ids stay known against redelivery."""
        erase = partial(erase_account, channel=channel, sender=sender, chat=chat, since=until - BUBBLES, until=until)
        gone = self._unwrite(f"{channel}:{sender}", until)
        for wait_s in _ERASE_AGAIN_S:
            try:
                gone += await self._writer.run(erase, first=True)
                break
            except (WriterBusy, SQLAlchemyError) as fault:
                log.warning("what came before a card is not erased yet: %s", type(fault).__name__)
                await self.direct.pause(wait_s)
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        done.set_result(Receipt.TAKEN)
        for event_id in gone:
            keep(self._helped, self._mark(channel, event_id), done, _REMEMBERED)
        if not await asyncio.to_thread(empty_log, self._writer.engine):
            log.warning("the write-ahead log stayed busy and could not be emptied")

    def count_soon(self, name: str) -> None:
        """Add one to a figure of today; it is stored with the next measure."""
        self._figures[name, self._clock().astimezone(ZONE).date()] += 1

    async def measure(self) -> None:
        """Store the figures gathered, and read the number of waiting events, which other processes change too."""
        figures, self._figures = self._figures, Counter()
        try:
            if figures:
                await self._writer.run(partial(_count_all, figures=figures))
        except (WriterBusy, SQLAlchemyError):
            self._figures += figures
            raise
        # Counting many takes a while, in which the writer should not wait.
        self.backlog = await asyncio.to_thread(self._waiting)

    def _waiting(self) -> int:
        with self._writer.engine.connect() as connection:
            return backlog(connection)

    async def finish(self) -> None:
        """Wait for background work; pending retries are given up."""
        self.direct.end()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._quietly(self.measure())

    async def _help(self, event: InboundEvent, card: Reply, mark: bytes) -> Receipt:
        message = event.message
        self._spawn(self._quietly(self.erase_recent(message.channel, message.sender, message.chat, self._clock())))
        outcome = await self.direct.say(event, card, insist=True)
        if isinstance(outcome, Permanent):
            self.count_soon("card_unreachable")
            return Receipt.TAKEN
        if not isinstance(outcome, Sent):
            self._helped.pop(mark, None)
            return Receipt.AGAIN
        self.count_soon("card_sent")
        self._spawn(self._quietly(self._say_the_rest(event)))
        return Receipt.TAKEN

    async def _say_the_rest(self, event: InboundEvent) -> None:
        await self._channels[event.channel].acknowledge(event)
        for reply in await self._desk.after_help(event.message):
            await self.direct.say(event, reply)

    async def _patiently(self, helping: asyncio.Future[Receipt], event: InboundEvent) -> Receipt:
        """Wait for a card as long as the platform waits for us; AGAIN when it is not sent by then."""
        receipt = Receipt.AGAIN
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                receipt = await asyncio.shield(helping)
        if receipt is Receipt.AGAIN and event.is_last:
            # The last redelivery: one unreachable person must not make the platform switch the webhook off.
            self.count_soon("card_unreachable")
            return Receipt.TAKEN
        return receipt

    def _store(self, event: InboundEvent) -> Receipt | Awaitable[Receipt]:
        if self.backlog >= self._depth:
            return Receipt.AGAIN
        stored: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._unwritten.append((event_row(event, self._clock()), stored))
        if not self._is_writing:
            self._is_writing = True
            self._spawn(self._write())
        return stored

    async def _write(self) -> None:
        """Commit the waiting events batch by batch. A write that timed out may still succeed."""
        while batch := await self._next_batch():
            rows, receipt = [row for row, _ in batch], Receipt.AGAIN
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._writer.run(partial(store_events, rows=rows), first=True)
                receipt = Receipt.TAKEN
                self.backlog += len(batch)
                self.arrived.set()
            except (TimeoutError, WriterBusy, SQLAlchemyError) as fault:
                log.warning("events could not be stored: %s", type(fault).__name__)
                batch += self._unwritten
                self._unwritten.clear()
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_result(receipt)
        self._is_writing = False

    async def _next_batch(self) -> list[tuple[EventRow, asyncio.Future[Receipt]]]:
        """Take the waiting events, after letting the loop read on for more."""
        end, known, idle = time.monotonic() + _GATHERING_S, 0, 0
        while known < _BATCH and idle < _IDLE_ROUNDS and time.monotonic() < end:
            await asyncio.sleep(0)
            known, idle = len(self._unwritten), 0 if len(self._unwritten) > known else idle + 1
        batch = self._unwritten[:_BATCH]
        del self._unwritten[:_BATCH]
        return batch

    def _unwrite(self, lane: str, until: datetime) -> list[str]:
        """Remove a person's events from the write queue: they would be stored after the erasure. Returns their ids."""

        def is_mine(row: EventRow) -> bool:
            return row.lane == lane and row.received_at <= until

        mine = [one for one in self._unwritten if is_mine(one[0])]
        self._unwritten = [one for one in self._unwritten if not is_mine(one[0])]
        for _, waiting in mine:
            if not waiting.done():
                waiting.set_result(Receipt.TAKEN)
        return [row.event_id for row, _ in mine]

    async def _with_words(self, event: InboundEvent) -> IncomingMessage:
        """Return the message with the person's recent ones, of which other processes may have judged some."""
        if self._is_alone:
            return event.message
        recent = [text for text in await self._recent_words(event.lane) if text != event.message.text]
        return replace(event.message, recent=tuple(recent[-_BUBBLES:]))

    async def _recent_words(self, lane: str) -> list[str]:
        """Return the person's recent stored messages; empty when the store is too slow for the gate to wait."""
        since = self._clock() - BUBBLES

        def read() -> list[str]:
            with self._writer.engine.connect() as connection:
                return [*recent_words(connection, lane, since), *waiting_words(connection, lane)]

        try:
            async with asyncio.timeout(self._patience_s / 2):
                return await asyncio.to_thread(read)
        except (TimeoutError, SQLAlchemyError):
            return []

    def _mark(self, channel: str, event_id: str) -> bytes:
        """Return a salted hash that recognises a redelivered event; the salt is lost with the process."""
        return hashlib.blake2b(f"{channel}:{event_id}".encode(), key=self._salt, digest_size=16).digest()

    def _spawn(self, work: Coroutine[Any, Any, V]) -> "asyncio.Task[V]":
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _quietly(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except Exception as fault:
            # The card stays sent whatever fails after it; the fault's text could hold the person's words.
            log.error("work after an answer failed: %s", type(fault).__name__)


def _count_all(connection: Connection, figures: Mapping[tuple[str, date], int]) -> None:
    for (name, day), number in figures.items():
        count(connection, name, day, number)
