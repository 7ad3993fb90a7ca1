"""Measure speed and memory beside plain tools: --answers, --retrieval, --webhook; all three by default."""

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bot.app import Workplace, local_now, open_workplace
from bot.channels.web import AskRequest, to_message
from knowledge.domain import Document, ParsedDocument, Passage
from knowledge.ingestion import LIBRARY
from knowledge.reading.files import read_file
from retrieval.benchmarks import LAW_CODE, read_lines
from retrieval.embeddings import PassageEmbeddings
from retrieval.evaluation import blank_document
from retrieval.search import PassageSearch, indexed_text
from retrieval.vector_index import COSINE, connect

SIZES = (1_000, 10_000, 100_000)
DATA = Path("..") / "shared" / "data"
BALLAST = (LAW_CODE, "law-texts-articles.jsonl.gz", "law-newer-articles.jsonl.gz")
QUESTIONS = Path(__file__).parent / "bench_questions.txt"
PASSAGE_WORDS, PASSAGES, TITLES, ROUNDS, WARM, BATCH = 80, 50, 200, 12, 20, 2000

Item = tuple[Document, Sequence[Passage]]


def run(arguments: argparse.Namespace) -> int:
    """Print one JSON object a line for each measurement."""
    kinds = ("webhook", "answers", "retrieval")
    wanted = [name for name in kinds if getattr(arguments, name)] or kinds
    if "webhook" in wanted:
        from bot.commands import bench_webhook

        print(json.dumps({"webhook": bench_webhook.run()}), flush=True)
    for size, name in itertools.product(arguments.sizes or SIZES, kinds[1:]):
        if name in wanted:
            with tempfile.TemporaryDirectory() as folder:
                told = bench(Path(folder), size, of_answers=name == "answers")
            print(json.dumps({name: told} if name == "answers" else told), flush=True)
    return 0


def bench(folder: Path, size: int, *, of_answers: bool) -> dict[str, Any]:
    """Time answers, or searches, over the bundled library and `size` law passages beside a bare Chroma."""
    os.environ["ANTAM_DATA_DIR"] = str(folder)
    (*items, added), titles = _ballast(size)
    questions = QUESTIONS.read_text("utf-8").splitlines() * ROUNDS if of_answers else titles
    embeddings = PassageEmbeddings()
    queries = [embeddings.encode_query(question).tolist() for question in questions]
    told: dict[str, Any] = {"passages": size, "reading_ms_per_file": _time_reading()}
    bare = connect(folder / "bare", None).create_collection("bare", configuration=COSINE)
    with open_workplace() as workplace:
        told |= _fill(workplace, items, bare, embeddings)
        told["add_document_s"] = _seconds(lambda: workplace.search.replace(*added))

        async def ask(question: str) -> None:
            if of_answers:
                await workplace.dispatcher.handle(to_message(AskRequest(question=question), local_now()))
            else:
                workplace.search.search(question)

        told["rss_mb"] = psutil.Process().memory_info().rss >> 20
        ours, theirs = asyncio.run(_turn_by_turn(ask, questions, queries, bare))
    name = "answer_ms" if of_answers else "search_ms"
    told |= {name: _percentiles(ours), "bare_ms": _percentiles(theirs)}
    told["p50_ratio"] = round(told[name]["p50"] / told["bare_ms"]["p50"], 2)
    told["start_to_first_answer_s"] = _seconds(lambda: _python("-m", "bot", "ask", questions[0]))
    told |= json.loads(_python("-m", "bot.commands.bench", str(folder / "index")))
    return told


