"""Reminders one step at a time: simulate, proposals, confirm, drop, plan, deliver, status, retry, pause, resume."""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from bot.board import board_bytes, board_rows
from bot.morning import status_line
from bot.reminder_asked import Desk
from bot.reminder_desk import take_step
from bot.reminder_proposals import proposal_text, proposals
from bot.reminding import ReminderFault, build_reminders, flag_numbers, open_engine
from bot.scheduler import ReminderEngine
from bot.storage.reminders import ledger_counts
from config.referrals import load_directory
from config.settings import Settings
from config.texts import Texts, load_texts
from handlers.domain import IncomingMessage
from handlers.people import NOBODY, PersonRole
from handlers.planning import ZONE
from knowledge.store import DocumentStore

_A_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every step works with."""

    arguments: argparse.Namespace
    settings: Settings
    texts: Texts
    engine: Engine
    reminders: ReminderEngine
    now: datetime

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(ZONE).date()

    def say(self, name: str, **fields: object) -> str:
        """Return a sentence about reminders."""
        return self.texts.say(f"reminders.{name}", **fields)


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
    """Do one step and print its lines."""
    settings, now = Settings(), _moment(arguments.now)
    engine, guard = open_engine(settings), partial(flag_numbers, load_directory(settings.antam_data_dir))
    reminders = build_reminders(engine, settings.antam_data_dir, lambda: now, guard)
    work = Work(
        arguments=arguments, settings=settings, texts=load_texts("vi"), engine=engine, reminders=reminders, now=now
    )
    for line in _STEPS[arguments.step](work):
        print(line)
    return 0


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ReminderFault("bad_moment", text=text) from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _simulate(work: Work) -> Iterator[str]:
    from bot.rehearsal import rehearse_for, rehearse_stored

    asked, rules = work.arguments, work.reminders.rules
    if asked.first is None or asked.last is None or asked.first > asked.last:
        raise ReminderFault("bad_span")
    if asked.official is None:
        said = rehearse_stored(work.engine, first=asked.first, last=asked.last, rules=rules)
    else:
        agency, at, locality = (part.strip() for part in asked.official.rpartition("@"))
        if not (at and agency and locality):
            raise ReminderFault("bad_person")
        said = rehearse_for(
            DocumentStore(work.engine).documents(), agency, locality, first=asked.first, last=asked.last, rules=rules
        )
    for one in said:
        whom = one.person if asked.official else f"{one.notice.agency} ({one.person})"
        plain = f"{one.at:%d/%m/%Y %H:%M} → {whom}\n{one.text}\n"
        yield json.dumps(one.as_record(), ensure_ascii=False) if asked.json else plain


def _proposals(work: Work) -> Iterator[str]:
    with work.engine.connect() as connection:
        waiting = proposals(connection, work.today)
    yield from (proposal_text(work.texts, one, work.today) + "\n" for one in waiting)
    yield work.say("say.proposals" if waiting else "say.no_proposals", count=len(waiting))


def _decide(work: Work) -> Iterator[str]:
    step, numbers = "ok" if work.arguments.step == "confirm" else "drop", work.arguments.which
    if "all" in numbers and step == "ok":
        step, numbers = "ok_all", ["999999999"]
    elif "all" in numbers:
        with work.engine.connect() as connection:
            numbers = [str(one.number) for one in proposals(connection, work.today)]
    for number in numbers:
        yield from _as_admin(work, step, number)


def _as_admin(work: Work, step: str = "", words: str = "") -> Iterator[str]:
    """Take a step of the conversation as an admin without a record would."""
    said = IncomingMessage(channel="terminal", sender="", chat="", now=work.now)
    desk = Desk(engine=work.engine, reminders=work.reminders)
    admin = replace(NOBODY, role=PersonRole.ADMIN)
    yield take_step(said, step or work.arguments.step, words, desk=desk, person=admin)[0].text


def _plan(work: Work) -> Iterator[str]:
    yield work.say("admin.planned", count=work.reminders.plan(work.now, _A_YEAR))


def _deliver(work: Work) -> Iterator[str]:
    tally = work.reminders.deliver(work.now)
    work.reminders.report_morning(work.now)
    yield work.say("admin.delivered", **{name: tally[name] for name in ("queued", "expired", "skipped", "failed")})
    tried = asyncio.run(_send_due(work))
    if tried is None:
        yield work.say("admin.no_channel")
    else:
        work.reminders.reflect(work.now)
        with work.engine.connect() as connection:
            yield work.say("admin.sent", count=tried, status=status_line(connection, work.texts))


async def _send_due(work: Work) -> int | None:
    """Send what the outbox holds as of now over the configured channels; None when there is none."""
    from bot.messaging import configured_channels
    from bot.outbox import OutboxWorker
    from bot.storage.writer import GroupWriter

    writer = GroupWriter(work.engine)
    channels, _ = configured_channels(work.settings, work.engine, writer, lambda: work.now)
    if not channels:
        return None
    writer.start()
    worker = OutboxWorker(
        writer=writer,
        channels=channels,
        clock=lambda: work.now,
        still_wanted=work.reminders.still_wanted,
        send_timeout_s=work.settings.send_timeout_s,
        uncertain_retry_s=work.settings.uncertain_retry_s,
    )
    try:
        return await worker.drain()
    finally:
        await worker.finish()
        await writer.stop()
        for channel in channels.values():
            await channel.stop()


def _status(work: Work) -> Iterator[str]:
    work.reminders.reflect(work.now)
    with work.engine.connect() as connection:
        if work.arguments.xlsx is not None:
            rows = board_rows(connection, None, work.today)
            work.arguments.xlsx.write_bytes(board_bytes(rows, work.texts))
        if work.arguments.json:
            counted = (
                (state, why, count) for state, whys in ledger_counts(connection).items() for why, count in whys.items()
            )
            yield json.dumps([{"state": state, "reason": why, "count": count} for state, why, count in counted])
        else:
            yield status_line(connection, work.texts)


_STEPS: dict[str, Callable[[Work], Iterator[str]]] = {
    "simulate": _simulate,
    "proposals": _proposals,
    "confirm": _decide,
    "drop": _decide,
    "plan": _plan,
    "deliver": _deliver,
    "status": _status,
    "retry": _as_admin,
    "pause": _as_admin,
    "resume": _as_admin,
}
