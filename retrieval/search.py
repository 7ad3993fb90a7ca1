"""Hybrid search over passages: words and vectors together, filters inside both."""

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.domain import Document, Passage
from knowledge.errors import KnowledgeError
from knowledge.vietnamese import fold
from retrieval.confidence import Evidence, confidence
from retrieval.domain import Filters, Hit, SearchResult
from retrieval.embeddings import ModelUnavailable, PassageEmbeddings, Vectors
from retrieval.expansion import Expander, Reading
from retrieval.fusion import fuse
from retrieval.lexical_index import LexicalIndex, Mask, Rows, Scores, largest
from retrieval.segments import DocumentFields, Entry, SegmentStore
from retrieval.terms import query_units, words

if TYPE_CHECKING:
    from retrieval.vector_index import VectorIndex

LEXICAL_CANDIDATES, DENSE_CANDIDATES = 100, 20
SIMULTANEOUS = 4
"""Searches whose words are looked up beside their vectors; further ones wait for it."""
REBUILD_BATCH = 8000
HEADING_WEIGHT, ELSEWHERE_WEIGHT = 0.5, 0.5
"""Score factors of a bare heading, and of a passage whose places are not those of the question."""
HEADINGS_AGAIN = 1
"""How often the words of a passage's headings are indexed in addition."""
BARE_SHARE = 0.5
"""Weight of the question without diacritics in the vector of one typed with them."""
_PLACE = re.compile(r"(?i:tỉnh|huyện|thị xã|thành phố|tp\.?|quận|xã|phường|thị trấn) ([A-ZÀ-Ỹ]\w+ [A-ZÀ-Ỹ]\w+)")
RERANKED = 50
"""Passages that an optional cross-encoder puts in order."""
EVERYTHING = Filters()
_LOG = logging.getLogger(__name__)

Fetch = Callable[[Sequence[str]], dict[str, Passage]]
Reranker = Callable[[str, Sequence[str]], Sequence[float]]


class IndexBusy(KnowledgeError):
    """Another process owns the index; this one may only read it."""


@dataclass(frozen=True, slots=True)
class _Found:
    rows: Rows
    lexical: NDArray[np.float32]
    dense: NDArray[np.float32]
    attainable: float
    scores: NDArray[np.float32]

    def order(self) -> NDArray[np.int64]:
        return np.argsort(-self.scores, kind="stable")


