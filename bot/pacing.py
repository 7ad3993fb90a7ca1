"""Sending pace: per platform, per chat, and pauses after a "too many requests"."""

import asyncio
import time
from collections import OrderedDict

from bot.channels.base import Channel, keep

_GROUPS = ("-", "group:")
"""Prefixes of group chats: Telegram's negative numbers, and our own for Zalo."""


class Pacer:
    """Assigns sending times. Its state is in memory: only one process at a time sends for a channel."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], float] = {}
        self._next_in_chat: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._paused: OrderedDict[tuple[str, str], float] = OrderedDict()

    def book(self, channel: Channel, chat: str, lane: str, *, patience_s: float) -> float:
        """Reserve the next time for this chat; return the seconds until then. Reserves nothing beyond patience_s."""
        now, place = time.monotonic(), (channel.name, chat)
        pauses = [self._paused.get((channel.name, one), now) for one in (f"lane {lane}", chat)]
        wait = max(*pauses, self._next_in_chat.get(place, now)) - now
        if wait <= patience_s:
            space = channel.limits.group_s if chat.startswith(_GROUPS) else channel.limits.chat_s
            keep(self._next_in_chat, place, now + wait + space)
        return wait

    async def turn(self, channel: Channel, step: str) -> None:
        """Wait for the channel's next free slot; each step of a send has its own slots.

        A wake-up late by less than one slot shortens the next wait, so that a busy machine keeps the pace.
        """
        now, space = time.monotonic(), 1 / channel.limits.per_second
        at = max(now - space, self._next.get((channel.name, step), now))
        self._next[channel.name, step] = at + space
        await asyncio.sleep(at - now)

    def pause(self, channel: Channel, chat: str, seconds: float) -> None:
        """Pause pushes, and answers to this chat; answers to all chats when a second chat is refused as well."""
        now, lanes = time.monotonic(), ["lane push"]
        for (name, paused), end in self._paused.items():
            if name == channel.name and end > now and paused != chat and not paused.startswith("lane "):
                lanes = ["lane push", "lane answer"]
        for one in (chat, *lanes):
            keep(self._paused, (channel.name, one), max(now + seconds, self._paused.get((channel.name, one), now)))
