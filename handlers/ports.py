"""What flows need from outside their layer."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from handlers.domain import IncomingMessage, Reply

Handle = Callable[[IncomingMessage], Awaitable[Sequence[Reply]]]
"""What every channel is given."""

Flow = Callable[[IncomingMessage], Awaitable[list[Reply] | None]]
"""One conversation flow: replies, or None for "not mine"."""

Clock = Callable[[], datetime]
"""Returns an aware datetime."""
