"""Durable out: the worker that sends the outbox's messages, answers before pushes, each at most once if possible."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import Connection

from bot.channels.base import Ambiguous, Channel, NotSent, Outcome, Part, Permanent, Sent
from bot.channels.rendering import render
from bot.pacing import Pacer
from bot.rounds import every
from bot.storage.counters import clear_alarm, count, raise_alarm, release_lock, take_lock
from bot.storage.dialogues import keep_choices
from bot.storage.outbox import Lane, OutboxState, cancel, replies
from bot.storage.people import identities_of, mark_unreachable
from bot.storage.sending import Claim, begin_sending, claim, expire, move_chat, redirect, rescue, settle
from bot.storage.writer import GroupWriter
from config.texts import load_texts
from handlers.domain import Button
from handlers.planning import ZONE
from handlers.ports import Clock

StillWanted = Callable[[Connection, Claim], bool]
"""Asked right before a push is sent; False cancels it (done meanwhile, unsubscribed)."""

log = logging.getLogger(__name__)
_PATIENCE_S = 5.0
_LEADER_S = 20.0
_OFF_S = 300.0


@dataclass(kw_only=True, eq=False)
class OutboxWorker:
    """Sends the outbox's messages over the running channels.

    Several workers may share a database: a lease gives a message to one of them; with `one_sender` only one process
    at a time sends for a channel, so that its pace holds.
    """

    writer: GroupWriter
    channels: Mapping[str, Channel]
    clock: Clock
    still_wanted: StillWanted = lambda _connection, _held: True
    send_timeout_s: float = 15.0
    uncertain_retry_s: float = 120.0
    at_once: Mapping[Lane, int] = field(default_factory=lambda: {"answer": 32, "push": 16})
    one_sender: bool = False
    _owner: str = field(init=False, default_factory=lambda: secrets.token_hex(8))
    _pacer: Pacer = field(init=False, default_factory=Pacer)
    _running: dict[asyncio.Task[None], Claim] = field(init=False, default_factory=dict)
    _wake: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _tidied: float = field(init=False, default=-1.0)

    def wake(self) -> None:
        """Look for due messages now."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; faults of database or platform only delay."""
        try:
            await every(1.0, self._start_due, "reading the outbox", wake=self._wake)
        finally:
            await self.finish()

    async def drain(self) -> int:
        """Send everything that is due now; return how many messages were tried."""
        tried = 0
        while started := await self._start_due():
            tried += started
            await asyncio.gather(*self._running)
        return tried

    async def finish(self) -> None:
        """Wait for running sends, then release the channels."""
        await asyncio.gather(*self._running, return_exceptions=True)
        if self.one_sender:
            for name in self.channels:
                await self.writer.run(partial(release_lock, name=f"send:{name}", owner=self._owner))

    async def _start_due(self) -> int:
        claims = await self.writer.run(partial(self._claim_due, running=[*self._running.values()]))
        for held in claims:
            task = asyncio.create_task(self._send(held))
            self._running[task] = held
            task.add_done_callback(self._ended)
        return len(claims)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._running[task]
        self._wake.set()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("a send broke off: %s", type(fault).__name__)

    def _claim_due(self, connection: Connection, running: Sequence[Claim] = ()) -> list[Claim]:
        """Claim due messages; `running` is a snapshot, as this runs in the writer's thread."""
        now = self.clock()
        today = now.astimezone(ZONE).date()
        busy = [
            name
            for name in self.channels
            if self.one_sender and not take_lock(connection, f"send:{name}", self._owner, _LEADER_S)
        ]
        if time.monotonic() > self._tidied + 1:
            self._tidied = time.monotonic()
            if expired := expire(connection, now):
                count(connection, "expired", today, expired)
            rescue(connection, now, self.uncertain_retry_s, sending=[held.id for held in running])
        found: list[Claim] = []
        for lane, most in self.at_once.items():
            free = most - sum(held.lane == lane for held in running)
            if free > 0:
                found += claim(connection, self._owner, lane, free, now=now, today=today, but=busy)
        return found

    async def _send(self, held: Claim) -> None:
        if (channel := self.channels.get(held.channel)) is None:
            await self._record(held, NotSent(reason="off", retry_after=_OFF_S, held_by="quota"))
            return
        try:
            reply = replies().validate_json(held.payload)
            parts, choices = render(reply, channel.limits, load_texts(held.language), held.id)
        except Exception as fault:
            # Written by another version, or damaged: retrying it for ever would block its chat.
            log.error("message %d cannot be read: %s", held.id, type(fault).__name__)
            await self._record(held, Permanent(reason="unreadable"))
            return
        for part in parts[held.parts_done :]:
            is_last = held.parts_done + 1 == len(parts)
            outcome = await self._send_part(held, channel, part, choices if is_last else ())
            if outcome is not None:
                await self._record(held, outcome, is_last=is_last)
            if not isinstance(outcome, Sent):
                return
            held = replace(held, parts_done=held.parts_done + 1)
        self.wake()

    async def _send_part(self, held: Claim, channel: Channel, part: Part, choices: Sequence[Button]) -> Outcome | None:
        """Send one part and return its outcome; None when the message was withdrawn."""
        wait = self._pacer.book(channel, held.chat, held.lane, patience_s=_PATIENCE_S)
        if wait > _PATIENCE_S:
            return NotSent(reason="paced", retry_after=wait)
        await asyncio.sleep(wait)
        await self._pacer.turn(channel, "begin")
        if not await self.writer.run(partial(self._begin, held=held, choices=choices)):
            return None
        # Commits take differing times: without this, calls bunch up and exceed the platform's limit.
        await self._pacer.turn(channel, "call")
        named = replace(
            part, is_push=held.lane == "push", key=held.dedupe_key, reference=held.reference, last_day=held.last_day
        )
        try:
            async with asyncio.timeout(self.send_timeout_s + 5):
                outcome = await channel.send(held.chat, named)
        except TimeoutError:
            return Ambiguous(reason="timeout")
        except Exception as fault:
            # The channel boundary: the call had begun, so the message may have been delivered.
            log.error("sending over %s broke: %s", channel.name, type(fault).__name__)
            return Ambiguous(reason=type(fault).__name__)
        if isinstance(outcome, NotSent) and outcome.retry_after and not outcome.alarm and outcome.held_by == "pace":
            self._pacer.pause(channel, held.chat, outcome.retry_after)
        return outcome

    def _begin(self, connection: Connection, held: Claim, choices: Sequence[Button]) -> bool:
        """Commit the state `sending` before the call, unless the message is no longer wanted."""
        if held.lane == "push" and not self.still_wanted(connection, held):
            cancel(connection, held.dedupe_key)
            return False
        if not begin_sending(connection, held):
            return False
        if choices:
            keep_choices(connection, held.id, held.channel, held.chat, choices, now=self.clock())
        return True

    async def _record(self, held: Claim, outcome: Outcome, *, is_last: bool = True) -> None:
        """Store the outcome of a call, retrying until the database is there."""
        wait_s = 0.5
        while True:
            try:
                await self.writer.run(lambda connection: self._settle(connection, held, outcome, is_last))
                return
            except Exception as fault:
                log.warning("an outcome waits for the database: %s", type(fault).__name__)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, 5.0)

    def _settle(self, connection: Connection, held: Claim, outcome: Outcome, is_last: bool) -> None:
        now = self.clock()
        if isinstance(outcome, NotSent | Permanent) and outcome.alarm:
            raise_alarm(connection, "refused", held.channel, outcome.reason, now)
        elif isinstance(outcome, Sent):
            clear_alarm(connection, "refused", held.channel)
        refused = outcome
        if isinstance(outcome, NotSent) and (outcome.alarm or outcome.held_by == "quota"):
            refused = Permanent(reason=outcome.reason)
        if isinstance(refused, Permanent) and self._sent_elsewhere(connection, held, refused):
            return
        state = settle(connection, held, outcome, now, retry_s=self.uncertain_retry_s, is_last=is_last)
        if state in (OutboxState.SENT, OutboxState.FAILED, OutboxState.UNCERTAIN):
            count(connection, f"{held.lane}_{state}", now.astimezone(ZONE).date())

    def _sent_elsewhere(self, connection: Connection, held: Claim, outcome: Permanent) -> bool:
        """Redirect the message to the moved chat or the person's other channel; False if there is none."""
        if outcome.migrate_to is not None:
            move_chat(connection, held.channel, held.chat, outcome.migrate_to)
            return redirect(connection, held, held.channel, outcome.migrate_to)
        if outcome.unreachable:
            mark_unreachable(connection, held.channel, held.chat)
        if held.lane != "push" or held.person_id is None or held.parts_done:
            return False
        fresh = self.channels.keys() - {*held.tried.split(), held.channel}
        accounts = identities_of(connection, held.person_id)
        other = next((one for one in accounts if one.reachable and one.channel in fresh), None)
        return other is not None and redirect(connection, held, other.channel, other.chat_id)
