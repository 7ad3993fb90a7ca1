"""The Official Account's tokens. A refresh token works once: one worker renews, and saves before first use."""

import asyncio
import logging
import secrets
import time
from datetime import datetime, timedelta

import httpx
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Ambiguous, NotSent
from bot.channels.zalo_http import Answer, as_number, post
from bot.storage.counters import clear_alarm, open_alarms, raise_alarm, release_lock, take_lock
from bot.storage.tokens import TokenPair, TokenVault
from config.settings import Settings, secret_of
from handlers.ports import Clock

log = logging.getLogger(__name__)
NAME = "zalo_oa"
ALARM = "reauthorise"
_FIRST, _LOCK = f"{NAME}.first", f"{NAME}.refresh"
LIFETIME = timedelta(hours=25)
RENEW_BEFORE = timedelta(hours=6)
_SECOND_TRY = timedelta(minutes=10)
_REQUEST_S = 30.0
_LOCK_S = 90.0
"""Longer than a request: a lock that ends during one lets a second worker use the same refresh token."""
_BUSY = -32
_LOST = "refresh answer lost"


class OaTokens:
    """Keeps one pair. A lost or refused refresh raises an alarm and is not repeated; the channel goes on."""

    def __init__(self, settings: Settings, *, engine: Engine, client: httpx.AsyncClient, clock: Clock) -> None:
        """The pair of the settings replaces the stored one only when its refresh token is another."""
        access, refresh = secret_of(settings.zalo_oa_access_token), secret_of(settings.zalo_oa_refresh_token)
        self._app_secret = secret_of(settings.zalo_oa_app_secret)
        self._engine = engine
        self._vault = TokenVault(self._app_secret)
        self._url = f"{settings.zalo_oauth_url.rstrip('/')}/v4/oa/access_token"
        self._app_id = settings.zalo_oa_app_id or ""
        self._client = client
        self._clock = clock
        self._first = _new_pair(access, refresh, LIFETIME, clock()) if access and refresh else None
        self._owner = secrets.token_hex(8)
        self._pair: TokenPair | None = None
        self._renewing: asyncio.Task[TokenPair | None] | None = None
        self.is_stopped = False
        """Whether the account must be authorised again: there is no pair, or Zalo refused to renew it."""

    async def access(self) -> str | None:
        """Return the access token, from memory, as cards must be sent while the database is away; None without one."""
        if self._pair is None:
            try:
                self._pair = await asyncio.to_thread(self._load)
            except (SQLAlchemyError, OSError) as fault:
                log.warning("the tokens of Zalo could not be read: %s", type(fault).__name__)
                return self._first.access if self._first else None
            self.is_stopped = self._pair is None
        return self._pair.access if self._pair else None

    async def keep_fresh(self) -> None:
        """Renew the pair when less than six hours are left, or a quarter of a shorter life."""
        await self.access()
        if (pair := self._pair) is not None:
            spare = min(RENEW_BEFORE, (pair.expires_at - pair.saved_at) / 4)
            if pair.expires_at - self._clock() < spare:
                await self.renew(pair.access, patience_s=_LOCK_S)

    async def renew(self, stale: str, *, patience_s: float) -> str | None:
        """Return a newer token than `stale`, renewed once for all callers; None if there is none in time."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(stale))
        try:
            # Shielded: a caller's timeout must not cancel the request whose answer holds the next pair.
            async with asyncio.timeout(patience_s):
                pair = await asyncio.shield(self._renewing)
        except TimeoutError:
            return None
        return pair.access if pair is not None and pair.access != stale else None

    async def close(self) -> None:
        """Wait for a running renewal: its answer is the only copy of the next pair."""
        if self._renewing is not None:
            await asyncio.wait([self._renewing], timeout=_REQUEST_S)

    async def _renew(self, stale: str) -> TokenPair | None:
        end = time.monotonic() + _LOCK_S
        try:
            while time.monotonic() < end:
                pair, may_renew = await asyncio.to_thread(self._take_turn, stale)
                if pair is not None and may_renew:
                    pair = await self._exchange(pair)
                elif pair is not None and pair.access == stale:
                    await asyncio.sleep(0.4)
                    continue
                if pair is not None:
                    self._pair, self.is_stopped = pair, False
                return pair
        except (SQLAlchemyError, OSError) as fault:
            log.warning("renewing the Zalo tokens waits for the database: %s", type(fault).__name__)
        return None

    async def _exchange(self, pair: TokenPair) -> TokenPair | None:
        """Use the refresh token and save the outcome, retrying until the database is there."""
        fields = {"refresh_token": pair.refresh, "app_id": self._app_id, "grant_type": "refresh_token"}
        headers = {"secret_key": self._app_secret}
        answer = await post(self._client, self._url, form=fields, headers=headers, seconds=_REQUEST_S)
        while True:
            try:
                return await asyncio.to_thread(self._settle, answer)
            except SQLAlchemyError as fault:
                log.warning("the Zalo tokens wait for the database: %s", type(fault).__name__)
                await asyncio.sleep(1)

    def _settle(self, answer: Answer | NotSent | Ambiguous) -> TokenPair | None:
        """Save the new pair of an answer, or raise the alarm, and release the lock."""
        renewed, now = _pair_of(answer, self._clock()), self._clock()
        is_busy = isinstance(answer, Answer) and as_number(answer.body.get("error")) == _BUSY
        with self._engine.begin() as connection:
            release_lock(connection, _LOCK, self._owner)
            if renewed is not None:
                self._vault.save(connection, NAME, renewed)
                clear_alarm(connection, ALARM, NAME)
                log.info("the Zalo tokens were renewed")
            elif not isinstance(answer, NotSent) and not is_busy:
                reason = _LOST if isinstance(answer, Ambiguous) else "refresh refused"
                raise_alarm(connection, ALARM, NAME, reason, now)
                self._is_used_up(connection)
                log.error("Zalo: %s; a person has to authorise the account again", reason)
        return renewed

    def _load(self) -> TokenPair | None:
        """Return the first pair to use: the stored one, unless the settings hold a new one or no app secret."""
        pair = self._first
        if not self._app_secret:
            return pair
        with self._engine.begin() as connection:
            stored, seen = (self._vault.load(connection, name) for name in (NAME, _FIRST))
            if pair is None or (stored is not None and seen is not None and seen.refresh == pair.refresh):
                return stored
            for name in (NAME, _FIRST):
                self._vault.save(connection, name, pair)
            clear_alarm(connection, ALARM, NAME)
            return pair

    def _take_turn(self, stale: str) -> tuple[TokenPair | None, bool]:
        """Return the current pair, None if it is used up, and whether this worker may renew it."""
        with self._engine.begin() as connection:
            is_mine = take_lock(connection, _LOCK, self._owner, _LOCK_S)
            pair = self._vault.load(connection, NAME)
            if pair is None:
                self.is_stopped = True
            elif pair.access == stale and self._is_used_up(connection):
                pair = None
            may_renew = is_mine and pair is not None and pair.access == stale
            if is_mine and not may_renew:
                release_lock(connection, _LOCK, self._owner)
            return pair, may_renew

    def _is_used_up(self, connection: Connection) -> bool:
        """Whether the alarm forbids a renewal; after a lost answer one more try is allowed, ten minutes later."""
        raised = [one for one in open_alarms(connection) if (one.code, one.channel) == (ALARM, NAME)]
        self.is_stopped = any(one.times > 1 or one.reason != _LOST for one in raised)
        return self.is_stopped or any(self._clock() < one.last_at + _SECOND_TRY for one in raised)


def _pair_of(answer: Answer | NotSent | Ambiguous, now: datetime) -> TokenPair | None:
    """Return the pair of an answer, None unless both tokens are non-empty strings."""
    if not isinstance(answer, Answer):
        return None
    access, refresh = (answer.body.get(name) for name in ("access_token", "refresh_token"))
    if not (isinstance(access, str) and isinstance(refresh, str) and access.strip() and refresh.strip()):
        return None
    seconds = as_number(answer.body.get("expires_in")) or 0
    return _new_pair(access, refresh, timedelta(seconds=seconds) if 0 < seconds < 10**8 else LIFETIME, now)


def _new_pair(access: str, refresh: str, lifetime: timedelta, now: datetime) -> TokenPair:
    return TokenPair(access=access, refresh=refresh, expires_at=now + lifetime, saved_at=now)
