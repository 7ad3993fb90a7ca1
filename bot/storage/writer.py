"""One thread that writes: many small transactions become one commit, so that durable answers stay cheap."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
Operation = Callable[[Connection], Any]

log = logging.getLogger(__name__)
_BATCH = 256


class WriterBusy(Exception):
    """More is waiting to be written than fits; nothing was changed."""


class GroupWriter:
    """Runs operations in order on one connection, up to 256 of them in one transaction.

    An operation must be safe to run again: when one of a batch fails, the batch is rolled back and each runs alone.
    """

    def __init__(self, engine: Engine, *, depth: int = 2_000) -> None:
        self.engine = engine
        self._waiting: queue.Queue[_Request | None] = queue.Queue(depth)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; it lives until stop."""
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what was handed in, then end the thread."""
        if self._thread is not None:
            await asyncio.to_thread(self._waiting.put, None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    async def run(self, operation: Callable[[Connection], T]) -> T:
        """Return what operation returned, once its transaction is committed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        try:
            self._waiting.put_nowait(_Request(operation, future, loop))
        except queue.Full:
            raise WriterBusy from None
        return await future

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            last = False
            while len(batch) < _BATCH and not last:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    last = True
                else:
                    batch.append(following)
            self._commit(batch)
            if last:
                return

    def _commit(self, batch: list["_Request"]) -> None:
        try:
            results = _together(self.engine, [request.operation for request in batch])
        except Exception as fault:
            if len(batch) > 1:
                for request in batch:
                    self._commit([request])
                return
            log.warning("a write failed: %s", type(fault).__name__)
            results = [fault]
        _deliver(batch, results)


class _Request:
    """One operation and who waits for it."""

    __slots__ = ("future", "loop", "operation")

    def __init__(self, operation: Operation, future: "asyncio.Future[Any]", loop: asyncio.AbstractEventLoop) -> None:
        self.operation = operation
        self.future = future
        self.loop = loop


def _together(engine: Engine, operations: list[Operation]) -> list[Any]:
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # The write lock first: a transaction that reads before it writes could never upgrade under contention.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        results = [operation(connection) for operation in operations]
        connection.commit()
    return results


def _deliver(batch: list[_Request], results: list[Any]) -> None:
    """Wake everybody of a batch with one call into the loop."""

    def wake() -> None:
        for request, result in zip(batch, results, strict=True):
            if request.future.done():
                continue
            if isinstance(result, Exception):
                request.future.set_exception(result)
            else:
                request.future.set_result(result)

    try:
        batch[0].loop.call_soon_threadsafe(wake)
    except RuntimeError:
        log.info("the loop was closed before %d writes were reported", len(batch))