def _fill(workplace: Workplace, items: Sequence[Item], bare: Any, embeddings: PassageEmbeddings) -> dict[str, float]:
    """Index the same passages with us and in a bare Chroma; return the seconds each took."""
    list(workplace.ingestion.load_library())
    for document, passages in items:
        text = "\n\n".join(passage.text for passage in passages)
        workplace.store.save(ParsedDocument(document=document, text=text, passages=tuple(passages)))
    held = [(one, tuple(workplace.store.passages(one.id))) for one in workplace.store.documents()]
    listed = [(document, passage) for document, passages in held for passage in passages]
    vectors = embeddings.encode_passages([indexed_text(*one) for one in listed])

    def fill_bare() -> None:
        for start in range(0, len(listed), BATCH):
            part = [passage for _, passage in listed[start : start + BATCH]]
            bare.add(
                ids=[passage.id for passage in part],
                embeddings=vectors[start : start + BATCH],
                metadatas=[{"document_id": passage.document_id} for passage in part],
                documents=[passage.text for passage in part],
            )

    index_s, bare_s = _seconds(lambda: workplace.search.rebuild(held)), _seconds(fill_bare)
    return {"index_s": index_s, "bare_add_s": bare_s, "index_ratio": round(index_s / bare_s, 2)}


async def _turn_by_turn(
    ask: Callable[[str], Awaitable[None]], questions: Sequence[str], queries: Sequence[list[float]], bare: Any
) -> tuple[list[float], list[float]]:
    """Return seconds of our and of bare queries, alternating so that other load affects both alike."""
    ours, theirs = [], []
    turns = list(zip(questions, queries, strict=True))
    for question, query in turns[:WARM] + turns:
        began = time.perf_counter()
        await ask(question)
        asked = time.perf_counter()
        bare.query(query_embeddings=[query], n_results=10)
        ours.append(asked - began)
        theirs.append(time.perf_counter() - asked)
    return ours[WARM:], theirs[WARM:]


def _ballast(size: int) -> tuple[list[Item], list[str]]:
    """Return documents of law passages (one extra, to be added later) and titles as questions."""
    texts: list[str] = []
    titles: list[str] = []
    for record in itertools.chain.from_iterable(read_lines(DATA / name) for name in BALLAST):
        titles.append(record["title"])
        words = record["body"].split()
        for start in range(0, len(words), PASSAGE_WORDS):
            texts.append(f"{titles[-1]}\n{' '.join(words[start : start + PASSAGE_WORDS])}")
        if len(texts) >= size + PASSAGES:
            break
    asked = np.random.default_rng(11).integers(0, len(titles), TITLES)
    starts = range(0, size + PASSAGES, PASSAGES)
    return [_document(f"law{start}", texts[start : start + PASSAGES]) for start in starts], [titles[at] for at in asked]


def _document(name: str, texts: Sequence[str]) -> Item:
    blank = Passage(id="", document_id=name, section=None, heading_path=(), text="", ordinal=0)
    numbered = enumerate(texts)
    return blank_document(name), [replace(blank, id=f"{name}.{at}", text=text, ordinal=at) for at, text in numbered]


def _time_reading() -> float:
    files = sorted(LIBRARY.glob("*.txt"))
    return round(1000 * _seconds(lambda: [read_file(file) for file in files]) / len(files), 1)


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def _measure_parts(index: Path) -> dict[str, Any]:
    """Return seconds and memory for loading the model and the word index, without imports."""
    import sentence_transformers  # noqa: F401

    import retrieval.vector_index  # noqa: F401

    told, process, embeddings = dict[str, Any](), psutil.Process(), PassageEmbeddings()
    search = PassageSearch(index, lambda _: {}, embeddings=embeddings)
    loads = {"model": lambda: embeddings.encode_query(""), "words": lambda: search.ranking("kinh phí", "words")}
    for name, load in loads.items():
        before = process.memory_info().rss
        told[f"{name}_load_s"] = _seconds(load)
        told[f"{name}_mb"] = (process.memory_info().rss - before) >> 20
    search.close()
    return told


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    return {f"p{share}": round(1000 * float(np.percentile(seconds, share)), 2) for share in (50, 95, 99)}


if __name__ == "__main__":
    print(json.dumps(_measure_parts(Path(sys.argv[1]))))
