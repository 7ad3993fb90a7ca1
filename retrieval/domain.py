"""What is asked of the documents and what comes back."""

from dataclasses import dataclass
from typing import Literal

from knowledge.domain import Passage

AnswerKind = Literal["answer", "clarify", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Limits applied inside the search; None means no limit."""

    document_ids: frozenset[str] | None = None
    place: str | None = None
    year: int | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found, with its fused score in 0..1 and the two it was made of."""

    passage: Passage
    score: float
    lexical: float
    dense: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first, and how sure the search is that they answer the question (calibrated, 0..1)."""

    hits: tuple[Hit, ...]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a statement stands; `quote` is verbatim in the stored text."""

    source: str
    number: str | None
    title: str | None
    section: str | None
    quote: str
    document_id: str | None = None
    place: str | None = None
    year: int | None = None
    is_digest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with the citations that support it; without citations the kind is never "answer"."""

    kind: AnswerKind
    text: str
    citations: tuple[Citation, ...] = ()
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "answer" and not self.citations:
            raise ValueError("an answer needs a citation")
