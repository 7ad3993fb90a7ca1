"""Show what was understood of one document, or list the registers of duties and deadlines."""

import argparse
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from config.texts import Texts, load_texts
from handlers.audience import covers
from handlers.planning import ZONE, occurrences, track
from knowledge.agencies import group_contains
from knowledge.domain import Deadline, Document, Duty
from knowledge.errors import KnowledgeError
from knowledge.parsing import parse_document
from knowledge.reading.files import read_file
from knowledge.records import document_to_record
from knowledge.vietnamese import fold
from retrieval.citations import Shelf
from retrieval.deadline_answers import tell_deadline
from retrieval.statements import Voice

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def run(arguments: argparse.Namespace) -> int:
    """Print one document, or the entries asked for, as JSON or as lines to read."""
    today, nothing = arguments.today or datetime.now(ZONE).date(), Shelf(lambda _: "", lambda _: ())
    voice = Voice(texts=load_texts("vi"), today=today, shelf=nothing)
    if arguments.command == "show":
        document = _find(arguments.what)
        record = _shown(document, voice.texts)
        print(json.dumps(record, ensure_ascii=False) if arguments.json else "\n".join(_lines(document, record, voice)))
        return 0
    from bot.app import open_store

    rows: list[tuple[int, str]] = []
    for document in open_store().documents():
        if arguments.locality and fold(arguments.locality) not in fold(f"{document.place} {document.issuer}"):
            continue
        head = {"source": document.source, "document": document.id, "place": document.place, "number": document.number}
        found = getattr(document, arguments.command)
        for entry, one in zip(document_to_record(document)[arguments.command], found, strict=True):
            rank = _rank(one, arguments.agency)
            if rank is not None and (isinstance(one, Duty) or _is_in_days(document, one, arguments)):
                plain = document.source + _line(arguments.command, entry, one, voice)
                rows.append((rank, json.dumps(entry | head, ensure_ascii=False) if arguments.json else plain))
    for _, shown in sorted(rows, key=itemgetter(0)):
        print(shown)
    return 0


def _find(what: str) -> Document:
    """Return the document of a file, or the stored one of this id or source."""
    path = Path(what)
    if path.is_file():
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
        {"code": one["code"], "message": texts.say(f"finding.{one['code']}", **one["fields"]), "quote": one["quote"]}
        for one in record.pop("findings")
    ]
    return record


def _lines(document: Document, record: dict[str, Any], voice: Voice) -> Iterator[str]:
    signer = record["signer"] or {"name": None, "capacity": None}
    issued = record["issued_on"] or record["issued_text"]
    yield _say("head", {**record, "issued": issued, "signer": signer["name"], "capacity": signer["capacity"]}, voice)
    for name in ("recipients", "references", "duties", "deadlines", "warnings"):
        yield voice.texts.say(f"show.{name}", count=len(record[name]))
        for entry, one in zip(record[name], getattr(document, name, record[name]), strict=True):
            yield _line(name, entry if isinstance(entry, dict) else {"name": entry}, one, voice)


def _line(name: str, entry: dict[str, Any], one: object, voice: Voice) -> str:
    if isinstance(one, Deadline):
        who = voice.say("assignees", agencies=", ".join(one.assignees)) if one.assignees else ""
        return voice.texts.say("show.one.deadlines", told=f"{tell_deadline(one, voice)} {who}".rstrip())
    return _say(f"one.{name}", entry, voice)


def _say(name: str, values: dict[str, Any], voice: Voice) -> str:
    known = {key: voice.texts.say("show.unknown") if value is None else value for key, value in values.items()}
    days = {key: voice.day(date.fromisoformat(day)) for key, day in known.items() if _ISO_DAY.fullmatch(str(day))}
    return voice.texts.say(f"show.{name}", **known | days)


def _rank(one: Duty | Deadline, agency: str | None) -> int | None:
    """Return 0 for what names the agency asked for, 1 for what it does as one of many, None for what is not its own."""
    if not agency:
        return 0
    names = (one.agency,) if isinstance(one, Duty) else one.assignees
    meant = [name for name in names if covers(name, agency, date.min)]
    return None if names and not meant else int(all(group_contains(name, agency) for name in meant))


def _is_in_days(document: Document, deadline: Deadline, arguments: argparse.Namespace) -> bool:
    if arguments.first is None and arguments.last is None:
        return True
    first, last = arguments.first or date(1975, 1, 1), arguments.last or date(2075, 1, 1)
    if deadline.recurrence:
        return any(occurrences(track(document, deadline), first, last))
    ends = deadline.last_day or deadline.due or deadline.end
    return ends is not None and ends >= first and (deadline.start or ends) <= last
