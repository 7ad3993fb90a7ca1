"""The reminder store as the flows, the calendar feed and the command line see it; every call is its own transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from bot.morning import status_line
from bot.schedule import hears_of
from bot.scheduler import ReminderEngine
from bot.storage import people as persons
from bot.storage import reminders as ledger
from bot.storage import subscriptions as following
from bot.storage import tracked as register
from bot.storage.tracked import DeadlineState, KeptDeadline
from config.texts import Texts
from handlers.audience import covers, is_same_office
from handlers.people import Person, PersonRole
from handlers.planning import ZONE, Occurrence, TrackedDeadline, occurrences, snooze_at
from handlers.reminder_texts import NoticeKind
from handlers.reminders_domain import (
    Answered,
    BoardRow,
    CalendarEntry,
    Proposal,
    Standing,
    Subscription,
    Task,
)
from knowledge.vietnamese import fold

P = ParamSpec("P")
T = TypeVar("T")
_YEAR = timedelta(days=400)
_EVER = timedelta(days=3660)
_BOARD_SPAN = timedelta(days=60)
_OVERDUE_SHOWN = timedelta(days=30)
_ENOUGH_WORDS = 3


class StoredReminders:
    """Implements the port `ReminderDesk` of the flows."""

    def __init__(self, engine: Engine, reminders: ReminderEngine) -> None:
        self._engine = engine
        self._reminders = reminders
        self.rules = reminders.rules

    def _run(self, operation: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs) -> T:
        with self._engine.begin() as connection:
            return operation(connection, *args, **named)

    def person(self, channel: str, sender: str) -> Person | None:
        """Return who uses this account."""
        return self._run(persons.find_person, channel, sender)

    def invite(self, role: PersonRole, agency: str | None, locality: str | None, now: datetime) -> str:
        """Return a one-time code for a new member of staff."""
        return self._run(persons.create_invite, role, agency, locality, now)

    def link_code(self, person: Person, now: datetime) -> str:
        """Return a one-time code that joins another account."""
        return self._run(persons.create_link_code, person.id, now)

    def redeem(self, code: str, channel: str, sender: str, *, chat: str, now: datetime) -> Person | None:
        """Use a code up for this account."""
        return self._run(persons.redeem_code, code, channel, sender, chat_id=chat, now=now)

    def leave(self, channel: str, sender: str, person: Person) -> bool:
        """Unlink an account; True when it was the last and everything about the person is erased."""
        with self._engine.begin() as connection:
            persons.leave_account(connection, channel, sender)
            return persons.person_by_id(connection, person.id) is None

    def move(self, person: Person, agency: str, locality: str | None, now: datetime) -> Person:
        """Record that a person works elsewhere from now on; a head becomes an official there until invited as head."""
        place = locality or person.locality
        role = PersonRole.OFFICIAL if person.role is PersonRole.HEAD else person.role
        with self._engine.begin() as connection:
            persons.change_post(connection, person.id, role, agency, place, now=now)
        return replace(person, role=role, agency=agency, locality=place, joined_at=now)

    def tasks(self, person: Person, now: datetime) -> Sequence[Task]:
        """Return what a person has to do, overdue first, answered tasks included until their day passes."""
        today = now.astimezone(ZONE).date()
        with self._engine.connect() as connection:
            rows = ledger.open_occurrences(connection, today - _OVERDUE_SHOWN, today + _YEAR, person_id=person.id)
            answers = ledger.answers_of(connection, [row[0] for row in rows])
        found = [
            _task(occurrence_id, occurrence, kept, answers.get((occurrence_id, person.id)))
            for occurrence_id, occurrence, kept in rows
        ]
        return [
            task
            for task in found
            if task.occurrence.last_day >= today or (task.answered is None and task.occurrence.first_day is None)
        ]

    def task(self, person: Person, occurrence_id: int) -> Task | None:
        """Return one task, if this person is or was reminded of it."""
        with self._engine.connect() as connection:
            return _find_task(connection, person, occurrence_id)

    def answer(self, person: Person, occurrence_id: int, answered: Answered, now: datetime) -> Task | None:
        """Record an answer; the task tells whether the whole agency is done with it."""
        with self._engine.begin() as connection:
            task = _find_task(connection, person, occurrence_id)
            if task is None:
                return None
            ledger.answer(connection, occurrence_id, person.id, answered, now)
            answers = ledger.answers_of(connection, [occurrence_id])
            everybody = {one.id: one for one in persons.staff(connection)}
            asked = [everybody[one] for one in ledger.hearers_of(connection, [occurrence_id]).get(occurrence_id, ())]
            office = [one for one in asked if is_same_office(one, person)]
            finished = answered is Answered.DONE and all((occurrence_id, one.id) in answers for one in office)
            return replace(task, answered=answered, agency_done=finished)

    def snooze(self, person: Person, occurrence_id: int, day: date, now: datetime) -> tuple[Task, datetime] | None:
        """Owe one more message on a day to come, beside the schedule; return when, None when that cannot be.

        A task to be reminded of again is not done.
        """
        today = now.astimezone(ZONE).date()
        with self._engine.begin() as connection:
            task = _find_task(connection, person, occurrence_id)
            if task is None or day <= today:
                return None
            ledger.reopen(connection, occurrence_id, person.id)
            at = snooze_at(day, task.occurrence.last_day, today, self.rules)
            plan = ledger.DeliveryPlan(
                occurrence_id=occurrence_id,
                persons=[person.id],
                kind=NoticeKind.SNOOZE,
                lead=(task.occurrence.last_day - at.date()).days,
                due_at=at,
            )
            ledger.plan_deliveries(connection, [plan])
            return task, at

    def proposals(self, now: datetime) -> Sequence[Proposal]:
        """Return the deadlines that wait for a decision, those with a day to come first, those that are over last."""
        with self._engine.connect() as connection:
            waiting = [_proposal(one, now) for one in register.kept(connection, DeadlineState.PROPOSED)]
        return sorted(waiting, key=lambda one: (one.is_over, one.next_time is None))

    def proposal(self, number: int, now: datetime) -> Proposal | None:
        """Return one deadline that may still be decided or edited."""
        states = (DeadlineState.DRAFT, DeadlineState.PROPOSED, DeadlineState.CONFIRMED)
        with self._engine.connect() as connection:
            found = register.kept(connection, *states, numbers=[number])
        return _proposal(found[0], now) if found else None

    def confirm(self, number: int, person_id: int | None, now: datetime) -> bool:
        """Confirm a deadline and plan it at once; False when it has no day or is gone."""
        found = self.proposal(number, now)
        if found is None or found.next_time is None:
            return False
        self._decide(number, DeadlineState.CONFIRMED, person_id, now)
        return True

    def drop(self, number: int, person_id: int | None, now: datetime) -> TrackedDeadline | None:
        """Drop a deadline: nothing is pushed, and the same words are not proposed again."""
        found = self.proposal(number, now)
        if found is not None:
            self._decide(number, DeadlineState.DROPPED, person_id, now)
        return found.tracked if found else None

    def revise(self, number: int, tracked: TrackedDeadline, person_id: int | None, now: datetime) -> None:
        """Put edited words, days or leads in place; what was planned with the old ones is planned anew."""
        with self._engine.begin() as connection:
            register.edit(connection, number, tracked, now, person_id)
            self._reminders.replan(connection, [number], now)

    def draft(self, tracked: TrackedDeadline, now: datetime) -> int:
        """Keep a hand-made deadline until it is confirmed or dropped."""
        return self._run(register.add, tracked, DeadlineState.DRAFT, now)

    def subscriptions(self, person: Person) -> Sequence[Subscription]:
        """Return what a person follows."""
        with self._engine.connect() as connection:
            return following.all_subscriptions(connection).get(person.id, ())

    def subscribe(self, person: Person, words: str, now: datetime) -> str | None:
        """Follow the document, deadline or agency that the words name; return its label, None when nothing fits."""
        with self._engine.begin() as connection:
            found = _target(register.kept(connection, DeadlineState.PROPOSED, DeadlineState.CONFIRMED), words, now)
            if found is None:
                return None
            kind, target, label = found
            following.subscribe(connection, person.id, kind, target, label=label, now=now)
            return label

    def unsubscribe(self, person: Person, subscription_id: int) -> str | None:
        """Stop following; return the label."""
        return self._run(following.unsubscribe, person.id, subscription_id)

    def board(self, person: Person | None, now: datetime) -> Sequence[BoardRow]:
        """Return agency by deadline: everything for admins and the command line, the own agency for a head."""
        today = now.astimezone(ZONE).date()
        with self._engine.connect() as connection:
            rows = ledger.open_occurrences(connection, today - _BOARD_SPAN, today + _BOARD_SPAN)
            ids = [row[0] for row in rows]
            answers, heard = ledger.answers_of(connection, ids), ledger.hearers_of(connection, ids)
            everybody = {one.id: one for one in persons.staff(connection)}
        board: list[BoardRow] = []
        for occurrence_id, occurrence, kept in rows:
            if occurrence.first_day is not None and occurrence.last_day < today:
                continue  # a window that is over asks for nothing any more
            asked = [everybody[one] for one in heard.get(occurrence_id, ()) if one in everybody]
            if person is not None and person.role is not PersonRole.ADMIN:
                asked = [one for one in asked if is_same_office(one, person)]
            said = {one.id: answers.get((occurrence_id, one.id)) for one in asked}
            board += _board_rows(kept, occurrence, asked, said, today)
        return board

    def calendar(self, token: str, now: datetime) -> tuple[Person, Sequence[CalendarEntry]] | None:
        """Return a person and the entries of that person's calendar, cancelled ones included; None for a dead token."""
        today = now.astimezone(ZONE).date()
        with self._engine.connect() as connection:
            owner = following.feed_owner(connection, token)
            person = persons.person_by_id(connection, owner) if owner is not None else None
            if person is None:
                return None
            followed = following.all_subscriptions(connection)
            known = register.kept(connection, DeadlineState.CONFIRMED, DeadlineState.WITHDRAWN, DeadlineState.DROPPED)
        entries = [
            CalendarEntry(
                tracked=kept.tracked,
                occurrence=occurrence,
                sequence=kept.sequence,
                changed_at=kept.changed_at,
                is_cancelled=kept.state is not DeadlineState.CONFIRMED,
            )
            for kept in known
            if kept.decided_at is not None
            for occurrence in occurrences(kept.tracked, today - _BOARD_SPAN, today + _YEAR)
            if hears_of(person, kept.tracked, followed, occurrence)
        ]
        return person, entries

    def new_feed_token(self, person: Person, now: datetime) -> str:
        """Return a fresh calendar secret; the one before stops working."""
        return self._run(following.new_feed_token, person.id, now)

    def close_feed(self, person: Person) -> None:
        """Make the calendar address stop working."""
        self._run(following.close_feed, person.id)

    def status(self, texts: Texts) -> str:
        """Return the state of the ledger in one line."""
        with self._engine.connect() as connection:
            return status_line(connection, texts)

    def ledger(self) -> dict[tuple[str, str | None], int]:
        """Return how many deliveries stand in each state for each reason."""
        return self._run(ledger.ledger_counts)

    def retry_failed(self, now: datetime) -> int:
        """Put what did not arrive back on the plan and hand it over at once."""
        with self._engine.begin() as connection:
            count = ledger.retry_failed(connection, now)
        self._reminders.deliver(now)
        return count

    def _decide(self, number: int, state: DeadlineState, person_id: int | None, now: datetime) -> None:
        with self._engine.begin() as connection:
            register.decide(connection, number, state, now, person_id)
            self._reminders.replan(connection, [number], now)


