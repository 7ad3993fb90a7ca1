"""A plain assistant to compare with: documents cut by length, dense vectors alone, the best four pieces printed."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter
from numpy.typing import NDArray

from knowledge.domain import Document
from retrieval.domain import Citation
from retrieval.embeddings import PassageEmbeddings
from retrieval.judging import Given

PIECE, OVERLAP, PRINTED = 1000, 200, 4
"""Letters of a piece and shared by neighbours, pieces printed: the usual tutorial values."""


@dataclass(frozen=True, slots=True)
class PlainBaseline:
    """Answers every question by printing the four nearest pieces."""

    embeddings: PassageEmbeddings
    pieces: tuple[tuple[Document, str], ...]
    vectors: NDArray[np.float32]

    def answer(self, question: str) -> Given:
        """Return the nearest pieces as an answer."""
        nearness = self.vectors @ self.embeddings.encode_query(question)
        best = [self.pieces[place] for place in np.argsort(-nearness)[:PRINTED]]
        citations = tuple(
            Citation(source=one.source, number=one.number, title=one.title, section=None, quote=piece)
            for one, piece in best
        )
        return Given(kind="answer", text="\n\n".join(piece for _, piece in best), citations=citations)


def build_baseline(texts: Iterable[tuple[Document, str]], embeddings: PassageEmbeddings) -> PlainBaseline:
    """Cut and embed documents."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=PIECE, chunk_overlap=OVERLAP)
    pieces = tuple((document, piece) for document, text in texts for piece in splitter.split_text(text))
    return PlainBaseline(embeddings, pieces, embeddings.encode_passages([piece for _, piece in pieces]))
