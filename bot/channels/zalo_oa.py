"""Zalo Official Account: messages by OpenAPI v3 within the platform's windows and quotas."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from bot.channels import base
from bot.channels.rendering import split, units
from bot.channels.zalo_http import Answer, as_id, as_number, open_client, post
from bot.channels.zalo_oa_events import BUTTON, CHANNEL, GROUP, OaEvents
from bot.channels.zalo_oauth import OaTokens
from bot.rounds import every
from bot.storage.people import identities
from config.settings import Settings, secret_of
from config.texts import Texts
from handlers.domain import Button
from handlers.planning import ZONE
from handlers.ports import Clock

log = logging.getLogger(__name__)
FREE_WINDOW = timedelta(hours=48)
WHOLE_WINDOW = timedelta(days=7)
_MARGIN = timedelta(minutes=10)
"""Subtracted from a window: our time of the last message is later than the platform's."""
_TEXT, _BUTTONS, _TITLE, _PAYLOAD, _TEMPLATE_TEXT = 2000, 5, 100, 1000, 400
_STALE_TOKEN = frozenset({-216, -220, -124})
_HELD: Mapping[int, Literal["quota", "night"]] = {-211: "quota", -218: "quota", -234: "night"}
_UNREACHABLE = frozenset({-213, -227, -244, -217})
_WINDOW_CLOSED = frozenset({-230, -232})
_ALARMING = frozenset({-204, -205, -209, -212, -219, -221, -223, -224, -235, -240, -242, -320, -321, -137})
_OUTSIDE = "window"
_NEEDED = ("zalo_oa_id", "zalo_oa_app_id", "zalo_oa_app_secret", "zalo_oa_webhook_secret")
_TICK_S = 60.0


