"""The plain assistant that answers are compared with."""

import pytest

from retrieval.baseline import PRINTED, PlainBaseline
from retrieval.embeddings import PassageEmbeddings
from tests.unit.retrieval.sample_documents import sample_store


@pytest.mark.slow
def test_the_baseline_prints_its_nearest_pieces_whatever_is_asked() -> None:
    store = sample_store()
    baseline = PlainBaseline(((one, store.text(one.id)) for one in store.documents()), PassageEmbeddings())
    given = baseline.answer("thời tiết hôm nay")
    assert given.kind == "answer"
    assert 1 <= len(given.citations) <= PRINTED
    assert all(citation.quote in given.text for citation in given.citations)
