"""How the reminder engine is put together from the database and the data folder."""

import tomllib
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from bot.scheduler import ReminderEngine
from bot.schema import upgrade
from config.referrals import load_directory
from config.settings import Settings
from config.texts import load_texts
from handlers.planning import ReminderRules, read_rules
from handlers.ports import Clock
from handlers.referral import flag_blocked
from knowledge.database import open_database
from knowledge.store import DocumentStore

RULES_FILE = "reminders.toml"


class ReminderFault(Exception):
    """A reminder command cannot be done; `code` names the sentence in the catalogues."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


def open_reminders(settings: Settings, clock: Clock) -> tuple[DocumentStore, ReminderEngine]:
    """Return the record of documents and the reminders over it, without search or model: for the command line."""
    settings.antam_data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_address)
    upgrade(engine)
    directory = load_directory(settings.antam_data_dir)
    reminders = build_reminders(
        engine,
        settings.antam_data_dir,
        clock,
        guard=lambda text, language: flag_blocked(text, load_texts(language), directory),
    )
    return DocumentStore(engine, on_change=reminders.documents_changed), reminders


def build_reminders(
    engine: Engine, data_dir: Path, clock: Clock, guard: Callable[[str, str], str] | None = None
) -> ReminderEngine:
    """Return the reminder engine over a database, with the office's rules from the data folder."""
    return ReminderEngine(engine, load_rules(data_dir), clock, guard=guard)


def load_rules(data_dir: Path) -> ReminderRules:
    """Read the office's leads, hour, days off and substitutes; without a file the defaults hold."""
    file = data_dir / RULES_FILE
    try:
        return read_rules(file.read_text("utf-8")) if file.is_file() else ReminderRules()
    except (ValueError, TypeError, tomllib.TOMLDecodeError) as fault:
        raise ReminderFault("bad_rules", file=RULES_FILE, why=str(fault)) from fault
