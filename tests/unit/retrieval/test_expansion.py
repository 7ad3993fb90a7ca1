"""Expansion: abbreviations written out, lay wordings recognised, an office's own lists."""

from collections import Counter
from pathlib import Path

import pytest

from retrieval.expansion import GLOSSARY, LEXICON, Expander, lexicon_entries, read_word_list
from retrieval.lexical_index import LexicalIndex, WeightedTerms
from retrieval.segments import SegmentStore
from retrieval.terms import query_units, words
from tests.unit.retrieval.test_segments import entry

TEXTS = (
    "Phòng, chống bạo lực gia đình",
    "Bố trí kinh phí từ ngân sách",
    "Kế hoạch công tác BĐG năm 2024",
    "Phòng Giáo dục và Đào tạo",
    "Truyền thông về bình đẳng giới",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    store = SegmentStore(tmp_path_factory.mktemp("index"))
    store.change("d", [entry("d", number, text) for number, text in enumerate(TEXTS)], None, "")
    return LexicalIndex(store.segments)


@pytest.fixture(scope="module")
def expander() -> Expander:
    return Expander.shipped()


def weights(terms: WeightedTerms, phrase: str) -> list[float]:
    wanted = query_units(words(phrase)).marked.tolist()
    held = dict(zip(terms.terms.tolist(), terms.weights.tolist(), strict=True))
    return [held.get(term, 0.0) for term in wanted]


def ask(index: LexicalIndex, expander: Expander, question: str) -> WeightedTerms:
    return expander.terms(expander.read(question, index), index)


def best(index: LexicalIndex, expander: Expander, question: str) -> int:
    return int(index.score(ask(index, expander, question)).argmax())


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("bị chồng đánh đập thì sao", 0),
        ("bi chong danh dap thi sao", 0),
        ("tiền đâu ra mà làm", 1),
        ("P. GD&ĐT làm gì", 3),
        ("p gd&dt lam gi", 3),
        ("pgdđt được giao việc gì", 3),
    ],
)
def test_the_right_passage_is_found_in_other_words(
    index: LexicalIndex, expander: Expander, question: str, place: int
) -> None:
    assert best(index, expander, question) == place


def test_an_abbreviation_that_passages_use_finds_both_forms(index: LexicalIndex, expander: Expander) -> None:
    scores = index.score(ask(index, expander, "BĐG"))
    assert scores[2] > 0 and scores[4] > 0


def test_an_abbreviation_that_no_passage_uses_is_replaced(index: LexicalIndex, expander: Expander) -> None:
    terms = ask(index, expander, "BLGĐ")
    assert weights(terms, "bạo lực gia đình") == [1.0] * len(weights(terms, "bạo lực gia đình"))


def test_official_words_do_not_count_as_asked(index: LexicalIndex, expander: Expander) -> None:
    terms = ask(index, expander, "chồng đánh vợ")
    assert terms.own < len(terms.terms)


def test_an_office_adds_its_own_words(index: LexicalIndex, tmp_path: Path) -> None:
    (tmp_path / GLOSSARY).write_text('[abbreviations]\n"XYZQ" = "bạo lực gia đình"\n', "utf-8")
    (tmp_path / LEXICON).write_text('[ours]\n"kinh phí" = ["xu hào xu hẹ"]\n', "utf-8")
    own = Expander.shipped(tmp_path)
    assert best(index, own, "xyzq") == 0
    assert best(index, own, "có xu hào xu hẹ không") == 1


def test_the_lay_lexicon_is_wide() -> None:
    entries = list(lexicon_entries(read_word_list(LEXICON)))
    assert len(entries) >= 500
    assert sum(len(wordings) >= 2 for _, wordings in entries) >= 0.95 * len(entries)


def test_no_concept_stands_twice() -> None:
    officials = Counter(official for officials, _ in lexicon_entries(read_word_list(LEXICON)) for official in officials)
    assert not [official for official, count in officials.items() if count > 1]


@pytest.mark.parametrize(
    "question", ["", "   ", "?!", "🤖" * 50, "a" * 5000, "'; DROP TABLE passage; --", "\u202eabc\x00"]
)
def test_any_question_gives_terms(index: LexicalIndex, expander: Expander, question: str) -> None:
    terms = ask(index, expander, question)
    assert len(terms.terms) == len(terms.weights)
