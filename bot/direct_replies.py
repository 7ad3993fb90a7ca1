"""Sensitive replies, sent directly: nothing of them passes through the outbox or any other table."""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from bot.channels.base import Ambiguous, Channel, InboundEvent, Outcome, Permanent, Sent, keep
from bot.channels.rendering import picked, render, resolve
from config.texts import Texts, load_texts
from handlers.domain import Button, Reply
from handlers.language import spoken_language

log = logging.getLogger(__name__)
_REMEMBERED = 20_000
_AGAIN_S = (0.5, 2.0, 5.0, 15.0)
"""Waits before the next try to send a reply."""


class DirectReplies:
    """Sends cards and what belongs to them, with retries, and remembers in memory the choices under the last one."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._offers: OrderedDict[tuple[str, str], tuple[Button, ...]] = OrderedDict()
        self._is_ending = asyncio.Event()

    async def say(self, event: InboundEvent, reply: Reply, *, insist: bool = False) -> Outcome | None:
        """Send a sensitive reply directly, in private, with retries; nothing is stored. Returns the last outcome.

        After an ambiguous outcome it is sent again once if `insist`. If the person cannot be reached in private,
        the group gets a neutral hint where to ask.
        """
        texts = load_texts(spoken_language(event.message.text, event.message.history))
        outcome, unsure = await self._try(event, reply, texts), 0
        for wait_s in _AGAIN_S:
            unsure += isinstance(outcome, Ambiguous)
            if isinstance(outcome, Sent | Permanent) or unsure > insist or self._is_ending.is_set():
                break
            # A redelivery meanwhile waits for this result; but not every platform redelivers.
            await self.pause(wait_s)
            outcome = await self._try(event, reply, texts)
        if isinstance(outcome, Permanent) and event.message.in_group:
            hint = Reply(text=texts.say("referral.group_hint"), sensitive=True, ephemeral=True)
            await self._try(event, hint, texts, in_group=True)
        return outcome

    async def _try(self, event: InboundEvent, reply: Reply, texts: Texts, *, in_group: bool = False) -> Outcome | None:
        """Send a reply once; None when the channel raised an unexpected fault."""
        channel = self._channels[event.channel]
        chat = event.message.sender if event.message.in_group and not in_group else event.message.chat
        try:
            parts, entries = render(reply, channel.limits, texts, 0)
            keep(self._offers, (event.channel, chat), entries, _REMEMBERED)
            if reply.forget:
                await channel.wipe(event)
            outcome: Outcome | None = None
            for part in parts:
                outcome = await channel.send(chat, part)
                if not isinstance(outcome, Sent):
                    break
            return outcome
        except Exception as fault:
            log.error("a sensitive reply could not be sent: %s", type(fault).__name__)
            return None

    def with_choice(self, event: InboundEvent) -> InboundEvent:
        """Return the event with a choice under the last sensitive reply resolved."""
        entries = self._offers.get((event.channel, event.message.chat))
        choice = picked(event.message) if entries else None
        if not entries or choice is None or choice[0]:
            return event
        return replace(event, message=resolve(event.message, entries, choice[1])[0])

    def forget_choices(self, event: InboundEvent) -> None:
        """Withdraw the choices: they are valid for the next message only, later somebody else may hold the phone."""
        self._offers.pop((event.channel, event.message.chat), None)

    async def pause(self, wait_s: float) -> None:
        """Wait, or until the end is announced."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._is_ending.wait()

    def end(self) -> None:
        """Give up pending retries."""
        self._is_ending.set()
