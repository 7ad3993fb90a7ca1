"""The composition root: the only place that creates long-lived objects and connects them."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from bot.allowance import Allowance
from bot.channels.web import create_web_router, plain_error
from bot.commands.invite import deep_links
from bot.data_rights import answer_data_rights
from bot.messaging import Messaging
from bot.reminder_asked import Desk
from bot.reminder_desk import take_command
from bot.rounds import every
from bot.scheduler import ReminderEngine, load_rules
from bot.schema import open_engine
from config.referrals import load_directory
from config.settings import Settings
from config.texts import load_texts
from handlers.dispatcher import Dispatcher
from handlers.menu import show_menu
from handlers.ports import Flow
from handlers.questions import answer_question
from handlers.referral import ReferralDesk, flag_blocked
from knowledge.ingestion import Ingestion
from knowledge.store import DocumentStore
from retrieval.answering import Answerer
from retrieval.embeddings import PassageEmbeddings, cross_encoder
from retrieval.expansion import Expander
from retrieval.search import PassageSearch

log = logging.getLogger(__name__)
_WATCH_S = 5.0


def local_now() -> datetime:
    """Return the current moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """The long-lived objects of one process."""

    settings: Settings
    engine: Engine
    store: DocumentStore
    search: PassageSearch
    ingestion: Ingestion
    reminders: ReminderEngine
    dispatcher: Dispatcher

    def text_of(self, source: str) -> str | None:
        """Return the stored text of a source, None when there is none of that name."""
        return next((self.store.text(one.id) for one in self.store.documents() if one.source == source), None)


def open_store(settings: Settings | None = None) -> DocumentStore:
    """Return the document store alone, its tables brought up to date."""
    return DocumentStore(open_engine(settings or Settings()))


@contextlib.contextmanager
def open_workplace(*, serving: bool = False) -> Iterator[Workplace]:
    """Create and connect everything; when serving, model and index load in the background."""
    settings = Settings()
    engine = open_engine(settings)
    directory = load_directory(settings.antam_data_dir)
    if directory.problems:
        problems = "; ".join(directory.problems)
        log.error("%s", load_texts("vi").say("fault.referral_directory_invalid", problems=problems))
    guard = partial(flag_blocked, directory)
    reminders = ReminderEngine(engine, load_rules(settings.antam_data_dir), local_now, guard=guard)
    store = DocumentStore(engine, on_change=reminders.documents_changed)
    search = open_search(settings, store)
    links = partial(deep_links, settings)
    flows: list[Flow] = [
        partial(take_command, desk=Desk(reminders=reminders, public_url=settings.public_url, deep_links=links)),
        partial(answer_data_rights, engine=engine),
        show_menu,
        partial(answer_question, answerer=Answerer(store, search)),
    ]
    workplace = Workplace(
        settings=settings,
        engine=engine,
        store=store,
        search=search,
        ingestion=Ingestion(store, search),
        reminders=reminders,
        dispatcher=Dispatcher(
            desk=ReferralDesk(directory=directory),
            flows=flows,
            guard=guard,
            places=lambda: (document.place for document in store.documents()),
        ),
    )
    if search.is_of_another_model():
        count = sum(1 for _ in store.passages())
        sys.stderr.write(load_texts("vi").say("index.model_changed", passages=count) + "\n")
        workplace.ingestion.reindex()
    if serving:
        search.start()
    try:
        yield workplace
    finally:
        search.close()
        engine.dispose()


@contextlib.contextmanager
def open_dispatcher(*, serving: bool = False) -> Iterator[tuple[Dispatcher, Exception | None]]:
    """Yield a workplace's dispatcher; if opening fails, one that only answers cries for help, and the failure."""
    with contextlib.ExitStack() as stack:
        failure: Exception | None = None
        try:
            dispatcher = stack.enter_context(open_workplace(serving=serving)).dispatcher
        except Exception as fault:
            failure, directory = fault, load_directory(Settings().antam_data_dir)
            desk = ReferralDesk(directory=directory)
            dispatcher = Dispatcher(desk=desk, flows=[], guard=partial(flag_blocked, directory))
        yield dispatcher, failure


def open_search(settings: Settings, store: DocumentStore) -> PassageSearch:
    """Return the passage search with the configured model and word lists."""
    return PassageSearch(
        settings.antam_data_dir / "index",
        store.passages_by_id,
        embeddings=PassageEmbeddings(settings.embedding_model),
        chroma_url=settings.chroma_url,
        expander=Expander.shipped(settings.antam_data_dir),
        reranker=cross_encoder(settings.reranker_model) if settings.reranker_model else None,
    )


def create_app(workplace: Workplace) -> ASGIApp:
    """Return the web application: chat, API, health, webhooks; the workers run as long as it does."""
    messaging = Messaging(
        settings=workplace.settings,
        engine=workplace.engine,
        dispatcher=workplace.dispatcher,
        reminders=workplace.reminders,
        clock=local_now,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(every(_WATCH_S, _index_watch(workplace), "looking after the index"))
        async with messaging.running():
            yield
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher

    app = FastAPI(title="An Tâm", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(
        create_web_router(
            handle=workplace.dispatcher.handle,
            is_distress=workplace.dispatcher.is_distress,
            document_text=workplace.text_of,
            clock=local_now,
            limit=Allowance(),
            card_shown=messaging.card_shown,
        )
    )
    malformed = partial(plain_error, load_texts("vi"), "page.malformed", 422)
    app.add_exception_handler(RequestValidationError, lambda _request, _fault: malformed())
    _add_health(app, workplace)
    return messaging.open_to(app)


def _add_health(app: FastAPI, workplace: Workplace) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        try:
            await asyncio.to_thread(workplace.store.revision)
        except SQLAlchemyError as fault:
            log.error("the store does not answer: %s", type(fault).__name__)
            response.status_code = 503
            return {"ready": False}
        return {"ready": True}


def _index_watch(workplace: Workplace) -> Callable[[], Awaitable[None]]:
    """Return a check that completes the index after a crash or when another process stored documents."""
    seen = -1

    async def look() -> None:
        nonlocal seen
        revision = await asyncio.to_thread(workplace.store.revision)
        if revision != seen and (healed := await asyncio.to_thread(workplace.ingestion.heal)):
            log.info("index completed for %s documents", healed)
        seen = revision

    return look
