"""The ledger of reminders: deliveries planned for each person, their outcomes, and what people answered."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.storage.dialects import insert_into, insert_or_ignore, one_of
from bot.storage.outbox import WAITING, OutboxState, cancel, outbox
from bot.storage.people import Moment, people, subscriptions
from bot.storage.tracked import DeadlineState, read_tracked, tracked_deadlines
from handlers.planning import Occurrence, Reason, TrackedDeadline
from handlers.reminder_texts import DueNotice, NoticeKind
from knowledge.database import metadata


class DeliveryState(StrEnum):
    """The state of one delivery; SENT only when the platform accepted the message."""

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
    """How a person answered a reminder."""

    DONE = "done"
    NOT_MINE = "not_mine"


occurrences = sa.Table(
    "reminder_occurrence",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.ForeignKey("tracked_deadline.number", ondelete="CASCADE"), nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("first_day", sa.Date),
    sa.Column("is_withdrawn", sa.Boolean, nullable=False, default=False),
    sa.Column("rules", sa.String(16), nullable=False, default=""),
    sa.UniqueConstraint("number", "last_day"),
    sqlite_autoincrement=True,
)
deliveries = sa.Table(
    "reminder_delivery",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("occurrence_id", sa.ForeignKey("reminder_occurrence.id", ondelete="CASCADE"), nullable=False),
    sa.Column("person_id", sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", one_of(NoticeKind, 12), nullable=False),
    sa.Column("lead", sa.Integer, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("state", one_of(DeliveryState, 12), nullable=False),
    sa.Column("reason", sa.String(255)),
    sa.Column("round", sa.Integer, nullable=False, default=0),
    sa.Column("outbox_key", sa.String(64), index=True),
    sa.Column("settled_at", Moment),
    sa.UniqueConstraint("occurrence_id", "person_id", "kind", "lead"),
    sa.Index("ix_reminder_delivery_due", "state", "due_at"),
    sqlite_autoincrement=True,
)
"""Unique by deadline, last day, lead and person: a fallback to another channel never doubles a reminder."""
responses = sa.Table(
    "reminder_response",
    metadata,
    sa.Column("occurrence_id", sa.ForeignKey("reminder_occurrence.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("answer", one_of(Answered, 12), nullable=False),
)
_ANSWERS = (responses.c.occurrence_id == deliveries.c.occurrence_id) & (responses.c.person_id == deliveries.c.person_id)
_LOST = (DeliveryState.FAILED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One occurrence of a deadline, with one person's answer."""

    occurrence_id: int
    occurrence: Occurrence
    number: int
    tracked: TrackedDeadline
    answered: Answered | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(DueNotice):
    """One row of the ledger, with everything needed to recheck and word it."""

    id: int
    round: int
    person_id: int
    due_at: datetime
    state: DeliveryState
    reason: str | None
    answered: Answered | None
    stands: bool
    """Whether the deadline is still confirmed and this occurrence not withdrawn."""


def keep_occurrence(connection: Connection, number: int, occurrence: Occurrence, rules: str, now: datetime) -> int:
    """Return the id of an occurrence, created or revived; what other rules planned for it is cancelled."""
    mine = (occurrences.c.number == number, occurrences.c.last_day == occurrence.last_day)
    values = {"due": occurrence.due, "first_day": occurrence.first_day, "is_withdrawn": False, "rules": rules}
    row = connection.execute(sa.select(occurrences).where(*mine)).first()
    if row is not None and all(row._mapping[name] == value for name, value in values.items()):
        return int(row.id)
    if row is not None and row.rules != rules:
        own = (deliveries.c.occurrence_id == row.id) & (deliveries.c.kind != NoticeKind.SNOOZE)
        _take_back(connection, own, DeliveryState.CANCELLED, "rules", now)
    made = insert_into(connection, occurrences).values(number=number, last_day=occurrence.last_day, **values)
    made = made.on_conflict_do_update(index_elements=["number", "last_day"], set_=values)
    return int(connection.execute(made.returning(occurrences.c.id)).scalar_one())


