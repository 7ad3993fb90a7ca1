"""Who people are to the office: their role, agency and place, and the channels that reach them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class PersonRole(StrEnum):
    """What a person may do; whoever has no record is a citizen and is never pushed to."""

    CITIZEN = "citizen"
    OFFICIAL = "official"
    HEAD = "head"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a record: staff of an agency in a locality."""

    id: int
    role: PersonRole
    agency: str | None
    locality: str | None
    language: str
    created_on: date
    joined_at: datetime
    """When this role, agency and place began: a deadline older than that is "known late" to this person."""

    @property
    def is_staff(self) -> bool:
        """Whether reminders may be pushed to this person."""
        return self.role is not PersonRole.CITIZEN

    @property
    def leads(self) -> bool:
        """Whether this person confirms deadlines and sees the board."""
        return self.role in (PersonRole.HEAD, PersonRole.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One account of a person in one channel."""

    person_id: int
    channel: str
    channel_user_id: str = field(repr=False)
    chat_id: str = field(repr=False)
    last_interaction_at: datetime
    reachable: bool
