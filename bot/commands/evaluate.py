"""Judge answers against question files, beside a plain baseline; --retrieval measures the search alone."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.app import Workplace, open_workplace
from bot.channels.web import AskRequest
from bot.commands.ask import answer
from config.settings import Settings
from config.texts import Texts, load_texts
from retrieval.baseline import PlainBaseline
from retrieval.domain import Citation
from retrieval.embeddings import PassageEmbeddings
from retrieval.judging import Example, Given, faults, load_examples, share_right

EXAMPLES = Path("..") / "shared" / "dev" / "questions.jsonl"
JUDGED_ON = date(2024, 1, 10)
"""The day the example questions are asked on."""

Rows = Sequence[tuple[Example, Sequence[str]]]


def run(arguments: argparse.Namespace) -> int:
    """Print how many answers of each type are right, ours and the baseline's."""
    if arguments.retrieval:
        from bot.commands.evaluate_retrieval import run_retrieval

        return run_retrieval(arguments)
    texts = load_texts("vi")
    files = arguments.files or ([EXAMPLES] if EXAMPLES.is_file() else [])
    missing = [str(file) for file in files if not file.is_file()]
    if missing or not files:
        print(texts.say("evaluate.no_file", files=", ".join(missing) or str(EXAMPLES)), file=sys.stderr)
        return 1
    examples = [example for file in files for example in load_examples(file)]
    with open_workplace() as workplace:
        held = [(document, workplace.store.text(document.id)) for document in workplace.store.documents()]
        if not held:
            print(texts.say("evaluate.empty"), file=sys.stderr)
            return 1
        baseline = PlainBaseline(held, PassageEmbeddings(Settings().embedding_model))
        today = arguments.today or JUDGED_ON
        ours = [(example, faults(example, _ask(workplace, example, today))) for example in examples]
        plain = [(example, faults(example, baseline.answer(example.question))) for example in examples]
    _report(ours, plain, arguments, texts)
    return 0


def _ask(workplace: Workplace, example: Example, today: date) -> Given:
    asked = AskRequest.model_validate(
        {"question": example.question, "history": [{"role": role, "text": text} for role, text in example.history]}
    )
    told = answer(workplace, asked, today)
    citations = tuple(Citation(**one) for one in told["citations"])
    return Given(kind=told["kind"], text=told["text"], citations=citations, options=tuple(told["options"]))


def _report(ours: Rows, plain: Rows, arguments: argparse.Namespace, texts: Texts) -> None:
    for example, wrong in ours if arguments.wrong else ():
        if wrong:
            print(texts.say("evaluate.wrong", id=example.id, question=example.question, faults="; ".join(wrong)))
    theirs, rows = share_right(plain), []
    for name, (right, asked) in sorted(share_right(ours).items(), key=lambda row: (row[0] == "total", row[0])):
        rows.append({"name": name, "right": right, "asked": asked, "baseline": theirs[name][0]})
    if arguments.json:
        print(json.dumps({row.pop("name"): row for row in rows}, ensure_ascii=False))
    for row in () if arguments.json else rows:
        total = texts.say("evaluate.total")
        print(texts.say("evaluate.row", **{**row, "name": total if row["name"] == "total" else row["name"]}))
