"""Work in rounds: what goes on as long as the program runs, whatever fails once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def every(seconds: float, step: Callable[[], Awaitable[object]], what: str) -> None:
    """Do a step again and again until cancelled; a fault is logged and the next round tries again."""
    while True:
        try:
            await step()
        except Exception as fault:
            # The loop of a worker: a database or platform that is away for a while must not end it.
            log.error("%s failed: %s", what, type(fault).__name__)
        await asyncio.sleep(seconds)
