"""The conversation in a terminal: numbered choices, words kept in memory only."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels.rendering import lines_to_read
from config.texts import Texts
from handlers.domain import Button, Content, IncomingMessage, Reply, Turn
from handlers.ports import Handle

_KEPT_TURNS = 20


@dataclass
class Terminal:
    """One person at one terminal; `today` overrides the clock for rehearsals."""

    handle: Handle
    texts: Texts
    clock: Callable[[], datetime]
    turns: list[Turn] = field(default_factory=list)
    buttons: tuple[Button, ...] = ()

    async def say(self, line: str) -> str:
        """Return what the assistant answers to one line; a number picks the choice offered before."""
        text, action = self._chosen(line)
        message = IncomingMessage(
            channel="terminal",
            sender="terminal",
            chat="terminal",
            now=self.clock(),
            text=text,
            content=Content.ACTION if action else Content.TEXT,
            action=action,
            history=tuple(self.turns[-_KEPT_TURNS:]),
            language=self.texts.language,
        )
        replies = await self.handle(message)
        self._remember(text, list(replies))
        return "\n\n".join(self._shown(reply) for reply in replies)

    def _chosen(self, line: str) -> tuple[str, str | None]:
        line = line.strip()
        if line.isdigit() and 1 <= int(line) <= len(self.buttons):
            button = self.buttons[int(line) - 1]
            return button.label, button.action
        return line, None

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
        options = [button.label for button in reply.buttons]
        return lines_to_read(reply.text, options, reply.citations, self.texts, first=first)
