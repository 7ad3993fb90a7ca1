"""What admins see: the line of each working morning, the same figures on request, and the switch of all pushes."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from bot.storage.counters import PAUSED, clear_alarm, counted, open_alarms, raise_alarm
from bot.storage.inbox import backlog
from bot.storage.outbox import OutboxState, counts, troubled
from bot.storage.people import find_person
from bot.storage.reminders import ledger_counts
from bot.storage.tracked import DeadlineState, state_counts
from config.texts import Texts, load_texts
from handlers.domain import Button, IncomingMessage, Reply
from handlers.people import PersonRole
from handlers.planning import ZONE, ReminderRules
from handlers.reminder_texts import moment_text
from handlers.reminders_domain import DeliveryState

_TROUBLE = (DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.EXPIRED)
_COMMANDS = {"/tinhtrang": "admin:overview", "/tamdung": "admin:pause", "/tieptuc": "admin:resume"}
_LISTED = timedelta(days=7)
_LEAST_SHOWN = 5


class Overview:
    """A flow for admins: how things stand, and pushes stopped or let go; None for everybody else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, message: IncomingMessage) -> list[Reply] | None:
        """Answer the three commands and their buttons in private."""
        asked = message.action or _COMMANDS.get(message.text.strip().lower(), "")
        if message.in_group or asked not in _COMMANDS.values():
            return None
        return await asyncio.to_thread(self._answer, message, asked)

    def _answer(self, message: IncomingMessage, asked: str) -> list[Reply] | None:
        texts = load_texts(message.language)
        with self._engine.begin() as connection:
            person = find_person(connection, message.channel, message.sender)
            if person is None or person.role is not PersonRole.ADMIN:
                return None
            if asked != "admin:overview":
                switch_pushes(connection, asked == "admin:resume", message.now)
            return [overview(connection, texts, message.now)]


def switch_pushes(connection: Connection, on: bool, now: datetime) -> None:
    """Stop all pushes, or let them go again; answers go on."""
    clear_alarm(connection, PAUSED, "push")
    if not on:
        raise_alarm(connection, PAUSED, "push", "", now)


def overview(connection: Connection, texts: Texts, now: datetime) -> Reply:
    """Return how things stand: reminders, queues, cards of the day, messages in doubt, alarms."""
    today, states = now.astimezone(ZONE).date(), counts(connection)
    doubtful = [one for one in troubled(connection, now - _LISTED) if one.state is OutboxState.UNCERTAIN]
    figures = texts.say(
        "channels.admin.figures",
        waiting=backlog(connection),
        unsent=sum(states.get(state, 0) for state in (OutboxState.PENDING, OutboxState.RETRY, OutboxState.SENDING)),
        doubtful=", ".join(one.reference or f"{one.channel} {one.id}" for one in doubtful[:20]) or "0",
        cards=_veiled(counted(connection, "card_sent", today, today)),
        unreachable=_veiled(counted(connection, "card_unreachable", today, today)),
    )
    alarms = list(alarm_lines(connection, texts)) or [texts.say("channels.admin.no_alarm")]
    name = "resume" if any(alarm.code == PAUSED for alarm in open_alarms(connection)) else "pause"
    button = Button(label=texts.say(f"channels.admin.{name}"), action=f"admin:{name}")
    return Reply(text="\n".join([status_line(connection, texts), figures, *alarms]), buttons=(button,))


def _veiled(number: int) -> str:
    """Return a count of people, or only that it is small: in a small place a single one points at somebody."""
    return str(number) if number >= _LEAST_SHOWN else f"<{_LEAST_SHOWN}"


def alarm_lines(connection: Connection, texts: Texts) -> Iterator[str]:
    """Yield what needs a person, one line each."""
    for alarm in open_alarms(connection):
        fields = {"channel": alarm.channel, "reason": alarm.reason, "times": alarm.times}
        yield texts.say(f"channels.alarm.{alarm.code}", last_at=alarm.last_at.astimezone(ZONE), **fields)


def morning_line(connection: Connection, texts: Texts, local: datetime, rules: ReminderRules) -> Reply:
    """Return what was planned, sent and failed, and why, since the working morning before."""
    until = datetime.combine(local.date(), rules.send_at, ZONE)
    since = datetime.combine(rules.calendar.last_working(local.date() - timedelta(days=1)), rules.send_at, ZONE)
    by_state, why = _tally(ledger_counts(connection, since, until))
    owed = sum(by_state.values()) - by_state[DeliveryState.SKIPPED] - by_state[DeliveryState.CANCELLED]
    failed = sum(why.values())
    text = texts.say(
        "reminders.admin.morning",
        since=moment_text(since),
        planned=owed,
        sent=by_state[DeliveryState.SENT],
        failed=failed,
        why=texts.say("reminders.admin.why", reasons=_reasons(texts, why)) if failed else "",
        proposals=_waiting(connection),
    )
    retry = Button(label=texts.say("reminders.admin.retry"), action="rem.retry:0")
    return Reply(text="\n".join([text, *alarm_lines(connection, texts)]), buttons=(retry,) if failed else ())


def status_line(connection: Connection, texts: Texts) -> str:
    """Return how many deliveries stand in each state, and why those that did not go out did not."""
    by_state, why = _tally(ledger_counts(connection))
    names = [state for state in DeliveryState if by_state[state]]
    said = [
        texts.say("reminders.admin.status_one", state=texts.say(f"reminders.ledger.{state}"), count=by_state[state])
        for state in names
    ]
    reasons = texts.say("reminders.admin.why", reasons=_reasons(texts, why)) if why else ""
    told = (", ".join(said) or "0") + reasons
    return texts.say("reminders.admin.status", counts=told, proposals=_waiting(connection))


def _tally(ledger: dict[tuple[str, str | None], int]) -> tuple[Counter[str], Counter[str]]:
    """Return how many deliveries stand in each state, and how many of the troubled ones have each reason."""
    by_state, why = Counter[str](), Counter[str]()
    for (state, reason), number in ledger.items():
        by_state[state] += number
        if state in _TROUBLE:
            why[reason or "unknown"] += number
    return by_state, why


def _reasons(texts: Texts, why: Counter[str]) -> str:
    said = []
    for reason, count in why.most_common():
        key = f"reminders.reason.{reason}"
        named = texts.say(key) if key in texts.sentences else reason
        said.append(texts.say("reminders.admin.why_one", reason=named, count=count))
    return ", ".join(said)


def _waiting(connection: Connection) -> int:
    return state_counts(connection).get(DeadlineState.PROPOSED, 0)
