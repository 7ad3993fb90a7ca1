"""The port every messenger implements, and what came of one send."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform took the message; `provider_id` is its name for it."""

    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The message certainly did not go out and may go later, after `retry_after` seconds if the platform said so."""

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permanent:
    """This message will never go to this chat; `unreachable` marks the chat, `migrate_to` names its new id."""

    reason: str
    unreachable: bool = False
    migrate_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Nobody can say whether the message went out."""

    reason: str


Outcome = Sent | NotSent | Permanent | Ambiguous
