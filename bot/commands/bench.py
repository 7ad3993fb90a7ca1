"""Speed and memory as ratios side by side: --answers, --retrieval, --webhook; all three without a choice."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from bot.app import Workplace, local_now, open_workplace
from bot.channels.web import AskRequest, to_message
from bot.commands import bench_retrieval
from knowledge.domain import ParsedDocument
from knowledge.ingestion import LIBRARY
from knowledge.reading.files import read_file
from retrieval.embeddings import PassageEmbeddings
from retrieval.vector_index import COSINE, connect

QUESTIONS = Path(__file__).parent / "bench_questions.txt"
ROUNDS = 12
BALLAST = Path("..") / "shared" / "data"


def run(arguments: argparse.Namespace) -> int:
    """Print one JSON object a line for each measurement."""
    everything = not (arguments.answers or arguments.retrieval or arguments.webhook)
    if arguments.answers or everything:
        for size in arguments.sizes or bench_retrieval.SIZES:
            with tempfile.TemporaryDirectory() as folder:
                print(json.dumps({"answers": bench_answers(Path(folder), size)}), flush=True)
    if arguments.webhook or everything:
        from bot.commands import bench_webhook

        print(json.dumps({"webhook": bench_webhook.run()}), flush=True)
    return bench_retrieval.run_retrieval(arguments) if arguments.retrieval or everything else 0


def bench_answers(folder: Path, size: int) -> dict[str, Any]:
    """Answer the same questions over the bundled library and `size` law passages, beside bare Chroma queries."""
    os.environ["ANTAM_DATA_DIR"] = str(folder)
    questions = QUESTIONS.read_text("utf-8").splitlines()
    embeddings = PassageEmbeddings()
    with open_workplace() as workplace:
        told: dict[str, Any] = {"passages": size, "reading_ms_per_file": _time_reading()}
        list(workplace.ingestion.load_library())
        items, _ = bench_retrieval.ballast(BALLAST, size)
        for document, passages in items:
            text = "\n\n".join(passage.text for passage in passages)
            workplace.store.save(ParsedDocument(document=document, text=text, passages=passages))
        workplace.search.rebuild(
            (document, tuple(workplace.store.passages(document.id))) for document in workplace.store.documents()
        )
        bare = connect(folder / "bare", None).create_collection("bare", configuration=COSINE)
        texts = [passage.text for _, held in items for passage in held]
        bench_retrieval.add_bare(bare, items, texts, embeddings.encode_passages(texts))
        vectors = [embeddings.encode_query(question).tolist() for question in questions]
        answers, bare_s = asyncio.run(_turn_by_turn(workplace, questions, vectors, bare))
        told["answer_ms"] = bench_retrieval.percentiles(answers[len(questions) :])
        told["bare_ms"] = bench_retrieval.percentiles(bare_s[len(questions) :])
        told["p50_ratio"] = round(told["answer_ms"]["p50"] / told["bare_ms"]["p50"], 2)
        told["rss_mb"] = psutil.Process().memory_info().rss >> 20
    return told | _fresh_start(folder, questions[0])


async def _turn_by_turn(
    workplace: Workplace, questions: Sequence[str], vectors: Sequence[list[float]], bare: Any
) -> tuple[list[float], list[float]]:
    """Return seconds of answers and of bare queries; whatever else the machine does weighs on both alike."""
    answers, bare_s = [], []
    for question, vector in list(zip(questions, vectors, strict=True)) * ROUNDS:
        began = time.perf_counter()
        await workplace.dispatcher.handle(to_message(AskRequest(question=question), local_now()))
        answered = time.perf_counter()
        bare.query(query_embeddings=[vector], n_results=10)
        answers.append(answered - began)
        bare_s.append(time.perf_counter() - answered)
    return answers, bare_s


def _time_reading() -> float:
    files = sorted(LIBRARY.glob("*.txt"))
    began = time.perf_counter()
    for file in files:
        read_file(file)
    return round(1000 * (time.perf_counter() - began) / len(files), 1)


def _fresh_start(folder: Path, question: str) -> dict[str, float]:
    """Return the seconds from starting a new process to its first answer."""
    began = time.perf_counter()
    environment = os.environ | {"ANTAM_DATA_DIR": str(folder)}
    subprocess.run([sys.executable, "-m", "bot", "ask", question], env=environment, capture_output=True, check=True)
    return {"start_to_first_answer_s": round(time.perf_counter() - began, 2)}
