"""Webhook requests, handled before the web app's routing: bounded body, verified first, no detail in replies."""

import gc
import logging
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.base import Accept, InboundEvent, Receipt

log = logging.getLogger(__name__)
_MAX_BODY = 256 * 1024


class WebhookSource(Protocol):
    """A channel that platforms call."""

    @property
    def path(self) -> str: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def latest_retry(self) -> int: ...
    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the platform itself sent these bytes, in constant time."""

    def parse(self, body: bytes) -> InboundEvent | None:
        """Return the event of a verified request, None when it does not concern us; ValueError when unreadable."""


class WebhookDoor:
    """Answers 403 forged, 413 huge, 503 come again, else 200, always without a body; other requests pass through."""

    def __init__(
        self, app: ASGIApp, *, sources: Sequence[WebhookSource], accept: Accept, heard: Counter[str] | None = None
    ) -> None:
        """`heard` counts the verified requests of each path."""
        self._app = app
        self._heard = Counter[str]() if heard is None else heard
        self._sources = {source.path: source for source in sources}
        self._accept = accept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI request."""
        source = self._sources.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if source is None:
            await self._app(scope, receive, send)
            return
        status = await self._status(source, Headers(scope=scope), receive)
        told = [(b"content-length", b"0"), *([(b"retry-after", b"5")] if status == 503 else [])]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body"})

    async def _status(self, source: WebhookSource, headers: Mapping[str, str], receive: Receive) -> int:
        if source.problem is not None:
            return 404
        body = await _read(headers, receive)
        if body is None:
            return 413
        if not source.verify(headers, body):
            return 403
        self._heard[source.path] += 1
        try:
            event = source.parse(body)
        except (ValueError, RecursionError):
            # Verified but unreadable: redelivery cannot help and would end in a disabled webhook.
            log.warning("an unreadable request came to %s", source.path)
            return 200
        try:
            return 200 if event is None or await self._accept(event) is Receipt.TAKEN else 503
        except Exception as fault:
            # The channel boundary: whatever may not be stored must be redelivered.
            log.error("an event could not be taken: %s", type(fault).__name__)
            return 503


def answer_swiftly() -> None:
    """Tune the interpreter for latency: brief thread switches, long-lived objects left out of collection.

    The young are collected often: when old objects go as fast as new ones come, a rare collection finds many and stops
    everything for some 40 ms (15 ms at this threshold, for 2 % of the processor's time).
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000, 50, 20)


async def _read(headers: Mapping[str, str], receive: Receive) -> bytes | None:
    """Return the body; None when it exceeds the limit or the client disconnects."""
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > _MAX_BODY:
        return None
    body = b""
    while len(body) <= _MAX_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body if len(body) <= _MAX_BODY else None
    return None
