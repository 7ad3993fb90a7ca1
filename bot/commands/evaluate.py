"""Judge answers against question files, beside a plain baseline; --retrieval measures the search alone."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bot.app import Workplace, local_now, open_workplace
from bot.channels.web import AskRequest, merge_replies, to_message
from config.settings import Settings
from config.texts import Texts, load_texts
from retrieval.baseline import build_baseline
from retrieval.domain import Citation
from retrieval.embeddings import PassageEmbeddings
from retrieval.judging import Example, Given, faults, load_examples, share_right

EXAMPLES = Path("..") / "shared" / "dev" / "questions.jsonl"
JUDGED_ON = date(2024, 1, 10)
"""The day the example questions are asked on."""

Ask = Callable[[Example], Given]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--today", type=date.fromisoformat, default=JUDGED_ON)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="print the questions answered wrongly")
    parser.add_argument("--retrieval", action="store_true")
    parser.add_argument("--corpus")
    parser.add_argument("--questions")


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
        baseline = build_baseline(held, PassageEmbeddings(Settings().embedding_model))
        ours = _judge(examples, lambda example: _ask(workplace, example, arguments.today))
        plain = _judge(examples, lambda example: baseline.answer(example.question))
    _report(ours, plain, arguments, texts)
    return 0


def _ask(workplace: Workplace, example: Example, today: date) -> Given:
    asked = AskRequest.model_validate(
        {"question": example.question, "history": [{"role": role, "text": text} for role, text in example.history]}
    )
    message = to_message(asked, local_now(), channel="terminal", today=today)
    told = merge_replies(asyncio.run(workplace.handle(message)))
    citations = tuple(
        Citation(
            source=one["source"], number=one["number"], title=one["title"], section=one["section"], quote=one["quote"]
        )
        for one in told["citations"]
    )
    return Given(kind=told["kind"], text=told["text"], citations=citations, options=tuple(told["options"]))


Rows = Sequence[tuple[Example, Sequence[str], float]]


def _judge(examples: Sequence[Example], ask: Ask) -> Rows:
    rows = []
    for example in examples:
        started = time.perf_counter()
        given = ask(example)
        rows.append((example, faults(example, given), time.perf_counter() - started))
    return rows


def _report(ours: Rows, plain: Rows, arguments: argparse.Namespace, texts: Texts) -> None:
    mine = share_right((example, wrong) for example, wrong, _ in ours)
    theirs = share_right((example, wrong) for example, wrong, _ in plain)
    if arguments.wrong:
        for example, wrong, _ in ours:
            if wrong:
                print(texts.say("evaluate.wrong", id=example.id, question=example.question, faults="; ".join(wrong)))
    if arguments.json:
        rows = {
            name: {"right": right, "asked": asked, "baseline": theirs[name][0]} for name, (right, asked) in mine.items()
        }
        print(json.dumps(rows, ensure_ascii=False))
        return
    for name in (*sorted(one for one in mine if one != "total"), "total"):
        right, asked = mine[name]
        label = texts.say("evaluate.total") if name == "total" else name
        print(texts.say("evaluate.row", name=label, right=right, asked=asked, baseline=theirs[name][0]))
    times = sorted(taken for _, _, taken in ours)
    print(
        texts.say(
            "evaluate.share",
            share=100 * mine["total"][0] / mine["total"][1],
            baseline=100 * theirs["total"][0] / mine["total"][1],
        )
    )
    print(texts.say("evaluate.pace", median=1000 * times[len(times) // 2], longest=1000 * times[-1]))
