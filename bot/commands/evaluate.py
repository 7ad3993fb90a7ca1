"""Judge answers against question files, beside a plain baseline; --retrieval measures the search alone."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot.app import Workplace, open_workplace
from bot.channels.web import AskRequest
from bot.commands.ask import answer
from bot.commands.usage import WrongUsage
from config.settings import Settings
from config.texts import Texts, load_texts
from retrieval import benchmarks as sets
from retrieval.baseline import PlainBaseline
from retrieval.benchmarks import QuestionSet, without_marks
from retrieval.confidence import calibration
from retrieval.domain import Citation
from retrieval.embeddings import PassageEmbeddings
from retrieval.evaluation import JudgedQuestion, Rank, compare, interval, plain_baseline
from retrieval.judging import Example, Given, faults, load_examples, share_right
from retrieval.search import PassageSearch

SHARED = Path("..") / "shared"
EXAMPLES = SHARED / "dev" / "questions.jsonl"
JUDGED_ON = date(2024, 1, 10)
"""The day the example questions are asked on."""

Rows = Sequence[tuple[Example, Sequence[str]]]


def run(arguments: argparse.Namespace) -> int:
    """Print how many answers of each type are right, ours and those of the baseline."""
    texts = load_texts("vi")
    if arguments.retrieval:
        return _run_retrieval(arguments, texts)
    examples = [example for file in arguments.files or [EXAMPLES] for example in load_examples(file)]
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
    told = answer(workplace.dispatcher, asked, today)
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
        return
    for row in rows:
        called = {"name": texts.say("evaluate.total")} if row["name"] == "total" else {}
        print(texts.say("evaluate.row", **row | called))


def _run_retrieval(arguments: argparse.Namespace, texts: Texts) -> int:
    """Print one JSON object for the corpus and questions given, else one a line for each of the project's sets."""
    embeddings = PassageEmbeddings(Settings().embedding_model)
    if bool(arguments.corpus) != bool(arguments.questions):
        raise WrongUsage("needs_both")
    if arguments.corpus:
        held = sets.read_pair(Path(arguments.corpus), Path(arguments.questions))
        for told in _measure_set(held, embeddings, unmarked=False):
            print(json.dumps(told, ensure_ascii=False))
        return 0
    for make in (sets.plan_set, sets.lay_set, sets.phrase_set, sets.alqac_set, sets.xquad_set, sets.legal_set):
        try:
            held = make(SHARED / ("plans" if make is sets.plan_set else "data"))
        except FileNotFoundError as missing:
            print(texts.say("retrieval.set_missing", file=missing.filename), file=sys.stderr)
            continue
        for told in _measure_set(held, embeddings, unmarked=True):
            print(json.dumps(told, ensure_ascii=False), flush=True)
    return 0


def _measure_set(held: QuestionSet, embeddings: PassageEmbeddings, *, unmarked: bool) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        search = PassageSearch(Path(folder), lambda _: {}, embeddings=embeddings)
        search.rebuild(held.indexed())
        baseline = plain_baseline(held.corpus, embeddings)
        for name, questions in held.questions.items():
            yield {"set": name} | _figures(search, questions, baseline)
            if unmarked:
                yield {"set": f"{name}, no marks"} | _figures(search, without_marks(questions), baseline)
        for part, beside in held.beside.items():
            asked = held.questions[f"plans-{part}"]
            sure = [search.search(one.text).confidence for one in (*asked, *without_marks(asked))]
            unsure = [search.search(text).confidence for text in beside]
            yield {"set": f"confidence-{part}"} | calibration(sure, unsure)
        search.close()


def _figures(search: PassageSearch, questions: Sequence[JudgedQuestion], baseline: Rank) -> dict[str, Any]:
    measured = compare(search, questions, baseline)
    gain = measured["fused"].values["ndcg@10"] - measured["bm25"].values["ndcg@10"]
    told: dict[str, Any] = {name: figures.summary() for name, figures in measured.items()}
    told["questions"] = len(questions)
    told["fused-bm25"] = round(float(np.mean(gain)), 4)
    told["fused-bm25_95"] = [round(bound, 4) for bound in interval(gain)]
    return told
