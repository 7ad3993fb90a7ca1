"""The composition root: the only place where long-lived things are made and joined."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import Engine

from bot.channels.web import RateLimit, create_web_router, plain_error
from bot.schema import upgrade
from config.settings import Settings
from config.texts import load_texts
from handlers.dispatcher import Dispatcher
from handlers.domain import IncomingMessage, Reply
from handlers.menu import show_menu
from handlers.questions import answer_question
from handlers.referral import ReferralDesk
from knowledge.database import open_database
from knowledge.errors import StoreUnavailable
from knowledge.ingestion import Ingestion
from knowledge.store import DocumentStore
from retrieval.answering import Answerer
from retrieval.embeddings import PassageEmbeddings
from retrieval.search import PassageSearch

log = logging.getLogger(__name__)
_WATCH_S = 5.0


def local_now() -> datetime:
    """The clock of the running program."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Everything one process works with."""

    settings: Settings
    engine: Engine
    store: DocumentStore
    search: PassageSearch
    ingestion: Ingestion
    dispatcher: Dispatcher

    async def handle(self, message: IncomingMessage) -> Sequence[Reply]:
        """Answer one message of any channel."""
        return await self.dispatcher.handle(message)


def open_store(settings: Settings | None = None) -> DocumentStore:
    """Return the record alone, its structure brought up to date."""
    return DocumentStore(_open_engine(settings or Settings()))


@contextlib.contextmanager
def open_workplace(*, serving: bool = False) -> Iterator[Workplace]:
    """Join everything; when serving, the model loads in the background and the index is healed."""
    settings = Settings()
    engine = _open_engine(settings)
    store = DocumentStore(engine)
    search = PassageSearch(
        settings.antam_data_dir / "index",
        store.passages_by_id,
        embeddings=PassageEmbeddings(settings.embedding_model),
        chroma_url=settings.chroma_url,
    )
    desk = ReferralDesk.from_files(settings.antam_data_dir)
    answerer = Answerer(store, search)
    dispatcher = Dispatcher(
        desk=desk,
        flows=[show_menu, partial(answer_question, answerer=answerer)],
        guard=desk.flag_blocked,
    )
    workplace = Workplace(
        settings=settings,
        engine=engine,
        store=store,
        search=search,
        ingestion=Ingestion(store, search),
        dispatcher=dispatcher,
    )
    if serving:
        search.start()
    try:
        yield workplace
    finally:
        search.close()
        engine.dispose()


def _open_engine(settings: Settings) -> Engine:
    try:
        settings.antam_data_dir.mkdir(parents=True, exist_ok=True)
        engine = open_database(settings.database_address)
        upgrade(engine)
    except OSError as fault:
        raise StoreUnavailable("store_unavailable") from fault
    return engine


def create_app(workplace: Workplace) -> FastAPI:
    """Return the web application: chat, interface, health, webhooks; workers run while it lives."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(_watch_store(workplace))
        yield
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher

    app = FastAPI(title="An Tâm", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(
        create_web_router(
            handle=workplace.handle,
            is_distress=workplace.dispatcher.is_distress,
            document_text=partial(_document_text, workplace.store),
            clock=local_now,
            limit=RateLimit(),
        )
    )
    app.add_exception_handler(RequestValidationError, _malformed)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        documents = await asyncio.to_thread(_count_documents, workplace.store)
        if documents is None:
            response.status_code = 503
        return {"ready": documents is not None, "documents": documents or 0}

    return app


async def _malformed(_request: Request, _fault: Exception) -> JSONResponse:
    return plain_error(load_texts("vi"), "page.malformed", 422)


def _document_text(store: DocumentStore, source: str) -> str | None:
    document = next((document for document in store.documents() if document.source == source), None)
    return None if document is None else store.text(document.id)


def _count_documents(store: DocumentStore) -> int | None:
    try:
        return len(store.documents())
    except Exception as fault:
        log.error("the store does not answer: %s", type(fault).__name__)
        return None


async def _watch_store(workplace: Workplace) -> None:
    """Complete the index when another process has put documents into the store, or after a crash between the two."""
    seen = -1
    while True:
        try:
            revision = await asyncio.to_thread(workplace.store.revision)
            if revision != seen:
                healed = await asyncio.to_thread(workplace.ingestion.heal)
                seen = revision
                if healed:
                    log.info("index completed for %s documents", healed)
        except Exception as fault:
            log.error("looking after the index failed: %s", type(fault).__name__)
        await asyncio.sleep(_WATCH_S)
