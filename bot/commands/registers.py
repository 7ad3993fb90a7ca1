"""The registers of duties and deadlines, one object a line."""

import argparse
import json
from datetime import date
from typing import Any

from knowledge.records import document_to_record
from knowledge.vietnamese import fold


def run(arguments: argparse.Namespace) -> int:
    """Print the entries asked for."""
    from bot.app import open_store

    is_asked = _is_of_agency if arguments.command == "duties" else _is_in_days
    for document in open_store().documents():
        if arguments.locality and fold(arguments.locality) not in fold(f"{document.place} {document.issuer}"):
            continue
        head = {"source": document.source, "document": document.id, "place": document.place, "number": document.number}
        for entry in document_to_record(document)[arguments.command]:
            if is_asked(entry, arguments):
                print(json.dumps(entry | head, ensure_ascii=False) if arguments.json else _line(entry | head))
    return 0


def _line(entry: dict[str, Any]) -> str:
    what = entry.get("agency") or entry.get("due") or entry.get("recurrence")
    parts = (entry["source"], entry["section"], what, entry.get("role"))
    return f"{' · '.join(part for part in parts if part)}: {entry['quote']}"


def _is_of_agency(duty: dict[str, Any], arguments: argparse.Namespace) -> bool:
    from handlers.audience import covers

    return not arguments.agency or covers(duty["agency"], arguments.agency, date.min)


def _is_in_days(deadline: dict[str, Any], arguments: argparse.Namespace) -> bool:
    ends = deadline["last_day"] or deadline["due"] or deadline["end"]
    if ends is None:
        return arguments.first is None and arguments.last is None
    first, last = arguments.first or date.min, arguments.last or date.max
    return bool(ends >= first.isoformat() and (deadline["start"] or ends) <= last.isoformat())
