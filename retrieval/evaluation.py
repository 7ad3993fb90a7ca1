"""What search is worth, in figures: recall, reciprocal rank, nDCG and milliseconds, with bootstrap intervals."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.domain import Document, Passage
from retrieval.baseline import PlainBaseline
from retrieval.embeddings import PassageEmbeddings
from retrieval.search import PassageSearch

DEPTH = 10
RESAMPLES, SEED = 2000, 7
PASSAGE_WORDS = 400
CHUNK_OVERLAP = 100
"""What the plain baseline's pieces share, as the splitter's documentation suggests it."""
TWIN = "\x1f"
"""Sets apart the number that a text's id gets when another text of the corpus has the same."""

Rank = Callable[[str], Sequence[str]]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusText:
    """One text that can be found, its title being context."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question and the ids of the texts that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Figures of one way of searching, one value a question each."""

    values: dict[str, Values]
    milliseconds: Values

    def summary(self) -> dict[str, float | list[float]]:
        """Return means, the interval of nDCG, and the median time."""
        told: dict[str, float | list[float]] = {
            name: round(float(held.mean()), 4) for name, held in self.values.items()
        }
        told["ndcg@10_95"] = [round(bound, 4) for bound in interval(self.values["ndcg@10"])]
        told["ms"] = round(float(np.median(self.milliseconds)), 3)
        return told


def measure(rank: Rank, questions: Sequence[JudgedQuestion]) -> Measurement:
    """Ask every question and judge the ranking."""
    values: dict[str, list[float]] = {name: [] for name in ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")}
    times = []
    for question in questions:
        began = time.perf_counter()
        ranking = rank(question.text)
        times.append(1000 * (time.perf_counter() - began))
        ranking = list(dict.fromkeys(passage_id.split(TWIN)[0] for passage_id in ranking))[:DEPTH]
        hits = [passage_id in question.relevant for passage_id in ranking]
        for depth in (1, 5, 10):
            values[f"recall@{depth}"].append(sum(hits[:depth]) / min(depth, len(question.relevant)))
        values["mrr@10"].append(next((1 / place for place, hit in enumerate(hits, 1) if hit), 0.0))
        gained = sum(hit / math.log2(place + 1) for place, hit in enumerate(hits, 1))
        ideal = sum(1 / math.log2(place + 1) for place in range(1, min(DEPTH, len(question.relevant)) + 1))
        values["ndcg@10"].append(gained / ideal)
    return Measurement(values={name: np.array(held) for name, held in values.items()}, milliseconds=np.array(times))


def interval(values: Values) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean; of differences, it is the paired one."""
    chance = np.random.default_rng(SEED)
    means = values[chance.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def plain_baseline(texts: Sequence[CorpusText], embeddings: PassageEmbeddings) -> Rank:
    """Return what a plain tutorial builds: texts cut by length without their headings, ranked by vectors alone."""
    named = ((held.id, held.text or held.title) for held in texts)
    baseline = PlainBaseline(named, embeddings, overlap=CHUNK_OVERLAP)
    return lambda query: list(dict.fromkeys(text_id for text_id, _ in baseline.nearest(query, 5 * DEPTH)))[:DEPTH]


def compare(
    search: PassageSearch, questions: Sequence[JudgedQuestion], baseline: Rank | None = None
) -> dict[str, Measurement]:
    """Measure words, vectors and both over an index, and the baseline beside them."""
    search.ranking(questions[0].text, "both")
    ways: dict[str, Rank] = {
        "bm25": lambda query: search.ranking(query, "words"),
        "vectors": lambda query: search.ranking(query, "vectors"),
        "fused": lambda query: search.ranking(query, "both"),
    }
    if baseline is not None:
        ways["baseline"] = baseline
    return {name: measure(rank, questions) for name, rank in ways.items()}


def as_documents(texts: Sequence[CorpusText]) -> Iterator[tuple[Document, list[Passage]]]:
    """Yield texts as passages of documents of which nothing is known, their titles being headings."""
    seen: Counter[str] = Counter()
    for start in range(0, len(texts), DEPTH):
        part = texts[start : start + DEPTH]
        seen.update(held.id for held in part)
        passages = [
            Passage(
                id=held.id if seen[held.id] == 1 else f"{held.id}{TWIN}{start + place}",
                document_id=str(start // DEPTH),
                section=None,
                heading_path=(held.title,) if held.title else (),
                text=" ".join(held.text.split()[:PASSAGE_WORDS]) or held.title,
                ordinal=place,
            )
            for place, held in enumerate(part)
        ]
        yield blank_document(str(start // DEPTH)), passages


def blank_document(document_id: str, *, issued_on: date | None = None) -> Document:
    """Return a document of which nothing but its id is known."""
    lists = ("addressed_to", "recipients", "references", "sections", "duties", "deadlines", "findings")
    blank: dict[str, Any] = dict.fromkeys(one.name for one in fields(Document)) | dict.fromkeys(lists, ())
    told = {"id": document_id, "source": document_id, "issued_on": issued_on, "content_hash": ""}
    return Document(**blank | told)
