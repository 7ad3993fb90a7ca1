"""The index on disk: immutable slices of passages with their terms, filter fields and vectors, read through the map."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Vectors
from retrieval.terms import Terms, index_terms, words

LARGEST_SEGMENT = 32_768
"""Passages; bounds the memory and the time of one merge."""
FORM = 4
_MANIFEST = "manifest.json"
_DEAD_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFields:
    """What filters ask about a document; years are the first and last it speaks of."""

    id: str
    place: str | None
    first_year: int | None
    last_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A passage to be indexed: its id, the text it is found by, and the headings, whose words count once more."""

    id: str
    text: str
    fields: DocumentFields
    headings: str = ""
    weight: float = 1.0
    """Below one for a passage that says nothing by itself, such as a bare heading."""
    places: tuple[str, ...] = ()
    """The places it speaks for, each as two canonical syllables."""


class Segment:
    """One immutable slice; `dead` marks rows replaced since it was written."""

    def __init__(self, folder: Path, dead: Sequence[int] = ()) -> None:
        self.folder = folder
        about = json.loads((folder / "about.json").read_text("utf-8"))
        self.fingerprint: str = about["fingerprint"]
        self.ids: list[str] = about["ids"]
        self.documents = [DocumentFields(**fields) for fields in about["documents"]]
        self.places = frozenset[str](about["places"])
        self.alive = np.ones(len(self.ids), dtype=bool)
        self.alive[list(dead)] = False
        self.terms: Terms = self._array("terms")
        self.starts: NDArray[np.int64] = self._array("starts")
        self.rows: NDArray[np.int32] = self._array("rows")
        self.counts: NDArray[np.uint8] = self._array("counts")
        self.lengths: NDArray[np.int32] = self._array("lengths")
        self.document_of: NDArray[np.int32] = self._array("document_of")
        self.weights: NDArray[np.float32] = self._array("weights")
        self.vectors: NDArray[np.int8] = self._array("vectors")
        self.scales: NDArray[np.float32] = self._array("scales")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each passage id."""
        return {passage_id: row for row, passage_id in enumerate(self.ids)}

    def find(self, terms: Terms) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the postings of each term begin and end; an unknown term has none."""
        place = np.searchsorted(self.terms, terms)
        inside = np.minimum(place, max(len(self.terms) - 1, 0))
        known = (self.terms[inside] == terms) if len(self.terms) else np.zeros(len(terms), dtype=bool)
        return np.where(known, self.starts[inside], 0), np.where(known, self.starts[inside + known], 0)

    def cosines(self, rows: NDArray[np.int64], query: Vectors) -> Vectors:
        """Return the cosine of each row with the query; zero where the segment has no vectors."""
        if not self.vectors.shape[1]:
            return np.zeros(len(rows), dtype=np.float32)
        return np.asarray((self.vectors[rows].astype(np.float32) @ query) * self.scales[rows], dtype=np.float32)

    def _array(self, name: str) -> NDArray[Any]:
        return np.asarray(np.load(self.folder / f"{name}.npy", mmap_mode="r"))


