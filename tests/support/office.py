"""A small office for tests of reminders: deadlines made by hand, people who joined, a store, an engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, update

from bot.reminder_asked import Desk
from bot.reminder_desk import read_command, take_step
from bot.reminder_proposals import proposals
from bot.reminder_tasks import my_tasks
from bot.scheduler import ReminderEngine, load_rules
from bot.storage.outbox import OutboxState, outbox, replies
from bot.storage.people import create_invite, find_person, redeem_code
from bot.storage.reminders import Answered, Task, deliveries, occurrences, record_answer
from bot.storage.tracked import DeadlineState, KeptDeadline, decide, kept
from config.texts import load_texts
from handlers.domain import IncomingMessage, Reply
from handlers.people import NOBODY, Person, PersonRole
from handlers.planning import ZONE, TrackedDeadline
from knowledge.domain import Deadline, DeadlineKind, Document
from tests.support.databases import fresh_database

PLACE = "huyện Bình Minh"


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    """Return a local moment."""
    return datetime.combine(day, time(hour, minute), ZONE)


def make_deadline(last_day: date | None = None, **values: Any) -> Deadline:
    """Return a report due on last_day, inclusive unless told otherwise."""
    fields: dict[str, Any] = {
        "id": "doc.1",
        "kind": DeadlineKind.REPORT,
        "what": "Gửi báo cáo sơ kết",
        "due": last_day,
        "inclusive": True,
        "last_day": last_day,
        "start": None,
        "end": None,
        "recurrence": None,
        "assignees": (),
        "submit_to": "Ủy ban nhân dân huyện",
        "quote": "Các phòng gửi báo cáo sơ kết đúng hạn.",
        "section": "III.2",
    }
    return Deadline(**{**fields, **values})


def make_tracked(deadline: Deadline, **values: Any) -> TrackedDeadline:
    """Return a deadline of a document of the office's own place."""
    fields: dict[str, Any] = {
        "deadline": deadline,
        "document_id": "doc",
        "source": "ke-hoach.txt",
        "number": "12/KH-UBND",
        "locality": "Bình Minh",
        "addressed_to": (),
        "ends_on": None,
    }
    return TrackedDeadline(**{**fields, **values})


def make_document(*deadlines: Deadline, **values: Any) -> Document:
    """Return a plan of the office's own place."""
    fields: dict[str, Any] = {
        "id": "doc",
        "source": "ke-hoach.txt",
        "kind": "Kế hoạch",
        "number": "12/KH-UBND",
        "title": "Kế hoạch năm",
        "issuer": "UBND huyện Bình Minh",
        "place": "Bình Minh",
        "issued_on": date(2023, 1, 10),
        "issued_text": None,
        "period": None,
        "signer": None,
        "addressed_to": (),
        "recipients": (),
        "references": (),
        "sections": (),
        "duties": (),
        "deadlines": deadlines,
        "findings": (),
        "content_hash": "0",
    }
    return Document(**{**fields, **values})


