"""The reminder engine: plans deliveries, passes due ones to the outbox, records their outcomes."""

import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from bot.morning import morning_line
from bot.schedule import AHEAD, LANGUAGE, Recheck, read_audience, write_schedule
from bot.storage import reminders as ledger
from bot.storage.outbox import OutboundDraft, enqueue
from bot.storage.people import identities_of, staff
from bot.storage.reminders import DeliveryState
from bot.storage.sending import Claim
from bot.storage.tracked import DeadlineState, kept, take_changes
from config.texts import load_texts
from handlers.audience import is_addressed
from handlers.domain import Reply
from handlers.people import Person, PersonRole
from handlers.planning import SEND_WINDOW, ZONE, ReminderRules, may_send, read_rules
from handlers.ports import Clock
from handlers.reminder_texts import NoticeKind, message, reference
from knowledge.domain import Document
from knowledge.errors import KnowledgeError

PUSH_CHANNELS = ("telegram", "zalo_oa", "zalo_bot")
"""Channels that can write to a person first."""
_PEOPLE_AT_ONCE = 25
_PAUSE_S = 0.01
"""Pause between two batches, so that other transactions get their turn."""
RULES_FILE = "reminders.toml"
_LATE = timedelta(minutes=30)
"""A reminder sent later than this says that it is late."""


class ReminderFault(KnowledgeError):
    """A reminder command that cannot be carried out."""


def load_rules(data_dir: Path) -> ReminderRules:
    """Read the office's leads, hour and days off; the defaults where there is no file."""
    file = data_dir / RULES_FILE
    try:
        return read_rules(file.read_text("utf-8")) if file.is_file() else ReminderRules()
    except (ValueError, TypeError, tomllib.TOMLDecodeError) as fault:
        raise ReminderFault("bad_rules", file=RULES_FILE, why=str(fault)) from fault