class SegmentStore:
    """All segments of one folder; a change is one exchange of the manifest, so a crash leaves the old state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments: list[Segment] = []
        self._read_at = 0
        self.refresh()

    def refresh(self) -> bool:
        """Read the manifest again when it changed; return whether it did."""
        try:
            written_at = os.stat(self.folder / _MANIFEST).st_mtime_ns
        except FileNotFoundError:
            return False
        if written_at == self._read_at:
            return False
        manifest = json.loads((self.folder / _MANIFEST).read_text("utf-8"))
        self._read_at = written_at
        kept = manifest["segments"] if manifest["form"] == FORM else {}
        try:
            self.segments = [Segment(self.folder / name, dead) for name, dead in kept.items()]
        except FileNotFoundError:
            if os.stat(self.folder / _MANIFEST).st_mtime_ns == written_at:
                raise
            return self.refresh()  # the writer has merged segments since the manifest was read
        return True

    def ids(self, fingerprint: str | None = None) -> set[str]:
        """Return the ids of living passages, of one fingerprint when given."""
        return {
            segment.ids[row]
            for segment in self.segments
            if fingerprint in (None, segment.fingerprint)
            for row in np.flatnonzero(segment.alive)
        }

    def ids_of(self, document_id: str) -> set[str]:
        """Return the ids of a document's living passages."""
        return {segment.ids[row] for segment, row in self._rows_of(document_id)}

    def change(
        self, document_id: str | None, entries: Sequence[Entry], vectors: Vectors | None, fingerprint: str
    ) -> None:
        """Put entries in the place of a document's passages; vectors None means that there is no model."""
        if document_id is not None:
            for segment, row in list(self._rows_of(document_id)):
                segment.alive[row] = False
        if entries:
            self.segments.append(self._write(build(entries, vectors), fingerprint if vectors is not None else ""))
        self._merge_small()
        self._commit()

    def clear(self) -> None:
        """Forget everything."""
        self.segments = []
        self._commit()

    def _rows_of(self, document_id: str) -> Iterator[tuple[Segment, int]]:
        for segment in self.segments:
            for number, fields in enumerate(segment.documents):
                if fields.id == document_id:
                    for row in np.flatnonzero((segment.document_of == number) & segment.alive):
                        yield segment, int(row)

    def _merge_small(self) -> None:
        """Keep sizes falling by half at least from one to the next, so that their number stays small."""
        self.segments = [self._swept(segment) for segment in self.segments if segment.alive.any()]
        self.segments.sort(key=len, reverse=True)
        position = len(self.segments) - 1
        while position > 0:
            large, small = self.segments[position - 1], self.segments[position]
            fits = len(large) + len(small) <= LARGEST_SEGMENT and large.fingerprint == small.fingerprint
            if fits and len(large) < 2 * len(small):
                merged = self._write(merge([large, small]), large.fingerprint)
                self.segments[position - 1 : position + 1] = [merged]
            position -= 1

    def _swept(self, segment: Segment) -> Segment:
        if segment.alive.mean() > 1 - _DEAD_SHARE:
            return segment
        return self._write(merge([segment]), segment.fingerprint)

    def _write(self, parts: "Parts", fingerprint: str) -> Segment:
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir(parents=True)
        for name, values in parts.arrays.items():
            np.save(folder / f"{name}.npy", values)
        documents = [{key: getattr(fields, key) for key in DocumentFields.__slots__} for fields in parts.documents]
        about = {"fingerprint": fingerprint, "ids": parts.ids, "documents": documents, "places": sorted(parts.places)}
        (folder / "about.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        return Segment(folder)

    def _commit(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {segment.folder.name: np.flatnonzero(~segment.alive).tolist() for segment in self.segments}
        draft = self.folder / f"{_MANIFEST}.new"
        with draft.open("w", encoding="utf-8") as stream:
            json.dump({"form": FORM, "segments": kept}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, self.folder / _MANIFEST)
        self._read_at = os.stat(self.folder / _MANIFEST).st_mtime_ns
        for folder in self.folder.iterdir():
            if folder.is_dir() and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Parts:
    """The content of a segment before it is written."""

    ids: list[str]
    documents: list[DocumentFields]
    places: set[str]
    arrays: dict[str, NDArray[Any]]


def build(entries: Sequence[Entry], vectors: Vectors | None) -> Parts:
    """Count the terms of entries; vectors are kept in eight bits."""
    documents = list({entry.fields.id: entry.fields for entry in entries}.values())
    number_of = {fields.id: number for number, fields in enumerate(documents)}
    bags, counts, lengths = [], [], []
    for entry in entries:
        listed = words(f"{entry.text} {entry.headings}")
        terms, count = np.unique(index_terms(listed), return_counts=True)
        bags.append(terms)
        counts.append(np.minimum(count, 255).astype(np.uint8))
        lengths.append(len(listed))
    rows = np.repeat(np.arange(len(entries), dtype=np.int32), [len(bag) for bag in bags])
    arrays = _postings(np.concatenate(bags), rows, np.concatenate(counts))
    arrays["lengths"] = np.array(lengths, dtype=np.int32)
    arrays["document_of"] = np.array([number_of[entry.fields.id] for entry in entries], dtype=np.int32)
    arrays["weights"] = np.array([entry.weight for entry in entries], dtype=np.float32)
    arrays["vectors"], arrays["scales"] = _quantise(vectors, len(entries))
    places = {place for entry in entries for place in entry.places}
    return Parts([entry.id for entry in entries], documents, places, arrays)


def merge(segments: Sequence[Segment]) -> Parts:
    """Join the living rows of segments into one."""
    documents = list({fields.id: fields for segment in segments for fields in segment.documents}.values())
    number_of = {fields.id: number for number, fields in enumerate(documents)}
    ids: list[str] = []
    gathered: dict[str, list[NDArray[Any]]] = {}
    for segment in segments:
        living = np.flatnonzero(segment.alive)
        renumbered = np.full(len(segment), -1, dtype=np.int32)
        renumbered[living] = np.arange(len(ids), len(ids) + len(living), dtype=np.int32)
        ids += [segment.ids[row] for row in living]
        rows = renumbered[segment.rows]
        kept = rows >= 0
        translation = np.array([number_of[fields.id] for fields in segment.documents], dtype=np.int32)
        for name, values in (
            ("terms", np.repeat(segment.terms, np.diff(segment.starts))[kept]),
            ("rows", rows[kept]),
            ("counts", segment.counts[kept]),
            ("lengths", segment.lengths[living]),
            ("document_of", translation[segment.document_of[living]]),
            ("weights", segment.weights[living]),
            ("vectors", segment.vectors[living]),
            ("scales", segment.scales[living]),
        ):
            gathered.setdefault(name, []).append(values)
    joined = {name: np.concatenate(values) for name, values in gathered.items()}
    arrays = _postings(joined.pop("terms"), joined.pop("rows"), joined.pop("counts"))
    places = {place for segment in segments for place in segment.places}
    return Parts(ids, documents, places, arrays | joined)


def _postings(terms: Terms, rows: NDArray[np.int32], counts: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    order = np.argsort(terms, kind="stable")
    terms, first = np.unique(terms[order], return_index=True)
    starts = np.append(first, len(order)).astype(np.int64)
    return {"terms": terms, "starts": starts, "rows": rows[order], "counts": counts[order]}


def _quantise(vectors: Vectors | None, size: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    if vectors is None:
        return np.zeros((size, 0), dtype=np.int8), np.zeros(size, dtype=np.float32)
    scales = (np.maximum(np.abs(vectors).max(axis=1), 1e-8) / 127).astype(np.float32)
    return np.round(vectors / scales[:, None]).astype(np.int8), scales
