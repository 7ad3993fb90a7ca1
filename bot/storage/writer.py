"""Group commit: one thread runs many small writes in one transaction."""

import asyncio
import contextlib
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
Operation = Callable[[Connection], Any]

log = logging.getLogger(__name__)
_BATCH = 256
_BATCH_S = 0.015
_LAST = 9


class WriterBusy(Exception):
    """The queue of waiting writes is full; nothing was changed."""


class GroupWriter:
    """Runs operations on one connection, as many in one transaction as fit into 15 ms.

    An operation must be safe to run again: when one of a batch fails, the batch is rolled back and each runs alone.
    """

    def __init__(self, engine: Engine, *, depth: int = 2_000) -> None:
        self.engine = engine
        self._waiting: queue.PriorityQueue[_Request] = queue.PriorityQueue(depth)
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Start the thread; it lives until stop."""
        self._is_stopping = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Run what is queued, then end the thread."""
        if self._thread is not None:
            self._is_stopping = True
            with contextlib.suppress(WriterBusy):  # A full queue needs nothing to wake the thread.
                self._hand_in(_LAST, lambda _connection: None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    async def run(self, operation: Callable[[Connection], T], *, first: bool = False) -> T:
        """Return the operation's result after its commit; `first` gives it priority. Raises WriterBusy."""
        return await self._hand_in(0 if first else 1, operation)

    def _hand_in(self, rank: int, operation: Callable[[Connection], T]) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait(_Request(rank, next(self._numbers), operation, future))
        except queue.Full:
            raise WriterBusy from None
        return future

    def _work(self) -> None:
        while not (self._is_stopping and self._waiting.empty()):
            batch = [self._waiting.get()]
            try:
                results = self._together(batch)
            except Exception as fault:
                log.warning("a write failed: %s", type(fault).__name__)
                for one in batch:
                    _deliver([one], [fault if len(batch) == 1 else self._alone(one)])
            else:
                _deliver(batch, results)

    def _together(self, batch: list["_Request"]) -> list[Any]:
        """Run the request in batch, append and run those queued behind it, commit; returns their results."""
        results: list[Any] = []
        end = time.monotonic() + _BATCH_S
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                # The write lock first: a transaction that reads before it writes could never upgrade under contention.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            while True:
                results.append(batch[-1].operation(connection))
                if len(batch) >= _BATCH or time.monotonic() > end or self._waiting.empty():
                    break
                if self._waiting.queue[0].rank > batch[-1].rank:
                    break  # A request with priority does not wait for others to join its commit.
                batch.append(self._waiting.get())
            connection.commit()
        return results

    def _alone(self, request: "_Request") -> Any:
        """Run one operation in a transaction of its own; returns its result or its fault."""
        try:
            with self.engine.begin() as connection:
                return request.operation(connection)
        except Exception as fault:
            return fault


@dataclass(order=True, slots=True)
class _Request:
    """One operation and the future that gets its result."""

    rank: int
    number: int
    operation: Operation = field(compare=False)
    future: "asyncio.Future[Any]" = field(compare=False)


def _deliver(batch: list[_Request], results: list[Any]) -> None:
    """Resolve the futures of a batch with one call into the loop."""

    def wake() -> None:
        for request, result in zip(batch, results, strict=True):
            if request.future.done():
                continue
            if isinstance(result, Exception):
                request.future.set_exception(result)
            else:
                request.future.set_result(result)

    try:
        batch[0].future.get_loop().call_soon_threadsafe(wake)
    except RuntimeError:
        log.info("the loop was closed before %d writes were reported", len(batch))