def plan_deliveries(
    connection: Connection,
    occurrence_id: int,
    persons: Sequence[int],
    *,
    kind: NoticeKind,
    lead: int,
    due_at: datetime,
    reason: str | None = None,
) -> int:
    """Plan one lead for some people; return how many rows are new. Only a cancelled row is overwritten."""
    d, state = deliveries.c, DeliveryState.SKIPPED if reason else DeliveryState.PLANNED
    fixed = {"occurrence_id": occurrence_id, "kind": kind, "lead": lead}
    values = {**fixed, "due_at": due_at, "state": state, "reason": reason}
    theirs = (d.person_id == people.c.id, *(d[name] == value for name, value in fixed.items()))
    missing = ~sa.exists().where(*theirs, d.state != DeliveryState.CANCELLED)
    row = [sa.literal(value, d[name].type) for name, value in values.items()]
    rows = sa.select(people.c.id, *row).where(people.c.id.in_(persons), missing).order_by(people.c.id)
    made = insert_into(connection, deliveries).from_select(["person_id", *values], rows)
    revived = {name: made.excluded[name] for name in ("due_at", "state", "reason", "settled_at")}
    cancelled = d.state == DeliveryState.CANCELLED
    made = made.on_conflict_do_update(index_elements=["person_id", *fixed], set_=revived, where=cancelled)
    return connection.execute(made, execution_options={"preserve_rowcount": True}).rowcount


def cancel_unsent(connection: Connection, numbers: Iterable[int], reason: str, now: datetime) -> None:
    """Cancel everything unsent for these deadlines."""
    mine = sa.select(occurrences.c.id).where(occurrences.c.number.in_(list(numbers)))
    connection.execute(sa.update(occurrences).where(occurrences.c.id.in_(mine)).values(is_withdrawn=True))
    _take_back(connection, deliveries.c.occurrence_id.in_(mine), DeliveryState.CANCELLED, reason, now)


def record_answer(
    connection: Connection, occurrence_id: int, person_id: int, answered: Answered, now: datetime
) -> None:
    """Record a person's answer and skip what that person has not received yet about this occurrence."""
    reopen(connection, occurrence_id, person_id)
    values = {"occurrence_id": occurrence_id, "person_id": person_id, "answer": answered}
    connection.execute(insert_or_ignore(connection, responses).values(values))
    own = (deliveries.c.occurrence_id == occurrence_id) & (deliveries.c.person_id == person_id)
    _take_back(connection, own, DeliveryState.SKIPPED, answered, now)


def reopen(connection: Connection, occurrence_id: int, person_id: int) -> None:
    """Delete a person's answer: a snoozed task is not done."""
    mine = (responses.c.occurrence_id == occurrence_id, responses.c.person_id == person_id)
    connection.execute(sa.delete(responses).where(*mine))


def claim_due(connection: Connection, now: datetime, people_at_once: int) -> list[Delivery]:
    """Claim everything due for up to `people_at_once` people; other workers skip these rows."""
    due = (deliveries.c.state == DeliveryState.PLANNED, deliveries.c.due_at <= now)
    waiting = sa.select(people.c.id).where(people.c.id.in_(sa.select(deliveries.c.person_id).where(*due)))
    waiting = waiting.order_by(people.c.id).limit(people_at_once).with_for_update(skip_locked=True, key_share=True)
    persons = list(connection.scalars(waiting))
    if not persons:
        return []
    values = {"state": DeliveryState.QUEUED, "round": deliveries.c.round + 1}
    taken = sa.update(deliveries).where(*due, deliveries.c.person_id.in_(persons)).values(values)
    ids = list(connection.scalars(taken.returning(deliveries.c.id)))
    return _read(connection, deliveries.c.id.in_(ids), deliveries.c.person_id, occurrences.c.last_day, deliveries.c.id)


def settle(connection: Connection, ids: Sequence[int], state: DeliveryState, reason: str | None, now: datetime) -> None:
    """Record the final state of deliveries that will not be sent."""
    _change(connection, deliveries.c.id.in_(ids), state=state, reason=reason, settled_at=now)


def put_into(connection: Connection, ids: Sequence[int], outbox_key: str) -> None:
    """Record which outbox message carries these deliveries."""
    _change(connection, deliveries.c.id.in_(ids), outbox_key=outbox_key, reason=None)


