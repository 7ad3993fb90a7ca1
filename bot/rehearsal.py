"""What would be sent to whom and when, without sending: a year rehearsed in a second."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter

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


_Owed = tuple[Person, str, TrackedDeadline, Occurrence, datetime]
"""A person and that person's name in the list, what falls due when, and since when it was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One deadline in one message that would go out."""

    at: datetime
    person: str
    notice: DueNotice
    text: str

    def as_record(self) -> dict[str, object]:
        """Return the line of `remind simulate --json`."""
        notice, deadline = self.notice, self.notice.tracked.deadline
        return {
            "at": self.at.isoformat(timespec="minutes"),
            "person": self.person,
            "agency": notice.agency,
            "source": notice.tracked.source,
            "deadline": deadline.id,
            "due": notice.occurrence.due.isoformat(),
            "last_day": notice.occurrence.last_day.isoformat(),
            "what": deadline.what,
            "lead_days": notice.lead,
            "text": self.text,
        }


def rehearse_for(
    documents: Iterable[Document], agency: str, locality: str, *, first: date, last: date, rules: ReminderRules
) -> list[Rehearsed]:
    """Rehearse for one official of an agency, every deadline confirmed and known from its document's date."""
    person = Person(
        id=0,
        role=PersonRole.OFFICIAL,
        agency=agency,
        locality=locality,
        language="vi",
        created_on=first,
        joined_at=datetime.combine(first, time.min, ZONE),
    )
    owed: list[_Owed] = []
    for tracked in (track(document, deadline) for document in documents for deadline in document.deadlines):
        known = datetime.combine(tracked.known_on or first, time.min, ZONE)
        for occurrence in occurrences(tracked, known.date(), last + _LONGEST_WAIT):
            if is_addressed(person, tracked, occurrence.last_day):
                owed.append((person, f"{agency}@{locality}", tracked, occurrence, known))
    return _said(owed, first, last, rules)


def rehearse_stored(engine: Engine, *, first: date, last: date, rules: ReminderRules) -> list[Rehearsed]:
    """Rehearse what the store holds: confirmed deadlines, for the people who joined, all known by the first day."""
    start = datetime.combine(first, time.min, ZONE)
    with engine.connect() as connection:
        crowd, confirmed = Crowd.read(connection), kept(connection, DeadlineState.CONFIRMED)
    owed = (
        (person, str(person.id), one.tracked, occurrence, known)
        for one in confirmed
        for occurrence in occurrences(one.tracked, first, last + _LONGEST_WAIT)
        for person, known in hearers_of(one, occurrence, crowd, start)
    )
    return _said(owed, first, last, rules)


def _said(owed: Iterable[_Owed], first: date, last: date, rules: ReminderRules) -> list[Rehearsed]:
    said = []
    for person, name, tracked, occurrence, known in owed:
        for planned in plan_notices(tracked, occurrence, known, rules):
            if planned.at is None or not first <= planned.at.date() <= last:
                continue
            notice = DueNotice(
                kind=NoticeKind.LEAD,
                lead=planned.lead,
                tracked=tracked,
                occurrence=occurrence,
                occurrence_id=None,
                agency=person.agency,
            )
            text = notice_text(load_texts(person.language), notice, planned.at.date(), rules)
            said.append(Rehearsed(at=planned.at, person=name, notice=notice, text=text))
    order = attrgetter("at", "person", "notice.occurrence.last_day", "notice.tracked.deadline.id")
    return sorted(said, key=order)
