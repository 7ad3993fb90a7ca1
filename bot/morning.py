"""The line admins get each working morning, and the same figures on request."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.storage.reminders import ledger_counts
from bot.storage.tracked import DeadlineState, state_counts
from config.texts import Texts
from handlers.domain import Button, Reply
from handlers.planning import ZONE, ReminderRules
from handlers.reminder_texts import moment_text
from handlers.reminders_domain import DeliveryState

_TROUBLE = (DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.EXPIRED)


def morning_line(connection: Connection, texts: Texts, local: datetime, rules: ReminderRules) -> Reply:
    """Return what was planned, sent and failed, and why, since the working morning before."""
    until = datetime.combine(local.date(), rules.send_at, ZONE)
    since = datetime.combine(rules.calendar.last_working(local.date() - timedelta(days=1)), rules.send_at, ZONE)
    counts = ledger_counts(connection, since, until)
    by_state, why = Counter[str](), Counter[str]()
    for (state, reason), number in counts.items():
        by_state[state] += number
        if state in _TROUBLE:
            why[reason or "unknown"] += number
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
    return Reply(text=text, buttons=(retry,) if failed else ())


def status_line(connection: Connection, texts: Texts) -> str:
    """Return how many deliveries stand in each state, and why those that did not go out did not."""
    by_state, why = Counter[str](), Counter[str]()
    for (state, reason), number in ledger_counts(connection).items():
        by_state[state] += number
        if state in _TROUBLE:
            why[reason or "unknown"] += number
    names = [state for state in DeliveryState if by_state[state]]
    said = [
        texts.say("reminders.admin.status_one", state=texts.say(f"reminders.ledger.{state}"), count=by_state[state])
        for state in names
    ]
    reasons = texts.say("reminders.admin.why", reasons=_reasons(texts, why)) if why else ""
    counts = (", ".join(said) or "0") + reasons
    return texts.say("reminders.admin.status", counts=counts, proposals=_waiting(connection))


def _reasons(texts: Texts, why: Counter[str]) -> str:
    said = []
    for reason, count in why.most_common():
        key = f"reminders.reason.{reason}"
        named = texts.say(key) if key in texts.sentences else reason
        said.append(texts.say("reminders.admin.why_one", reason=named, count=count))
    return ", ".join(said)


def _waiting(connection: Connection) -> int:
    return state_counts(connection).get(DeadlineState.PROPOSED, 0)
