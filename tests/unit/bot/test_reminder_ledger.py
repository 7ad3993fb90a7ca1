"""Whatever happens and whenever: each deadline, person and lead is sent once, or the ledger says why not."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.storage.outbox import OutboxState
from bot.storage.reminders import Answered, deliveries, occurrences
from bot.storage.tracked import tracked_deadlines
from handlers.people import Person, PersonRole
from handlers.planning import ReminderRules, may_send
from knowledge.database import metadata, open_database
from knowledge.domain import Document
from tests.support.office import Office, at, make_deadline, make_document, office_over

START = date(2023, 1, 2)
FINAL = ("sent", "skipped", "expired", "cancelled")
RULES = ReminderRules()

steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 60 * 24 * 40)),
        st.tuples(st.just("back"), st.integers(1, 60 * 24 * 3)),
        st.tuples(st.just("join"), st.sampled_from(["Phòng Tư pháp", "Phòng Nội vụ"])),
        st.tuples(st.just("add"), st.integers(1, 60)),
        st.tuples(st.just("take"), st.lists(st.integers(-20, 80), min_size=1, max_size=2)),
        st.tuples(st.just("replace"), st.lists(st.integers(1, 60), max_size=2)),
        st.tuples(st.just("answer"), st.sampled_from(list(Answered))),
        st.tuples(st.just("refuse"), st.sampled_from([OutboxState.FAILED, OutboxState.EXPIRED])),
        st.tuples(st.just("restart"), st.none()),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class Story:
    """An office living through drawn events; `said` counts the references each chat received."""

    office: Office
    people: list[Person] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    added: list[date] = field(default_factory=list)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcome: OutboxState = OutboxState.SENT

    def do(self, name: str, value: Any) -> None:
        """Live through one event, then let the engine do a round."""
        getattr(self, name)(value)
        self.tick()

    def wait(self, minutes: int) -> None:
        self.office.now += timedelta(minutes=minutes)

    def back(self, minutes: int) -> None:
        self.tick()
        self.office.now -= timedelta(minutes=minutes)

    def join(self, agency: str) -> None:
        role = PersonRole.OFFICIAL if self.people else PersonRole.ADMIN
        self.people.append(self.office.join(f"n{len(self.people)}", agency, role))

    def add(self, days: int) -> None:
        """Let the admin, if there is one, add a deadline by hand; only the others may hear of it at once."""
        last_day = self.office.now.date() + timedelta(days=days)
        for read_back in self.office.say("n0", f"/them gửi danh sách chậm nhất ngày {last_day:%d/%m/%Y}"):
            if read_back.buttons:
                self.office.say("n0", press=read_back.buttons[0].action)
                self.added.append(last_day)

    def take(self, days: list[int]) -> None:
        self.documents.append(self._document(len(self.documents), days))
        self.office.take(self.documents[-1])
        self.office.confirm()

    def replace(self, days: list[int]) -> None:
        if self.documents:
            before = self.documents[0]
            self.documents[0] = self._document(0, days)
            self.office.take(self.documents[0], before)
            self.office.confirm()

    def answer(self, answered: Answered) -> None:
        for task in self.office.tasks("n0")[:1]:
            self.office.answer("n0", task, answered)

    def refuse(self, outcome: OutboxState) -> None:
        self.outcome = outcome

    def restart(self, _nothing: None) -> None:
        self.office.reminders = office_over(self.office.engine, self.office.folder, self.office.now).reminders

    def tick(self) -> None:
        """Run one round; what leaves must leave in working hours, and never twice."""
        self.office.reminders = office_over(self.office.engine, self.office.folder, self.office.now).reminders
        self.office.reminders.tick(self.office.now)
        waiting = self.office.waiting()
        assert may_send(self.office.now, RULES) or not waiting
        if self.outcome is OutboxState.SENT:
            for chat, reply in waiting:
                self.said.update((chat, mark) for mark in re.findall(r"Mã nhắc (N\d+-\d+)", reply.text))
        self.office.settle_waiting(self.outcome)
        self.outcome = OutboxState.SENT
        self.office.reminders.reflect(self.office.now)

    def finish(self) -> None:
        """Let time pass until everything known has fallen due."""
        last = max([self.office.now.date(), *self._last_days()]) + timedelta(days=12)
        day = self.office.now.date()
        while day <= last:
            self.office.now = max(self.office.now, at(day, 9))
            self.tick()
            day = min(self.office.next_due_day(day) or date.max, day + timedelta(days=6))

    def _last_days(self) -> list[date]:
        found = [one.last_day for document in self.documents for one in document.deadlines if one.last_day]
        return [*found, *self.added]

    def _document(self, number: int, days: list[int]) -> Document:
        today = self.office.now.date()
        made = [
            make_deadline(today + timedelta(days=ahead), id=f"doc{number}.{today}-{ahead}", what=f"Việc {ahead}")
            for ahead in dict.fromkeys(days)
        ]
        return make_document(*made, id=f"doc{number}", source=f"{number}.txt")


def check_story(events: list[tuple[str, Any]]) -> None:
    """Live through the events to the end and look at the ledger."""
    engine = open_database("sqlite://")
    metadata.create_all(engine)
    story = Story(office_over(engine, Path("/nonexistent"), datetime.combine(START, time(9), at(START).tzinfo)))
    for name, value in events:
        story.do(name, value)
    story.finish()

    assert max(story.said.values(), default=1) == 1
    rows = story.office.ledger()
    assert len({row[:3] for row in rows}) <= len(rows)
    assert all(state in (*FINAL, "failed") for *_, state, _ in rows)
    assert all(reason for *_, state, reason in rows if state in ("skipped", "expired", "cancelled"))
    check_complete(story)
    engine.dispose()


def check_complete(story: Story) -> None:
    """Every lead of every standing deadline has a row for everybody who joined in time; each sent row was said once."""
    d, o, t = deliveries.c, occurrences.c, tracked_deadlines.c
    joined = deliveries.join(occurrences).join(tracked_deadlines)
    wanted = select(t.state, o.is_withdrawn, o.last_day, d.occurrence_id, d.person_id, d.lead, d.state.label("at"))
    with story.office.engine.connect() as connection:
        rows = connection.execute(wanted.select_from(joined).where(d.kind == "lead")).all()
        confirmed = connection.execute(select(t.number, t.decided_at).where(t.state == "confirmed")).all()
        known = connection.execute(select(o.id, o.number, o.last_day).where(o.is_withdrawn.is_(False))).all()
    by_occurrence = Counter((row.occurrence_id, row.person_id) for row in rows)
    assert set(by_occurrence.values()) <= {len(RULES.leads)}
    decided = {row.number: row.decided_at for row in confirmed}
    for one in known:
        for person in story.people:
            could_know = max(person.joined_at, decided.get(one.number, person.joined_at))
            if could_know.astimezone(at(START).tzinfo).date() <= one.last_day and one.number in decided:
                assert by_occurrence[one.id, person.id] == len(RULES.leads)
    for row in rows:
        chat = f"n{[person.id for person in story.people].index(row.person_id)}"
        assert story.said[chat, f"N{row.occurrence_id}-{row.lead}"] == int(row.at == "sent")


CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=CALM)
@given(steps)
def test_whatever_happens_the_ledger_accounts_for_every_lead(events: list[tuple[str, Any]]) -> None:
    check_story(events)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@settings(max_examples=1_500, deadline=None, suppress_health_check=CALM)
@given(steps)
def test_whatever_happens_the_ledger_accounts_for_every_lead_1500_times(events: list[tuple[str, Any]]) -> None:
    check_story(events)
