"""How the database is opened, and what an office sets for its reminders read."""

import tomllib
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.schema import upgrade
from config.referrals import Directory
from config.settings import Settings
from config.texts import load_texts
from handlers.planning import ReminderRules, read_rules
from handlers.referral import flag_blocked
from knowledge.database import open_database
from knowledge.errors import KnowledgeError, StoreUnavailable

RULES_FILE = "reminders.toml"


class ReminderFault(KnowledgeError):
    """A reminder command cannot be done."""


def open_engine(settings: Settings) -> Engine:
    """Return the database of the settings, its structure brought up to date."""
    try:
        settings.antam_data_dir.mkdir(parents=True, exist_ok=True)
        engine = open_database(settings.database_address)
        upgrade(engine)
    except (OSError, SQLAlchemyError) as fault:
        raise StoreUnavailable("store_unavailable") from fault
    return engine


def flag_numbers(directory: Directory, text: str, language: str) -> str:
    """Return text with a flag after every number that must not be called, wherever it was quoted from."""
    return flag_blocked(text, load_texts(language), directory)


def load_rules(data_dir: Path) -> ReminderRules:
    """Read the office's leads, hour, days off and substitutes; without a file the defaults hold."""
    file = data_dir / RULES_FILE
    try:
        return read_rules(file.read_text("utf-8")) if file.is_file() else ReminderRules()
    except (ValueError, TypeError, tomllib.TOMLDecodeError) as fault:
        raise ReminderFault("bad_rules", file=RULES_FILE, why=str(fault)) from fault