@dataclass(slots=True)
class Office:
    """An office whose clock the test sets; messages leave the outbox only when the test sends them."""

    engine: Engine
    folder: Path
    now: datetime
    reminders: ReminderEngine

    def join(self, name: str, agency: str, role: PersonRole = PersonRole.OFFICIAL, place: str = PLACE) -> Person:
        """Let somebody join by Telegram with a code."""
        with self.engine.begin() as connection:
            code = create_invite(connection, role, agency, place, self.now)
            person = redeem_code(connection, code, "telegram", name, chat_id=name, now=self.now)
        assert person is not None
        return person

    def person(self, name: str) -> Person | None:
        """Return who uses this account in Telegram."""
        with self.engine.connect() as connection:
            return find_person(connection, "telegram", name)

    def tasks(self, name: str) -> list[Task]:
        """Return what somebody has to do now."""
        with self.engine.connect() as connection:
            person = find_person(connection, "telegram", name)
            return my_tasks(connection, person, self.now.astimezone(ZONE).date()) if person else []

    def answer(self, name: str, task: Task, answered: Answered) -> None:
        """Let somebody answer a task."""
        with self.engine.begin() as connection:
            person = find_person(connection, "telegram", name)
            assert person is not None
            record_answer(connection, task.occurrence_id, person.id, answered, self.now)

    def proposals(self) -> list[KeptDeadline]:
        """Return what waits for a decision."""
        with self.engine.connect() as connection:
            return proposals(connection, self.now.astimezone(ZONE).date())

    def confirm(self, step: str = "ok_all", number: int = 999_999_999) -> list[Reply]:
        """Confirm every proposal that has a day, or with the step "ok" one of them."""
        admin = replace(NOBODY, role=PersonRole.ADMIN)
        said = message(sender="", now=self.now)
        return take_step(said, step, str(number), desk=self.desk(), person=admin)

    def desk(self) -> Desk:
        """Return what the conversation works with."""
        return Desk(reminders=self.reminders, public_url="https://antam.example")

    def move(self, number: int, deadline: Deadline) -> None:
        """Put an edited deadline in place."""
        with self.engine.begin() as connection:
            (one,) = kept(connection, DeadlineState.CONFIRMED, numbers=[number])
            decide(connection, number, self.now, tracked=replace(one.tracked, deadline=deadline))
            self.reminders.replan(connection, [number], self.now)

    def say(self, name: str, text: str = "", press: str | None = None) -> list[Reply]:
        """Return what somebody is answered in chat."""
        said = message(text, sender=name, now=self.now, action=press)
        found = read_command(load_texts("vi"), said)
        return take_step(said, *found, desk=self.desk()) if found else []

    def take(self, after: Document | None, before: Document | None = None) -> None:
        """Store, replace or remove a document as ingestion would."""
        with self.engine.begin() as connection:
            self.reminders.documents_changed(connection, before, after)

    def tick_at(self, moment: datetime) -> list[tuple[str, Reply]]:
        """Run one round at a moment, let the outbox send everything, and return what was sent."""
        self.now = moment
        self.reminders.tick(moment)
        sent = self.send_waiting()
        self.reminders.reflect(moment)
        return sent

    def waiting(self) -> list[tuple[str, Reply]]:
        """Return what waits in the outbox."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.state == OutboxState.PENDING).order_by(outbox.c.id))
            return [(row.chat, replies().validate_json(row.payload)) for row in rows]

    def send_waiting(self) -> list[tuple[str, Reply]]:
        """Call everything that waits sent."""
        sent = self.waiting()
        self.settle_waiting(OutboxState.SENT)
        return sent

    def settle_waiting(self, state: OutboxState, why: str | None = None) -> None:
        """Settle everything that waits."""
        values = {"state": state, "last_error": why, "sent_at": self.now if state is OutboxState.SENT else None}
        with self.engine.begin() as connection:
            connection.execute(update(outbox).where(outbox.c.state == OutboxState.PENDING).values(values))

    def ledger(self, kind: str = "lead") -> list[tuple[int, date, int, str, str | None]]:
        """Return the ledger: person, last day, lead, state, reason."""
        wanted = select(deliveries, occurrences.c.last_day).join_from(deliveries, occurrences)
        wanted = wanted.where(deliveries.c.kind == kind).order_by(deliveries.c.person_id, deliveries.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(wanted)
            return [(row.person_id, row.last_day, row.lead, row.state, row.reason) for row in rows]

    def next_due_day(self, after: date) -> date | None:
        """Return the next day on which something planned is due."""
        wanted = select(func.min(deliveries.c.due_at)).where(deliveries.c.state == "planned")
        with self.engine.connect() as connection:
            moment = connection.scalar(wanted.where(deliveries.c.due_at >= at(after + timedelta(days=1), 0)))
        return moment.astimezone(ZONE).date() if moment else None

    def states(self, kind: str = "lead") -> dict[int, str]:
        """Return the state of each lead of the one person and deadline there is."""
        return {lead: state for _, _, lead, state, _ in self.ledger(kind)}


@contextmanager
def open_office(folder: Path, now: datetime, kind: str = "sqlite") -> Iterator[Office]:
    """Open an office over an empty database; `reminders.toml` in the folder holds its rules."""
    with fresh_database(kind, folder) as engine:
        yield office_over(engine, folder, now)


def office_over(engine: Engine, folder: Path, now: datetime) -> Office:
    """Return an office over a database that has its tables, as a process that starts would see it."""
    clock: list[Office] = []
    clock.append(Office(engine, folder, now, ReminderEngine(engine, load_rules(folder), lambda: clock[0].now)))
    return clock[0]


def message(text: str = "", *, sender: str, now: datetime, action: str | None = None, **values: Any) -> IncomingMessage:
    """Return a private message by Telegram."""
    return IncomingMessage(channel="telegram", sender=sender, chat=sender, now=now, text=text, action=action, **values)
