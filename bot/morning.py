"""What admins see of the state of things: a line each working morning, the overview, and the reminder status."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.storage.counters import counted, open_alarms
from bot.storage.inbox import backlog
from bot.storage.outbox import OutboxState, counts, doubtful
from bot.storage.reminders import DeliveryState, ledger_counts, next_due, undelivered
from bot.storage.tracked import DeadlineState, kept
from config.texts import Texts
from handlers.domain import Button, Reply
from handlers.planning import ZONE, ReminderRules
from handlers.reminder_texts import day_text, moment_text

_NOT_OWED = (DeliveryState.SKIPPED, DeliveryState.CANCELLED)
_LISTED = timedelta(days=7)
_LEAST_SHOWN = 5
_SHOWN = 10


def overview(connection: Connection, texts: Texts, now: datetime) -> Reply:
    """Return the overview: reminders, queues, cards of the day, uncertain messages, alarms."""
    today, states, unsure = now.astimezone(ZONE).date(), counts(connection), doubtful(connection, now - _LISTED)
    figures = texts.say(
        "channels.admin.figures",
        waiting=backlog(connection),
        unsent=sum(states.get(state, 0) for state in (OutboxState.PENDING, OutboxState.RETRY, OutboxState.SENDING)),
        doubtful=f"{len(unsure)} ({', '.join(unsure[:20])})" if unsure else "0",
        cards=_at_least(counted(connection, "card_sent", today, today)),
        unreachable=_at_least(counted(connection, "card_unreachable", today, today)),
    )
    alarms = [*alarm_lines(connection, texts)] or [texts.say("channels.admin.no_alarm")]
    return Reply(text="\n".join([status_line(connection, texts), figures, *alarms]))


def _at_least(number: int) -> str:
    """Return a count of people, a small one only as "<5": in a small place it could identify somebody."""
    return str(number) if number >= _LEAST_SHOWN else f"<{_LEAST_SHOWN}"


def alarm_lines(connection: Connection, texts: Texts) -> Iterator[str]:
    """Yield the open alarms, one line each."""
    for alarm in open_alarms(connection):
        fields = {"channel": alarm.channel, "reason": alarm.reason, "times": alarm.times}
        yield texts.say(f"channels.alarm.{alarm.code}", last_at=alarm.last_at.astimezone(ZONE), **fields)


def morning_line(connection: Connection, texts: Texts, local: datetime, rules: ReminderRules) -> Reply:
    """Return what was planned, sent and failed since the previous working morning, with reasons."""
    until = datetime.combine(local.date(), rules.send_at, ZONE)
    since = datetime.combine(rules.calendar.last_working(local.date() - timedelta(days=1)), rules.send_at, ZONE)
    by_state = ledger_counts(connection, since, until)
    owed = sum(why.total() for state, why in by_state.items() if state not in _NOT_OWED)
    failed, expired = by_state["failed"] + by_state["uncertain"], by_state["expired"]
    text = texts.say(
        "reminders.admin.morning",
        since=moment_text(since),
        planned=owed,
        sent=by_state["sent"].total(),
        failed=f"{failed.total()}{_reasons(texts, failed)}",
        expired=f"{expired.total()}{_reasons(texts, expired)}",
        proposals=len(kept(connection, DeadlineState.PROPOSED)),
    )
    retry = Button(label=texts.say("reminders.admin.retry"), action="rem.retry:0")
    return Reply(text="\n".join([text, *alarm_lines(connection, texts)]), buttons=(retry,) if failed else ())


def status_line(connection: Connection, texts: Texts) -> str:
    """Return the number of deliveries by state and reason, and the latest that failed or are uncertain."""
    by_state, counted_by = ledger_counts(connection), []
    names = {state: texts.say(f"reminders.ledger.{state}") for state in DeliveryState}
    for state, named in names.items():
        if why := by_state.get(state):
            line = texts.say("reminders.admin.status_one", state=named, count=why.total())
            counted_by.append(line + _reasons(texts, why))
    coming = next_due(connection)
    when = moment_text(coming) if coming else texts.say("reminders.admin.none_due")
    waiting = len(kept(connection, DeadlineState.PROPOSED))
    lines = [texts.say("reminders.admin.status", counts=", ".join(counted_by) or "0", next=when, proposals=waiting)]
    for one in undelivered(connection, _SHOWN):
        who = {"person": one.person_id, "agency": one.agency or ""}
        what = {"what": one.tracked.deadline.what, "day": day_text(one.occurrence.last_day)}
        why_not = _named(texts, one.reason)
        lines.append(texts.say("reminders.admin.undelivered", state=names[one.state], why=why_not, **who, **what))
    return "\n".join(lines)


def _reasons(texts: Texts, why: Counter[str | None]) -> str:
    """Return reasons in brackets, the most frequent first; nothing where none is known."""
    named = ((_named(texts, reason), count) for reason, count in why.most_common() if reason)
    said = [texts.say("reminders.admin.why_one", reason=reason, count=count) for reason, count in named]
    return texts.say("reminders.admin.why", reasons=", ".join(said)) if said else ""


def _named(texts: Texts, reason: str | None) -> str:
    key = f"reminders.reason.{reason}"
    return texts.say(key) if key in texts.sentences else reason or ""
