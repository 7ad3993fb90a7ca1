"""One call to a Zalo server: success is told by the body, and no fault carries an address, for tokens stand in it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.channels.base import Ambiguous, NotSent

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.LocalProtocolError, httpx.InvalidURL)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON object the server answered with, whatever its status; a refusal (4xx) without one has an empty body."""

    status: int
    body: Mapping[str, Any] = field(repr=False)


def open_client() -> httpx.AsyncClient:
    """Return a client that keeps no connection: one closed while idle would look like an answer that was lost."""
    direct: dict[str, httpx.AsyncBaseTransport | None] = {f"all://{host}": None for host in _LOOPBACK[:2]}
    return httpx.AsyncClient(limits=httpx.Limits(max_connections=64, max_keepalive_connections=0), mounts=direct)


async def post(
    client: httpx.AsyncClient,
    url: str,
    *,
    seconds: float,
    json: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer | NotSent | Ambiguous:
    """Post once and wait at most `seconds`; what never left is NotSent, what got no readable answer is Ambiguous."""
    patience = httpx.Timeout(seconds, connect=min(5.0, seconds), pool=min(5.0, seconds))
    try:
        async with asyncio.timeout(seconds):
            response = await client.post(url, json=json, data=form, headers=headers, timeout=patience)
    except _NEVER_SENT:
        return NotSent(reason="no connection")
    except (httpx.TimeoutException, TimeoutError):
        return Ambiguous(reason="timeout")
    except httpx.HTTPError:
        return Ambiguous(reason="cut off")
    return _read(response)


def is_safe(url: str) -> bool:
    """Whether an address may carry tokens: https, or plain http that stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def as_code(value: object) -> int | None:
    """Return an error code, which some servers write as text."""
    try:
        return int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def as_id(value: object) -> str | None:
    """Return an id as text: some are numbers beyond what JSON readers keep, and none is longer than our columns."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = "".join(letter for letter in str(value) if letter.isprintable() and not letter.isspace())
    return text if 0 < len(text) <= 100 else None


def as_moment(value: object) -> int | None:
    """Return milliseconds since 1970, written as number or text; None for what cannot be a moment."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else None


def _read(response: httpx.Response) -> Answer | NotSent | Ambiguous:
    status = response.status_code
    if status == 429:
        return NotSent(reason="too many requests", retry_after=60.0)
    if status >= 500:
        return Ambiguous(reason=f"http {status}")
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, Mapping):
        return Answer(status=status, body=body)
    return Answer(status=status, body={}) if status >= 400 else Ambiguous(reason=f"http {status} unreadable")
