"""What every step of the conversation with staff receives: who asked for what, and the open transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bot.scheduler import ReminderEngine
from config.texts import Texts
from handlers.domain import Button, IncomingMessage, Reply
from handlers.people import Person, PersonRole
from handlers.planning import ZONE
from handlers.reminder_texts import shorten


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all steps need of the program."""

    reminders: ReminderEngine
    public_url: str | None = None
    deep_links: Callable[[str], Sequence[str]] = lambda _code: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One command or button of a person; `words` are its arguments."""

    desk: Desk
    connection: Connection
    message: IncomingMessage
    texts: Texts
    person: Person
    words: str

    @property
    def now(self) -> datetime:
        """When this was said."""
        return self.message.now

    @property
    def today(self) -> date:
        """The local date on which this was said."""
        return self.now.astimezone(ZONE).date()

    @property
    def number(self) -> int:
        """The number the words begin with, -1 when they begin otherwise."""
        first = self.words.partition(" ")[0]
        return int(first) if first.isdecimal() and len(first) < 10 else -1

    @property
    def rest(self) -> str:
        """What stands behind the number."""
        return self.words.partition(" ")[2]

    def say(self, name: str, **fields: object) -> str:
        """Return a sentence about reminders."""
        return self.texts.say(f"reminders.{name}", **fields)

    def button(self, name: str, action: str, **fields: object) -> Button:
        """Return a button that asks for a step."""
        return Button(label=shorten(self.say(f"button.{name}", **fields)), action=f"rem.{action}")


Said = str | Reply | list[str | Reply]
Step = Callable[[Asked], Said]
Steps = dict[str, tuple[PersonRole, Step]]
"""For each step the least role that may use it."""
