"""BM25: the score of the formula, and the short cut for common words."""

import math
from pathlib import Path

import numpy as np
import pytest

from retrieval import lexical_index
from retrieval.lexical_index import LexicalIndex, WeightedTerms, largest
from retrieval.segments import SegmentStore
from retrieval.terms import query_units, words
from tests.unit.retrieval.test_segments import entry, random_entries


def ask(index: LexicalIndex, question: str, allowed: list[bool] | None = None) -> list[float]:
    terms = query_units(words(question)).marked
    weighted = WeightedTerms(terms, np.ones(len(terms), dtype=np.float32), len(terms))
    mask = None if allowed is None else np.array(allowed, dtype=bool)
    return [float(score) for score in index.score(weighted, mask)]


@pytest.fixture
def small(tmp_path: Path) -> LexicalIndex:
    store = SegmentStore(tmp_path)
    texts = ("công an huyện", "trạm y tế xã có y tá", "báo cáo ngân sách huyện")
    store.change("d", [entry("d", number, text) for number, text in enumerate(texts)], None, "")
    return LexicalIndex(store.segments)


def test_the_score_is_that_of_the_formula(small: LexicalIndex) -> None:
    rarity = math.log1p((3 - 1 + 0.5) / (1 + 0.5))
    k1, b, length, mean = lexical_index.SATURATION, lexical_index.LENGTH_SHARE, 7, (3 + 7 + 5) / 3
    damper = k1 * (1 - b + b * length / mean)
    assert ask(small, "y") == pytest.approx([0, rarity * (k1 + 1) * 2 / (2 + damper), 0], rel=1e-5)


def test_a_word_of_the_question_that_stands_beside_its_neighbour_counts_more(small: LexicalIndex) -> None:
    beside, apart = ask(small, "công an")[0], ask(small, "an công")[0]
    assert beside > apart > 0


def test_rows_that_are_not_allowed_have_no_score(small: LexicalIndex) -> None:
    assert ask(small, "huyện", [False, True, True])[0] == 0
    assert ask(small, "huyện", [False, True, True])[2] > 0


def test_an_empty_question_finds_nothing(small: LexicalIndex) -> None:
    assert not any(ask(small, " ?! "))


def test_an_empty_index_answers(tmp_path: Path) -> None:
    assert ask(LexicalIndex(SegmentStore(tmp_path).segments), "công an") == []


def test_leaving_common_words_unread_keeps_what_the_rare_ones_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SegmentStore(tmp_path)
    store.change("d", [*random_entries("d", 3000, 4), entry("e", 0, "kinh phí cho việc quốc táng")], None, "")
    index = LexicalIndex(store.segments)
    monkeypatch.setattr(lexical_index, "POSTINGS_READ", 2000)
    scores = ask(index, "kinh phí quốc táng của trẻ em")
    assert int(np.argmax(scores)) == 3000 and scores[3000] > 2 * sorted(scores)[-2]


@pytest.mark.parametrize(("size", "limit"), [(0, 5), (3, 5), (50, 5), (5000, 5), (5000, 200)])
def test_the_largest_scores_are_found(size: int, limit: int) -> None:
    scores = np.random.default_rng(1).normal(size=size).astype(np.float32)
    exact = sorted(scores[scores > 0], reverse=True)[:limit]
    assert sorted(scores[largest(scores, limit)], reverse=True) == exact
