"""What channels share that fetch for themselves or set their webhook up: the secret, patience, one line when off."""

import asyncio
import hashlib
import hmac
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Literal

from bot.channels.base import Accept
from bot.channels.zalo_http import is_safe
from config.texts import Texts
from handlers.ports import Clock

log = logging.getLogger(__name__)
_REFUSED_S = 300.0
"""How long a channel whose token is refused stays off before the platform is asked again: it may have been at fault."""


class TokenRefused(Exception):
    """The platform does not know the token (any more): only a person can mend it."""


class Refused(Exception):
    """The platform refused a call, or gave no answer; says nothing that may not be logged."""


class Listener(ABC):
    """A refused token or an unusable secret switches it off with one line; a network that fails only delays it."""

    path: str
    title: str
    setting: str
    """How the names of its settings begin."""
    token_setting: str
    secret_header: str
    secret_shape: re.Pattern[str]
    name: str
    latest_retry = 0

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        texts: Texts,
        clock: Clock,
        mode: Literal["polling", "webhook"] = "polling",
        public_url: str | None = None,
        webhook_secret: str | None = None,
        may_poll: Callable[[], Awaitable[bool]] | None = None,
        send_timeout_s: float = 15.0,
    ) -> None:
        """With a `webhook_secret` and no `public_url` a webhook is set up by hand; `may_poll` lets one process poll."""
        self._texts = texts
        self._clock = clock
        self._mode = mode
        self._public_url = public_url
        self._may_poll = may_poll
        self._has_secret = bool(webhook_secret)
        self._secret = webhook_secret or hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()
        self._open(token, api_url.rstrip("/"), send_timeout_s)
        self._task: asyncio.Task[None] | None = None
        self._handing_over = asyncio.Lock()
        self.problem: str | None = None
        if self._mode == "webhook" and not self.secret_shape.fullmatch(self._secret):
            self._switch_off("channels.bad_secret")

    async def start(self, accept: Accept) -> None:
        """Begin to listen; returns at once, whatever the platform does."""
        if self.problem is None:
            self._task = asyncio.create_task(self._run(accept))

    async def stop(self) -> None:
        """Stop listening, after handing over what was fetched, and close the connections."""
        if self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(5), self._handing_over:
                    self._task.cancel()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close()

    def verify(self, headers: Mapping[str, str], _body: bytes) -> bool:
        """Whether a webhook request carries our secret, compared in constant time."""
        return hmac.compare_digest(headers.get(self.secret_header, "").encode(), self._secret.encode())

    @abstractmethod
    def _open(self, token: str, api_url: str, send_timeout_s: float) -> None:
        """Prepare the client."""

    @abstractmethod
    async def _introduce(self) -> None: ...

    @abstractmethod
    async def _set_webhook(self, url: str) -> None:
        """Tell the platform where to call; an empty address makes it stop."""

    @abstractmethod
    async def _poll(self, accept: Accept) -> None:
        """Fetch once and hand over, holding the lock meanwhile."""

    @abstractmethod
    async def _close(self) -> None: ...

    def _wait_after(self, fault: Exception) -> float | None:
        """Return how long the platform asks to wait, None when it does not say; TokenRefused ends the listening."""
        return None

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
        if self._mode == "polling":
            await self._patiently(lambda: self._set_webhook(""))
            while True:
                await self._patiently(lambda: self._poll_in_turn(accept))
        if is_safe(url):
            await self._patiently(lambda: self._set_webhook(url))
        elif self._public_url is not None or not self._has_secret:
            log.error("%s", self._say("channels.needs_https"))

    async def _poll_in_turn(self, accept: Accept) -> None:
        is_ours = self._may_poll is None or await self._may_poll()
        await (self._poll(accept) if is_ours else asyncio.sleep(5))

    async def _patiently(self, step: Callable[[], Awaitable[object]]) -> None:
        """Do one step, again and again while the platform or the network fails; each reason is told once."""
        wait_s, told = 0.25, ""
        while True:
            try:
                await step()
                return
            except TokenRefused:
                raise
            except Exception as fault:
                # The channel boundary: an update nobody foresaw must not end the listening.
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
        return self._texts.say(key, channel=self.title, setting=self.setting, token=self.token_setting)
