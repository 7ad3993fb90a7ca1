"""Plan deliveries from confirmed deadlines, people and rules; re-check each when due; rehearse without sending."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from operator import attrgetter

from sqlalchemy import Connection, Engine

from bot.storage import reminders as ledger
from bot.storage.people import all_subscriptions, staff
from bot.storage.reminders import Answered, DeliveryState
from bot.storage.tracked import DeadlineState, KeptDeadline, kept
from config.texts import load_texts
from handlers.audience import concerned_since, is_addressed, is_same_office
from handlers.people import NOBODY, Person, PersonRole, Subscription
from handlers.planning import ZONE, Notice, Occurrence, ReminderRules, escalation_at, occurrences, plan_notices, track
from handlers.reminder_texts import DueNotice, NoticeKind, notice_text
from knowledge.domain import Document

LANGUAGE = "vi"
"""Staff are written to in the language of their office."""
AHEAD = timedelta(days=30)
"""How long before its first notice an occurrence enters the ledger; the next one is always there."""
_HORIZON = timedelta(days=1100)
"""How far ahead a last day may lie whose first notice is due (a campaign of three years)."""
_LOOK_BACK = timedelta(days=400)
"""What fell due in an outage this long is still written down, to be sent late or to expire with its reason."""
_NEVER = datetime.max.replace(tzinfo=UTC)

Crowd = Sequence[tuple[Person, Sequence[Subscription]]]
"""Everybody who may be reminded, each with what that person follows."""
Hearer = tuple[Person, datetime]
"""A person and since when that person could know of the deadline."""


def read_crowd(connection: Connection) -> Crowd:
    """Read it once for many deadlines."""
    followed = all_subscriptions(connection)
    return [(person, followed.get(person.id, ())) for person in staff(connection)]


def write_schedule(
    connection: Connection, one: KeptDeadline, crowd: Crowd, rules: ReminderRules, *, now: datetime, ahead: timedelta
) -> int:
    """Write what a confirmed deadline owes until a while ahead, beside what is written already; return how much."""
    written, has_next = 0, False
    today, until = now.astimezone(ZONE).date(), (now + ahead).date()
    first = max(min(one.decided_at or now, now).astimezone(ZONE).date(), today - _LOOK_BACK)
    for occurrence in occurrences(one.tracked, first, today + _HORIZON):
        opens = occurrence.first_day or occurrence.last_day - timedelta(days=max(one.tracked.leads or rules.leads))
        if opens > until and has_next:
            break
        has_next |= occurrence.last_day >= today
        if hearers := [*hearers_of(one, occurrence, crowd, now)]:
            occurrence_id = ledger.keep_occurrence(connection, one.number, occurrence, rules.mark, now)
            write = partial(ledger.plan_deliveries, connection, occurrence_id)
            written += _write(write, one, occurrence, hearers, rules)
    return written


def hearers_of(one: KeptDeadline, occurrence: Occurrence, crowd: Crowd, now: datetime) -> Iterator[Hearer]:
    """Yield who hears of an occurrence, and since when each could know; as of a moment past, all is known by then."""
    known, day = one.decided_at or one.changed_at, occurrence.last_day
    for person, followed in crowd:
        since = concerned_since(person, one.tracked, followed, day)
        if since is not None and (could_know := min(max(known, since), now)).astimezone(ZONE).date() <= day:
            yield person, could_know


def _write(
    write: Callable[..., int],
    one: KeptDeadline,
    occurrence: Occurrence,
    hearers: Sequence[Hearer],
    rules: ReminderRules,
) -> int:
    """Write every lead for all whose messages fall alike, then what silence will lead to."""
    planned = cache(lambda known, adder: plan_notices(one.tracked, occurrence, known, rules, is_adder=adder))
    written, alike = 0, dict[tuple[Notice, ...], list[Hearer]]()
    for person, known in hearers:
        alike.setdefault(planned(known, person.id == one.added_by), []).append((person, known))
    for notices, group in alike.items():
        ids = [person.id for person, _ in group]
        for notice in notices:
            due_at = notice.at or group[0][1]
            written += write(ids, kind=NoticeKind.LEAD, lead=notice.lead, due_at=due_at, reason=notice.reason)
    # Silence past the last day goes once to each head of an agency that was asked; a window asks for no answer.
    heads = [person for person, _ in hearers if person.role is PersonRole.HEAD and occurrence.first_day is None]
    asked = [person.id for person in heads if is_addressed(person, one.tracked, occurrence.last_day)]
    due_at = escalation_at(occurrence.last_day, rules)
    return written + write(asked, kind=NoticeKind.ESCALATION, lead=-1, due_at=due_at)


class Judge:
    """Judges a batch by what stands in the ledger within the batch's own transaction."""

    def __init__(self, connection: Connection, claimed: Sequence[ledger.Delivery]) -> None:
        silent = {entry.occurrence_id for entry in claimed if entry.kind is NoticeKind.ESCALATION}
        self._answers = ledger.answers_of(connection, silent)
        concerned = {entry.person_id for entry in claimed}.union(*self._answers.values())
        self.persons = {person.id: person for person in staff(connection, concerned)}
        self._followed = all_subscriptions(connection)
        self._nearest: dict[tuple[int, int], int] = {}
        for entry in claimed:
            if entry.kind is NoticeKind.LEAD:
                key = (entry.occurrence_id, entry.person_id)
                self._nearest[key] = min(entry.lead, self._nearest.get(key, entry.lead))

    def fate(self, entry: ledger.Delivery, today: date) -> tuple[DeliveryState, str] | None:
        """Return why a due delivery must not be sent any more; None sends it."""
        person, occurrence = self.persons.get(entry.person_id), entry.occurrence
        key = (entry.occurrence_id, entry.person_id)
        if not entry.stands:
            return DeliveryState.CANCELLED, "withdrawn"
        followed = self._followed.get(entry.person_id, ())
        if person is None or not concerned_since(person, entry.tracked, followed, occurrence.last_day):
            return DeliveryState.SKIPPED, "not_addressed"
        if entry.kind is NoticeKind.ESCALATION:
            return None if self._is_silent(entry, person) else (DeliveryState.SKIPPED, Answered.DONE)
        if entry.answered is not None:
            return DeliveryState.SKIPPED, entry.answered
        if entry.kind is NoticeKind.LEAD and today > occurrence.last_day:
            return DeliveryState.EXPIRED, "past_last_day"
        if entry.kind is NoticeKind.LEAD and self._nearest[key] < entry.lead:
            return DeliveryState.EXPIRED, "superseded"
        return None

    def _is_silent(self, entry: ledger.Delivery, head: Person) -> bool:
        """Whether somebody of the head's agency was asked and has neither finished nor declined."""
        said = self._answers[entry.occurrence_id]
        office = (one for one in self.persons.values() if one.id in said and is_same_office(one, head))
        return any(said[one.id] is None for one in office)


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
    return _rehearse(confirmed, [(official, ())], _NEVER, first=first, last=last, rules=rules)


def rehearse_stored(engine: Engine, *, first: date, last: date, rules: ReminderRules) -> list[Rehearsed]:
    """Rehearse what the store holds: confirmed deadlines, for the people who joined, all known by the first day."""
    with engine.connect() as connection:
        crowd, confirmed = read_crowd(connection), kept(connection, DeadlineState.CONFIRMED)
    return _rehearse(confirmed, crowd, _midnight(first), first=first, last=last, rules=rules)


def _rehearse(
    confirmed: Iterable[KeptDeadline], crowd: Crowd, now: datetime, *, first: date, last: date, rules: ReminderRules
) -> list[Rehearsed]:
    said = [
        one
        for deadline in confirmed
        for occurrence in occurrences(deadline.tracked, first, last + _HORIZON)
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