@dataclass(eq=False)
class ReminderEngine:
    """Every step may be repeated, interrupted anywhere and run in several processes at once."""

    engine: Engine
    rules: ReminderRules
    clock: Clock
    guard: Callable[[str, str], str] | None = None
    _planned_for: str = field(init=False, default="")
    _reported_on: date | None = field(init=False, default=None)

    def documents_changed(self, connection: Connection, before: Document | None, after: Document | None) -> None:
        """Cancel and re-plan inside the transaction that stores, replaces or removes a document."""
        now = self.clock()
        self.replan(connection, take_changes(connection, before, after, now), now)

    def replan(self, connection: Connection, numbers: Iterable[int], now: datetime) -> None:
        """Cancel the unsent deliveries of these deadlines, and plan those that are confirmed again."""
        if changed := list(numbers):
            ledger.cancel_unsent(connection, changed, "withdrawn", now)
            audience = read_audience(connection)
            for one in kept(connection, DeadlineState.CONFIRMED, numbers=changed):
                write_schedule(connection, one, audience, self.rules, now=now, ahead=AHEAD)

    def plan(self, now: datetime, ahead: timedelta = AHEAD) -> int:
        """Plan all confirmed deadlines, `ahead` included; return how many deliveries are new."""
        with self.engine.connect() as connection:
            audience, confirmed = read_audience(connection), kept(connection, DeadlineState.CONFIRMED)
        new = 0
        for one in confirmed:
            # A short transaction each, so that other writers need not wait for the whole plan.
            with self.engine.begin() as connection:
                new += write_schedule(connection, one, audience, self.rules, now=now, ahead=ahead)
        return new

    def deliver(self, now: datetime) -> Counter[str]:
        """Put due deliveries into the outbox, one message a person, in the sending window; count them by state."""
        self.reflect(now)
        tally: Counter[str] = Counter()
        while may_send(now, self.rules):
            with self.engine.begin() as connection:
                claimed = ledger.claim_due(connection, now, _PEOPLE_AT_ONCE)
                if not claimed:
                    break
                tally += self._hand_over(connection, claimed, now)
            time.sleep(_PAUSE_S)
        return tally

    def reflect(self, now: datetime) -> None:
        """Copy the outcomes of the outbox into the ledger."""
        with self.engine.begin() as connection:
            ledger.reflect(connection, now)

    def still_wanted(self, connection: Connection, held: Claim) -> bool:
        """Whether a queued reminder is still to be sent; if not, the next pass plans its deliveries again."""
        return not held.dedupe_key.startswith("rem:") or ledger.is_wanted(connection, held.dedupe_key)

    def report_morning(self, now: datetime) -> None:
        """Queue the admins' line once each working morning."""
        local = now.astimezone(ZONE)
        if local.date() == self._reported_on or not may_send(now, self.rules) or local.time() < self.rules.send_at:
            return
        with self.engine.begin() as connection:
            reply = morning_line(connection, load_texts(LANGUAGE), local, self.rules)
            for person in staff(connection):
                if person.role is PersonRole.ADMIN:
                    self._enqueue(connection, person, reply, now, dedupe_key=f"rem.morning:{person.id}:{local.date()}")
        self._reported_on = local.date()

    def tick(self, now: datetime) -> None:
        """Do one round; plan only when people, deadlines or the day changed since the last one."""
        with self.engine.connect() as connection:
            signature = f"{now.astimezone(ZONE).date()} {ledger.signature(connection)}"
        if signature != self._planned_for:
            self.plan(now)
            self._planned_for = signature
        self.deliver(now)
        self.report_morning(now)

    def _hand_over(self, connection: Connection, claimed: Sequence[ledger.Delivery], now: datetime) -> Counter[str]:
        today = now.astimezone(ZONE).date()
        recheck, tally = Recheck(connection, claimed), Counter[str]()
        for person_id, group in groupby(claimed, key=attrgetter("person_id")):
            going = []
            for entry in group:
                if (settled := recheck.reason_not_to_send(entry, today)) is None:
                    going.append(entry)
                else:
                    ledger.settle(connection, [entry.id], *settled, now)
                    tally[settled[0]] += 1
            if going:
                tally[self._say(connection, recheck.persons[person_id], going, now)] += len(going)
        return tally

    def _say(
        self, connection: Connection, person: Person, going: Sequence[ledger.Delivery], now: datetime
    ) -> DeliveryState:
        today, ids = now.astimezone(ZONE).date(), [entry.id for entry in going]
        notices = [
            replace(
                one,
                agency=person.agency if is_addressed(person, one.tracked, one.occurrence.last_day) else None,
                planned_at=one.due_at if one.kind is NoticeKind.LEAD and now - one.due_at > _LATE else None,
            )
            for one in going
        ]
        reply = message(load_texts(LANGUAGE), notices, today, self.rules)
        key = f"rem:{going[0].id}.{going[0].round}"
        days = [entry.occurrence.last_day for entry in going if entry.occurrence.last_day >= today]
        named = {"reference": reference(notices[0]), "last_day": min(days, default=None)}
        if self._enqueue(connection, person, reply, now, dedupe_key=key, **named):
            ledger.put_into(connection, ids, key)
            return DeliveryState.QUEUED
        ledger.settle(connection, ids, DeliveryState.FAILED, "unreachable", now)
        return DeliveryState.FAILED

    def _enqueue(self, connection: Connection, person: Person, reply: Reply, now: datetime, **named: Any) -> bool:
        """Queue one message, valid until today's window closes; False when the person has no reachable account."""
        accounts = identities_of(connection, person.id)
        account = next((one for one in accounts if one.reachable and one.channel in PUSH_CHANNELS), None)
        if account is None:
            return False
        draft = OutboundDraft(
            channel=account.channel,
            chat=account.chat_id,
            reply=replace(reply, text=self.guard(reply.text, LANGUAGE)) if self.guard else reply,
            created_at=now,
            person_id=person.id,
            valid_until=datetime.combine(now.astimezone(ZONE).date(), SEND_WINDOW[1], ZONE) + timedelta(minutes=1),
            **named,
        )
        return enqueue(connection, draft) is not None
