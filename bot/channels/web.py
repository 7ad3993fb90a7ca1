"""The web chat and its JSON interface: the same handlers as every other channel."""

import asyncio
import html
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from bot.allowance import Allowance
from bot.channels.base import written
from config.texts import LANGUAGES, Texts, load_texts
from handlers.domain import Content, IncomingMessage, Reply, Turn
from handlers.language import spoken_language
from handlers.ports import Clock, Handle

MAX_QUESTION = 8_000
MAX_BODY = 4 * 1024 * 1024
MAX_TURNS = 20
_CONTEXT = 700
_Short = Annotated[str, Body(max_length=MAX_QUESTION)]
_MAX_CONTEXT_BODY = 64 * 1024
_ASSETS = {"style.css": "text/css; charset=utf-8", "chat.js": "text/javascript; charset=utf-8"}
_SLOT = re.compile(r"\{\{([a-z0-9_.]+)\}\}")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class AskRequest(BaseModel):
    """A question with the turns before it, oldest first."""

    question: str
    history: list[Turn] = Field(default_factory=list)
    locality: str | None = None
    language: str | None = None
    session: str = ""
    action: str | None = None
    id: str | None = None


def create_web_router(
    *,
    handle: Handle,
    is_distress: Callable[[IncomingMessage], bool],
    document_text: Callable[[str], str | None],
    clock: Clock,
    limit: Allowance,
    card_shown: Callable[[], None],
) -> APIRouter:
    """Return the routes of the web chat; document_text returns the stored text of a source, None if unknown.

    `card_shown` counts the answers to cries for help.
    """
    router = APIRouter()

    @router.head("/", include_in_schema=False)
    @router.get("/", response_class=HTMLResponse)
    async def page(lang: str = "vi") -> HTMLResponse:
        return HTMLResponse(render_page(lang if lang in LANGUAGES else "vi"), headers=_HEADERS)

    @router.get("/page/{name}", include_in_schema=False)
    async def asset(name: str) -> Response:
        if name not in _ASSETS:
            return Response(status_code=404)
        body = (files("bot.channels") / "page" / name).read_bytes()
        return Response(body, media_type=_ASSETS[name], headers=_HEADERS | {"Cache-Control": "max-age=600"})

    @router.post("/api/ask", max_body_size=MAX_BODY)
    async def ask(asked: AskRequest, request: Request) -> JSONResponse:
        started = time.perf_counter()
        message = to_message(asked, clock())
        address = request.client.host if request.client else ""
        if is_distress(message):
            card_shown()
            if message.action is None:
                # A card is in the language of the message, whatever the page's.
                message = replace(message, language=spoken_language(message.text, message.history))
        elif not limit.allows(address):
            return plain_error(load_texts(message.language), "page.busy", 429)
        replies = await handle(message)
        return _json({"id": asked.id} | merge_replies(replies) | {"ms": round((time.perf_counter() - started) * 1000)})

    @router.post("/api/context", include_in_schema=False, max_body_size=_MAX_CONTEXT_BODY)
    async def context(source: _Short, quote: _Short, request: Request) -> JSONResponse:
        if not limit.allows(f"context {request.client.host if request.client else ''}"):
            return plain_error(load_texts("vi"), "page.busy", 429)
        # In a thread: a long document must not block the event loop, which answers cries for help.
        around = await asyncio.to_thread(lambda: find_context(document_text(source) or "", quote))
        return _json(around) if around else _json({}, 404)

    return router


def render_page(language: str) -> str:
    """Return the page in a language, its sentences escaped."""
    texts = load_texts(language)
    template = (files("bot.channels") / "page" / "index.html").read_text("utf-8")
    values = texts.sentences | {"language": language}
    return _SLOT.sub(lambda slot: html.escape(values[slot[1]]), template)


def to_message(asked: AskRequest, now: datetime, *, channel: str = "web", today: date | None = None) -> IncomingMessage:
    """Return the question as a message; its sender is the tab's random session, or a new random id."""
    sender = asked.session[:64] or secrets.token_hex(16)
    turns = tuple(replace(turn, text=_both_ends(turn.text)) for turn in asked.history[-MAX_TURNS:])
    question = written(_both_ends(asked.question))
    return IncomingMessage(
        channel=channel,
        sender=sender,
        chat=sender,
        now=now,
        today=today,
        text=question,
        content=Content.ACTION if asked.action else Content.TEXT,
        action=asked.action,
        history=turns,
        locality=asked.locality,
        language=asked.language if asked.language in LANGUAGES else spoken_language(question, turns),
    )


def merge_replies(replies: Sequence[Reply]) -> dict[str, Any]:
    """Return several replies as one `ask` object, of the kind of the first."""
    cited = (asdict(entry).items() for reply in replies for entry in reply.citations)
    buttons = [{"label": one.label, "action": one.action} for reply in replies for one in reply.buttons]
    return {
        "kind": replies[0].kind,
        "text": "\n\n".join(reply.text for reply in replies),
        "citations": [{name: value for name, value in entry if name != "document_id"} for entry in cited],
        "options": [button["label"] for button in buttons],
        "buttons": buttons,
        "forget": any(reply.forget for reply in replies),
    }


def find_context(text: str, quote: str) -> dict[str, str] | None:
    """Return the quote with up to 700 letters of whole words on either side; None if it is not in the text."""
    words = quote.split()
    found = re.search(r"\s+".join(re.escape(word) for word in words), text) if words else None
    if found is None:
        return None
    before, after = text[: found.start()], text[found.end() :]
    if len(before) > _CONTEXT:
        before = "…" + before[-_CONTEXT:].partition(" ")[2]
    if len(after) > _CONTEXT:
        after = after[:_CONTEXT].rpartition(" ")[0] + "…"
    return {"before": before, "quote": found[0], "after": after}


def plain_error(texts: Texts, key: str, status: int) -> JSONResponse:
    """Return a catalogue sentence in the shape of `ask`."""
    said = {"text": texts.say(key), "error": texts.say(key)}
    return _json(said | {"kind": "command", "citations": [], "options": []}, status)


def _both_ends(text: str) -> str:
    """Return a text, or beginning and end of one over 8,000 letters: a plea often comes last."""
    half = MAX_QUESTION // 2
    return text if len(text) <= MAX_QUESTION else text[:half] + text[-half:]


def _json(content: Any, status: int = 200) -> JSONResponse:
    return JSONResponse(content, status_code=status, headers=_HEADERS)
