"""Work in rounds: what goes on as long as the program runs, whatever fails once."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)
_AFTER_A_FAULT_S = 1.0


async def every(
    seconds: float, step: Callable[[], Awaitable[object]], what: str, *, wake: asyncio.Event | None = None
) -> None:
    """Do a step again and again until cancelled, sooner when woken; a fault is logged and tried again."""
    woken = wake or asyncio.Event()
    while True:
        woken.clear()
        try:
            await step()
        except Exception as fault:
            # The loop of a worker: a database or platform that is away for a while must not end it, nor be hammered.
            log.error("%s failed: %s", what, type(fault).__name__)
            await asyncio.sleep(_AFTER_A_FAULT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await woken.wait()
