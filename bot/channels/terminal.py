"""The conversation in a terminal: numbered choices, words kept in memory only."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels.base import Entry
from bot.channels.rendering import lines_to_read, picked, resolve
from config.texts import LANGUAGES, Texts, load_texts
from handlers.domain import Button, IncomingMessage, Reply, Turn
from handlers.ports import Handle


@dataclass
class Terminal:
    """One person at one terminal."""

    handle: Handle
    texts: Texts
    clock: Callable[[], datetime]
    turns: list[Turn] = field(default_factory=list)
    buttons: tuple[Button, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the person has just said good-bye."""
        return bool(self.turns) and self.turns[-1].text in {load_texts(one).say("menu.bye") for one in LANGUAGES}

    async def say(self, line: str) -> str:
        """Return what the assistant answers to one line; a number picks the choice offered before."""
        message = IncomingMessage(
            channel="terminal",
            sender="terminal",
            chat="terminal",
            now=self.clock(),
            text=line.strip(),
            history=tuple(self.turns[-20:]),
            language=self.texts.language,
        )
        _, number = picked(message) or (0, 0)
        typed, entries = message, [Entry(label=button.label, action=button.action) for button in self.buttons]
        message, _ = resolve(typed, entries, number)
        if number and entries and message is typed:
            text = self.texts.say("channels.no_such_choice", count=len(entries))
            return self._shown(Reply(text=text, buttons=self.buttons))
        replies = await self.handle(message)
        self._remember(message.text, list(replies))
        return "\n\n".join(self._shown(reply) for reply in replies)

    def _remember(self, text: str, replies: list[Reply]) -> None:
        self.buttons = tuple(button for reply in replies for button in reply.buttons)
        if any(reply.forget for reply in replies):
            self.turns.clear()
            sys.stdout.write("\033[3J\033[2J\033[H")
        elif not any(reply.sensitive or reply.ephemeral for reply in replies):
            self.turns.append(Turn(role="user", text=text))
            self.turns += [Turn(role="bot", text=reply.text) for reply in replies]

    def _shown(self, reply: Reply) -> str:
        first = self.buttons.index(reply.buttons[0]) + 1 if reply.buttons else 1
        return lines_to_read(reply.text, [one.label for one in reply.buttons], reply.citations, self.texts, first=first)
