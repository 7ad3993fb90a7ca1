"""The embedding model: loaded in the background, handed on as LangChain embeddings."""

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

SHIPPED_MODEL = Path(__file__).parent / "model"
BATCH = 256
_LOG = logging.getLogger(__name__)


class ModelUnavailable(Exception):
    """The embedding model cannot be loaded."""


class PassageEmbeddings(Embeddings):
    """Vectors of length one from a sentence-transformers model; whoever asks first waits for the loading.

    `model` is a folder or a hub name; None is the shipped model. Query and passage prompts of the model are used.
    """

    def __init__(self, model: str | None = None) -> None:
        self._name = model or None
        self._loaded: SentenceTransformer | None = None
        self._fault: Exception | None = None
        self._lock = threading.Lock()

    def load_in_background(self) -> None:
        """Begin loading without waiting for it."""
        threading.Thread(target=self._try_load, name="embedding-model", daemon=True).start()

    @cached_property
    def fingerprint(self) -> str:
        """A short mark of the model's content, or of its hub name; it changes whenever vectors would."""
        digest = hashlib.sha256()
        folder = SHIPPED_MODEL if self._name is None else Path(self._name)
        if not folder.is_dir():
            return hashlib.sha256(f"hub:{self._name}".encode()).hexdigest()[:16]
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(file.relative_to(folder).as_posix().encode())
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()[:16]

    def encode_query(self, text: str) -> Vectors:
        """Return the vector of one question."""
        embed_one: Callable[[str], Vectors] | None = getattr(self._ready()[0], "embed_one", None)
        if embed_one is not None:
            return embed_one(text)
        vector: Vectors = self._encode("encode_query", [text])[0]
        return vector

    def encode_passages(self, texts: list[str]) -> Vectors:
        """Return one row a text."""
        return self._encode("encode_document", texts)

    def embed_query(self, text: str) -> list[float]:
        """LangChain's form of `encode_query`."""
        return cast("list[float]", self.encode_query(text).tolist())

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's form of `encode_passages`."""
        return cast("list[list[float]]", self.encode_passages(texts).tolist())

    def _encode(self, method: str, texts: list[str]) -> Vectors:
        encode: Any = getattr(self._ready(), method)
        vectors = encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    def _ready(self) -> "SentenceTransformer":
        self._try_load()
        if self._loaded is None:
            raise ModelUnavailable(str(self._fault)) from self._fault
        return self._loaded

    def _try_load(self) -> None:
        with self._lock:
            if self._loaded is None and self._fault is None:
                try:
                    self._loaded = _load(self._name)
                except Exception as fault:  # whatever a foreign model breaks with, the words alone are searched
                    self._fault = fault
                    _LOG.warning("embedding model not loaded: %s", type(fault).__name__)


def _load(name: str | None) -> "SentenceTransformer":
    # Importing the library takes seconds: here, so that only the loading thread pays.
    import torch

    # A question is far too little work to share; waiting threads would only take the processor from others.
    torch.set_num_threads(1)
    if name is None or (Path(name) / "features.txt").is_file():
        from retrieval.syllable_model import load_model

        return load_model(SHIPPED_MODEL if name is None else Path(name))
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(name, device="cpu")


def cross_encoder(name: str) -> Callable[[str, Sequence[str]], Sequence[float]]:
    """Return a reranker by the sentence-transformers cross-encoder of this folder or hub name, loaded at first use."""

    @cache
    def model() -> Any:
        from sentence_transformers import CrossEncoder

        return CrossEncoder(name, device="cpu")

    return lambda query, texts: [float(value) for value in model().predict([(query, text) for text in texts])]