def reflect(connection: Connection, now: datetime) -> None:
    """Copy the outcomes of the outbox into the ledger.

    Deliveries of a message that expired or was cancelled are planned again: the next pass sends them late or settles
    them by rule. Those of a message that was erased have failed.
    """
    d, on_the_way = deliveries.c, (DeliveryState.QUEUED, DeliveryState.SENDING)
    waits, lapsed = outbox.c.state.in_(WAITING), outbox.c.state.in_((OutboxState.EXPIRED, OutboxState.CANCELLED))
    planned, queued = (sa.literal(one, d.state.type) for one in (DeliveryState.PLANNED, DeliveryState.QUEUED))
    became = sa.case((waits, queued), (lapsed, planned), else_=outbox.c.state)
    has_ended = outbox.c.state.in_((OutboxState.SENT, OutboxState.UNCERTAIN, OutboxState.FAILED))
    ended = sa.case((has_ended, sa.func.coalesce(outbox.c.sent_at, sa.literal(now, Moment))))
    carried = (d.state.in_((*on_the_way, DeliveryState.UNCERTAIN)), d.outbox_key == outbox.c.dedupe_key)
    _change(connection, *carried, d.state != became, state=became, reason=outbox.c.last_error, settled_at=ended)
    gone = (d.state.in_(on_the_way), ~sa.exists().where(outbox.c.dedupe_key == d.outbox_key))
    _change(connection, *gone, state=DeliveryState.FAILED, reason="erased", settled_at=now)


def is_wanted(connection: Connection, outbox_key: str) -> bool:
    """Whether all deliveries of a message still stand unanswered; checked right before sending."""
    joined = deliveries.join(occurrences).join(tracked_deadlines)
    stale = sa.or_(
        occurrences.c.is_withdrawn,
        tracked_deadlines.c.state != DeadlineState.CONFIRMED,
        responses.c.answer.is_not(None) & (deliveries.c.kind != NoticeKind.ESCALATION),
    )
    wanted = sa.select(deliveries.c.id).select_from(joined.outerjoin(responses, _ANSWERS))
    return connection.execute(wanted.where(deliveries.c.outbox_key == outbox_key, stale).limit(1)).first() is None


def retry_failed(connection: Connection) -> int:
    """Plan failed and uncertain deliveries again because an admin asks for it; return how many."""
    return _change(connection, deliveries.c.state.in_(_LOST), state=DeliveryState.PLANNED, reason=None, settled_at=None)


def ledger_counts(
    connection: Connection, since: datetime | None = None, until: datetime | None = None
) -> defaultdict[str, Counter[str | None]]:
    """Count deliveries by state and reason: all, or those settled (if unsettled: due) between two moments."""
    wanted = sa.select(deliveries.c.state, deliveries.c.reason, sa.func.count())
    if since is not None and until is not None:
        moment = sa.func.coalesce(deliveries.c.settled_at, deliveries.c.due_at)
        wanted = wanted.where(moment >= since, moment < until)
    found: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for state, reason, number in connection.execute(wanted.group_by(deliveries.c.state, deliveries.c.reason)):
        found[state][reason] = number
    return found


def next_due(connection: Connection) -> datetime | None:
    """Return when the next planned delivery is due."""
    planned = deliveries.c.state == DeliveryState.PLANNED
    moment: datetime | None = connection.scalar(sa.select(sa.func.min(deliveries.c.due_at)).where(planned))
    return moment


def undelivered(connection: Connection, most: int) -> list[Delivery]:
    """Return the latest failed and uncertain deliveries."""
    return _read(connection, deliveries.c.state.in_(_LOST), deliveries.c.settled_at.desc(), deliveries.c.id, most=most)


def answers_of(connection: Connection, occurrence_ids: Iterable[int]) -> dict[int, dict[int, Answered | None]]:
    """Return for each occurrence the answer of everybody reminded of it, None for no answer."""
    d, found = deliveries.c, defaultdict[int, dict[int, Answered | None]](dict)
    wanted = sa.select(d.occurrence_id, d.person_id, responses.c.answer).distinct()
    wanted = wanted.outerjoin_from(deliveries, responses, _ANSWERS)
    mine = (d.occurrence_id.in_(list(occurrence_ids)), d.kind == NoticeKind.LEAD)
    for occurrence_id, person_id, answer in connection.execute(wanted.where(*mine).order_by(d.person_id)):
        found[occurrence_id][person_id] = answer
    return found


