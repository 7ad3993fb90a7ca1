"""The conversation in a terminal: numbered choices, history in memory only."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

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
        """Whether the last exchange was a good-bye."""
        return bool(self.turns) and self.turns[-1].text in {load_texts(one).say("menu.bye") for one in LANGUAGES}

    async def say(self, line: str) -> str:
        """Return the answer to one line; a number picks a choice offered before."""
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
        meant, _ = resolve(message, self.buttons, number)
        if number and self.buttons and meant is message:
            text = self.texts.say("channels.no_such_choice", count=len(self.buttons))
            return self._shown(Reply(text=text, buttons=self.buttons))
        replies = await self.handle(meant)
        self._remember(meant.text, list(replies))
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
