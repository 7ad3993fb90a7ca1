"""The vectors in Chroma, in the process or on a server; the one module that knows Chroma."""

import fcntl
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import chromadb
from chromadb.api import ClientAPI
from chromadb.config import Settings
from chromadb.errors import ChromaError
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

from retrieval.embeddings import Vectors

PREFIX = "passages-"
BATCH = 2000
COSINE: Any = {"hnsw": {"space": "cosine"}}
_LOG = logging.getLogger(__name__)

VectorFault = (ChromaError, OSError, ValueError, RuntimeError)
"""What Chroma raises when its folder is broken or its server away."""


def take_ownership(folder: Path) -> IO[str] | None:
    """Return the lock that makes this process the one writer of a folder's index, None when another has it.

    Closing it, or the end of the process, gives the index free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stream = (folder / "owner.lock").open("a")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        return None
    return stream


class VectorIndex:
    """One Chroma collection for one embedding model; its name carries the model's fingerprint.

    Chroma holds ids and vectors alone: the text stays in the store, so that a removed document leaves none behind.
    """

    def __init__(self, embeddings: Embeddings, fingerprint: str, *, folder: Path, url: str | None = None) -> None:
        self._client = connect(folder, url)
        self._name = PREFIX + fingerprint
        self._embeddings = embeddings
        self._open()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Write passages in batches; ones that are there are overwritten."""
        for start in range(0, len(ids), BATCH):
            part = slice(start, start + BATCH)
            self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part], documents=list(ids[part]))

    def delete(self, ids: Sequence[str]) -> None:
        """Forget passages."""
        for start in range(0, len(ids), BATCH):
            self._collection.delete(ids=list(ids[start : start + BATCH]))

    def ids(self) -> set[str]:
        """Return the ids of all passages."""
        return set(self._collection.get(include=[])["ids"])

    def nearest(self, vector: Vectors, limit: int) -> list[str] | None:
        """Return the ids of the passages nearest to vector, best first; None where Chroma does not answer.

        Ids alone take half the time of all.
        """
        try:
            return self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=[])["ids"][0]
        except VectorFault as fault:
            _LOG.warning("vector index does not answer: %s", type(fault).__name__)
            return None

    def clear(self) -> None:
        """Forget every passage, and every collection that another model left behind."""
        for collection in self._client.list_collections():
            if collection.name.startswith(PREFIX):
                self._client.delete_collection(collection.name)
        self._open()

    def _open(self) -> None:
        self._collection = self._client.get_or_create_collection(self._name, configuration=COSINE)
        self.store = Chroma(
            client=self._client,
            collection_name=self._name,
            embedding_function=self._embeddings,
            collection_configuration=COSINE,
        )


def connect(folder: Path, url: str | None) -> ClientAPI:
    """Return a client of the server at url, or of the folder in this process; nothing is reported to anybody."""
    quiet = Settings(anonymized_telemetry=False)
    if url is None:
        folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(folder), settings=quiet)
    address = urlsplit(url)
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 8000)
    return chromadb.HttpClient(host=address.hostname or "localhost", port=port, ssl=secure, settings=quiet)
