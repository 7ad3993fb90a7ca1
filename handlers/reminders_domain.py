"""What the ledger of reminders tells the flows, and what the flows ask of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from handlers.people import Person, PersonRole
from handlers.planning import Occurrence, ReminderRules, TrackedDeadline


class DeliveryState(StrEnum):
    """Where one delivery stands; SENT only when the platform took the message."""

    PLANNED = "planned"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Answered(StrEnum):
    """What a person said about a task."""

    DONE = "done"
    NOT_MINE = "not_mine"


class Standing(StrEnum):
    """How an agency stands with a deadline."""

    DONE = "done"
    OPEN = "open"
    SILENT = "silent"
    NOBODY = "nobody"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One deadline of one person."""

    occurrence_id: int
    occurrence: Occurrence
    tracked: TrackedDeadline
    answered: Answered | None = None
    agency_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A deadline that waits for a decision; `next_time` is None while no day is known, past when it is over."""

    number: int
    tracked: TrackedDeadline
    next_time: Occurrence | None
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a person follows beyond the duties of the own agency."""

    id: int
    kind: Literal["document", "agency", "deadline"]
    target: str
    label: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One agency and one deadline, with the number under which it is edited or dropped."""

    number: int
    tracked: TrackedDeadline
    occurrence: Occurrence
    agency: str
    standing: Standing
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """One day in a personal calendar; `sequence` grows with every change, a cancelled entry stays as such."""

    tracked: TrackedDeadline
    occurrence: Occurrence
    sequence: int
    changed_at: datetime
    is_cancelled: bool


class ReminderDesk(Protocol):
    """The store of reminders, people and codes as the flows see it; every call blocks."""

    rules: ReminderRules

    def person(self, channel: str, sender: str) -> Person | None: ...
    def tasks(self, person: Person, now: datetime) -> Sequence[Task]: ...
    def task(self, person: Person, occurrence_id: int) -> Task | None: ...
    def answer(self, person: Person, occurrence_id: int, answered: Answered, now: datetime) -> Task | None: ...
    def snooze(self, person: Person, occurrence_id: int, day: date, now: datetime) -> tuple[Task, datetime] | None: ...
    def proposals(self, now: datetime) -> Sequence[Proposal]: ...
    def proposal(self, number: int, now: datetime) -> Proposal | None: ...
    def confirm(self, number: int, person_id: int | None, now: datetime) -> bool: ...
    def drop(self, number: int, person_id: int | None, now: datetime) -> TrackedDeadline | None: ...
    def revise(self, number: int, tracked: TrackedDeadline, person_id: int | None, now: datetime) -> None: ...
    def draft(self, tracked: TrackedDeadline, now: datetime) -> int: ...
    def subscriptions(self, person: Person) -> Sequence[Subscription]: ...
    def subscribe(self, person: Person, words: str, now: datetime) -> str | None: ...
    def unsubscribe(self, person: Person, subscription_id: int) -> str | None: ...
    def board(self, person: Person | None, now: datetime) -> Sequence[BoardRow]: ...
    def new_feed_token(self, person: Person, now: datetime) -> str: ...
    def close_feed(self, person: Person) -> None: ...
    def retry_failed(self, now: datetime) -> int: ...
    def invite(self, role: PersonRole, agency: str | None, locality: str | None, now: datetime) -> str: ...
    def link_code(self, person: Person, now: datetime) -> str: ...
    def redeem(self, code: str, channel: str, sender: str, *, chat: str, now: datetime) -> Person | None: ...
    def leave(self, channel: str, sender: str, person: Person) -> bool: ...
    def move(self, person: Person, agency: str, locality: str | None, now: datetime) -> Person: ...
