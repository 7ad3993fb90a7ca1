"""Periodic work that goes on as long as the program runs."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)
_AFTER_A_FAULT_S = 1.0


async def every(
    seconds: float, step: Callable[[], Awaitable[object]], what: str, *, wake: asyncio.Event | None = None
) -> None:
    """Run a step every so many seconds, sooner when woken, until cancelled; a failing step is logged and retried."""
    woken = wake or asyncio.Event()
    while True:
        woken.clear()
        try:
            await step()
        except Exception as fault:
            # A database or platform that is away for a while must neither end the worker nor be called in a tight loop.
            log.error("%s failed: %s", what, type(fault).__name__)
            await asyncio.sleep(_AFTER_A_FAULT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await woken.wait()
