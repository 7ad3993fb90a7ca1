"""Choose the weights of search on the development questions: python -m training.choose_fusion PLANS_FOLDER DATA_FOLDER.

Marks are chosen by the share of syllables restored. The others one after another, twice round, by the mean nDCG@10 of
the fused ranking over every development set, typed and without marks, less what a set falls below words alone. The
first value of a row, a neutral one, stays unless another gains GAIN.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from retrieval import expansion, fusion, lexical_index, marks, search
from retrieval.benchmarks import DEVELOPMENT, lay_set, legal_set, plan_set, without_marks
from retrieval.embeddings import PassageEmbeddings
from retrieval.evaluation import JudgedQuestion, as_documents, measure
from retrieval.expansion import Expander
from retrieval.lexical_index import LexicalIndex, Rows, Scores, largest
from retrieval.segments import SegmentStore

GAIN, ROUNDS = 0.001, 2


def missing(coverage: Scores, cosines: Scores) -> float:
    """Return how much of the question the best passage by words lacks."""
    return float(np.clip(1 - coverage.max(initial=0.0) / (2 * fusion.REACH), 0, 1))


def surer(coverage: Scores, cosines: Scores) -> float:
    """Return how far the best passage stands out by vectors, beside how far it does by words."""
    apart = [float(side.max() - np.sort(side)[-min(10, len(side))]) + 1e-6 for side in (coverage, cosines)]
    return float(np.clip((apart[1] / sum(apart) - 0.5) / (2 * fusion.REACH) + 0.5, 0, 1))


Names = tuple[tuple[ModuleType, str], ...]
Grid = dict[Names, list[tuple[Any, ...]]]
MARKS: Grid = {
    ((marks, "COMMON"),): [(1.0,), (0.1,), (0.3,), (0.5,), (2.0,)],
    ((marks, "KNOWN"), (marks, "HELD")): [(2.0, 0.5), *product((2.0, 3.0, 5.0, 8.0), (0.5, 0.8, 1.2, 1.8))],
    ((marks, "BARE"),): [(0.0,), (-0.5,), (-1.0,), (-2.0,)],
    ((marks, "LIGHT"),): [(0.0,), (1.0,), (2.0,), (3.0,)],
    ((marks, "VARIANTS"),): [(8,), (4,), (16,), (32,)],
}
SHAPES = [
    (form, *numbers)
    for form in (fusion.lead, missing, surer)
    for numbers in product((0.0, 0.1, 0.2, 0.3), (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0), (1.0, 1.5, 2.0), (0.25, 0.5))
]
SEARCH: Grid = {
    tuple((fusion, name) for name in ("lead", "LEAST", "MOST", "BEND", "REACH")): [
        (fusion.lead, 0.3, 0.3, 1.0, 0.5),
        *SHAPES,
    ],
    ((lexical_index, "SATURATION"), (lexical_index, "LENGTH_SHARE")): [
        (1.2, 0.75),
        *product((0.5, 0.7, 0.9, 1.2, 1.6), (0.5, 0.7, 0.75, 0.9)),
    ],
    ((search, "HEADINGS_AGAIN"),): [(0,), (1,), (2,)],
    ((search, "HEADING_WEIGHT"),): [(1.0,), (0.3,), (0.5,), (0.7,)],
    ((expansion, "QUESTION_WORD_WEIGHT"),): [(1.0,), (0.2,), (0.4,), (0.7,)],
    ((expansion, "CONCEPT_WEIGHT"),): [(0.5,), (0.25,), (0.75,), (1.0,)],
    ((expansion, "RECOGNISED_FROM"),): [(0.75,), (0.5,), (0.6,), (0.9,)],
    ((expansion, "SLACK"),): [(4,), (2,), (8,)],
    ((expansion, "ABBREVIATION_WEIGHT"),): [(0.5,), (0.25,), (1.0,)],
    ((expansion, "RESTORED_SHARE"),): [(0.5,), (0.0,), (0.25,), (0.75,), (1.0,)],
    ((expansion, "UNSURE"),): [(0.5,), (0.0,), (0.25,), (0.75,), (1.0,)],
    ((marks, "SURE"),): [(0.5,), (0.35,), (0.65,), (0.8,)],
}


class Found(NamedTuple):
    """What both sides find for a question; `by_words` is the ranking of the words alone."""

    ids: list[str]
    lexical: Scores
    dense: Scores
    attainable: float
    weights: Scores
    by_words: list[str]


@dataclass
class Corpus:
    """A development set over its passages, indexed once for each number of times that headings count again."""

    name: str
    asked: tuple[tuple[JudgedQuestion, ...], ...]
    stores: list[SegmentStore]
    embeddings: PassageEmbeddings
    nearest: dict[tuple[int, str], Rows] = field(default_factory=dict)
    views: dict[tuple[float, ...], LexicalIndex] = field(default_factory=dict)

    def index(self) -> LexicalIndex:
        """Return a view of the segments under the present weights."""
        weights = (lexical_index.SATURATION, lexical_index.LENGTH_SHARE, search.HEADINGS_AGAIN, search.HEADING_WEIGHT)
        if weights not in self.views:
            made = self.views[weights] = LexicalIndex(self.stores[search.HEADINGS_AGAIN].segments)
            made.weights[made.weights < 1] = search.HEADING_WEIGHT
        return self.views[weights]

    def find(self, index: LexicalIndex, expander: Expander, text: str) -> Found:
        """Return the candidates of a question as `PassageSearch` gathers them, the nearest ones found exactly."""
        reading = expander.read(text, index)
        vector = sum(self.embeddings.encode_query(one) for one in {text, reading.text})
        vector = np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), dtype=np.float32)
        terms = expander.terms(reading, index)
        lexical = index.score(terms)
        key = (search.HEADINGS_AGAIN, f"{text} {reading.text}")
        if key not in self.nearest:
            cosines = index.cosines(np.arange(index.size), vector, self.embeddings.fingerprint)
            self.nearest[key] = np.argsort(-cosines)[: search.DENSE_CANDIDATES]
        best = largest(lexical, search.LEXICAL_CANDIDATES)
        rows, weights = np.union1d(best, self.nearest[key]), index.weights
        dense = index.cosines(rows, vector, self.embeddings.fingerprint) * weights[rows]
        ids = [index.passage_id(int(row)) for row in rows]
        ranked = best[np.argsort(-lexical[best], kind="stable")][:10]
        by_words = [index.passage_id(int(row)) for row in ranked]
        return Found(ids, lexical[rows], dense, index.attainable(terms), weights[rows], by_words)


def corpora(plans: Path, data: Path, folder: Path) -> Iterator[Corpus]:
    """Index the passages of every development set."""
    embeddings, held = PassageEmbeddings(), plan_set(plans)
    sets = [(held.documents, held.questions)]
    sets += [
        (tuple((document, tuple(passages)) for document, passages in as_documents(one.corpus)), one.questions)
        for one in (lay_set(data), legal_set(data))
    ]
    for name, (documents, questions) in zip(DEVELOPMENT, sets, strict=True):
        stores = [SegmentStore(folder / name / str(times)) for times in range(3)]
        entries = [search.entry_of(document, passage) for document, passages in documents for passage in passages]
        for start in range(0, len(entries), search.REBUILD_BATCH):
            batch = entries[start : start + search.REBUILD_BATCH]
            vectors = embeddings.encode_passages([entry.text for entry in batch])
            for times, store in enumerate(stores):
                again = [replace(entry, headings=" ".join([entry.headings] * times)) for entry in batch]
                store.change(None, again, vectors, embeddings.fingerprint)
        asked = questions[name]
        yield Corpus(name, (asked, without_marks(asked)), stores, embeddings)


def restored(held: Sequence[Corpus], found: None = None) -> tuple[float, list[float]]:
    """Return the share of syllables that get their marks back, as a mean over the sets and for each."""
    expander, shares = Expander.shipped(), []
    for corpus in held:
        index, hits = corpus.index(), []
        for typed, bare in zip(*corpus.asked, strict=True):
            both = (expander.read(one.text, index).words for one in (typed, bare))
            hits += [was == now for was, now in zip(*both, strict=False)]
        shares.append(float(np.mean(hits)))
    return float(np.mean(shares)), shares


def candidates(held: Sequence[Corpus]) -> list[list[Found]]:
    """Return what is found for the questions of every set, typed and without marks."""
    expander, told = Expander.shipped(), []
    for corpus in held:
        index = corpus.index()
        told += [[corpus.find(index, expander, one.text) for one in asked] for asked in corpus.asked]
    return told


def worth(held: Sequence[Corpus], found: list[list[Found]] | None = None) -> tuple[float, list[float]]:
    """Return the objective, and nDCG@10 of both and of words alone for each set, typed and without marks."""
    figures: list[float] = []
    asked = [part for corpus in held for part in corpus.asked]
    for questions, rows in zip(asked, found or candidates(held), strict=True):
        both = {}
        for question, row in zip(questions, rows, strict=True):
            scores = fusion.fuse(row.lexical, row.dense, row.attainable) * row.weights
            both[question.text] = [row.ids[place] for place in np.argsort(-scores, kind="stable")[:20]]
        alone = {question.text: row.by_words for question, row in zip(questions, rows, strict=True)}
        figures += [float(measure(way.__getitem__, questions).values["ndcg@10"].mean()) for way in (both, alone)]
    fused, alone_ = np.array(figures[::2]), np.array(figures[1::2])
    short = (alone_ - fused).reshape(-1, 2).mean(axis=1).clip(0)
    return float(fused.mean() - short.sum()), figures


def choose(held: Sequence[Corpus], grid: Grid, judge: Callable[..., tuple[float, list[float]]]) -> None:
    """Set each row of a grid to its best values, and print every figure."""
    for names, rows in grid.items():
        found = candidates(held) if names[0][0] is fusion else None
        now = tuple(getattr(module, name) for module, name in names)
        told = {}
        for values in dict.fromkeys([now, *rows]):
            put(names, values)
            told[values] = judge(held, found)
        best = max(told, key=lambda values: told[values][0] - GAIN * (values != now))
        put(names, best)
        print(*(name for _, name in names), "chosen", shown(best))
        listed = sorted(told, key=lambda values: -told[values][0])[:12]
        for values in dict.fromkeys([*listed, now]):
            print(
                "  ", *shown(values), *(f"{figure:.4f}" for figure in (told[values][0], *told[values][1])), flush=True
            )


def put(names: Names, values: tuple[Any, ...]) -> None:
    """Give weights their values."""
    for (module, name), value in zip(names, values, strict=True):
        setattr(module, name, value)


def shown(values: tuple[Any, ...]) -> list[str]:
    """Return values as they are printed."""
    return [getattr(value, "__name__", str(value)) for value in values]


def main() -> None:
    """Print the figures of every candidate and what is chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plans", type=Path)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = list(corpora(arguments.plans, arguments.data, Path(folder)))
        for names, rows in (MARKS | SEARCH).items():
            put(names, rows[0])
        for _ in range(ROUNDS):
            choose(held, MARKS, restored)
        for _ in range(ROUNDS):
            choose(held, SEARCH, worth)


if __name__ == "__main__":
    main()
