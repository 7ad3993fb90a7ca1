"""Fusion: a weighted sum that stays in its range and in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import fuse

scores = st.lists(st.floats(0, 50, width=32), min_size=1, max_size=20)


def as_scores(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, dtype=np.float32)


@given(scores, st.floats(0.0, 30))
def test_fused_scores_lie_between_nought_and_one(lexical: list[float], attainable: float) -> None:
    dense = np.linspace(-1, 1, len(lexical), dtype=np.float32)
    fused = fuse(as_scores(*lexical), dense, attainable)
    assert ((fused >= 0) & (fused <= 1)).all()


def test_without_vectors_the_order_is_that_of_the_words() -> None:
    fused = fuse(as_scores(3, 1, 2), as_scores(0, 0, 0), 10)
    assert list(np.argsort(-fused)) == [0, 2, 1]


def test_without_common_words_the_order_is_that_of_the_vectors() -> None:
    fused = fuse(as_scores(0, 0, 0), as_scores(0.1, 0.6, 0.3), 10)
    assert list(np.argsort(-fused)) == [1, 2, 0]


def test_the_vectors_say_more_where_the_words_are_missing() -> None:
    cosines = as_scores(0.5, 0.6)
    assert fuse(as_scores(9, 6), cosines, 10)[0] > fuse(as_scores(9, 6), cosines, 10)[1]
    assert fuse(as_scores(0.9, 0.6), cosines, 10)[0] < fuse(as_scores(0.9, 0.6), cosines, 10)[1]