class ZaloOaChannel:
    """One account. `events` is its webhook, open even while the tokens are refused, so that nothing is lost."""

    name = CHANNEL
    limits = base.Limits(text_units=_TEXT, buttons=_BUTTONS, folds_quotes=False, per_second=18.0, chat_s=0.3)

    def __init__(self, settings: Settings, *, engine: Engine, texts: Texts, clock: Clock) -> None:
        self._engine = engine
        self._texts = texts
        self._clock = clock
        self._client = open_client()
        self._settings = settings
        self._tokens = OaTokens(settings, engine=engine, client=self._client, clock=clock)
        self.events = OaEvents(settings, clock)
        self._task: asyncio.Task[None] | None = None
        self._used_up: OrderedDict[str, datetime] = OrderedDict()

    @property
    def problem(self) -> str | None:
        """Why the account cannot send: it must be authorised (again)."""
        return self._texts.say("zalo.reauthorise") if self._tokens.is_stopped else None

    async def start(self, _accept: base.Accept) -> None:
        """Log missing settings and keep the tokens fresh from now on; events come through the webhook."""
        missing = [name.upper() for name in _NEEDED if not getattr(self._settings, name)]
        if missing:
            log.error("%s", self._texts.say("zalo.missing", names=", ".join(missing)))
        await self._tokens.access()
        if self.problem:
            log.error("%s", self.problem)
        self._task = asyncio.create_task(every(_TICK_S, self._tokens.keep_fresh, "looking after the Zalo tokens"))

    async def stop(self) -> None:
        """Wait for a running token renewal. The client stays open, without connections, for sends under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._tokens.close()

    async def send(self, chat: str, part: base.Part) -> base.Outcome:
        """Send once, as the platform allows it."""
        outcome = await self._push(chat, part) if part.is_push else await self._say(chat, part)
        if isinstance(outcome, base.Sent):
            self.events.sent(outcome.provider_id)
        if isinstance(outcome, base.NotSent) and outcome.held_by == "quota" and not part.is_push:
            # The next question brings a new quota; an answer waiting until tomorrow would block its answer.
            return base.Permanent(reason=outcome.reason, alarm=outcome.alarm)
        return outcome

    async def acknowledge(self, event: base.InboundEvent) -> None:
        """Accounts cannot show typing."""

    async def wipe(self, event: base.InboundEvent) -> None:
        """Zalo has no deletion; the reply says how to do it by hand."""

    async def _push(self, chat: str, part: base.Part) -> base.Outcome:
        """Send a reminder as an ordinary message inside the free window, else by the approved template."""
        now = self._clock()
        try:
            last = await asyncio.to_thread(self._last_interaction, chat)
        except SQLAlchemyError:
            return base.NotSent(reason="store away")
        window = WHOLE_WINDOW if self._settings.zalo_oa_paid_sends else FREE_WINDOW
        is_free = self._settings.zalo_oa_paid_sends or last is None or self._used_up.get(chat, last) <= last
        if last is not None and is_free and now - last < window - _MARGIN:
            outcome = await self._say(chat, part)
            if outcome != base.Permanent(reason=_OUTSIDE):
                return outcome
        if not self._settings.zalo_oa_template_id:
            return base.Permanent(reason=_OUTSIDE)
        server = self._settings.zalo_business_url
        return await self._post(chat, server, "/message/template", self._template(chat, part))

    async def _say(self, chat: str, part: base.Part) -> base.Outcome:
        server, message = self._settings.zalo_openapi_url, dict[str, Any](text=part.text)
        if chat.startswith(GROUP):
            # Buttons are not documented for groups, so choices are numbered.
            lines = [f"{number}. {choice.label}" for number, choice in enumerate(part.choices, 1)]
            words = "\n".join([part.text, "", self._texts.say("channels.choose"), *lines])
            message["text"] = words if lines and units(words) <= _TEXT else part.text
            payload = {"recipient": {"group_id": chat.removeprefix(GROUP)}, "message": message}
            return await self._post(chat, server, "/v3.0/oa/group/message", payload)
        if part.choices:
            kind = {"template_type": "button"} if self._settings.zalo_oa_button_template_type else {}
            buttons = [_button(choice) for choice in part.choices[:_BUTTONS]]
            message["attachment"] = {"type": "template", "payload": {**kind, "buttons": buttons}}
        payload = {"recipient": {"user_id": chat}, "message": message}
        outcome = await self._post(chat, server, "/v3.0/oa/message/cs", payload)
        if not (part.sensitive and isinstance(outcome, base.Permanent)) or outcome.reason == _OUTSIDE:
            return outcome
        if outcome.unreachable or outcome.alarm:
            return outcome
        # A refused card is sent without its buttons, and else Zalo is asked to deliver the event again.
        return await self._say(chat, replace(part, choices=())) if part.choices else base.NotSent(reason="card refused")

    async def _post(self, chat: str, server: str, path: str, payload: Mapping[str, Any]) -> base.Outcome:
        """Call once; with a stale token nothing was sent, so it is renewed and the call repeated once."""
        end = time.monotonic() + self._settings.send_timeout_s
        token = await self._tokens.access()
        for is_last in (False, True):
            if token is None:
                break
            headers = {"access_token": token}
            if self._settings.zalo_oa_appsecret_proof and (secret := secret_of(self._settings.zalo_oa_app_secret)):
                proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256)
                headers["appsecret_proof"] = proof.hexdigest()
            url, seconds = f"{server.rstrip('/')}{path}", max(1.0, end - time.monotonic())
            answer = await post(self._client, url, json=payload, headers=headers, seconds=seconds)
            if not isinstance(answer, Answer):
                return answer
            code = as_number(answer.body.get("error"))
            if answer.status != 401 and code not in _STALE_TOKEN:
                return self._outcome(chat, answer, code)
            if is_last:
                return base.NotSent(reason="access token refused", retry_after=300.0, alarm=True)
            token = await self._tokens.renew(token, patience_s=max(0.5, min(5.0, end - time.monotonic())))
        if self._tokens.is_stopped:
            return base.NotSent(reason="authorisation needed", retry_after=_TICK_S, alarm=True)
        return base.NotSent(reason="tokens are being renewed", retry_after=10.0)

    def _outcome(self, chat: str, answer: Answer, code: int | None) -> base.Outcome:
        """Return the outcome of an answer: only `error` 0 is success, whatever the status."""
        if code is None or (code == 0 and answer.status >= 400):
            return base.Ambiguous(reason=f"http {answer.status} without result")
        if code == 0:
            told = base.as_mapping(answer.body.get("data"))
            remain = as_number(base.as_mapping(told.get("quota")).get("remain"))
            if remain is not None and remain <= 0:
                base.keep(self._used_up, chat, self._clock())
            return base.Sent(provider_id=as_id(told.get("message_id")) or as_id(told.get("msg_id")) or "")
        log.warning("Zalo refused a message: error %d", code)
        reason = f"error {code}"
        if code == -200:
            return base.Ambiguous(reason=reason)
        if code == -32:
            return base.NotSent(reason=reason, retry_after=60.0)
        if code in _HELD:
            now, day = self._clock().astimezone(ZONE), timedelta(days=1)
            since_six = (now - now.replace(hour=6, minute=0, second=0, microsecond=0)) % day
            wait_s = (day - since_six).total_seconds()
            return base.NotSent(reason=reason, retry_after=wait_s, held_by=_HELD[code], alarm=code == -211)
        if code in _WINDOW_CLOSED:
            return base.Permanent(reason=_OUTSIDE)
        return base.Permanent(reason=reason, unreachable=code in _UNREACHABLE, alarm=code in _ALARMING)

    def _template(self, chat: str, part: base.Part) -> Mapping[str, Any]:
        """Return the approved template filled in; a text too long for it ends by saying so."""
        words = " · ".join(line.strip() for line in part.text.splitlines() if line.strip())
        more = self._texts.say("zalo.template_more")
        if units(words) > _TEMPLATE_TEXT:
            words = split([base.Block(text=words)], _TEMPLATE_TEXT - units(more))[0][0].text + more
        day = f"{part.last_day:%d/%m/%Y}" if part.last_day else self._texts.say("zalo.template_no_day")
        mark = hashlib.sha256(f"{part.key}".encode()).hexdigest()[:16]
        return {
            "user_id": chat,
            "template_id": self._settings.zalo_oa_template_id,
            "template_data": {"ten_viec": words, "han": day},
            "tracking_id": f"{part.reference or 'tin'}-{mark}",
        }

    def _last_interaction(self, chat: str) -> datetime | None:
        mine = (identities.c.channel == self.name, identities.c.channel_user_id == chat)
        with self._engine.connect() as connection:
            moment: datetime | None = connection.scalar(select(identities.c.last_interaction_at).where(*mine))
        return moment


def _button(choice: Button) -> dict[str, str]:
    title = choice.label if units(choice.label) <= _TITLE else choice.label[: _TITLE // 2 - 1].rstrip() + "…"
    return {"title": title or "…", "type": "oa.query.hide", "payload": f"{BUTTON}{choice.action}"[:_PAYLOAD]}
