"""What was understood of one document: a file (nothing is stored) or the id or source of a stored one."""

import argparse
import json
from pathlib import Path
from typing import Any

from config.texts import Texts, load_texts
from knowledge.domain import Document
from knowledge.errors import KnowledgeError
from knowledge.records import document_to_record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", metavar="PATH_OR_ID")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Print the document as one JSON object, or as lines to read."""
    texts = load_texts("vi")
    record = show_record(_find(arguments.what), texts)
    if arguments.json:
        print(json.dumps(record, ensure_ascii=False))
    else:
        print("\n".join(_lines(record, texts)))
    return 0


def _find(what: str) -> Document:
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


def show_record(document: Document, texts: Texts) -> dict[str, Any]:
    """Return the fixed shape of `show`: the record with sentences for the warnings."""
    record = document_to_record(document)
    findings = record.pop("findings")
    record["warnings"] = [
        {
            "code": finding["code"],
            "message": texts.say(f"finding.{finding['code']}", **finding["fields"]),
            "quote": finding["quote"],
        }
        for finding in findings
    ]
    return record


def _lines(record: dict[str, Any], texts: Texts) -> list[str]:
    unknown = texts.say("show.unknown")
    signer = record["signer"] or {}
    lines = [
        texts.say(
            "show.head",
            **{key: record[key] or unknown for key in ("kind", "number", "title", "issuer", "place", "source", "id")},
            issued=record["issued_on"] or record["issued_text"] or unknown,
            signer=signer.get("name") or unknown,
            capacity=signer.get("capacity") or unknown,
        )
    ]
    for name in ("recipients", "references", "duties", "deadlines", "warnings"):
        lines.append(texts.say(f"show.{name}", count=len(record[name])))
        lines += [f"  - {_line(name, entry, unknown)}" for entry in record[name]]
    return lines


def _line(name: str, entry: Any, unknown: str) -> str:
    if name == "recipients":
        return str(entry)
    if name == "references":
        return f"{entry['number'] or unknown} · {entry['date'] or unknown} · {entry['text']}"
    if name == "duties":
        return f"[{entry['section'] or unknown}] {entry['agency']} ({entry['role']}): {entry['text']}"
    if name == "deadlines":
        return f"[{entry['section'] or unknown}] {entry['due'] or entry['recurrence'] or unknown}: {entry['what']}"
    return f"{entry['message']} «{entry['quote']}»"
