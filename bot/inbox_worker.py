"""Answers stored events: in order for each person, different people concurrently."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import Connection

from bot.channels.base import COLLEAGUE_TALKS, Channel, InboundEvent, NotSent
from bot.channels.rendering import picked, resolve
from bot.inbox import Inbox
from bot.rounds import every
from bot.storage.counters import count
from bot.storage.dialects import LEASE_S
from bot.storage.dialogues import FOLLOW_UP, find_choices, history, is_new, remember
from bot.storage.inbox import ClaimedEvent, claim_events, drop_event, finish_event, release_all
from bot.storage.outbox import OutboundDraft, enqueue, others_wrote
from bot.storage.people import find_person, mark_unreachable, touch_identity
from bot.storage.sending import confirm, move_chat
from bot.storage.writer import GroupWriter
from config.texts import load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply, Turn
from handlers.language import spoken_language
from handlers.planning import ZONE
from handlers.ports import Clock, Handle

log = logging.getLogger(__name__)
_TIME_TO_ANSWER_S = 35.0
_ERASE = "/xoadulieu"
"""A reply that names this command already says what is kept."""


@dataclass(kw_only=True, eq=False)
class InboxWorker:
    """Claims stored events, calls the handlers, and commits event and answers to the outbox in one transaction."""

    inbox: Inbox
    writer: GroupWriter
    channels: Mapping[str, Channel]
    handle: Handle
    clock: Clock
    answered: Callable[[], None]
    at_once: int = 16
    lease_s: float = LEASE_S
    tries: int = 5
    """After so many tries without a result (each may have crashed the process) the person gets an apology."""
    _owner: str = field(init=False, default_factory=lambda: secrets.token_hex(8))
    _running: set[asyncio.Task[None]] = field(init=False, default_factory=set)
    _measured: float = field(init=False, default=-1.0)

    async def run(self) -> None:
        """Work until cancelled; unfinished events are released for the next worker."""
        try:
            await every(1.0, self._start_waiting, "reading the inbox", wake=self.inbox.arrived)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            owner = self._owner
            await self.writer.run(lambda connection: release_all(connection, owner))

    async def _start_waiting(self) -> None:
        if time.monotonic() > self._measured + 1:
            await self.inbox.measure()
            self._measured = time.monotonic()
        owner, free, lease_s = self._owner, self.at_once - len(self._running), self.lease_s
        if free <= 0:
            return
        held = await self.writer.run(lambda connection: claim_events(connection, owner, free, lease_s))
        for one in held:
            task = asyncio.create_task(self._turn(one))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self.inbox.arrived.set()

    async def _turn(self, held: ClaimedEvent) -> None:
        event = held.event
        try:
            if event.notice is not None:
                await self.writer.run(lambda connection: self._note(connection, held))
            elif held.attempt > self.tries:
                replies = [self._apology(event.message)]
                await self.writer.run(lambda connection: self._finish(connection, held, event.message, replies, True))
            else:
                await self._converse(held)
        except Exception as fault:
            # The store or the platform failed; the lease runs out and the event is tried again.
            log.error("event %d was left for another try: %s", held.id, type(fault).__name__)
            return
        self.inbox.backlog = max(0, self.inbox.backlog - 1)
        self.answered()

    async def _converse(self, held: ClaimedEvent) -> None:
        event = held.event
        acknowledging = asyncio.create_task(self.channels[event.channel].acknowledge(event))
        choice = picked(event.message)
        turns, entries, new = await self.writer.run(lambda connection: self._look_up(connection, event, choice))
        message, shown = resolve(event.message, entries, choice[1]) if choice else (event.message, None)
        is_unknown = message is event.message
        message = replace(message, history=turns, language=spoken_language(message.text, turns))
        if shown is None and is_unknown and choice and (choice[0] or (choice[1] and entries)):
            name = "old_choice" if choice[0] else "no_such_choice"
            shown = load_texts(message.language).say(f"channels.{name}", count=len(entries))
        if shown is not None:
            replies: Sequence[Reply] = [Reply(text=shown)]
        else:
            replies = await self._replies(message)
        # A pressed button and a command are meant for nobody else.
        for_anybody = event.others and message.action is None and not message.text.startswith("/")
        lately = message.now - COLLEAGUE_TALKS
        asked = partial(others_wrote, channel=event.channel, chat=message.chat, ids=event.others, since=lately)
        if for_anybody and await self.writer.run(asked):
            # A colleague is talking with this person: only what keeps people safe is said in between.
            replies = [reply for reply in replies if reply.sensitive]
        await asyncio.gather(acknowledging, return_exceptions=True)
        if any(reply.sensitive for reply in replies):
            for number, reply in enumerate(replies):
                if isinstance(await self.inbox.direct.say(replace(event, message=message), reply), NotSent | None):
                    if not number:
                        raise ConnectionError("nothing can be said to this person now")
                    break
            await self.writer.run(lambda connection: drop_event(connection, held))
            return
        if new and replies and _ERASE not in replies[-1].text:
            notice = load_texts(message.language).say("channels.kept")
            replies = [*replies[:-1], replace(replies[-1], text=f"{replies[-1].text}\n\n{notice}")]
        await self.writer.run(lambda connection: self._finish(connection, held, message, replies, False))

    async def _replies(self, message: IncomingMessage) -> Sequence[Reply]:
        texts = load_texts(message.language)
        if message.content in (Content.MEDIA, Content.UNKNOWN) and not message.text:
            return [] if message.in_group else [Reply(text=texts.say("channels.only_text"))]
        try:
            async with asyncio.timeout(_TIME_TO_ANSWER_S):
                return await self.handle(message)
        except Exception as fault:
            # The channel boundary: whatever broke, the person gets an apology and the log no words.
            log.error("an event could not be answered: %s", type(fault).__name__)
            return [self._apology(message)]

    def _look_up(
        self, connection: Connection, event: InboundEvent, choice: tuple[int, int] | None
    ) -> tuple[tuple[Turn, ...], tuple[Button, ...], bool]:
        """Return the dialogue so far, the choices offered, and whether the person is new; a group has no history."""
        message, now = event.message, self.clock()
        entries: tuple[Button, ...] = ()
        if choice is not None:
            since = now - FOLLOW_UP
            entries = find_choices(connection, message.channel, message.chat, choice[0] or None, since=since)
        if message.in_group:
            return (), entries, False
        is_stranger = (
            is_new(connection, event.lane) and find_person(connection, message.channel, message.sender) is None
        )
        return history(connection, event.lane, now), entries, is_stranger

    def _finish(
        self, connection: Connection, held: ClaimedEvent, message: IncomingMessage, replies: Sequence[Reply], dead: bool
    ) -> None:
        """Settle the event and queue its answers together; an event erased meanwhile gets no answer."""
        if not finish_event(connection, held, dead=dead):
            return
        now, event = self.clock(), held.event
        for index, reply in enumerate(replies):
            draft = OutboundDraft(
                dedupe_key=f"answer:{event.channel}:{event.event_id}:{index}",
                lane="answer",
                channel=event.channel,
                chat=message.chat,
                reply=reply,
                created_at=now,
                language=message.language,
            )
            enqueue(connection, draft)
        if not message.in_group:
            # What is said in a group opens no private window, and must never move a person's reminders there.
            touch_identity(connection, event.channel, message.sender, message.chat, min(now, message.now))
        if not (dead or message.in_group or any(reply.ephemeral for reply in replies)):
            said = [Turn(role="user", text=message.text), *(Turn(role="bot", text=reply.text) for reply in replies)]
            remember(connection, event.lane, said, now)

    def _note(self, connection: Connection, held: ClaimedEvent) -> None:
        """Apply a notice about a chat: reachable, unreachable, migrated, delivered."""
        event, now = held.event, self.clock()
        notice, chat = event.notice, event.message.chat
        if notice is None or not finish_event(connection, held):
            return
        if notice.kind == "reachable":
            touch_identity(connection, event.channel, event.message.sender, chat, now)
        elif notice.kind == "unreachable":
            mark_unreachable(connection, event.channel, event.message.sender)
        elif notice.kind == "migrated" and notice.new_chat:
            move_chat(connection, event.channel, chat, notice.new_chat)
        elif confirm(connection, event.channel, chat, notice.references, now):
            count(connection, "push_sent", now.astimezone(ZONE).date())

    def _apology(self, message: IncomingMessage) -> Reply:
        return Reply(text=load_texts(message.language).say("fault.answer"), kind="refuse")
