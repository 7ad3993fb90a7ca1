"""The pipeline: file → text → document with registers → store → index."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from knowledge.domain import Document, ParsedDocument, Passage
from knowledge.errors import KnowledgeError
from knowledge.parsing import parse_document, same_document
from knowledge.reading.files import read_file
from knowledge.store import DocumentStore, with_source

LIBRARY = Path(__file__).parent / "library"


class Outcome(StrEnum):
    """What became of one file."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """One row of `ingest`: what became of a file and what was understood in it."""

    path: str
    outcome: Outcome
    document: Document | None = None
    passages: int = 0
    fault: KnowledgeError | None = None


class PassageIndex(Protocol):
    """The search index as ingestion sees it; it can always be rebuilt from the store."""

    def replace(self, document: Document, passages: Sequence[Passage]) -> None:
        """Make the index hold exactly these passages of the document."""

    def remove(self, document_id: str) -> None:
        """Forget a document."""

    def rebuild(self, items: Iterable[tuple[Document, Sequence[Passage]]]) -> None:
        """Forget everything and index items."""

    def passage_ids(self) -> set[str]:
        """Return the ids of all indexed passages."""


class Ingestion:
    """Takes files into the store and the index; a refused file changes nothing."""

    def __init__(self, store: DocumentStore, index: PassageIndex, *, read: Callable[[Path], str] = read_file) -> None:
        self._store = store
        self._index = index
        self._read = read

    def ingest(self, paths: Sequence[Path]) -> Iterator[IngestReport]:
        """Yield one report per file, folders walked in order of name."""
        for path in paths:
            for file in _files(path):
                try:
                    report = self.ingest_text(self._read(file), file.name, str(file))
                except KnowledgeError as fault:
                    report = IngestReport(path=str(file), outcome=Outcome.REFUSED, fault=fault)
                yield report

    def load_library(self, folder: Path = LIBRARY) -> Iterator[IngestReport]:
        """Take the bundled digests into a store without documents."""
        if not self._store.documents():
            yield from self.ingest([folder])

    def heal(self) -> int:
        """Bring the index in line with the store after a crash between the two; return documents re-indexed."""
        held = self._index.passage_ids()
        documents = {document.id: document for document in self._store.documents()}
        wanted = {name: {passage.id for passage in self._store.passages(name)} for name in documents}
        strays = held - set().union(*wanted.values())
        torn = {name for name, ids in wanted.items() if not ids <= held} | {one.split(".")[0] for one in strays}
        for name in torn:
            if name in documents:
                self._index.replace(documents[name], tuple(self._store.passages(name)))
            else:
                self._index.remove(name)
        return len(torn)

    def reindex(self) -> int:
        """Rebuild the whole index from the store; return the number of documents."""
        documents = self._store.documents()
        self._index.rebuild((document, tuple(self._store.passages(document.id))) for document in documents)
        return len(documents)

    def ingest_text(self, text: str, source: str, path: str | None = None) -> IngestReport:
        """Take one text under a source name."""
        parsed = parse_document(text, source)
        twin = self._twin(parsed.document)
        if twin is None:
            parsed = with_source(parsed, self._store.free_source(source))
            return self._keep(parsed, None, path or source, Outcome.ADDED)
        # A digest never replaces the original it stands for.
        stands_back = parsed.document.stands_for is not None and twin.stands_for is None
        if twin.content_hash == parsed.document.content_hash or stands_back:
            return IngestReport(path=path or source, outcome=Outcome.UNCHANGED, document=twin)
        if parsed.document.id != twin.id:
            parsed = parse_document(text, source, known_as=twin.id)
        if twin.source != source:
            parsed = with_source(parsed, self._store.free_source(source))
        return self._keep(parsed, twin.id, path or source, Outcome.REPLACED)

    def _keep(self, parsed: ParsedDocument, instead_of: str | None, path: str, outcome: Outcome) -> IngestReport:
        self._store.save(parsed, instead_of=instead_of)
        # The program that holds the index completes it from the store by itself.
        with suppress(KnowledgeError):
            self._index.replace(parsed.document, parsed.passages)
        return IngestReport(path=path, outcome=outcome, document=parsed.document, passages=len(parsed.passages))

    def _twin(self, document: Document) -> Document | None:
        known = self._store.documents()
        same = (other for other in known if other.content_hash == document.content_hash)
        return next(same, None) or next((other for other in known if same_document(other, document)), None)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for inner in sorted(path.rglob("*")):
        if inner.is_file() and not any(part.startswith(".") for part in inner.relative_to(path).parts):
            yield inner
