"""Messages and replies, the same for every channel."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from retrieval.domain import AnswerKind, Citation


class Content(StrEnum):
    """What kind of thing arrived."""

    TEXT = "text"
    ACTION = "action"
    MEDIA = "media"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of the same conversation."""

    role: Literal["user", "bot"]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One message or button press. `sender` and `chat` are the channel's own ids; words are never printed by repr."""

    channel: str
    sender: str = field(repr=False)
    chat: str = field(repr=False)
    now: datetime
    text: str = field(default="", repr=False)
    content: Content = Content.TEXT
    action: str | None = None
    """A pressed button's `verb:id`."""
    history: tuple[Turn, ...] = field(default=(), repr=False)
    recent: tuple[str, ...] = field(default=(), repr=False)
    """For the referral gate: the person's messages of the last minutes, where other processes may have taken some."""
    locality: str | None = None
    language: str = "vi"
    in_group: bool = False
    today: date | None = None
    """Overrides the local date of `now` (command line, tests)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A one-tap choice; `action` is `verb:id`, at most 64 bytes. Without one the label is said, or `show` is shown."""

    label: str
    action: str | None = None
    show: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One thing to say. A `sensitive` reply is protected by channels, sent silently and never stored."""

    text: str = field(repr=False)
    kind: AnswerKind | Literal["referral", "command"] = "command"
    citations: tuple[Citation, ...] = ()
    buttons: tuple[Button, ...] = ()
    sensitive: bool = False
    ephemeral: bool = False
    """Gone once sent: enters no history (a turn that carried the neutral safety line)."""
    forget: bool = False
    """Asks the channel to wipe what it can of this conversation ("Xóa")."""