def tasks(
    connection: Connection,
    first: date = date.min,
    last: date = date.max,
    *,
    person_id: int | None = None,
    only: int | None = None,
) -> list[Task]:
    """Return valid occurrences with their last day in a span: all, or one person's with the answers."""
    theirs = (responses.c.occurrence_id == occurrences.c.id) & (responses.c.person_id == person_id)
    joined = occurrences.join(tracked_deadlines).outerjoin(responses, theirs)
    wanted = sa.select(occurrences, tracked_deadlines, responses.c.answer).select_from(joined)
    stands = (occurrences.c.is_withdrawn.is_(False), tracked_deadlines.c.state == DeadlineState.CONFIRMED)
    wanted = wanted.where(*stands, occurrences.c.last_day.between(first, last))
    if person_id is not None:
        heard = (deliveries.c.person_id == person_id, deliveries.c.kind == NoticeKind.LEAD)
        wanted = wanted.where(occurrences.c.id.in_(sa.select(deliveries.c.occurrence_id).where(*heard)))
    if only is not None:
        wanted = wanted.where(occurrences.c.id == only)
    rows = connection.execute(wanted.order_by(occurrences.c.last_day, occurrences.c.id))
    return [Task(number=row.number, **_task_of(row)) for row in rows]


def signature(connection: Connection) -> str:
    """Return a text that changes whenever planning could find something new."""
    moments = (tracked_deadlines.c.changed_at, people.c.joined_at, subscriptions.c.since)
    parts = [connection.execute(sa.select(sa.func.count(), sa.func.max(moment))).one() for moment in moments]
    return repr([tuple(part) for part in parts])


def _take_back(
    connection: Connection, theirs: sa.ColumnElement[bool], state: DeliveryState, reason: str, now: datetime
) -> None:
    """Settle unsent deliveries; others that shared a queued message with them are planned again."""
    d = deliveries.c
    carrying = sa.select(d.outbox_key).where(theirs, d.state == DeliveryState.QUEUED).distinct()
    stopped = [key for key in connection.scalars(carrying) if cancel(connection, key)]
    _change(connection, d.outbox_key.in_(stopped), d.state == DeliveryState.QUEUED, state=DeliveryState.PLANNED)
    unsent = d.state == DeliveryState.PLANNED
    if state is DeliveryState.CANCELLED:
        unsent |= (d.state == DeliveryState.SKIPPED) & d.reason.in_(list(Reason))
    _change(connection, theirs, unsent, state=state, reason=reason, settled_at=now)


def _change(connection: Connection, *where: sa.ColumnElement[bool], **values: Any) -> int:
    return connection.execute(sa.update(deliveries).where(*where).values(values)).rowcount


def _read(
    connection: Connection, which: sa.ColumnElement[bool], *order: sa.ColumnElement[Any], most: int | None = None
) -> list[Delivery]:
    mine = [deliveries.c[name] for name in ("id", "round", "person_id", "kind", "lead", "due_at", "state", "reason")]
    wanted = sa.select(*mine, people.c.agency, responses.c.answer, occurrences, tracked_deadlines)
    joined = deliveries.join(occurrences).join(tracked_deadlines).outerjoin(responses, _ANSWERS)
    joined = joined.join(people, people.c.id == deliveries.c.person_id)
    rows = connection.execute(wanted.select_from(joined).where(which).order_by(*order).limit(most))
    return [
        Delivery(
            **{column.name: row._mapping[column] for column in mine},
            agency=row.agency,
            stands=row._mapping[tracked_deadlines.c.state] is DeadlineState.CONFIRMED and not row.is_withdrawn,
            **_task_of(row),
        )
        for row in rows
    ]


def _task_of(row: Any) -> dict[str, Any]:
    """Return the fields of a task from a row that joins occurrence, deadline and answer."""
    return {
        "occurrence_id": row._mapping[occurrences.c.id],
        "occurrence": Occurrence(due=row.due, last_day=row.last_day, first_day=row.first_day),
        "tracked": read_tracked(row.record),
        "answered": row.answer,
    }
