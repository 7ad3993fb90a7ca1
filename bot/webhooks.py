"""The door for platforms: read little, verify first, tell nothing."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.channels.base import Accept, InboundEvent, Receipt

log = logging.getLogger(__name__)
_MAX_BODY = 256 * 1024


class WebhookSource(Protocol):
    """A channel that platforms call."""

    @property
    def path(self) -> str: ...
    @property
    def problem(self) -> str | None: ...
    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the platform itself sent these bytes, in constant time."""

    def parse(self, body: bytes) -> InboundEvent | None:
        """Return the event of a verified request, None when it does not concern us; ValueError when unreadable."""


def create_webhook_router(sources: Sequence[WebhookSource], accept: Accept) -> APIRouter:
    """Return the routes of all webhooks: 403 forged, 413 huge, 503 come again, else 200; bodies are always empty."""
    router = APIRouter()
    for source in sources:
        router.add_route(source.path, _endpoint(source, accept), methods=["POST"], include_in_schema=False)
    return router


def _endpoint(source: WebhookSource, accept: Accept) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        if source.problem is not None:
            return Response(status_code=404)
        body = await _read(request)
        if body is None:
            return Response(status_code=413)
        if not source.verify(request.headers, body):
            return Response(status_code=403)
        try:
            event = source.parse(body)
        except (ValueError, RecursionError):
            # Verified but unreadable: asking for it again would only switch the webhook off in the end.
            log.warning("an unreadable request came to %s", source.path)
            return Response()
        return Response() if event is None else await _hand_over(event, accept)

    return receive


async def _hand_over(event: InboundEvent, accept: Accept) -> Response:
    try:
        receipt = await accept(event)
    except Exception as fault:
        # The channel boundary: whatever is not certainly kept must come again.
        log.error("an event could not be taken: %s", type(fault).__name__)
        receipt = Receipt.AGAIN
    return Response() if receipt is Receipt.TAKEN else Response(status_code=503, headers={"Retry-After": "5"})


async def _read(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is larger than any platform sends."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > _MAX_BODY:
        return None
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
