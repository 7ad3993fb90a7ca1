"""Base class of channels that poll or register a webhook: secret check, retries, one log line when switched off."""

import asyncio
import hashlib
import hmac
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from bot.channels.base import Accept
from bot.channels.zalo_http import is_safe
from config.settings import Settings, secret_of
from config.texts import Texts
from handlers.ports import Clock

log = logging.getLogger(__name__)
_REFUSED_S = 300.0
"""Seconds until a refused token is tried again: the platform may have been at fault."""


class TokenRefused(Exception):
    """The platform refuses the token; an admin must replace it."""


class Refused(Exception):
    """The platform refused a call or did not answer; the text may be logged."""


class Listener(ABC):
    """A refused token or an unusable secret switches the channel off; network faults only delay it."""

    path: str
    title: str
    token_setting: str
    secret_header: str
    secret_shape: re.Pattern[str]
    name: str
    """Also the prefix of its settings."""
    latest_retry = 0

    def __init__(
        self, settings: Settings, *, texts: Texts, clock: Clock, may_poll: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        """With a secret but no public address the webhook is registered by hand; `may_poll` lets one process poll."""
        self._texts = texts
        self._clock = clock
        self._may_poll = may_poll
        self._public_url = settings.public_url
        self._timeout_s = settings.send_timeout_s
        token = secret_of(getattr(settings, self.token_setting.lower()))
        self.is_called = getattr(settings, f"{self.name}_mode") == "webhook"
        """Whether the platform calls the webhook; otherwise we poll."""
        given = secret_of(getattr(settings, f"{self.name}_webhook_secret"))
        self._has_secret = bool(given)
        self._secret = given or hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()
        self._open(token, getattr(settings, f"{self.name}_api_url").rstrip("/"))
        self._task: asyncio.Task[None] | None = None
        self._background = set[asyncio.Task[None]]()
        self._handing_over = asyncio.Lock()
        self.problem: str | None = None
        if self.is_called and not self.secret_shape.fullmatch(self._secret):
            self._switch_off("channels.bad_secret")

    async def start(self, accept: Accept) -> None:
        """Begin to poll, or register the webhook, in the background."""
        if self.problem is None:
            self._task = asyncio.create_task(self._run(accept))

    async def stop(self) -> None:
        """Hand over what was fetched, then stop."""
        if self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(5), self._handing_over:
                    self._task.cancel()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for task in self._background:
            task.cancel()

    def verify(self, headers: Mapping[str, str], _body: bytes) -> bool:
        """Whether a webhook request carries the secret, compared in constant time."""
        return hmac.compare_digest(headers.get(self.secret_header, "").encode(), self._secret.encode())

    @abstractmethod
    def _open(self, token: str, api_url: str) -> None:
        """Prepare the client."""

    @abstractmethod
    async def _introduce(self) -> None: ...

    @abstractmethod
    async def _set_webhook(self, url: str) -> None:
        """Register the webhook; an empty address removes it."""

    @abstractmethod
    async def _poll(self, accept: Accept) -> None:
        """Fetch once, and hand over while holding the lock."""

    def _wait_after(self, fault: Exception) -> float | None:
        """Return the seconds the platform asks to wait, if any; raise TokenRefused for a refused token."""
        return None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work in the background until `stop`."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _run(self, accept: Accept) -> None:
        while True:
            with suppress(TokenRefused):
                await self._listen(accept)
                return
            self._switch_off("channels.token_refused")
            await asyncio.sleep(_REFUSED_S)

    async def _listen(self, accept: Accept) -> None:
        url = f"{(self._public_url or '').rstrip('/')}{self.path}"
        await self._patiently(self._introduce)
        self.problem = None
        if not self.is_called:
            await self._patiently(lambda: self._set_webhook(""))
        elif is_safe(url):
            await self._patiently(lambda: self._set_webhook(url))
        elif self._public_url is not None or not self._has_secret:
            log.error("%s", self._say("channels.needs_https"))
        while not self.is_called:
            await self._patiently(lambda: self._poll_in_turn(accept))

    async def _poll_in_turn(self, accept: Accept) -> None:
        is_ours = self._may_poll is None or await self._may_poll()
        await (self._poll(accept) if is_ours else asyncio.sleep(5))

    async def _patiently(self, step: Callable[[], Awaitable[object]]) -> None:
        """Repeat a step until it succeeds; a fault is logged when it changes."""
        wait_s, told = 0.25, ""
        while True:
            try:
                await step()
                return
            except TokenRefused:
                raise
            except Exception as fault:
                # The channel boundary: an unforeseen update must not end the polling.
                asked = self._wait_after(fault)
                reason = str(fault) if isinstance(fault, Refused) else type(fault).__name__
                if reason != told:
                    log.warning("%s does not answer: %s", self.title, reason)
                told = reason
                wait_s = min(wait_s * 2, 10.0) if asked is None else asked
            await asyncio.sleep(wait_s)

    def _switch_off(self, key: str) -> None:
        said, self.problem = self.problem, self._say(key)
        if self.problem != said:
            log.error("%s", self.problem)

    def _say(self, key: str) -> str:
        return self._texts.say(key, channel=self.title, setting=self.name.upper(), token=self.token_setting)
