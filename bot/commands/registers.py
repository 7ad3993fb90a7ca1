"""Show what was understood of one document, or list the registers of duties and deadlines."""

import argparse
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from config.texts import Texts, load_texts
from knowledge.domain import Deadline, Document, Duty
from knowledge.errors import KnowledgeError
from knowledge.records import document_to_record
from knowledge.vietnamese import fold


def run(arguments: argparse.Namespace) -> int:
    """Print one document, or the entries asked for, as JSON or as lines to read."""
    texts = load_texts("vi")
    if arguments.command == "show":
        record = _shown(_find(arguments.what), texts)
        print(json.dumps(record, ensure_ascii=False) if arguments.json else "\n".join(_lines(record, texts)))
        return 0
    from bot.app import open_store

    is_asked = _is_of_agency if arguments.command == "duties" else _is_in_days
    for document in open_store().documents():
        if arguments.locality and fold(arguments.locality) not in fold(f"{document.place} {document.issuer}"):
            continue
        head = {"source": document.source, "document": document.id, "place": document.place, "number": document.number}
        found = getattr(document, arguments.command)
        for entry, one in zip(document_to_record(document)[arguments.command], found, strict=True):
            if is_asked(document, one, arguments):
                line = document.source + _line(arguments.command, entry, texts)
                print(json.dumps(entry | head, ensure_ascii=False) if arguments.json else line)
    return 0


def _find(what: str) -> Document:
    """Return the document of a file, or the stored one of this id or source."""
    path = Path(what)
    if path.is_file():
        from knowledge.parsing import parse_document
        from knowledge.reading.files import read_file

        return parse_document(read_file(path), path.name).document
    from bot.app import open_store

    for document in open_store().documents():
        if what in (document.id, document.source):
            return document
    raise KnowledgeError("no_such_document", what=what)


def _shown(document: Document, texts: Texts) -> dict[str, Any]:
    """Return the fixed shape of `show`: the record with sentences for the warnings."""
    record = document_to_record(document)
    record["warnings"] = [
        {
            "code": finding["code"],
            "message": texts.say(f"finding.{finding['code']}", **finding["fields"]),
            "quote": finding["quote"],
        }
        for finding in record.pop("findings")
    ]
    return record


def _lines(record: dict[str, Any], texts: Texts) -> Iterator[str]:
    signer = record["signer"] or {"name": None, "capacity": None}
    issued = record["issued_on"] or record["issued_text"]
    head = {**record, "issued": issued, "signer": signer["name"], "capacity": signer["capacity"]}
    yield _say("head", head, texts)
    for name in ("recipients", "references", "duties", "deadlines", "warnings"):
        yield texts.say(f"show.{name}", count=len(record[name]))
        for entry in record[name]:
            yield _line(name, entry if isinstance(entry, dict) else {"name": entry}, texts)


def _line(name: str, entry: dict[str, Any], texts: Texts) -> str:
    when = entry.get("last_day") or entry.get("due") or entry.get("recurrence")
    who = ", ".join(entry.get("assignees", ())) or None
    return _say(f"one.{name}", {**entry, "when": when, "who": who}, texts)


def _say(name: str, values: dict[str, Any], texts: Texts) -> str:
    known = {key: texts.say("show.unknown") if value is None else value for key, value in values.items()}
    return texts.say(f"show.{name}", **known)


def _is_of_agency(_document: Document, duty: Duty, arguments: argparse.Namespace) -> bool:
    from handlers.audience import covers

    return not arguments.agency or covers(duty.agency, arguments.agency, date.min)


def _is_in_days(document: Document, deadline: Deadline, arguments: argparse.Namespace) -> bool:
    from handlers.planning import occurrences, track

    if arguments.first is None and arguments.last is None:
        return True
    first, last = arguments.first or date(1975, 1, 1), arguments.last or date(2075, 1, 1)
    if deadline.recurrence:
        return any(occurrences(track(document, deadline), first, last))
    ends = deadline.last_day or deadline.due or deadline.end
    return ends is not None and ends >= first and (deadline.start or ends) <= last
