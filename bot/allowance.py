"""Rate limits: one token bucket for each person or address, in memory, bounded in number."""

import time
from collections import OrderedDict
from collections.abc import Callable

_REMEMBERED = 20_000


class Allowance:
    """So many messages at once, and so many more each minute."""

    def __init__(self, *, per_minute: int = 30, burst: int = 15, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, who: str) -> bool:
        """Take one token; False when none is left."""
        now = self._clock()
        tokens, at = self._buckets.pop(who, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        self._buckets[who] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return tokens >= 1
