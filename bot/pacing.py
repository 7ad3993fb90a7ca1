"""How fast a platform lets us speak: overall, to one chat, and not at all after it said "too many"."""

import asyncio
import time
from collections.abc import Callable

from bot.channels.base import Channel


class Pacer:
    """Books moments to send at. State is in memory: one process at a time sends for a channel."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[tuple[str, str], float] = {}
        self._next_in_chat: dict[tuple[str, str], float] = {}
        self._paused: dict[tuple[str, str], float] = {}

    def book(self, channel: Channel, chat: str, lane: str, *, patience_s: float) -> float:
        """Return the seconds until this chat may hear from us; beyond patience_s nothing is booked."""
        now = self._clock()
        pauses = [(channel.name, lane), (channel.name, f"chat {chat}")]
        stopped = max(self._paused.get(pause, now) for pause in pauses)
        wait = max(stopped, self._next_in_chat.get((channel.name, chat), now)) - now
        if wait <= patience_s:
            self._next_in_chat[channel.name, chat] = now + wait + channel.chat_interval(chat)
            self._forget(now)
        return wait

    async def turn(self, channel: Channel, step: str) -> None:
        """Wait for the channel's next free moment; each step of a send is spaced apart for itself.

        Who wakes late by less than one space is followed the sooner, so that a busy machine keeps the pace.
        """
        now, space = self._clock(), 1 / channel.limits.per_second
        at = max(now - space, self._next.get((channel.name, step), now))
        self._next[channel.name, step] = at + space
        await asyncio.sleep(at - now)

    def pause(self, channel: Channel, chat: str, seconds: float) -> None:
        """Obey a "too many": pushes stop; answers stop to that chat, and to all once a second chat hears it."""
        now = self._clock()
        until = now + seconds
        others = [pause for pause, end in self._paused.items() if end > now and pause[0] == channel.name]
        named = f"chat {chat}"
        if any(pause[1].startswith("chat ") and pause[1] != named for pause in others):
            self._extend((channel.name, "answer"), until)
        self._extend((channel.name, named), until)
        self._extend((channel.name, "push"), until)

    def _extend(self, pause: tuple[str, str], until: float) -> None:
        self._paused[pause] = max(until, self._paused.get(pause, until))

    def _forget(self, now: float) -> None:
        for memory in (self._next_in_chat, self._paused):
            if len(memory) > 1_000:
                for key in [key for key, end in memory.items() if end < now]:
                    del memory[key]
