"""Speed and memory of the search at 1,000, 10,000 and 100,000 passages, beside a bare Chroma in the same run."""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from config.settings import Settings
from config.texts import load_texts
from knowledge.database import metadata, open_database
from knowledge.domain import Document, ParsedDocument, Passage, stable_suffix
from knowledge.store import DocumentStore
from retrieval.benchmarks import LAW_CODE, read_lines
from retrieval.embeddings import PassageEmbeddings, Vectors
from retrieval.evaluation import blank_document
from retrieval.search import PassageSearch, indexed_text
from retrieval.vector_index import COSINE, connect

SIZES = (1_000, 10_000, 100_000)
BALLAST = (LAW_CODE, "law-texts-articles.jsonl.gz", "law-newer-articles.jsonl.gz")
PASSAGE_WORDS, PASSAGES_A_DOCUMENT, QUESTIONS = 80, 50, 200
BATCH = 2000

Item = tuple[Document, tuple[Passage, ...]]


def run_retrieval(arguments: argparse.Namespace) -> int:
    """Print one JSON object a size."""
    data = Path("..") / "shared" / "data"
    if not (data / LAW_CODE).is_file():
        print(load_texts("vi").say("retrieval.set_missing", file=data / LAW_CODE), file=sys.stderr)
        return 1
    embeddings = PassageEmbeddings(Settings().embedding_model)
    embeddings.encode_query("")
    for size in getattr(arguments, "sizes", None) or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(bench(Path(folder), data, size, embeddings)), flush=True)
    return 0


def bench(folder: Path, data: Path, size: int, embeddings: PassageEmbeddings) -> dict[str, Any]:
    """Build store, index and bare Chroma of one size, and time the same work in each."""
    items, questions = ballast(data, size)
    engine = open_database(f"sqlite:///{folder / 'store.db'}")
    metadata.create_all(engine)
    store = DocumentStore(engine)
    for document, passages in items:
        store.save(ParsedDocument(document=document, text="", passages=passages))
    search = PassageSearch(folder / "index", store.passages_by_id, embeddings=embeddings)
    search.passage_ids()
    told: dict[str, Any] = {"passages": size, "index_s": round(_seconds(lambda: search.rebuild(items)), 2)}
    texts = [indexed_text(document, passage) for document, passages in items for passage in passages]
    vectors = np.concatenate([embeddings.encode_passages(part) for part in _parts(texts, BATCH)])
    bare = connect(folder / "bare", None).create_collection("bare", configuration=COSINE)
    told["bare_add_s"] = round(_seconds(lambda: add_bare(bare, items, texts, vectors)), 2)
    told["index_ratio"] = round(told["index_s"] / told["bare_add_s"], 2)
    new = _one_document("added", [f"Đoạn mới số {number} về kinh phí năm {number}" for number in range(30)])
    told["add_document_ms"] = round(1000 * _seconds(lambda: search.replace(*new)), 1)
    queries = [embeddings.encode_query(question) for question in questions]
    for _ in range(20):
        search.search(questions[0])
        bare.query(query_embeddings=[queries[0].tolist()], n_results=10)
    # Turn by turn, so that whatever else the machine does hits both alike.
    taken: dict[str, list[float]] = {"search_ms": [], "bare_ms": []}
    for question, query in zip(questions, queries, strict=True):
        taken["bare_ms"].append(_seconds(partial(bare.query, query_embeddings=query[None, :], n_results=10)))
        taken["search_ms"].append(_seconds(partial(search.search, question)))
    told |= {name: percentiles(values) for name, values in taken.items()}
    told["p50_ratio"] = round(told["search_ms"]["p50"] / told["bare_ms"]["p50"], 2)
    search.close()
    engine.dispose()
    return told | _fresh_start(folder / "index", questions[:50])


def ballast(data: Path, size: int) -> tuple[list[Item], list[str]]:
    """Return documents of law passages and titles to ask for."""
    records = itertools.chain.from_iterable(read_lines(data / name) for name in BALLAST)
    texts: list[str] = []
    titles: list[str] = []
    for record in records:
        listed = record["body"].split()
        for part in _parts(listed, PASSAGE_WORDS):
            texts.append(f"{record['title']}\n{' '.join(part)}")
        titles.append(record["title"])
        if len(texts) >= size:
            break
    chance = np.random.default_rng(11)
    parts = _parts(texts[:size], PASSAGES_A_DOCUMENT)
    documents = [_one_document(f"d{number}", part) for number, part in enumerate(parts)]
    return documents, [titles[place] for place in chance.integers(0, len(titles), QUESTIONS)]


def _one_document(document_id: str, texts: Sequence[str]) -> Item:
    passages = tuple(
        Passage(
            id=f"{document_id}.{stable_suffix(str(place), text)}",
            document_id=document_id,
            section=None,
            heading_path=(),
            text=text,
            ordinal=place,
        )
        for place, text in enumerate(texts)
    )
    return blank_document(document_id), passages


def add_bare(bare: Any, items: Sequence[Item], texts: Sequence[str], vectors: Vectors) -> None:
    """Put passages with their vectors into a plain Chroma collection, in batches."""
    for number, part in enumerate(_parts([passage for _, held in items for passage in held], BATCH)):
        rows = slice(number * BATCH, number * BATCH + len(part))
        bare.add(
            ids=[passage.id for passage in part],
            embeddings=vectors[rows],
            metadatas=[{"document_id": passage.document_id} for passage in part],
            documents=list(texts[rows]),
        )


def _fresh_start(index: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Open the index in a new process: seconds to the first result, and memory with and without it."""
    command = [sys.executable, "-m", "bot.commands.bench_retrieval", str(index)]
    told = subprocess.run(command, input="\n".join(questions), capture_output=True, text=True, check=True)
    return dict(json.loads(told.stdout))


def _measure_start(index: Path, questions: Sequence[str]) -> dict[str, Any]:
    import sentence_transformers  # noqa: F401  # imports are told apart from loading

    import retrieval.vector_index  # noqa: F401

    process, embeddings = psutil.Process(), PassageEmbeddings()
    held = [process.memory_info().rss]
    told: dict[str, Any] = {"model_load_s": round(_seconds(lambda: embeddings.encode_query(questions[0])), 3)}
    held.append(process.memory_info().rss)
    search = PassageSearch(index, lambda _: {}, embeddings=embeddings)
    told["index_open_s"] = round(_seconds(lambda: search.ranking(questions[0], "words")), 3)
    for question in questions:
        search.ranking(question, "words")
    held.append(process.memory_info().rss)
    search.search(questions[0])
    held.append(process.memory_info().rss)
    search.close()
    steps = zip(("imports_mb", "model_mb", "lexical_mb", "chroma_mb"), held, [0, *held], strict=False)
    disk = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
    return told | {name: (after - before) >> 20 for name, after, before in steps} | {"index_disk_mb": disk >> 20}


def _parts(listed: list[Any], size: int) -> list[list[Any]]:
    return [listed[start : start + size] for start in range(0, len(listed), size)]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    return {f"p{share}": round(1000 * float(np.percentile(seconds, share)), 2) for share in (50, 95, 99)}


if __name__ == "__main__":
    print(json.dumps(_measure_start(Path(sys.argv[1]), sys.stdin.read().split("\n"))))
