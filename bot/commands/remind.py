"""Reminders one step at a time: simulate, proposals, confirm, drop, plan, deliver, status, retry."""

import argparse
import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.board import board_bytes, board_rows
from bot.commands.usage import WrongUsage
from bot.morning import status_line
from bot.reminder_asked import Desk
from bot.reminder_desk import take_step
from bot.reminder_proposals import proposal_text, proposals
from bot.schedule import rehearse_for, rehearse_stored
from bot.scheduler import ReminderEngine, ReminderFault, load_rules
from bot.schema import open_engine
from bot.storage.reminders import ledger_counts
from config.referrals import load_directory
from config.settings import Settings
from config.texts import Texts, load_texts
from handlers.domain import IncomingMessage
from handlers.people import NOBODY, PersonRole
from handlers.planning import ZONE
from handlers.referral import flag_blocked
from knowledge.store import DocumentStore

_A_YEAR = timedelta(days=366)
_ANY_NUMBER = "999999999"
"""Above every number a deadline can have."""


def run(arguments: argparse.Namespace) -> int:
    """Do one step and print the result."""
    settings, now = Settings(), arguments.now or datetime.now(UTC)
    now = now if now.tzinfo else now.replace(tzinfo=ZONE)
    guard = partial(flag_blocked, load_directory(settings.antam_data_dir))
    reminders = ReminderEngine(open_engine(settings), load_rules(settings.antam_data_dir), lambda: now, guard)
    for line in _STEPS.get(arguments.step, _as_admin)(arguments, reminders, load_texts("vi"), now):
        print(line)
    return 0


def _simulate(arguments: argparse.Namespace, reminders: ReminderEngine, _texts: Texts, _now: datetime) -> Iterator[str]:
    first, last, rules = arguments.first, arguments.last, reminders.rules
    if first is None or last is None:
        raise WrongUsage("bad_span")
    if arguments.official is None:
        said = rehearse_stored(reminders.engine, first=first, last=last, rules=rules)
    else:
        agency, at, locality = (part.strip() for part in arguments.official.rpartition("@"))
        if not (at and agency and locality):
            raise WrongUsage("bad_person")
        documents = DocumentStore(reminders.engine).documents()
        said = rehearse_for(documents, agency, locality, first=first, last=last, rules=rules)
    for one in said:
        whom = one.person if arguments.official else f"{one.notice.agency} ({one.person})"
        plain = f"{one.at:%d/%m/%Y %H:%M} → {whom}\n{one.text}\n"
        yield json.dumps(one.as_record(), ensure_ascii=False) if arguments.json else plain


def _proposals(_arguments: argparse.Namespace, reminders: ReminderEngine, texts: Texts, now: datetime) -> Iterator[str]:
    today = now.astimezone(ZONE).date()
    with reminders.engine.connect() as connection:
        waiting = proposals(connection, today)
    yield from (proposal_text(texts, one, today) + "\n" for one in waiting)
    yield texts.say(f"reminders.say.{'proposals' if waiting else 'no_proposals'}", count=len(waiting))


def _plan(_arguments: argparse.Namespace, reminders: ReminderEngine, texts: Texts, now: datetime) -> Iterator[str]:
    yield texts.say("reminders.admin.planned", count=reminders.plan(now, _A_YEAR))


def _as_admin(arguments: argparse.Namespace, reminders: ReminderEngine, texts: Texts, now: datetime) -> Iterator[str]:
    """Do a step of the conversation as an admin."""
    step = "ok" if arguments.step == "confirm" else arguments.step
    numbers = arguments.which or [""]
    if (step, numbers) == ("ok", ["all"]):
        step, numbers = "ok_all", [_ANY_NUMBER]
    elif step != "retry" and not all(one.isdecimal() for one in numbers):
        raise WrongUsage("which")
    admin = replace(NOBODY, role=PersonRole.ADMIN)
    said = IncomingMessage(channel="terminal", sender="", chat="", now=now)
    for words in numbers:
        told = take_step(said, step, words, desk=Desk(reminders=reminders), person=admin)[0].text
        if told == texts.say("reminders.say.gone"):
            raise ReminderFault("no_such_deadline", number=words)
        yield told


def _deliver(_arguments: argparse.Namespace, reminders: ReminderEngine, texts: Texts, now: datetime) -> Iterator[str]:
    tally = reminders.deliver(now)
    reminders.report_morning(now)
    counts = {name: tally[name] for name in ("queued", "expired", "skipped", "failed")}
    yield texts.say("reminders.admin.delivered", **counts)
    tried = asyncio.run(_send_due(reminders))
    if tried is None:
        yield texts.say("reminders.admin.no_channel")
    else:
        reminders.reflect(now)
        with reminders.engine.connect() as connection:
            yield texts.say("reminders.admin.sent", count=tried, status=status_line(connection, texts))


async def _send_due(reminders: ReminderEngine) -> int | None:
    """Send what the outbox holds over the configured channels; None when there is none."""
    from bot.messaging import configured_channels, open_outbox
    from bot.storage.writer import GroupWriter

    settings, writer = Settings(), GroupWriter(reminders.engine)
    channels, _ = configured_channels(settings, writer, reminders.clock)
    if not channels:
        return None
    writer.start()
    worker = open_outbox(settings, reminders, writer=writer, channels=channels)
    try:
        return await worker.drain()
    finally:
        await worker.finish()
        await writer.stop()
        for channel in channels.values():
            await channel.stop()


def _status(arguments: argparse.Namespace, reminders: ReminderEngine, texts: Texts, now: datetime) -> Iterator[str]:
    reminders.reflect(now)
    with reminders.engine.connect() as connection:
        if arguments.xlsx is not None:
            rows = board_rows(connection, None, now.astimezone(ZONE).date())
            arguments.xlsx.write_bytes(board_bytes(rows, texts))
        if arguments.json:
            held = ((state, one) for state, reasons in ledger_counts(connection).items() for one in reasons.items())
            yield json.dumps([{"state": state, "reason": why, "count": count} for state, (why, count) in held])
        else:
            yield status_line(connection, texts)


_STEPS = {"simulate": _simulate, "proposals": _proposals, "plan": _plan, "deliver": _deliver, "status": _status}
"""The steps that only the command line has; the others are those of the conversation."""
