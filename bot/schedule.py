"""What is owed: confirmed deadlines, people and rules written down as deliveries, each judged again when it is due."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import Connection

from bot.storage import reminders as ledger
from bot.storage.people import all_subscriptions, staff
from bot.storage.reminders import Answered, DeliveryState
from bot.storage.tracked import KeptDeadline
from handlers.audience import concerned_since, is_addressed, is_same_office
from handlers.people import Person, PersonRole, Subscription
from handlers.planning import ZONE, Notice, Occurrence, ReminderRules, escalation_at, occurrences, plan_notices
from handlers.reminder_texts import NoticeKind

AHEAD = timedelta(days=30)
"""How long before its first notice an occurrence enters the ledger; the next one is always there."""
_HORIZON = timedelta(days=1100)
"""How far ahead a last day may lie whose first notice is due (a campaign of three years)."""
_LOOK_BACK = timedelta(days=400)
"""What fell due in an outage this long is still written down, to be sent late or to expire with its reason."""

Hearer = tuple[Person, datetime]
"""A person and since when that person could know of the deadline."""


class Crowd(NamedTuple):
    """Everybody who may be reminded, and what they follow."""

    persons: Sequence[Person]
    followed: Mapping[int, Sequence[Subscription]]

    @classmethod
    def read(cls, connection: Connection) -> "Crowd":
        """Read it once for many deadlines."""
        return cls(staff(connection), all_subscriptions(connection))


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
    for person in crowd.persons:
        since = concerned_since(person, one.tracked, crowd.followed.get(person.id, ()), day)
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
