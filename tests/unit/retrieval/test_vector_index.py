"""Chroma in the process and Chroma on a server keep the same promises."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from retrieval.embeddings import PassageEmbeddings
from retrieval.vector_index import BATCH, VectorIndex, take_ownership
from tests.support.chroma_server import chroma_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(params=["in the process", "on a server"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str | None]:
    return tmp_path, None if request.param == "in the process" else request.getfixturevalue("server")


def open_index(where: tuple[Path, str | None], fingerprint: str = "model1") -> VectorIndex:
    return VectorIndex(PassageEmbeddings(), fingerprint, folder=where[0], url=where[1])


@pytest.fixture
def index(where: tuple[Path, str | None]) -> VectorIndex:
    index = open_index(where)
    index.clear()
    return index


def rows(*hot: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.eye(16, dtype=np.float32)[list(hot)]


def test_the_nearest_passage_comes_first(index: VectorIndex) -> None:
    index.upsert(["a.1", "a.2", "b.1"], rows(0, 1, 2))
    assert index.nearest(rows(1)[0] + 0.1 * rows(2)[0], 2) == ["a.2", "b.1"]


def test_a_passage_written_twice_is_there_once(index: VectorIndex) -> None:
    index.upsert(["a.1"], rows(0))
    index.upsert(["a.1", "a.2"], rows(3, 1))
    assert index.ids() == {"a.1", "a.2"}
    assert index.nearest(rows(3)[0], 1) == ["a.1"]


def test_deleted_passages_are_gone(index: VectorIndex) -> None:
    index.upsert(["a.1", "a.2"], rows(0, 1))
    index.delete(["a.1"])
    index.delete([])
    assert index.ids() == {"a.2"}
    assert index.nearest(rows(0)[0], 5) == ["a.2"]


def test_passages_are_written_in_batches(index: VectorIndex) -> None:
    size = BATCH + 10
    vectors = np.random.default_rng(0).normal(size=(size, 16)).astype(np.float32)
    index.upsert([f"a.{number}" for number in range(size)], vectors)
    assert len(index.ids()) == size


def test_another_model_has_a_collection_of_its_own(where: tuple[Path, str | None], index: VectorIndex) -> None:
    index.upsert(["a.1"], rows(0))
    other = open_index(where, "model2")
    assert other.ids() == set()
    other.clear()
    assert open_index(where).ids() == set()


def test_what_was_written_is_there_for_the_next_client(where: tuple[Path, str | None], index: VectorIndex) -> None:
    index.upsert(["a.1"], rows(0))
    assert open_index(where).ids() == {"a.1"}


def test_the_text_of_a_passage_is_not_kept_in_chroma(index: VectorIndex) -> None:
    index.upsert(["a.1"], rows(0))
    assert index.store.get(ids=["a.1"])["documents"] == ["a.1"]


def test_an_index_has_one_owner_at_a_time(tmp_path: Path) -> None:
    first = take_ownership(tmp_path)
    assert first is not None and take_ownership(tmp_path) is None
    first.close()
    second = take_ownership(tmp_path)
    assert second is not None
    second.close()