def _find_task(connection: Connection, person: Person, occurrence_id: int) -> Task | None:
    found = ledger.occurrence_by_id(connection, occurrence_id)
    if found is None or person.id not in ledger.hearers_of(connection, [occurrence_id]).get(occurrence_id, ()):
        return None
    occurrence, kept, stands = found
    answered = ledger.answers_of(connection, [occurrence_id]).get((occurrence_id, person.id))
    return _task(occurrence_id, occurrence, kept, answered) if stands else None


def _task(occurrence_id: int, occurrence: Occurrence, kept: KeptDeadline, answered: Answered | None) -> Task:
    return Task(occurrence_id=occurrence_id, occurrence=occurrence, tracked=kept.tracked, answered=answered)


def _proposal(kept: KeptDeadline, now: datetime) -> Proposal:
    today = now.astimezone(ZONE).date()
    coming = next(occurrences(kept.tracked, today, today + _EVER), None)
    over = next(occurrences(kept.tracked, date.min, today), None) if not kept.tracked.deadline.recurrence else None
    return Proposal(
        number=kept.number, tracked=kept.tracked, next_time=coming or over, is_over=coming is None and over is not None
    )


def _target(known: Sequence[KeptDeadline], words: str, now: datetime) -> tuple[str, str, str] | None:
    asked = fold(words).strip()
    for kept in known:
        tracked = kept.tracked
        names = [fold(name) for name in (tracked.number, tracked.source, tracked.source.rpartition(".")[0]) if name]
        if tracked.document_id and any(name and name in asked.split() for name in names):
            return "document", tracked.document_id, tracked.number or tracked.source
    for kept in known:
        if len(asked.split()) >= _ENOUGH_WORDS and asked in fold(kept.tracked.deadline.what):
            return "deadline", kept.tracked.deadline.id, kept.tracked.deadline.what
    day = now.astimezone(ZONE).date()
    named = {name for kept in known for name in kept.tracked.deadline.assignees}
    return ("agency", words.strip(), words.strip()) if any(covers(name, words, day) for name in named) else None


def _board_rows(
    kept: KeptDeadline,
    occurrence: Occurrence,
    asked: Sequence[Person],
    said: dict[int, Answered | None],
    today: date,
) -> list[BoardRow]:
    offices: list[list[Person]] = []
    for person in asked:
        for office in offices:
            if is_same_office(office[0], person):
                office.append(person)
                break
        else:
            offices.append([person])
    rows = []
    for office in offices:
        own = [person for person in office if said[person.id] is not Answered.NOT_MINE]
        done = sum(said[person.id] is Answered.DONE for person in own)
        if own and done == len(own):
            standing = Standing.DONE
        elif occurrence.last_day < today:
            standing = Standing.LATE
        elif not own:
            standing = Standing.NOBODY
        else:
            standing = Standing.OPEN if done or len(own) < len(office) else Standing.SILENT
        rows.append(
            BoardRow(
                number=kept.number,
                tracked=kept.tracked,
                occurrence=occurrence,
                agency=office[0].agency or "",
                standing=standing,
                done=done,
                total=len(own),
            )
        )
    return rows
