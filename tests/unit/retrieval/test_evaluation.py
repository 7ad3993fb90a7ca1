"""Figures: each metric by its definition, and the plain baseline."""

import math
from pathlib import Path

import numpy as np
import pytest

from retrieval.embeddings import PassageEmbeddings
from retrieval.evaluation import CorpusText, JudgedQuestion, as_documents, compare, interval, measure, plain_baseline
from retrieval.search import PassageSearch

TEXTS = [
    CorpusText(id="a", title="Công an huyện", text="Ngăn chặn mua bán phụ nữ và trẻ em."),
    CorpusText(id="b", title="Phòng Tư pháp", text="Phổ biến pháp luật, trợ giúp pháp lý."),
    CorpusText(id="c", title="Trung tâm Y tế", text="Chăm sóc sức khỏe sinh sản."),
]


def ask(relevant: str, ranking: str) -> dict[str, float]:
    question = JudgedQuestion(text="?", relevant=frozenset(relevant))
    return {name: float(held[0]) for name, held in measure(lambda _: list(ranking), [question]).values.items()}


def test_metrics_follow_their_definitions() -> None:
    told = ask("xy", "axbcdy")
    assert told["recall@1"] == 0
    assert told["recall@5"] == 0.5
    assert told["recall@10"] == 1
    assert told["mrr@10"] == 0.5
    ideal = 1 + 1 / math.log2(3)
    assert told["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(7)) / ideal)


def test_nothing_found_is_nought_in_every_metric() -> None:
    assert set(ask("x", "").values()) == {0.0}


def test_the_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    chance = np.random.default_rng(1)
    few, many = interval(chance.random(20)), interval(chance.random(2000))
    assert few[0] < 0.5 < few[1] and many[1] - many[0] < few[1] - few[0]


def test_all_four_ways_are_measured_over_one_corpus(tmp_path: Path) -> None:
    embeddings = PassageEmbeddings()
    search = PassageSearch(tmp_path, lambda _: {}, embeddings=embeddings)
    search.rebuild(as_documents(TEXTS))
    questions = [JudgedQuestion(text="công an huyện ngăn chặn việc gì", relevant=frozenset({"a"}))]
    measured = compare(search, questions, plain_baseline(TEXTS, embeddings))
    search.close()
    assert set(measured) == {"bm25", "vectors", "fused", "baseline"}
    assert measured["fused"].summary()["ndcg@10"] == 1.0
    assert {"recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "ndcg@10_95", "ms"} <= measured[
        "bm25"
    ].summary().keys()


def test_texts_of_one_id_count_as_one_and_both_are_found(tmp_path: Path) -> None:
    texts = [*TEXTS, CorpusText(id="a", title="Công an xã", text="Giữ trật tự chợ đêm.")]
    search = PassageSearch(tmp_path, lambda _: {})
    search.rebuild(as_documents(texts))
    questions = [JudgedQuestion(text=text, relevant=frozenset({"a"})) for text in ("mua bán phụ nữ", "chợ đêm")]
    measured = compare(search, questions)
    search.close()
    assert measured["fused"].summary()["recall@1"] == 1.0
