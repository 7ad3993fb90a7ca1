"""What would be sent to whom and when, without sending: a year rehearsed in a second."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine

from bot.schedule import Crowd, hearers_of
from bot.storage.tracked import DeadlineState, kept
from config.texts import load_texts
from handlers.audience import is_addressed
from handlers.people import Person, PersonRole
from handlers.planning import ZONE, Occurrence, ReminderRules, TrackedDeadline, occurrences, plan_notices, track
from handlers.reminder_texts import DueNotice, NoticeKind, notice_text
from knowledge.domain import Document

_LONGEST_WAIT = timedelta(days=1100)
"""How far beyond the span a last day may lie whose first notice falls inside it (a campaign of three years)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One deadline in one message that would go out."""

    at: datetime
    person: str
    agency: str | None
    tracked: TrackedDeadline
    occurrence: Occurrence
    lead: int
    text: str

    def as_record(self) -> dict[str, object]:
        """Return the line of `remind simulate --json`."""
        deadline = self.tracked.deadline
        return {
            "at": self.at.isoformat(timespec="minutes"),
            "person": self.person,
            "agency": self.agency,
            "source": self.tracked.source,
            "deadline": deadline.id,
            "due": self.occurrence.due.isoformat(),
            "last_day": self.occurrence.last_day.isoformat(),
            "what": deadline.what,
            "lead_days": self.lead,
            "text": self.text,
        }


def rehearse_for(
    documents: Iterable[Document], agency: str, locality: str, *, first: date, last: date, rules: ReminderRules
) -> list[Rehearsed]:
    """Rehearse for one official of an agency, every deadline confirmed and known from its document's date."""
    start = datetime.combine(first, time.min, ZONE)
    person = Person(
        id=0,
        role=PersonRole.OFFICIAL,
        agency=agency,
        locality=locality,
        language="vi",
        created_on=first,
        joined_at=start,
    )
    said: list[Rehearsed] = []
    for tracked in (track(document, deadline) for document in documents for deadline in document.deadlines):
        known = datetime.combine(tracked.known_on or first, time.min, ZONE)
        for occurrence in occurrences(tracked, known.date(), last + _LONGEST_WAIT):
            if is_addressed(person, tracked, occurrence.last_day):
                said += _said(person, f"{agency}@{locality}", tracked, occurrence, known, rules)
    return _within(said, first, last)


def rehearse_stored(engine: Engine, *, first: date, last: date, rules: ReminderRules) -> list[Rehearsed]:
    """Rehearse what the store holds: confirmed deadlines, for the people who joined, all known by the first day."""
    said: list[Rehearsed] = []
    start = datetime.combine(first, time.min, ZONE)
    with engine.connect() as connection:
        crowd, confirmed = Crowd.read(connection), kept(connection, DeadlineState.CONFIRMED)
    for one in confirmed:
        for occurrence in occurrences(one.tracked, first, last + _LONGEST_WAIT):
            for person, known in hearers_of(one, occurrence, crowd, start):
                said += _said(person, str(person.id), one.tracked, occurrence, known, rules)
    return _within(said, first, last)


def _said(  # noqa: PLR0917
    person: Person, name: str, tracked: TrackedDeadline, occurrence: Occurrence, known: datetime, rules: ReminderRules
) -> Iterator[Rehearsed]:
    for notice in plan_notices(tracked, occurrence, known, rules):
        if notice.at is None:
            continue
        due = DueNotice(
            kind=NoticeKind.LEAD,
            lead=notice.lead,
            tracked=tracked,
            occurrence=occurrence,
            occurrence_id=None,
            agency=person.agency,
        )
        yield Rehearsed(
            at=notice.at,
            person=name,
            agency=person.agency,
            tracked=tracked,
            occurrence=occurrence,
            lead=notice.lead,
            text=notice_text(load_texts(person.language), due, notice.at.date(), rules),
        )


def _within(said: Sequence[Rehearsed], first: date, last: date) -> list[Rehearsed]:
    inside = [one for one in said if first <= one.at.date() <= last]
    return sorted(inside, key=lambda one: (one.at, one.person, one.occurrence.last_day, one.tracked.deadline.id))
