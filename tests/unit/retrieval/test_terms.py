"""Index terms: spelling variants, marks, pairs."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.terms import canonical, folded, index_terms, query_units, words


@pytest.mark.parametrize(
    ("one", "other"),
    [("hoà", "hòa"), ("uỷ", "ủy"), ("thuý", "thúy"), ("khoẻ", "khỏe"), ("lí", "lý"), ("kĩ", "kỹ"), ("quí", "quý")],
)
def test_variants_of_tone_placement_are_one_word(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize("syllable", ["quý", "hoàn", "thuyền", "toán", "chi", "nghỉ", "hòa", "quỳ"])
def test_other_syllables_stay_as_they_are(syllable: str) -> None:
    assert canonical(syllable) == syllable


def test_decomposed_text_gives_the_words_of_composed_text() -> None:
    text = "Ủy ban nhân dân huyện Lộc Bình"
    assert words(unicodedata.normalize("NFD", text)) == words(text)


def test_a_passage_is_found_by_marked_and_by_folded_pairs() -> None:
    terms = set(index_terms(words("bạo lực gia đình")).tolist())
    assert set(query_units(words("gia đình")).marked.tolist()) <= terms
    assert set(query_units(words("gia dinh")).folded.tolist()) <= terms


def test_a_marked_syllable_and_its_folded_form_are_different_terms() -> None:
    units = query_units(["ban"])
    assert units.marked[0] != units.folded[0]


def test_the_order_of_a_pair_matters() -> None:
    one, other = query_units(["công", "an"]), query_units(["an", "công"])
    assert one.marked[2] != other.marked[2]


@given(st.text(max_size=200))
def test_any_text_gives_terms(text: str) -> None:
    listed = words(text)
    assert index_terms(listed).dtype == np.uint64
    assert len(query_units(listed).marked) == len(query_units(listed).folded)
    assert all(folded(word) == folded(folded(word)) for word in listed)
