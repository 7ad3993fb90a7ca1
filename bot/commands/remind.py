"""Reminders one step at a time: simulate, proposals, confirm, drop, plan, deliver, status, retry, pause, resume."""

import argparse
import asyncio
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.morning import overview, switch_pushes
from bot.reminding import ReminderFault, Reminding, open_reminders
from config.settings import Settings
from config.texts import Texts, load_texts
from handlers.planning import ZONE
from handlers.proposals import when_text
from handlers.reminder_texts import agencies_text, source_text
from knowledge.store import DocumentStore

_A_YEAR = timedelta(days=366)
_STEPS = ("simulate", "proposals", "confirm", "drop", "plan", "deliver", "status", "retry", "pause", "resume")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("step", choices=_STEPS)
    parser.add_argument("which", nargs="*", help="numbers of proposals to confirm or drop, or: all")
    parser.add_argument("--now", metavar="MOMENT", help="as if it were this moment, e.g. 2023-12-07T08:00+07:00")
    parser.add_argument("--from", dest="first", type=date.fromisoformat)
    parser.add_argument("--to", dest="last", type=date.fromisoformat)
    parser.add_argument("--as", dest="official", metavar="AGENCY@LOCALITY")
    parser.add_argument("--xlsx", type=Path, help="status: write the board agency by deadline to this file")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Do one step."""
    texts, settings = load_texts("vi"), Settings()
    now = _moment(arguments.now)
    store, reminding = open_reminders(settings, lambda: now)
    match arguments.step:
        case "simulate":
            _simulate(arguments, store, reminding)
        case "proposals":
            _print_proposals(reminding, texts, now)
        case "confirm" | "drop":
            _decide(arguments, reminding, texts, now)
        case "plan":
            print(texts.say("reminders.admin.planned", count=reminding.engine.plan(now, _A_YEAR)))
        case "deliver":
            _deliver(store, reminding, settings, texts, now)
        case "pause" | "resume":
            with store.engine.begin() as connection:
                switch_pushes(connection, arguments.step == "resume", now)
                print(overview(connection, texts, now).text)
        case "retry":
            print(texts.say("reminders.admin.retried", count=reminding.desk.retry_failed(now)))
        case _:
            _print_status(arguments, store, reminding, texts, now)
    return 0


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ReminderFault("bad_moment", text=text) from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _simulate(arguments: argparse.Namespace, store: DocumentStore, reminding: Reminding) -> None:
    from bot.rehearsal import rehearse_for, rehearse_stored

    first, last, rules = arguments.first, arguments.last, reminding.engine.rules
    if first is None or last is None or first > last:
        raise ReminderFault("bad_span")
    if arguments.official is None:
        said = rehearse_stored(store.engine, first=first, last=last, rules=rules)
    else:
        agency, at, locality = (part.strip() for part in arguments.official.rpartition("@"))
        if not (at and agency and locality):
            raise ReminderFault("bad_person")
        said = rehearse_for(store.documents(), agency, locality, first=first, last=last, rules=rules)
    for one in said:
        if arguments.json:
            print(json.dumps(one.as_record(), ensure_ascii=False))
        else:
            whom = one.person if arguments.official else f"{one.notice.agency} ({one.person})"
            print(f"{one.at:%d/%m/%Y %H:%M} → {whom}\n{one.text}\n")


def _print_proposals(reminding: Reminding, texts: Texts, now: datetime) -> None:
    waiting = reminding.desk.proposals(now)
    for entry in waiting:
        tracked = entry.tracked
        fields = {"what": tracked.deadline.what, "quote": tracked.deadline.quote, "when": when_text(texts, entry)}
        fields |= {"agencies": agencies_text(texts, tracked), "source": source_text(texts, tracked)}
        print(texts.say("reminders.say.proposal", index=entry.number, **fields), end="\n\n")
    print(texts.say("reminders.say.proposals" if waiting else "reminders.say.no_proposals", count=len(waiting)))


def _decide(arguments: argparse.Namespace, reminding: Reminding, texts: Texts, now: datetime) -> None:
    desk = reminding.desk
    numbers = [int(word) for word in arguments.which if word.isdecimal()]
    if "all" in arguments.which:
        numbers = [entry.number for entry in desk.proposals(now)]
    done = 0
    for number in numbers:
        if arguments.step == "drop":
            dropped = desk.drop(number, None, now)
            what = dropped.deadline.what if dropped else ""
            print(texts.say("reminders.say.dropped" if dropped else "reminders.say.gone", what=what))
        elif desk.confirm(number, None, now):
            done += 1
        else:
            print(texts.say("reminders.say.not_confirmed", index=number), file=sys.stderr)
    if arguments.step == "confirm":
        print(texts.say("reminders.say.confirmed", count=done))


def _deliver(store: DocumentStore, reminding: Reminding, settings: Settings, texts: Texts, now: datetime) -> None:
    tally = reminding.engine.deliver(now)
    reminding.engine.report_morning(now)
    names = ("queued", "expired", "skipped", "failed")
    print(texts.say("reminders.admin.delivered", **{name: tally[name] for name in names}))
    tried = asyncio.run(_send_due(store, reminding, settings, now))
    if tried is None:
        print(texts.say("reminders.admin.no_channel"))
    else:
        reminding.engine.reflect(now)
        print(texts.say("reminders.admin.sent", count=tried, status=reminding.desk.status(texts)))


async def _send_due(store: DocumentStore, reminding: Reminding, settings: Settings, now: datetime) -> int | None:
    """Send what the outbox holds as of now over the configured channels; None when there is none."""
    from bot.messaging import configured_channels
    from bot.outbox import OutboxWorker
    from bot.storage.writer import GroupWriter

    writer = GroupWriter(store.engine)
    channels, _ = configured_channels(settings, store.engine, writer, lambda: now)
    if not channels:
        return None
    writer.start()
    worker = OutboxWorker(
        writer=writer,
        channels=channels,
        clock=lambda: now,
        still_wanted=reminding.engine.still_wanted,
        send_timeout_s=settings.send_timeout_s,
        uncertain_retry_s=settings.uncertain_retry_s,
    )
    try:
        return await worker.drain()
    finally:
        await worker.finish()
        await writer.stop()
        for channel in channels.values():
            await channel.stop()


def _print_status(
    arguments: argparse.Namespace, store: DocumentStore, reminding: Reminding, texts: Texts, now: datetime
) -> None:
    reminding.engine.reflect(now)
    if arguments.xlsx is not None:
        from bot.calendar_feed import board_bytes

        arguments.xlsx.write_bytes(board_bytes(reminding.desk.board(None, now), texts))
    if arguments.json:
        rows = reminding.desk.ledger()
        print(json.dumps([{"state": state, "reason": why, "count": count} for (state, why), count in rows.items()]))
    else:
        print(reminding.desk.status(texts))