class PassageSearch:
    """The index of all passages, and the search in it.

    Opening it costs milliseconds: model and Chroma load in the background from `start` on, and the first question
    that needs them waits. Without a working model or Chroma the words alone are searched.
    """

    def __init__(
        self,
        folder: Path,
        fetch: Fetch,
        *,
        embeddings: PassageEmbeddings | None = None,
        chroma_url: str | None = None,
        expander: Expander | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._folder = folder
        self._fetch = fetch
        self._embeddings = embeddings or PassageEmbeddings()
        self._chroma_url = chroma_url
        self._expander = expander or Expander.shipped()
        self._reranker = reranker
        self._segments = SegmentStore(folder / "segments")
        self._index = LexicalIndex(self._segments.segments)
        self._vectors: VectorIndex | None = None
        self._owner: IO[str] | None = None
        self._vectors_tried = False
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(SIMULTANEOUS, thread_name_prefix="nearest")

    def start(self) -> None:
        """Load the model and open Chroma in the background."""
        self._embeddings.load_in_background()
        threading.Thread(target=self._warm, name="vector-index", daemon=True).start()

    def is_of_another_model(self) -> bool:
        """Whether the index was built with another model, or none, and this process may rebuild it."""
        held = {segment.fingerprint for segment in self._segments.segments}
        if held <= {self._embeddings.fingerprint}:
            return False
        self._open_vectors()
        return self._owner is not None and self._query_vector("", "") is not None

    def passage_ids(self) -> set[str]:
        """Return the ids of passages indexed whole, with words and with vectors of the present model."""
        vectors = self._open_vectors()
        if vectors is None:
            return self._segments.ids()
        return self._segments.ids(self._embeddings.fingerprint) & vectors.ids()

    def unusable(self) -> list[str]:
        """Return which parts do not work, so that the words alone are searched."""
        found = [] if self._query_vector("", "") is not None else ["model"]
        is_open = self._open_vectors() is not None
        return found if is_open or (self._owner is None and self._chroma_url is None) else [*found, "chroma"]

    def replace(self, document: Document, passages: Sequence[Passage]) -> None:
        """Make the index hold exactly these passages of the document."""
        with self._lock:
            self._own()
            entries = [entry_of(document, passage) for passage in passages]
            gone = self._segments.ids_of(document.id) - {entry.id for entry in entries}
            self._write(document.id, entries, gone)

    def remove(self, document_id: str) -> None:
        """Forget a document."""
        with self._lock:
            self._own()
            self._write(document_id, [], self._segments.ids_of(document_id))

    def rebuild(self, items: Iterable[tuple[Document, Sequence[Passage]]]) -> None:
        """Forget everything and index items."""
        with self._lock:
            self._own()
            self._segments.clear()
            vectors = self._open_vectors()
            if vectors is not None:
                vectors.clear()
            entries = (entry_of(document, passage) for document, passages in items for passage in passages)
            while batch := list(islice(entries, REBUILD_BATCH)):
                self._write(None, batch, set())

    def search(self, query: str, *, filters: Filters = EVERYTHING, limit: int = 10) -> SearchResult:
        """Return the best passages for a question, and how sure the search is of them."""
        if self._owner is None and self._segments.refresh():
            self._index = LexicalIndex(self._segments.segments)
        index = self._index
        found = self._find(index, query, filters)
        if not len(found.rows):
            return SearchResult(hits=(), confidence=0.0)
        order = found.order()[: max(limit, RERANKED if self._reranker else 0)]
        ids = [index.passage_id(int(row)) for row in found.rows[order]]
        passages = self._fetch(ids)
        hits = [
            Hit(
                passage=passages[passage_id],
                score=float(found.scores[place]),
                lexical=float(found.lexical[place] / found.attainable),
                dense=float(found.dense[place]),
            )
            for passage_id, place in zip(ids, order, strict=True)
            if passage_id in passages
        ]
        return SearchResult(hits=tuple(self._reranked(query, hits)[:limit]), confidence=confidence(_evidence(found)))

    def evidence(self, query: str) -> Evidence | None:
        """Return the inputs of the confidence, for its calibration; None when nothing is found."""
        found = self._find(self._index, query, EVERYTHING)
        return _evidence(found) if len(found.rows) else None

    def close(self) -> None:
        """Give the index free for another process."""
        with self._lock:
            if self._owner is not None:
                self._owner.close()
            self._owner, self._vectors, self._vectors_tried = None, None, False

    def ranking(self, query: str, side: Literal["words", "vectors", "both"], limit: int = 10) -> list[str]:
        """Return passage ids by one side alone or by both; for measuring what each is worth."""
        index = self._index
        if side == "words":
            scores = index.score(self._expander.terms(self._expander.read(query, index), index))
            rows = largest(scores, limit)
            ranked = rows[np.argsort(-scores[rows], kind="stable")]
        elif side == "vectors":
            vector = self._query_vector(query, self._expander.read(query, index).text)
            ranked = np.zeros(0, dtype=np.int64) if vector is None else self._dense_rows(index, vector, None)
        else:
            found = self._find(index, query, EVERYTHING)
            ranked = found.rows[found.order()]
        return [index.passage_id(int(row)) for row in ranked[:limit]]

    def _warm(self) -> None:
        self._open_vectors()
        self._expander.read("khong dau", self._index)

    def _find(self, index: LexicalIndex, query: str, filters: Filters) -> _Found:
        allowed = self._allowed(index, filters)
        reading = self._expander.read(query, index)
        vector = self._query_vector(query, reading.text)
        # Chroma works outside the interpreter's lock, so that words and vectors are searched at the same time.
        words_side = self._pool.submit(self._by_words, index, reading, allowed)
        nearest = () if vector is None else self._dense_rows(index, vector, allowed)
        rows, lexical, attainable = words_side.result()
        rows = np.union1d(rows, nearest).astype(np.int64)
        dense = np.zeros(len(rows), dtype=np.float32)
        if vector is not None:
            dense = index.cosines(rows, vector, self._embeddings.fingerprint) * index.weights[rows]
        scores = fuse(lexical[rows], dense, attainable) * row_weights(index, rows, query)
        return _Found(rows, lexical[rows], dense, attainable, scores)

    def _by_words(self, index: LexicalIndex, reading: Reading, allowed: Mask | None) -> tuple[Rows, Scores, float]:
        terms = self._expander.terms(reading, index)
        lexical = index.score(terms, allowed)
        return largest(lexical, LEXICAL_CANDIDATES), lexical, index.attainable(terms)

    def _dense_rows(self, index: LexicalIndex, vector: Vectors, allowed: Mask | None) -> Rows:
        """Return the rows nearest to vector, best first.

        Under a filter each cosine is computed from the vectors kept beside the words: Chroma's own filter took
        11 to 33 ms among 20,000 passages, this a fraction of a millisecond for the documents of one place.
        """
        vectors = self._open_vectors()
        found = None if allowed is not None or vectors is None else vectors.nearest(vector, DENSE_CANDIDATES)
        if found is not None:
            rows = [index.row(passage_id) for passage_id in found]
            return np.array([row for row in rows if row is not None], dtype=np.int64)
        usable = np.flatnonzero(index.alive if allowed is None else index.alive & allowed)
        cosines = index.cosines(usable, vector, self._embeddings.fingerprint)
        best = largest(cosines, DENSE_CANDIDATES)
        return usable[best[np.argsort(-cosines[best], kind="stable")]]

    def _query_vector(self, query: str, restored: str) -> Vectors | None:
        with suppress(ModelUnavailable):
            return query_vector(self._embeddings, query, restored)
        return None

    def _allowed(self, index: LexicalIndex, filters: Filters) -> Mask | None:
        if filters == EVERYTHING:
            return None
        parts = [np.zeros(0, dtype=bool)]
        for segment in index.segments:
            fitting = np.array([_fits(fields, filters) for fields in segment.documents], dtype=bool)
            parts.append(fitting[segment.document_of])
        allowed: Mask = np.concatenate(parts)
        if filters.agency:
            allowed &= index.rows_with_all(query_units(words(filters.agency)).folded)
        return allowed

    def _reranked(self, query: str, hits: list[Hit]) -> list[Hit]:
        if self._reranker is None or not hits:
            return hits
        try:
            scores = self._reranker(query, [hit.passage.text for hit in hits])
        except Exception as fault:  # whatever a foreign model breaks with, the order found stays
            _LOG.warning("reranker left out: %s", type(fault).__name__)
            self._reranker = None
            return hits
        return [hits[place] for place in np.argsort(-np.asarray(scores), kind="stable")]

    def _write(self, document_id: str | None, entries: list[Entry], gone: set[str]) -> None:
        vectors = None
        with suppress(ModelUnavailable):
            vectors = self._embeddings.encode_passages([entry.text for entry in entries]) if entries else None
        chroma = self._open_vectors() if vectors is not None or gone else None
        if chroma is not None:
            chroma.delete(sorted(gone))
            if vectors is not None:
                chroma.upsert([entry.id for entry in entries], vectors)
        self._segments.change(document_id, entries, vectors, self._embeddings.fingerprint)
        self._index = LexicalIndex(self._segments.segments)

    def _own(self) -> None:
        self._open_vectors()
        if self._owner is None:
            raise IndexBusy("index_busy")

    def _open_vectors(self) -> "VectorIndex | None":
        if self._vectors_tried:
            return self._vectors
        with self._lock:
            if not self._vectors_tried:
                self._vectors = self._connect()
                self._vectors_tried = True
            return self._vectors

    def _connect(self) -> "VectorIndex | None":
        # Importing Chroma takes a second: here, so that the start does not wait for it.
        from retrieval.vector_index import VectorFault, VectorIndex, take_ownership

        self._owner = take_ownership(self._folder)
        if self._owner is None and self._chroma_url is None:
            return None
        fingerprint = self._embeddings.fingerprint
        try:
            return VectorIndex(self._embeddings, fingerprint, folder=self._folder / "chroma", url=self._chroma_url)
        except VectorFault as fault:
            _LOG.warning("vector index not opened: %s", type(fault).__name__)
            return None


def query_vector(embeddings: PassageEmbeddings, query: str, restored: str) -> Vectors:
    """Return the sum of the vectors of a question as typed and with diacritics restored or removed, normalised."""
    vector = embeddings.encode_query(query)
    if restored != query:
        vector = vector + embeddings.encode_query(restored)
    elif (bare := fold(query)) != query:
        vector = vector + BARE_SHARE * embeddings.encode_query(bare)
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def indexed_text(document: Document, passage: Passage) -> str:
    """Return what a passage is found by: its document, its headings, its words."""
    year = str(document.period.start.year) if document.period else ""
    head = (document.kind, document.number, document.issuer, document.place, document.title, year)
    return "\n".join((" ".join(part for part in head if part), " | ".join(passage.heading_path), passage.text))


def entry_of(document: Document, passage: Passage) -> Entry:
    """Return a passage as it is indexed."""
    first = document.period.start if document.period else document.issued_on
    last = document.period.end if document.period else document.issued_on
    fields = DocumentFields(
        id=document.id,
        place=document.place,
        first_year=first.year if first else None,
        last_year=last.year if last else None,
    )
    is_bare = _is_bare_heading(passage)
    return Entry(
        id=passage.id,
        text=indexed_text(document, passage),
        fields=fields,
        headings="" if is_bare else " | ".join(passage.heading_path * HEADINGS_AGAIN),
        weight=HEADING_WEIGHT if is_bare else 1.0,
        places=tuple(_places(document, passage)),
    )


def _places(document: Document, passage: Passage) -> Iterator[str]:
    """Yield the places whose document or headings these are."""
    if document.place:
        yield " ".join(words(document.place)[-2:])
    for heading in (document.title or "", *passage.heading_path):
        yield from (" ".join(words(found)) for found in _PLACE.findall(heading))


def row_weights(index: LexicalIndex, rows: Rows, query: str) -> NDArray[np.float32]:
    """Return what each row weighs for a question."""
    weights, elsewhere = index.weights[rows], index.rows_elsewhere(words(query))
    return weights if elsewhere is None else np.where(elsewhere[rows], weights * ELSEWHERE_WEIGHT, weights)


def _is_bare_heading(passage: Passage) -> bool:
    heading = words(passage.heading_path[-1]) if passage.heading_path else []
    text = words(passage.text)
    return bool(heading) and text[-len(heading) :] == heading and len(text) <= len(heading) + 3


def _fits(fields: DocumentFields, filters: Filters) -> bool:
    if filters.document_ids is not None and fields.id not in filters.document_ids:
        return False
    if filters.year is not None and not (fields.first_year or 0) <= filters.year <= (fields.last_year or 0):
        return False
    if filters.place is None:
        return True
    wanted, held = fold(filters.place), fold(fields.place or "")
    return bool(held) and (held in wanted or wanted in held)


def _evidence(found: _Found) -> Evidence:
    order = found.order()[:5]
    return Evidence(
        coverage=min(1.0, float(found.lexical[order[0]]) / found.attainable),
        dense=float(found.dense[order].max()),
        lead=float(found.scores[order[0]] - found.scores[order[-1]]),
    )
