"""HTTP calls to Zalo. Success is in the body; faults never carry the address, which may hold a token."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.channels.base import Ambiguous, NotSent

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.LocalProtocolError, httpx.InvalidURL)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NUMBER = re.compile(r"-?\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The JSON object of an answer, whatever its status; empty for a 4xx without one."""

    status: int
    body: Mapping[str, Any] = field(repr=False)


def open_client() -> httpx.AsyncClient:
    """Return a client without keep-alive: a connection closed while idle would look like a lost answer."""
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
    """Post once, for at most `seconds`; NotSent if the request never left, Ambiguous without a readable answer."""
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
    """Whether an address may carry tokens: https, or plain http on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def as_number(value: object) -> int | None:
    """Return an error code or a timestamp in milliseconds, a number or text; None for anything else."""
    return int(text) if _NUMBER.fullmatch(text := str(value)) else None


def as_id(value: object) -> str | None:
    """Return an id, a number or text, as text that fits our columns; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = "".join(letter for letter in str(value) if letter.isprintable() and not letter.isspace())
    return text if 0 < len(text) <= 100 else None


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
