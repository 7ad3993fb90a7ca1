"""The registers of duties and deadlines, one object a line."""

import argparse
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from knowledge.domain import Document
from knowledge.records import document_to_record
from knowledge.vietnamese import fold


def run(arguments: argparse.Namespace) -> int:
    """Print the entries asked for."""
    from bot.app import open_store

    for document in open_store().documents():
        if arguments.locality and fold(arguments.locality) not in fold(f"{document.place} {document.issuer}"):
            continue
        for entry in _entries(document, arguments):
            if arguments.json:
                print(json.dumps(entry, ensure_ascii=False))
            else:
                print(_line(document, entry))
    return 0


def _line(document: Document, entry: dict[str, Any]) -> str:
    what = entry.get("agency") or entry.get("due") or entry.get("recurrence")
    parts = (document.source, entry["section"], what, entry.get("role"))
    return f"{' · '.join(part for part in parts if part)}: {entry['quote']}"


def _entries(document: Document, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    record = document_to_record(document)
    head = {"source": document.source, "document": document.id, "place": document.place, "number": document.number}
    for entry in record[arguments.command]:
        wanted = _is_asked_agency(entry, arguments) if arguments.command == "duties" else _is_in_days(entry, arguments)
        if wanted:
            yield {**entry, **head}


def _is_asked_agency(duty: dict[str, Any], arguments: argparse.Namespace) -> bool:
    if not arguments.agency:
        return True
    from handlers.audience import covers

    return covers(duty["agency"], arguments.agency, date.min)


def _is_in_days(deadline: dict[str, Any], arguments: argparse.Namespace) -> bool:
    ends = deadline["last_day"] or deadline["due"] or deadline["end"]
    if ends is None:
        return arguments.first is None and arguments.last is None
    first, last = arguments.first or date.min, arguments.last or date.max
    return bool(ends >= first.isoformat() and (deadline["start"] or ends) <= last.isoformat())
