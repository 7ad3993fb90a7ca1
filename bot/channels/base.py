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
from typing import Any, Literal, Protocol

from pydantic_core import from_json

from handlers.domain import Button, IncomingMessage

_MAX_TEXT = 8_000
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]")
COLLEAGUE_TALKS = timedelta(hours=1)
"""How long the assistant stays silent in a chat after a colleague wrote there by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform took the message; `provider_id` is its name for it."""

    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The message was certainly not sent and may be tried again, after `retry_after` seconds if given."""

    reason: str
    retry_after: float | None = None
    alarm: bool = False
    """An admin must act (token refused, quota used up)."""
    held_by: Literal["pace", "night", "quota"] = "pace"
    """`pace` delays other messages too; `quota` makes a push use the person's other channel if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permanent:
    """The platform will never deliver this message; `unreachable` marks the chat, `migrate_to` is its new id."""

    reason: str
    unreachable: bool = False
    migrate_to: str | None = None
    alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """It is unknown whether the message was delivered."""

    reason: str


Outcome = Sent | NotSent | Permanent | Ambiguous


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A change of a chat's state rather than a message from it."""

    kind: Literal["reachable", "unreachable", "migrated", "delivered"]
    new_chat: str | None = None
    references: tuple[str, ...] = ()
    """Codes in the text of a delivered message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEvent:
    """One verified event of a platform: a message, or a notice about the chat.

    `event_id` is unique in its channel, `order` sorts the events of one person. Telegram needs `token` to acknowledge
    a button press; `telegram_id` is its id of the message. `others` are ids of recent messages to this chat that this
    process did not send: perhaps a colleague's. `is_last` means that the platform will not deliver the event again.
    """

    channel: str
    event_id: str
    order: int
    message: IncomingMessage
    notice: Notice | None = None
    token: str | None = None
    telegram_id: int | None = None
    others: tuple[str, ...] = ()
    is_last: bool = False

    @property
    def lane(self) -> str:
        """The queue of one person: its events are handled in order, one at a time."""
        return f"{self.channel}:{self.message.sender}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a platform: text length in UTF-16 units, buttons (0: numbered choices), and pace.

    `chat_s` and `group_s` are the seconds between two messages to one private chat or one group.
    """

    text_units: int
    buttons: int
    folds_quotes: bool
    per_second: float
    chat_s: float = 1.0
    group_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a message's text; platforms that can show a quote folded."""

    text: str = field(repr=False)
    style: Literal["text", "head", "quote"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message to one chat. `key` and `reference` identify it on platforms that track deliveries."""

    blocks: tuple[Block, ...]
    choices: tuple[Button, ...] = ()
    sensitive: bool = False
    is_push: bool = False
    key: str = ""
    reference: str | None = None
    last_day: date | None = None

    @property
    def text(self) -> str:
        """The text without formatting."""
        return "\n\n".join(block.text for block in self.blocks)


class Receipt(Enum):
    """The answer to the platform: event taken (200), or deliver it again (503)."""

    TAKEN = "taken"
    AGAIN = "again"


Accept = Callable[[InboundEvent], Awaitable[Receipt]]
"""The function to which every channel passes its verified events."""


class Channel(Protocol):
    """A messenger. Its methods do not raise on a platform's errors; only the outbox retries."""

    @property
    def name(self) -> str: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def problem(self) -> str | None:
        """Why the channel is off, in one line without secrets; None while it runs."""

    async def start(self, accept: Accept) -> None:
        """Begin to poll, or register the webhook, in the background."""

    async def stop(self) -> None:
        """Stop receiving events."""

    async def send(self, chat: str, part: Part) -> Outcome:
        """Send one message, without retries."""

    async def acknowledge(self, event: InboundEvent) -> None:
        """Answer a button press and show that we are typing; failures are ignored."""

    async def wipe(self, event: InboundEvent) -> None:
        """Delete what the platform allows of this conversation; failures are ignored."""


def clean(text: object) -> str:
    """Return text that any database can store, without NUL and lone surrogates; empty if it is no text."""
    if not isinstance(text, str):
        return ""
    text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_json(body: bytes) -> Any:
    """Return what a request's body says; ValueError when it is no JSON.

    The quick reader, told to keep no words, refuses halves of surrogate pairs.
    """
    try:
        return from_json(body, cache_strings="keys")
    except ValueError:
        return json.loads(body)


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def written(text: object) -> str:
    """Return a text as a person sees it: NFC, without invisible characters, stripped, cut at 8,000 characters."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", clean(text))).strip()[:_MAX_TEXT]


def digest(event: Mapping[str, Any]) -> str:
    """Return an id for an event without one: the same when the platform delivers it again."""
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


def keep(memory: OrderedDict[Any, Any], key: object, value: object, most: int = 5_000) -> None:
    """Set a value and drop the oldest ones when there are more than `most`."""
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > most:
        memory.popitem(last=False)
