"""The Official Account's tokens: a refresh token works once, so one worker alone renews, and saves before first use."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Ambiguous, NotSent
from bot.channels.zalo_http import Answer, as_code, post
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
"""Longer than a request may take: a lock that ends under a request burns the pair."""
_BUSY = -32
_LOST = "refresh answer lost"


class OaTokens:
    """Keeps one pair. A refresh answer that is lost or refused raises an alarm and ends the trying, not the channel."""

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
        """Whether only a person can make it work again: no pair, or one that Zalo refused to renew."""

    async def access(self) -> str | None:
        """Return the token to use, from memory: a card must go out while the database is away. None: there is none."""
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
        """Return another token than `stale`, renewing once for everybody who asks; None when there is none in time."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(stale))
        try:
            # Shielded: a caller that gives up must not cut off the one answer that holds the next pair.
            async with asyncio.timeout(patience_s):
                pair = await asyncio.shield(self._renewing)
        except TimeoutError:
            return None
        return pair.access if pair is not None and pair.access != stale else None

    async def close(self) -> None:
        """Wait for a renewal under way: its answer is the only copy of the next pair."""
        if self._renewing is not None:
            await asyncio.wait([self._renewing], timeout=_REQUEST_S)

    async def _renew(self, stale: str) -> TokenPair | None:
        end = time.monotonic() + _LOCK_S
        try:
            while time.monotonic() < end:
                pair, is_mine = await asyncio.to_thread(self._take_turn, stale)
                if pair is None or pair.access != stale:
                    return pair and self._use(pair)
                if is_mine:
                    return await self._exchange(pair)
                await asyncio.sleep(0.4)
        except (SQLAlchemyError, OSError) as fault:
            log.warning("renewing the Zalo tokens waits for the database: %s", type(fault).__name__)
        return None

    async def _exchange(self, pair: TokenPair) -> TokenPair | None:
        """Use the refresh token up, and save what it brought before anybody sees it."""
        fields = {"refresh_token": pair.refresh, "app_id": self._app_id, "grant_type": "refresh_token"}
        headers = {"secret_key": self._app_secret}
        answer = await post(self._client, self._url, form=fields, headers=headers, seconds=_REQUEST_S)
        renewed = _pair_of(answer, self._clock())
        if renewed is not None:
            await self._persist(lambda connection: self._save(connection, renewed))
            log.info("the Zalo tokens were renewed")
            return self._use(renewed)
        if isinstance(answer, NotSent) or (isinstance(answer, Answer) and as_code(answer.body.get("error")) == _BUSY):
            log.warning("the Zalo tokens could not be renewed yet")
            await self._persist(lambda connection: release_lock(connection, _LOCK, self._owner))
            return None
        reason = _LOST if isinstance(answer, Ambiguous) else "refresh refused"
        log.error("Zalo: %s; a person has to authorise the account again", reason)
        await self._persist(lambda connection: self._give_up(connection, reason))
        return None

    async def _persist(self, operation: Callable[[Connection], None]) -> None:
        """Write down what happened, for as long as it takes the database to be there: it cannot be asked again."""

        def write() -> None:
            with self._engine.begin() as connection:
                operation(connection)

        while True:
            try:
                await asyncio.to_thread(write)
                return
            except SQLAlchemyError as fault:
                log.warning("the Zalo tokens wait for the database: %s", type(fault).__name__)
                await asyncio.sleep(1)

    def _load(self) -> TokenPair | None:
        """Return the pair to begin with: the stored one, unless the settings hold a new one, or no secret."""
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

    def _use(self, pair: TokenPair) -> TokenPair:
        self._pair = pair
        self.is_stopped = False
        return pair

    def _take_turn(self, stale: str) -> tuple[TokenPair | None, bool]:
        """Return the pair there is, none where it is used up, and whether this worker may renew it."""
        with self._engine.begin() as connection:
            is_mine = take_lock(connection, _LOCK, self._owner, _LOCK_S)
            pair = self._vault.load(connection, NAME)
            if pair is None:
                self.is_stopped = True
            elif pair.access == stale and self._is_used_up(connection):
                pair = None
            if is_mine and (pair is None or pair.access != stale):
                release_lock(connection, _LOCK, self._owner)
            return pair, is_mine

    def _is_used_up(self, connection: Connection) -> bool:
        """Whether the alarm forbids to renew; a pair whose answer was lost may be tried once more, a while later."""
        raised = [one for one in open_alarms(connection) if (one.code, one.channel) == (ALARM, NAME)]
        self.is_stopped = any(one.times > 1 or one.reason != _LOST for one in raised)
        return self.is_stopped or any(self._clock() < one.last_at + _SECOND_TRY for one in raised)

    def _save(self, connection: Connection, pair: TokenPair) -> None:
        self._vault.save(connection, NAME, pair)
        clear_alarm(connection, ALARM, NAME)
        release_lock(connection, _LOCK, self._owner)

    def _give_up(self, connection: Connection, reason: str) -> None:
        raise_alarm(connection, ALARM, NAME, reason, self._clock())
        self._is_used_up(connection)
        release_lock(connection, _LOCK, self._owner)


def _pair_of(answer: Answer | NotSent | Ambiguous, now: datetime) -> TokenPair | None:
    """Return the pair an answer brings: only two tokens that are words count, whatever else it says."""
    if not isinstance(answer, Answer):
        return None
    access, refresh = (answer.body.get(name) for name in ("access_token", "refresh_token"))
    if not (isinstance(access, str) and isinstance(refresh, str) and access.strip() and refresh.strip()):
        return None
    seconds = as_code(answer.body.get("expires_in")) or 0
    return _new_pair(access, refresh, timedelta(seconds=seconds) if 0 < seconds < 10**8 else LIFETIME, now)


def _new_pair(access: str, refresh: str, lifetime: timedelta, now: datetime) -> TokenPair:
    return TokenPair(access=access, refresh=refresh, expires_at=now + lifetime, saved_at=now)
