"""The port every messenger implements, and what came of one send."""

import hashlib
import json
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any, Literal, Protocol, TypeVar

from handlers.domain import IncomingMessage

K = TypeVar("K")
V = TypeVar("V")
_MAX_TEXT = 8_000
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]")
COLLEAGUE_TALKS = timedelta(hours=1)
"""How long after a message that a colleague wrote by hand the assistant keeps out of that chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform took the message; `provider_id` is its name for it."""

    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The message certainly did not go out and may go later, after `retry_after` seconds if the platform said so."""

    reason: str
    retry_after: float | None = None
    alarm: bool = False
    """Somebody has to act (token refused, quota gone)."""
    held_by: Literal["pace", "night", "quota"] = "pace"
    """Only a `pace` slows other messages; what a `quota` holds goes over the person's other channel if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permanent:
    """This message will never go to this chat; `unreachable` marks the chat, `migrate_to` names its new id."""

    reason: str
    unreachable: bool = False
    migrate_to: str | None = None
    alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Nobody can say whether the message went out."""

    reason: str


Outcome = Sent | NotSent | Permanent | Ambiguous


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """News about a chat rather than words from it."""

    kind: Literal["reachable", "unreachable", "migrated", "delivered"]
    new_chat: str | None = None
    provider_id: str | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEvent:
    """One verified event of a platform: a message, or a notice about the chat.

    `event_id` is unique in its channel, `order` sorts the events of one person. `token` is what the platform needs
    back (a button press to acknowledge), `message_id` the platform's name of the message. `others` names the messages
    that somebody else may have written to this chat lately in our name: we do not talk over a colleague. `is_last`
    says that the platform will not send the event again.
    """

    channel: str
    event_id: str
    order: int
    message: IncomingMessage
    notice: Notice | None = None
    token: str | None = None
    message_id: str | None = None
    others: tuple[str, ...] = ()
    is_last: bool = False

    @property
    def lane(self) -> str:
        """Whose turn it is: events of one lane are handled one after the other."""
        return f"{self.channel}:{self.message.sender}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one message of a platform can carry; `buttons` 0 means numbered choices, units are UTF-16."""

    text_units: int
    buttons: int
    folds_quotes: bool
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of one message; a quote may be folded away by platforms that can."""

    text: str = field(repr=False)
    style: Literal["text", "head", "quote"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button as sent: `data` comes back when it is pressed."""

    label: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a numbered choice or `pick` button stands for: an action, words to say, or a text to show."""

    label: str
    action: str | None = None
    show: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message to one chat. `key` and `reference` name it to platforms that track deliveries."""

    blocks: tuple[Block, ...]
    choices: tuple[Choice, ...] = ()
    sensitive: bool = False
    is_push: bool = False
    key: str = ""
    reference: str | None = None
    last_day: date | None = None

    @property
    def text(self) -> str:
        """The words alone, for platforms without formatting."""
        return "\n\n".join(block.text for block in self.blocks)


class Receipt(Enum):
    """What to tell the platform of an event: taken (200), or come again (503)."""

    TAKEN = "taken"
    AGAIN = "again"


Accept = Callable[[InboundEvent], Awaitable[Receipt]]
"""What every channel hands its verified events to."""


class Channel(Protocol):
    """A messenger. Nothing here raises for what a platform answers; retries belong to the outbox alone."""

    @property
    def name(self) -> str: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def problem(self) -> str | None:
        """Why the channel is off, in one line without secrets; None while it runs."""

    async def start(self, accept: Accept) -> None:
        """Begin to listen, by polling or by setting the webhook up; returns at once."""

    async def stop(self) -> None:
        """Stop listening."""

    def chat_interval(self, chat: str) -> float:
        """Return the seconds between two messages to this chat."""

    async def send(self, chat: str, part: Part) -> Outcome:
        """Try once to deliver one message."""

    async def acknowledge(self, event: InboundEvent) -> None:
        """Show the person that the message arrived (button released, typing shown); failures do not matter."""

    async def wipe(self, event: InboundEvent) -> None:
        """Delete what the platform lets us delete of this conversation; failures do not matter."""


def clean(text: object) -> str:
    """Return text that any database can store: no NUL, no half of a surrogate pair; what is no text is empty."""
    if not isinstance(text, str):
        return ""
    text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return value if it is an object of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}


def written(text: object) -> str:
    """Return what a person sees of a text: letters composed, nothing around them, no longer than anybody types."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", clean(text))).strip()[:_MAX_TEXT]


def digest(event: Mapping[str, Any]) -> str:
    """Return what names an event that has no id: the same again when the platform sends it again."""
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


def keep(memory: OrderedDict[K, V], key: K, value: V, most: int = 5_000) -> None:
    """Put a value last, and let the oldest go beyond the bound."""
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > most:
        memory.popitem(last=False)
