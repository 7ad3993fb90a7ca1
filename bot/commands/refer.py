"""What the safety gate decides about a message; needs no store, no index and no model server."""

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path

from bot.commands.usage import WrongUsage
from config.referrals import Directory, load_directory
from config.texts import load_texts
from handlers.gate import Action, Verdict, judge
from handlers.language import spoken_language
from handlers.referral_cards import answer_rights, compose_card


def run(arguments: argparse.Namespace) -> int:
    """Judge one message, or each line of standard input as it comes."""
    if not arguments.jsonl and arguments.text is None:
        raise WrongUsage("refer_what")
    today = arguments.today or date.today()  # noqa: DTZ011  # the machine's own day is meant
    directory = load_directory(_data_folder())
    if not arguments.jsonl:
        row = _row("1", arguments.text, directory, today)
        print(json.dumps(row, ensure_ascii=False) if arguments.json else row["text"] or row["action"])
        return 0
    for line in filter(str.strip, sys.stdin):
        row = _row(*_read(line), directory, today)
        print(json.dumps(row, ensure_ascii=False), flush=True)
    return 0


def _read(line: str) -> tuple[object, str]:
    """Return id and text of a line; one that is no JSON object is judged as it stands."""
    try:
        entry = json.loads(line)
        return entry.get("id"), str(entry.get("text", ""))
    except (ValueError, AttributeError):
        return None, line


def _data_folder() -> Path:
    """Return the configured data folder without loading pydantic, which would slow the start."""
    folder = os.environ.get("ANTAM_DATA_DIR")
    if not folder and Path(".env").is_file():
        from dotenv import dotenv_values

        folder = dotenv_values(".env", encoding="utf-8-sig").get("ANTAM_DATA_DIR")
    return Path(folder or "data")


def _row(identity: object, text: str, directory: Directory, today: date) -> dict[str, object]:
    verdict = judge(text)
    shown, numbers = _reply(verdict, text, directory, today)
    return {
        "id": identity,
        "action": verdict.action.value,
        "kind": verdict.kind,
        "urgency": verdict.urgency,
        "numbers": list(numbers),
        "text": shown,
    }


def _reply(verdict: Verdict, text: str, directory: Directory, today: date) -> tuple[str, tuple[str, ...]]:
    texts = load_texts("en" if "english" in verdict.signals else spoken_language(text))
    if verdict.urgency == "info":
        told = answer_rights(verdict, text, directory=directory, today=today, language=texts.language)
        return told.text, told.numbers
    if verdict.action is Action.CARD:
        card = compose_card(verdict, texts=texts, directory=directory, today=today)
        return card.text, card.numbers
    if verdict.action is Action.LINE:
        police, child = (directory.services[name].digits for name in ("police", "child"))
        return texts.say("referral.line.text", police=police, child=child), (police, child)
    return "", ()
