"""Choose the weights of search on the development questions: python -m training.choose_fusion PLANS_FOLDER DATA_FOLDER.

The candidates stand in `grid.toml`. Marks are chosen by the share of syllables restored; the rest, one row after
another and twice round, by the mean nDCG@10 of the fused ranking over the development sets, typed and without marks,
less what a set falls below words alone. What is held, at first the neutral values, stays unless another gains GAIN.
"""

import argparse
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from retrieval import expansion, fusion, lexical_index, marks, search
from retrieval.benchmarks import DEVELOPMENT, lay_set, legal_set, plan_set, without_marks
from retrieval.embeddings import PassageEmbeddings
from retrieval.evaluation import JudgedQuestion, measure
from retrieval.expansion import Expander
from retrieval.lexical_index import LexicalIndex, Rows, Scores, largest
from retrieval.segments import SegmentStore

GAIN, ROUNDS = 0.001, 2
MODULES = {"expansion": expansion, "fusion": fusion, "lexical_index": lexical_index, "marks": marks, "search": search}
Figures = tuple[float, list[float]]


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

    asked: tuple[tuple[JudgedQuestion, ...], ...]
    stores: list[SegmentStore]
    embeddings: PassageEmbeddings
    nearest: dict[tuple[float, float, str], Rows] = field(default_factory=dict)
    views: dict[tuple[float, ...], LexicalIndex] = field(default_factory=dict)

    def index(self) -> LexicalIndex:
        """Return a view of the segments under the present weights."""
        weights = (lexical_index.SATURATION, lexical_index.LENGTH_SHARE, search.HEADINGS_AGAIN)
        if weights not in self.views:
            self.views[weights] = LexicalIndex(self.stores[search.HEADINGS_AGAIN].segments)
        return self.views[weights]

    def find(self, expander: Expander, text: str) -> Found:
        """Return the candidates of a question as `PassageSearch` gathers them, the nearest ones found exactly."""
        index = self.index()
        reading = expander.read(text, index)
        vector = search.query_vector(self.embeddings, text, reading.text)
        terms = expander.terms(reading, index)
        lexical = index.score(terms)
        key = (search.HEADINGS_AGAIN, search.BARE_SHARE, f"{text} {reading.text}")
        if key not in self.nearest:
            cosines = index.cosines(np.arange(index.size), vector, self.embeddings.fingerprint)
            self.nearest[key] = np.argsort(-cosines)[: search.DENSE_CANDIDATES]
        best = largest(lexical, search.LEXICAL_CANDIDATES)
        rows = np.union1d(best, self.nearest[key])
        dense = index.cosines(rows, vector, self.embeddings.fingerprint) * index.weights[rows]
        ranked = best[np.argsort(-lexical[best], kind="stable")][:10]
        ids, by_words = ([index.passage_id(int(row)) for row in held] for held in (rows, ranked))
        return Found(
            ids, lexical[rows], dense, index.attainable(terms), search.row_weights(index, rows, text), by_words
        )


def corpora(plans: Path, data: Path, folder: Path) -> Iterator[Corpus]:
    """Index the passages of every development set."""
    embeddings, sets = PassageEmbeddings(), (plan_set(plans), lay_set(data), legal_set(data))
    for name, held in zip(DEVELOPMENT, sets, strict=True):
        stores = [SegmentStore(folder / name / str(times)) for times in range(3)]
        entries = [search.entry_of(document, passage) for document, passages in held.indexed() for passage in passages]
        for start in range(0, len(entries), search.REBUILD_BATCH):
            batch = entries[start : start + search.REBUILD_BATCH]
            vectors = embeddings.encode_passages([entry.text for entry in batch])
            for times, store in enumerate(stores):
                again = [replace(entry, headings=" ".join([entry.headings] * times)) for entry in batch]
                store.change(None, again, vectors, embeddings.fingerprint)
        yield Corpus((held.questions[name], without_marks(held.questions[name])), stores, embeddings)


def restored(held: Sequence[Corpus], _: Sequence[Sequence[Found]]) -> Figures:
    """Return the share of syllables that get their marks back, as a mean over the sets and for each."""
    expander, shares = Expander.shipped(), []
    for corpus in held:
        hits: list[bool] = []
        for asked in zip(*corpus.asked, strict=True):
            both = (expander.read(one.text, corpus.index()).words for one in asked)
            hits += [was == now for was, now in zip(*both, strict=False)]
        shares.append(float(np.mean(hits)))
    return float(np.mean(shares)), shares


def candidates(held: Sequence[Corpus]) -> list[list[Found]]:
    """Return what is found for the questions of every set, typed and without marks."""
    expander = Expander.shipped()
    return [[corpus.find(expander, one.text) for one in asked] for corpus in held for asked in corpus.asked]


def worth(held: Sequence[Corpus], found: Sequence[Sequence[Found]]) -> Figures:
    """Return the objective, and nDCG@10 of both and of words alone for each set, typed and without marks."""
    figures: list[float] = []
    asked = [part for corpus in held for part in corpus.asked]
    for questions, rows in zip(asked, found or candidates(held), strict=True):
        both, alone = {}, {}
        for question, row in zip(questions, rows, strict=True):
            scores = fusion.fuse(row.lexical, row.dense, row.attainable) * row.weights
            both[question.text] = [row.ids[place] for place in np.argsort(-scores, kind="stable")[:20]]
            alone[question.text] = row.by_words
        figures += [float(measure(way.__getitem__, questions).values["ndcg@10"].mean()) for way in (both, alone)]
    fused, by_words = np.array(figures[::2]), np.array(figures[1::2])
    short = (by_words - fused).reshape(-1, 2).mean(axis=1).clip(0)
    return float(fused.mean() - short.sum()), figures


def choose(held: Sequence[Corpus], names: str, now: tuple[Any, ...], options: Any, judge: Any) -> tuple[Any, ...]:
    """Set one row of the grid to its best values, print the figures of the best, and return it."""
    found, told = candidates(held) if names.startswith("fusion") else [], {}
    for values in dict.fromkeys([now, *product(*options)]):
        put(names, values)
        told[values] = judge(held, found)
    best = max(told, key=lambda values: told[values][0] - GAIN * (values != now))
    put(names, best)
    print(names, "chosen", *best)
    for values in dict.fromkeys([*sorted(told, key=lambda values: -told[values][0])[:12], now]):
        print("  ", *values, *(f"{figure:.4f}" for figure in (told[values][0], *told[values][1])), flush=True)
    return best


def put(names: str, values: tuple[Any, ...]) -> None:
    """Give weights their values."""
    for name, value in zip(names.split(), values, strict=True):
        module, constant = name.split(".")
        setattr(MODULES[module], constant, value)


def main() -> None:
    """Print the figures of the best candidates and what is chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plans", type=Path)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    grid = tomllib.loads(Path(__file__).with_name("grid.toml").read_text("utf-8"))
    rows = [(judge, names) for judge in (restored, worth) for names in list(grid[judge.__name__]) * ROUNDS]
    now = {names: tuple(listed[0] for listed in options) for part in grid.values() for names, options in part.items()}
    with tempfile.TemporaryDirectory() as folder:
        held = list(corpora(arguments.plans, arguments.data, Path(folder)))
        for names, values in now.items():
            put(names, values)
        for judge, names in rows:
            now[names] = choose(held, names, now[names], grid[judge.__name__][names], judge)


if __name__ == "__main__":
    main()
