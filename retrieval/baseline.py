"""A plain assistant to compare with: texts cut by length, dense vectors alone, the best four pieces printed."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter

from knowledge.domain import Document
from retrieval.domain import Citation
from retrieval.embeddings import PassageEmbeddings
from retrieval.judging import Given

PIECE, OVERLAP, PRINTED = 1000, 200, 4
"""Letters of a piece and shared by neighbours, pieces printed: the usual tutorial values."""
T = TypeVar("T")


class PlainBaseline(Generic[T]):
    """Cuts and embeds texts, each behind what it is of, and answers every question by printing the nearest pieces."""

    def __init__(
        self, texts: Iterable[tuple[T, str]], embeddings: PassageEmbeddings, *, overlap: int = OVERLAP
    ) -> None:
        splitter = RecursiveCharacterTextSplitter(chunk_size=PIECE, chunk_overlap=overlap)
        self._pieces = [(of, piece) for of, text in texts for piece in splitter.split_text(text)]
        self._embeddings = embeddings
        self._vectors = embeddings.encode_passages([piece for _, piece in self._pieces])

    def nearest(self, question: str, limit: int) -> list[tuple[T, str]]:
        """Return pieces, nearest first, each behind what it is of."""
        order = np.argsort(-(self._vectors @ self._embeddings.encode_query(question)))
        return [self._pieces[place] for place in order[:limit]]

    def answer(self: "PlainBaseline[Document]", question: str) -> Given:
        """Return the nearest pieces as an answer."""
        best = self.nearest(question, PRINTED)
        citations = tuple(
            Citation(source=one.source, number=one.number, title=one.title, section=None, quote=piece)
            for one, piece in best
        )
        return Given(kind="answer", text="\n\n".join(piece for _, piece in best), citations=citations)
