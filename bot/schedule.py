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
"""How long before its first reminder an occurrence is planned; the next occurrence always is."""
_HORIZON = timedelta(days=1100)
"""The longest time between a first reminder and its last day (a campaign of three years)."""
_LOOK_BACK = timedelta(days=400)
"""Reminders missed in an outage this long are still planned, to be sent late or to expire with a reason."""
_NEVER = datetime.max.replace(tzinfo=UTC)

Audience = Sequence[tuple[Person, Sequence[Subscription]]]
"""Everybody who may be reminded, each with that person's subscriptions."""
Recipient = tuple[Person, datetime]
"""A person, and since when that person could know of the deadline."""


def read_audience(connection: Connection) -> Audience:
    """Return all staff with their subscriptions, read once for many deadlines."""
    followed = all_subscriptions(connection)
    return [(person, followed.get(person.id, ())) for person in staff(connection)]


def write_schedule(
    connection: Connection,
    one: KeptDeadline,
    audience: Audience,
    rules: ReminderRules,
    *,
    now: datetime,
    ahead: timedelta,
) -> int:
    """Plan the missing deliveries of a confirmed deadline, `ahead` included; return how many are new."""
    written, has_next = 0, False
    today, until = now.astimezone(ZONE).date(), (now + ahead).date()
    first = max(min(one.decided_at or now, now).astimezone(ZONE).date(), today - _LOOK_BACK)
    for occurrence in occurrences(one.tracked, first, today + _HORIZON):
        opens = occurrence.first_day or occurrence.last_day - timedelta(days=max(one.tracked.leads or rules.leads))
        if opens > until and has_next:
            break
        has_next |= occurrence.last_day >= today
        if recipients := [*recipients_of(one, occurrence, audience, now)]:
            occurrence_id = ledger.keep_occurrence(connection, one.number, occurrence, rules.mark, now)
            write = partial(ledger.plan_deliveries, connection, occurrence_id)
            written += _write(write, one, occurrence, recipients, rules)
    return written


def recipients_of(one: KeptDeadline, occurrence: Occurrence, audience: Audience, now: datetime) -> Iterator[Recipient]:
    """Yield who is reminded of an occurrence, and since when each could know of it (never later than `now`)."""
    known, day = one.decided_at or one.changed_at, occurrence.last_day
    for person, followed in audience:
        since = concerned_since(person, one.tracked, followed, day)
        if since is not None and (could_know := min(max(known, since), now)).astimezone(ZONE).date() <= day:
            yield person, could_know


def _write(
    write: Callable[..., int],
    one: KeptDeadline,
    occurrence: Occurrence,
    recipients: Sequence[Recipient],
    rules: ReminderRules,
) -> int:
    """Plan every lead, people with equal dates together, then the escalation to heads."""
    planned = cache(lambda known, adder: plan_notices(one.tracked, occurrence, known, rules, is_adder=adder))
    written, alike = 0, dict[tuple[Notice, ...], list[Recipient]]()
    for person, known in recipients:
        alike.setdefault(planned(known, person.id == one.added_by), []).append((person, known))
    for notices, group in alike.items():
        ids = [person.id for person, _ in group]
        for notice in notices:
            due_at = notice.at or group[0][1]
            written += write(ids, kind=NoticeKind.LEAD, lead=notice.lead, due_at=due_at, reason=notice.reason)
    # Without an answer by the last day each head of an assigned agency is told once; a window asks for no answer.
    heads = [person for person, _ in recipients if person.role is PersonRole.HEAD and occurrence.first_day is None]
    asked = [person.id for person in heads if is_addressed(person, one.tracked, occurrence.last_day)]
    due_at = escalation_at(occurrence.last_day, rules)
    return written + write(asked, kind=NoticeKind.ESCALATION, lead=-1, due_at=due_at)


class Recheck:
    """Decides for a batch of due deliveries which are still to be sent, inside the transaction that claimed them."""

    def __init__(self, connection: Connection, claimed: Sequence[ledger.Delivery]) -> None:
        escalated = {entry.occurrence_id for entry in claimed if entry.kind is NoticeKind.ESCALATION}
        self._answers = ledger.answers_of(connection, escalated)
        concerned = {entry.person_id for entry in claimed}.union(*self._answers.values())
        self.persons = {person.id: person for person in staff(connection, concerned)}
        self._followed = all_subscriptions(connection)
        leads = [entry for entry in claimed if entry.kind is NoticeKind.LEAD]
        self._smallest = {
            (entry.occurrence_id, entry.person_id): entry.lead for entry in sorted(leads, key=lambda one: -one.lead)
        }

    def reason_not_to_send(self, entry: ledger.Delivery, today: date) -> tuple[DeliveryState, str] | None:
        """Return the final state and reason of a due delivery that must not be sent any more; None to send it."""
        person, last_day = self.persons.get(entry.person_id), entry.occurrence.last_day
        if not entry.stands:
            return DeliveryState.CANCELLED, "withdrawn"
        followed = self._followed.get(entry.person_id, ())
        if person is None or not concerned_since(person, entry.tracked, followed, last_day):
            return DeliveryState.SKIPPED, "not_addressed"
        if entry.kind is NoticeKind.ESCALATION:
            return None if self._is_silent(entry, person) else (DeliveryState.SKIPPED, Answered.DONE)
        if entry.answered is not None:
            return DeliveryState.SKIPPED, entry.answered
        if entry.kind is NoticeKind.LEAD and today > last_day:
            return DeliveryState.EXPIRED, "past_last_day"
        if entry.kind is NoticeKind.LEAD and self._smallest[entry.occurrence_id, entry.person_id] < entry.lead:
            return DeliveryState.EXPIRED, "superseded"
        return None

    def _is_silent(self, entry: ledger.Delivery, head: Person) -> bool:
        """Whether somebody of the head's agency was reminded and has not answered."""
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
        audience, confirmed = read_audience(connection), kept(connection, DeadlineState.CONFIRMED)
    return _rehearse(confirmed, audience, _midnight(first), first=first, last=last, rules=rules)


def _rehearse(
    confirmed: Iterable[KeptDeadline],
    audience: Audience,
    now: datetime,
    *,
    first: date,
    last: date,
    rules: ReminderRules,
) -> list[Rehearsed]:
    said = [
        one
        for deadline in confirmed
        for occurrence in occurrences(deadline.tracked, first, last + _HORIZON)
        for person, known in recipients_of(deadline, occurrence, audience, now)
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
            agency = person.agency if is_addressed(person, one.tracked, occurrence.last_day) else None
            notice = DueNotice(lead=planned.lead, tracked=one.tracked, occurrence=occurrence, agency=agency)
            text = notice_text(load_texts(LANGUAGE), notice, planned.at.date(), rules)
            yield Rehearsed(at=planned.at, person=name, notice=notice, text=text)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)
