"""`eval --retrieval`: what search is worth on question sets, words and vectors alone and together."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from config.settings import Settings
from config.texts import load_texts
from retrieval import benchmarks as sets
from retrieval.benchmarks import QuestionSet, without_marks
from retrieval.confidence import calibration
from retrieval.embeddings import PassageEmbeddings
from retrieval.evaluation import JudgedQuestion, Rank, compare, interval, plain_baseline
from retrieval.search import PassageSearch


def run_retrieval(arguments: argparse.Namespace) -> int:
    """Print one JSON object for the corpus and questions given, else one a line for each of the project's sets."""
    texts, embeddings = load_texts("vi"), PassageEmbeddings(Settings().embedding_model)
    if bool(arguments.corpus) != bool(arguments.questions):
        print(texts.say("evaluate.needs_both"), file=sys.stderr)
        return 2
    if arguments.corpus:
        held = sets.read_pair(Path(arguments.corpus), Path(arguments.questions))
        for told in _measure_set(held, embeddings, unmarked=False):
            print(json.dumps(told, ensure_ascii=False))
        return 0
    shared = Path("..") / "shared"
    makes = (sets.lay_set, sets.phrase_set, sets.alqac_set, sets.xquad_set, sets.legal_set)
    for make, folder in ((sets.plan_set, shared / "plans"), *((make, shared / "data") for make in makes)):
        try:
            held = make(folder)
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
