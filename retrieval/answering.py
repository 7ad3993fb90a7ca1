"""From a question to a cited answer: registers first, passages next, an honest refusal last."""

from dataclasses import replace
from threading import Lock

from config.texts import load_texts
from knowledge.store import DocumentStore
from retrieval.citations import Shelf
from retrieval.composition import Turn
from retrieval.conversation import understand
from retrieval.domain import Answer
from retrieval.library import Library
from retrieval.matter_answers import Search
from retrieval.questions import Question
from retrieval.routes import ROUTES
from retrieval.statements import Voice
from retrieval.wording import plain

__all__ = ["Answerer", "Question"]


class Answerer:
    """Answers questions from the stored documents; every answer is cited, every quote verbatim.

    `search` finds passages where no register answers; without one, only documents that the question names are read.
    """

    def __init__(self, store: DocumentStore, search: Search | None = None) -> None:
        self._store = store
        self._search = search
        self._lock = Lock()
        self._known: tuple[int, Library, Shelf] | None = None

    def answer(self, question: Question) -> Answer:
        """Answer one question; "refuse" and "clarify" say what is known or which choice is open."""
        library, shelf = self._read_store()
        reading = understand(question, library)
        voice = Voice(texts=load_texts(reading.language), today=question.today, shelf=shelf)
        turn = Turn(question=question, reading=reading, library=library, search=self._search, voice=voice)
        if not library.holdings:
            return turn.refuse("empty_store")
        if not plain(reading.text):
            return turn.refuse("no_question")
        for route in ROUTES:
            found = route(turn)
            if isinstance(found, Answer):
                return turn.with_locality(found)
            if found is not None:
                turn = replace(turn, reading=found)
        return turn.refuse("nothing")

    def _read_store(self) -> tuple[Library, Shelf]:
        revision = self._store.revision()
        with self._lock:
            if self._known is None or self._known[0] != revision:
                shelf = Shelf(self._store.text, self._store.passages)
                self._known = (revision, Library(self._store.documents()), shelf)
            return self._known[1:]
