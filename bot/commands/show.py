"""What was understood of one document: a file (nothing is stored) or the id or source of a stored one."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.texts import Texts, load_texts
from knowledge.domain import Document
from knowledge.errors import KnowledgeError
from knowledge.records import document_to_record


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


def _lines(record: dict[str, Any], texts: Texts) -> Iterator[str]:
    unknown = texts.say("show.unknown")

    def say(key: str, /, **values: Any) -> str:
        return texts.say(f"show.{key}", **{name: unknown if one is None else one for name, one in values.items()})

    signer = record["signer"] or {"name": None, "capacity": None}
    issued = record["issued_on"] or record["issued_text"]
    yield say("head", **{**record, "issued": issued, "signer": signer["name"], "capacity": signer["capacity"]})
    for name in ("recipients", "references", "duties", "deadlines", "warnings"):
        yield say(name, count=len(record[name]))
        for entry in record[name]:
            fields = entry if isinstance(entry, dict) else {"name": entry}
            yield say(f"one.{name}", **fields, when=fields.get("due") or fields.get("recurrence"))
