"""What would be sent to whom and when, without sending: a year rehearsed in a second."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from operator import attrgetter

from sqlalchemy import Engine

from bot.schedule import Crowd, hearers_of
from bot.scheduler import LANGUAGE
from bot.storage.tracked import DeadlineState, KeptDeadline, kept
from config.texts import load_texts
from handlers.people import NOBODY, Person, PersonRole
from handlers.planning import ZONE, Occurrence, ReminderRules, occurrences, plan_notices, track
from handlers.reminder_texts import DueNotice, notice_text
from knowledge.domain import Document

_LONGEST_WAIT = timedelta(days=1100)
"""How far beyond the span a last day may lie whose first notice falls inside it (a campaign of three years)."""
_NEVER = datetime.max.replace(tzinfo=UTC)


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
    official = replace(NOBODY, role=PersonRole.OFFICIAL, agency=agency, locality=locality)
    confirm = partial(KeptDeadline, number=0, state=DeadlineState.CONFIRMED, added_by=None, sequence=0)
    confirmed = (
        confirm(tracked=track(document, found), decided_at=known, changed_at=known)
        for document in documents
        for known in [_midnight(document.issued_on or first)]
        for found in document.deadlines
    )
    return _rehearse(confirmed, Crowd([official], {}), _NEVER, first=first, last=last, rules=rules)


def rehearse_stored(engine: Engine, *, first: date, last: date, rules: ReminderRules) -> list[Rehearsed]:
    """Rehearse what the store holds: confirmed deadlines, for the people who joined, all known by the first day."""
    with engine.connect() as connection:
        crowd, confirmed = Crowd.read(connection), kept(connection, DeadlineState.CONFIRMED)
    return _rehearse(confirmed, crowd, _midnight(first), first=first, last=last, rules=rules)


def _rehearse(
    confirmed: Iterable[KeptDeadline], crowd: Crowd, now: datetime, *, first: date, last: date, rules: ReminderRules
) -> list[Rehearsed]:
    said = [
        one
        for deadline in confirmed
        for occurrence in occurrences(deadline.tracked, first, last + _LONGEST_WAIT)
        for person, known in hearers_of(deadline, occurrence, crowd, now)
        for one in _said(deadline, occurrence, person, known, rules)
        if first <= one.at.date() <= last
    ]
    return sorted(said, key=attrgetter("at", "person", "notice.occurrence.last_day", "notice.tracked.deadline.id"))


def _said(
    one: KeptDeadline, occurrence: Occurrence, person: Person, known: datetime, rules: ReminderRules
) -> Iterator[Rehearsed]:
    name = str(person.id) if person.id else f"{person.agency}@{person.locality}"
    for planned in plan_notices(one.tracked, occurrence, known, rules, is_adder=person.id == one.added_by):
        if planned.at is not None:
            notice = DueNotice(lead=planned.lead, tracked=one.tracked, occurrence=occurrence, agency=person.agency)
            text = notice_text(load_texts(LANGUAGE), notice, planned.at.date(), rules)
            yield Rehearsed(at=planned.at, person=name, notice=notice, text=text)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)
