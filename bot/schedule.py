"""What is owed: confirmed deadlines, people and rules written down as deliveries of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.storage import reminders as ledger
from bot.storage.people import staff
from bot.storage.subscriptions import all_subscriptions
from bot.storage.tracked import KeptDeadline
from handlers.audience import follows, is_addressed
from handlers.people import Person, PersonRole
from handlers.planning import ZONE, Occurrence, ReminderRules, TrackedDeadline, escalation_at, occurrences, plan_notices
from handlers.reminder_texts import NoticeKind
from handlers.reminders_domain import DeliveryState, Subscription

AHEAD = timedelta(days=7)
"""How long before its first notice an occurrence enters the ledger."""
_HORIZON = timedelta(days=1100)
"""How far ahead a last day may lie whose first notice is due (a campaign of three years)."""
_LOOK_BACK = timedelta(days=400)
"""What fell due in an outage this long is still written down, to be sent late or to expire with its reason."""
_LONGEST_HOLIDAY = timedelta(days=20)

Hearer = tuple[Person, datetime]
"""A person and since when that person could know of the deadline."""


@dataclass(frozen=True, slots=True)
class Crowd:
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
    written = 0
    today, until = now.astimezone(ZONE).date(), now + ahead
    first = max(min(one.decided_at or now, now).astimezone(ZONE).date(), today - _LOOK_BACK)
    for occurrence in occurrences(one.tracked, first, today + _HORIZON):
        opens = occurrence.first_day or occurrence.last_day - timedelta(days=max(one.tracked.leads or rules.leads))
        if opens - _LONGEST_HOLIDAY > until.date():
            break
        hearers = hearers_of(one, occurrence, crowd, now)
        if hearers:
            new = _write_occurrence(connection, one, occurrence, hearers, rules, until)
            if new is None:
                break
            written += new
    return written


def hears_of(
    person: Person, tracked: TrackedDeadline, followed: Mapping[int, Sequence[Subscription]], occurrence: Occurrence
) -> bool:
    """Whether a person hears of a deadline, through the agency or by following."""
    day = occurrence.last_day
    return is_addressed(person, tracked, day) or follows(person, tracked, followed.get(person.id, ()), day) is not None


def hearers_of(one: KeptDeadline, occurrence: Occurrence, crowd: Crowd, now: datetime) -> list[Hearer]:
    """Return who hears of an occurrence, and since when each could know; as of a moment past, all is known by then."""
    known, day = one.decided_at or one.changed_at, occurrence.last_day
    hearers = []
    for person in crowd.persons:
        since = person.joined_at
        if not is_addressed(person, one.tracked, day):
            entry = follows(person, one.tracked, crowd.followed.get(person.id, ()), day)
            if entry is None:
                continue
            since = max(since, entry.since)
        could_know = min(max(known, since), now)
        if could_know.astimezone(ZONE).date() <= day:
            hearers.append((person, could_know))
    return hearers


def _write_occurrence(  # noqa: PLR0917
    connection: Connection,
    one: KeptDeadline,
    occurrence: Occurrence,
    hearers: Sequence[Hearer],
    rules: ReminderRules,
    until: datetime,
) -> int | None:
    """Write one occurrence down; None when its first notice, and so that of every later one, is not near yet."""
    by_known: dict[datetime, list[int]] = {}
    for person, known in hearers:
        by_known.setdefault(known, []).append(person.id)
    notices = {known: plan_notices(one.tracked, occurrence, known, rules) for known in by_known}
    instants = [notice.at for planned in notices.values() for notice in planned if notice.at]
    if instants and min(instants) > until:
        return None
    occurrence_id = ledger.keep_occurrence(connection, one.number, occurrence)
    plans = [
        ledger.DeliveryPlan(
            occurrence_id=occurrence_id,
            persons=persons,
            kind=NoticeKind.LEAD,
            lead=notice.lead,
            due_at=notice.at or known,
            state=DeliveryState.SKIPPED if notice.reason else DeliveryState.PLANNED,
            reason=notice.reason,
        )
        for known, persons in by_known.items()
        for notice in notices[known]
    ]
    # Silence past the last day goes once to each head of an agency that was asked; a window asks for no answer.
    heads = [person for person, _ in hearers if person.role is PersonRole.HEAD and occurrence.first_day is None]
    asked = [person.id for person in heads if is_addressed(person, one.tracked, occurrence.last_day)]
    silence = ledger.DeliveryPlan(
        occurrence_id=occurrence_id,
        persons=asked,
        kind=NoticeKind.ESCALATION,
        lead=-1,
        due_at=escalation_at(occurrence.last_day, rules),
    )
    return ledger.plan_deliveries(connection, [*plans, silence])
