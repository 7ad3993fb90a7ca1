"""People: their role, agency and place, their subscriptions, and their accounts in the channels."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal


class PersonRole(StrEnum):
    """What a person may do, least first; whoever has no record is a citizen and is never pushed to."""

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
    joined_at: datetime
    """When this role, agency and place began: a deadline older than that is "known late" to this person."""

    def may(self, least: PersonRole) -> bool:
        """Whether this person may do what a role may, or one above it."""
        roles = list(PersonRole)
        return roles.index(self.role) >= roles.index(least)


NOBODY = Person(id=0, role=PersonRole.CITIZEN, agency=None, locality=None, joined_at=datetime.min.replace(tzinfo=UTC))
"""Whoever has no record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a person is reminded of beyond the duties of the own agency."""

    id: int
    kind: Literal["document", "agency", "deadline"]
    target: str
    label: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One account of a person in one channel."""

    person_id: int
    channel: str
    channel_user_id: str = field(repr=False)
    chat_id: str = field(repr=False)
    last_interaction_at: datetime
    reachable: bool
