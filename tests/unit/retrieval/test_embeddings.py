"""The embedding model: the shipped one, its size, other models, and none."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from retrieval.embeddings import SHIPPED_MODEL, ModelUnavailable, PassageEmbeddings


@pytest.fixture(scope="module")
def shipped() -> PassageEmbeddings:
    embeddings = PassageEmbeddings()
    embeddings.encode_query("nóng máy")
    return embeddings


def cosine(embeddings: PassageEmbeddings, one: str, other: str) -> float:
    return float(embeddings.encode_query(one) @ embeddings.encode_query(other))


def test_the_shipped_model_is_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED_MODEL.iterdir()) <= 16_000_000


def test_the_model_loads_within_a_second_after_imports(shipped: PassageEmbeddings) -> None:
    began = time.process_time()
    PassageEmbeddings().encode_query("phòng tư pháp")
    assert time.process_time() - began < 1.0


def test_vectors_have_length_one(shipped: PassageEmbeddings) -> None:
    vectors = shipped.encode_passages(["bạo lực gia đình", "ngân sách nhà nước", "a1b2c3"])
    assert np.linalg.norm(vectors, axis=1)[:2] == pytest.approx([1, 1], abs=1e-5)


@pytest.mark.parametrize("text", ["", "🤖", "\x00", "   "])
def test_a_text_without_words_has_the_zero_vector(shipped: PassageEmbeddings, text: str) -> None:
    assert not shipped.encode_query(text).any()


def test_lay_words_are_nearer_to_their_official_ones_than_to_others(shipped: PassageEmbeddings) -> None:
    assert cosine(shipped, "bị chồng đánh", "bạo lực gia đình") > 0.3 + cosine(shipped, "bị chồng đánh", "kinh phí")
    assert cosine(shipped, "tiền đâu ra", "kinh phí thực hiện") > cosine(shipped, "tiền đâu ra", "bạo lực gia đình")


@pytest.mark.parametrize("text", ["Phòng Tư pháp phải làm gì?", "", "bao luc gia dinh", "a1b2"])
def test_a_question_has_the_vector_that_the_library_gives(shipped: PassageEmbeddings, text: str) -> None:
    assert shipped.encode_query(text) == pytest.approx(shipped.encode_passages([text])[0], abs=1e-5)


def test_text_without_marks_is_near_its_marked_form(shipped: PassageEmbeddings) -> None:
    assert cosine(shipped, "bao luc gia dinh", "bạo lực gia đình") > 0.6


def test_langchain_gets_the_same_vectors(shipped: PassageEmbeddings) -> None:
    assert shipped.embed_query("trẻ em") == pytest.approx(shipped.encode_query("trẻ em").tolist())
    assert len(shipped.embed_documents(["a", "b"])) == 2


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    for name in ("one", "same", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights.bin").write_bytes(b"2" if name == "other" else b"1")
    one, same, other = (PassageEmbeddings(str(tmp_path / name)).fingerprint for name in ("one", "same", "other"))
    assert one == same != other


def test_a_model_that_cannot_be_loaded_says_so(tmp_path: Path) -> None:
    (tmp_path / "features.txt").write_text("a\nb", "utf-8")
    broken = PassageEmbeddings(str(tmp_path))
    with pytest.raises(ModelUnavailable):
        broken.encode_query("a")


def test_prompts_of_another_model_are_used(tmp_path: Path) -> None:
    save_prompted_model(tmp_path)
    model = PassageEmbeddings(str(tmp_path))
    asked, told = model.encode_query("trẻ em"), model.encode_passages(["trẻ em"])[0]
    assert asked.shape == told.shape and not np.allclose(asked, told)


def save_prompted_model(folder: Path) -> None:
    """Write a tiny stock model whose queries and passages begin with different words."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    known = ["[UNK]", "query", "passage", "trẻ", "em", "kinh", "phí", "công", "an", "y", "tế"]
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(known)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(3).normal(size=(len(known), 12)).astype(np.float32)
    module = StaticEmbedding(tokenizer, embedding_weights=weights)
    SentenceTransformer(modules=[module], prompts={"query": "query ", "document": "passage "}).save(str(folder))


def test_importing_the_search_loads_neither_torch_nor_chroma() -> None:
    told = "import sys, retrieval.search; print('torch' in sys.modules, 'chromadb' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.split() == ["False", "False"]
