"""What both Zalo peers stand on: a movable clock, misfortunes on the wire, and the postman of their webhooks."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FaultKind = Literal["reset", "garbage", "stall", "error", "expire"]


class Refused(Exception):
    """The platform says no; a violation besides when the call is one no page documents."""

    def __init__(self, code: int, reason: str, *, violation: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.violation = violation


def monday_morning() -> datetime:
    """Return the moment the peers begin with: 9 o'clock in Vietnam, on a day that never moves."""
    return datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


class PeerClock:
    """The platform's own time: that of the clock given, moved ahead by hand."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._ahead = timedelta()
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the platform's present moment."""
        return self._clock() + self._ahead

    def advance(self, hours: float) -> None:
        """Let hours pass."""
        self._ahead += timedelta(hours=hours)

    def milliseconds(self) -> int:
        """Return the present in epoch milliseconds, never the same twice."""
        with self._lock:
            self._last = max(self._last + 1, int(self.now().timestamp() * 1000))
            return self._last


@dataclass(kw_only=True)
class Fault:
    """One misfortune: it meets the calls whose path contains `on`, `after` of them spared, then `times` of them."""

    kind: FaultKind
    on: str
    processed: bool
    after: int
    times: int
    seconds: float
    code: int


class Faults:
    """The misfortunes planned for the next calls."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(
        self,
        kind: FaultKind,
        on: str = "",
        *,
        processed: bool = False,
        after: int = 0,
        times: int = 1,
        seconds: float = 30.0,
        code: int = -200,
    ) -> None:
        """Plan a fault; `processed` means the platform did its work before the answer went astray; times -1 is always.

        Kinds: reset (the connection is torn down), garbage (502 with HTML), stall (silence for `seconds`),
        error (the platform answers `code`), expire (the access token of that call dies under it).
        """
        fault = Fault(kind=kind, on=on, processed=processed, after=after, times=times, seconds=seconds, code=code)
        self._planned.append(fault)

    def clear(self) -> None:
        """Let calls go well from now on."""
        self._planned.clear()

    def next_for(self, call: str) -> Fault | None:
        """Return the fault this call meets, and use it up."""
        for fault in [one for one in self._planned if one.on in call]:
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times == 0:
                self._planned.remove(fault)
            return fault
        return None


class _Reset(Response):
    """Tears the connection down without a byte of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(receive, "__self__", None).transport  # type: ignore[union-attr]  # uvicorn's own cycle
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


async def meet(
    fault: Fault, request: Request, process: Callable[[], Awaitable[Response]], refuse: Callable[[int], Response]
) -> Response:
    """Answer a call that meets a fault on its way."""
    answer = await process() if fault.processed else None
    if fault.kind == "error":
        return refuse(fault.code)
    if fault.kind == "reset":
        return _Reset()
    if fault.kind == "stall":
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(fault.seconds):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        return answer or Response("<html>gateway timeout</html>", 504, media_type="text/html")
    assert fault.kind == "garbage", "only a token of an Official Account expires"
    return Response("<html>bad gateway</html>", 502, media_type="text/html")


@dataclass(eq=False)
class Posting:
    """One event on its way to the webhook: the bytes, and what each attempt was answered."""

    body: bytes
    headers: dict[str, str]
    answers: list[int | str] = field(default_factory=list)
    finished: "Future[None] | None" = None

    @property
    def taken(self) -> bool:
        """Whether the last attempt was answered 200 in time."""
        return bool(self.answers) and self.answers[-1] == 200

    def wait(self, timeout: float = 20.0) -> bool:
        """Wait until the last attempt is over; returns whether the event was taken."""
        if self.finished is not None:
            self.finished.result(timeout)
        return self.taken


class Postman:
    """Posts events from a thread of its own, those of one person in order, and again after each failure.

    With pauses the last failure switches the webhook off, as Zalo does; without, an event is tried once.
    """

    def __init__(self, *, pauses_s: tuple[float, ...] = (), answer_within_s: float = 2.0) -> None:
        self.url = ""
        self.postings: list[Posting] = []
        self.lost: list[bytes] = []
        self.disabled_by: Posting | None = None
        self.pauses_s = pauses_s
        self._answer_within_s = answer_within_s
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._starting = threading.Lock()
        self._stack = contextlib.ExitStack()
        self._portal: BlockingPortal | None = None

    def send(self, body: bytes, headers: dict[str, str], *, queue: str = "") -> Posting:
        """Start posting an event; lost at once without an address or once switched off."""
        posting = Posting(body, headers)
        if not self.url or self.disabled_by is not None:
            self.lost.append(body)
            return posting
        self.postings.append(posting)
        posting.finished = self._running().start_task_soon(self._deliver, posting, queue)
        return posting

    def redeliver(self, posting: Posting, times: int = 1) -> list[int | str]:
        """Post the identical bytes again, as after an answer that got lost; returns the answers."""
        for number in range(1, times + 1):
            self._running().start_task_soon(self._attempt, posting, number).result(20)
        return posting.answers[-times:]

    def post_once(self, body: bytes, headers: dict[str, str]) -> int:
        """Post what somebody else made up, once; returns the status."""
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        return httpx.post(self.url, content=body, headers=pairs, timeout=20, trust_env=False, verify=False).status_code

    def settle(self, timeout: float = 20.0) -> None:
        """Wait until nothing is on its way any more."""
        done = 0
        while done < len(self.postings):
            self.postings[done].wait(timeout)
            done += 1

    def enable(self) -> None:
        """Switch the webhook on again, as the administrator does by hand."""
        self.disabled_by = None

    def close(self) -> None:
        """Drop what is on its way and end the thread."""
        with self._starting:
            if self._portal is not None:
                self._portal.call(self._portal.stop, True)
            self._stack.close()
            self._portal = None

    def _running(self) -> BlockingPortal:
        with self._starting:
            if self._portal is None:
                self._portal = self._stack.enter_context(start_blocking_portal())
            return self._portal

    async def _deliver(self, posting: Posting, queue: str) -> None:
        async with self._queues[queue]:
            taken = await self._attempt(posting, 0)
        for number, pause in enumerate(self.pauses_s, start=1):
            if taken or self.disabled_by is not None:
                return
            await asyncio.sleep(pause)
            taken = await self._attempt(posting, number)
        if not taken and self.pauses_s and self.disabled_by is None:
            self.disabled_by = posting

    async def _attempt(self, posting: Posting, number: int) -> bool:
        headers = {**posting.headers, "num_retry": str(number)} if number else posting.headers
        try:
            async with asyncio.timeout(self._answer_within_s), _browser() as web:
                answer = await web.post(self.url, content=posting.body, headers=headers)
                posting.answers.append(answer.status_code)
        except (TimeoutError, httpx.HTTPError) as error:
            posting.answers.append(type(error).__name__)
        return posting.taken


def _browser() -> httpx.AsyncClient:
    """Return a client for loopback alone: no proxy, and no certificates to load each time."""
    return httpx.AsyncClient(timeout=None, trust_env=False, verify=False)
