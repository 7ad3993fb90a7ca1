"""Take files or folders into the store and the index; `reindex` rebuilds the index from the store."""

import argparse
import json
import sys

from bot.app import Workplace, open_workplace
from bot.commands.usage import WrongUsage
from config.texts import Texts, load_texts
from knowledge.ingestion import IngestReport, Outcome


def run(arguments: argparse.Namespace) -> int:
    """Print a row per file; 0 when anything was taken or unchanged."""
    texts = load_texts("vi")
    with open_workplace() as workplace:
        if arguments.command == "reindex":
            print(texts.say("command.reindexed", count=workplace.ingestion.reindex()), file=sys.stderr)
            return 0
        if not arguments.paths:
            raise WrongUsage("ingest_what")
        return _ingest(workplace, arguments, texts)


def _ingest(workplace: Workplace, arguments: argparse.Namespace, texts: Texts) -> int:
    outcomes = set()
    for report in workplace.ingestion.ingest(arguments.paths):
        outcomes.add(report.outcome)
        row = report_row(report, texts)
        if arguments.json:
            print(json.dumps(row, ensure_ascii=False), flush=True)
        else:
            print(texts.say(f"command.ingest_{report.outcome}", **row), flush=True)
        held = report.document
        if held and not (held.number or held.issuer or held.title or held.duties or held.deadlines):
            print(texts.say("command.ingest_no_document", path=report.path), file=sys.stderr)
    if not outcomes:
        print(texts.say("fault.ingest_what"), file=sys.stderr)
    return int(outcomes <= {Outcome.REFUSED})


def report_row(report: IngestReport, texts: Texts) -> dict[str, object]:
    """Return the report as JSON-ready values; `why` is a sentence for a refused file."""
    document = report.document
    counted = {"sections": "sections", "duties": "duties", "deadlines": "deadlines", "warnings": "findings"}
    return {
        "path": report.path,
        "outcome": str(report.outcome),
        "id": document.id if document else None,
        "source": document.source if document else None,
        "passages": report.passages,
        **{name: len(getattr(document, held, ())) for name, held in counted.items()},
        "why": texts.say(f"fault.{report.fault.code}", **report.fault.fields) if report.fault else None,
    }
