"""Zalo Official Account: messages by OpenAPI v3, tokens renewed beside, windows and quotas of the platform kept."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import (
    Accept,
    Ambiguous,
    Block,
    Choice,
    InboundEvent,
    Limits,
    NotSent,
    Outcome,
    Part,
    Permanent,
    Sent,
    as_mapping,
    keep,
)
from bot.channels.rendering import split, units
from bot.channels.zalo_http import Answer, as_code, as_id, open_client, post
from bot.channels.zalo_oa_events import BUTTON, CHANNEL, GROUP, OaEvents
from bot.channels.zalo_oauth import OaTokens
from bot.rounds import every
from bot.storage.people import identities
from config.settings import Settings, secret_of
from config.texts import Texts
from handlers.planning import ZONE
from handlers.ports import Clock

log = logging.getLogger(__name__)
FREE_WINDOW = timedelta(hours=48)
WHOLE_WINDOW = timedelta(days=7)
_MARGIN = timedelta(minutes=10)
"""A window counts as closed a little early: our moment of the last message is later than the platform's."""
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
    """One account. `events` is its webhook; it stays open while the tokens are refused, so that nothing is lost."""

    name = CHANNEL
    limits = Limits(text_units=_TEXT, buttons=_BUTTONS, folds_quotes=False, per_second=18.0)

    def __init__(self, *, settings: Settings, engine: Engine, texts: Texts, clock: Clock) -> None:
        self._engine = engine
        self._texts = texts
        self._clock = clock
        self._client = open_client()
        self._settings = settings
        self._openapi = settings.zalo_openapi_url.rstrip("/")
        self._tokens = OaTokens(settings, engine=engine, client=self._client, clock=clock)
        self.events = OaEvents(
            app_id=settings.zalo_oa_app_id or "",
            oa_id=settings.zalo_oa_id or None,
            secret=secret_of(settings.zalo_oa_webhook_secret),
            clock=clock,
            called=texts.say("zalo.called"),
        )
        self._task: asyncio.Task[None] | None = None
        self._used_up: OrderedDict[str, datetime] = OrderedDict()

    @property
    def problem(self) -> str | None:
        """Why the account cannot send: a person has to authorise it (again)."""
        return self._texts.say("zalo.reauthorise") if self._tokens.is_stopped else None

    async def start(self, _accept: Accept) -> None:
        """Say what is missing and begin to look after the tokens; events come through the webhook."""
        missing = [name.upper() for name in _NEEDED if not getattr(self._settings, name)]
        if missing:
            log.error("%s", self._texts.say("zalo.missing", names=", ".join(missing)))
        await self._tokens.access()
        if self.problem:
            log.error("%s", self.problem)
        self._task = asyncio.create_task(every(_TICK_S, self._tokens.keep_fresh, "looking after the Zalo tokens"))

    async def stop(self) -> None:
        """Let a renewal end. The client holds no connection, and what is still on its way needs it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._tokens.close()

    def chat_interval(self, chat: str) -> float:
        """Zalo names no pace for one chat; a short gap keeps the parts of an answer in order."""
        return 1.0 if chat.startswith(GROUP) else 0.3

    async def send(self, chat: str, part: Part) -> Outcome:
        """Try once, as the platform allows it."""
        outcome = await self._push(chat, part) if part.is_push else await self._say(chat, part)
        if isinstance(outcome, Sent):
            self.events.sent(outcome.provider_id)
        if isinstance(outcome, NotSent) and outcome.held_by == "quota" and not part.is_push:
            # The next question brings a new quota; an answer that waited for tomorrow would hold its answer up.
            return Permanent(reason=outcome.reason, alarm=outcome.alarm)
        return outcome

    async def acknowledge(self, event: InboundEvent) -> None:
        """Zalo shows no typing for accounts."""

    async def wipe(self, event: InboundEvent) -> None:
        """Zalo lets nobody delete for a person; the desk's reply says how to do it by hand."""

    async def _push(self, chat: str, part: Part) -> Outcome:
        """Send a reminder as the platform allows it: inside the window, else by the approved template."""
        now = self._clock()
        try:
            last = await asyncio.to_thread(self._last_interaction, chat)
        except SQLAlchemyError:
            return NotSent(reason="store away")
        window = WHOLE_WINDOW if self._settings.zalo_oa_paid_sends else FREE_WINDOW
        is_free = self._settings.zalo_oa_paid_sends or last is None or self._used_up.get(chat, last) <= last
        if last is not None and is_free and now - last < window - _MARGIN:
            outcome = await self._say(chat, part)
            if outcome != Permanent(reason=_OUTSIDE):
                return outcome
        if not self._settings.zalo_oa_template_id:
            return Permanent(reason=_OUTSIDE)
        business = self._settings.zalo_business_url.rstrip("/")
        return await self._post(f"{business}/message/template", self._template(chat, part))

    async def _say(self, chat: str, part: Part) -> Outcome:
        if chat.startswith(GROUP):
            text = self._with_choices(part)
            payload = {"recipient": {"group_id": chat.removeprefix(GROUP)}, "message": {"text": text}}
            return await self._post(f"{self._openapi}/v3.0/oa/group/message", payload)
        shapes: list[dict[str, Any]] = [{}]
        if part.choices:
            kind = {"template_type": "button"} if self._settings.zalo_oa_button_template_type else {}
            buttons = [_button(choice) for choice in part.choices[:_BUTTONS]]
            shapes.insert(0, {"attachment": {"type": "template", "payload": {**kind, "buttons": buttons}}})
        for shape in shapes:
            # The words of a card matter more than buttons in doubt, and Zalo can be brought to ask for it again.
            payload = {"recipient": {"user_id": chat}, "message": {"text": part.text, **shape}}
            outcome = await self._post(f"{self._openapi}/v3.0/oa/message/cs", payload)
            if not (part.sensitive and _is_puzzling(outcome)):
                return outcome
        return NotSent(reason="card refused")

    async def _post(self, url: str, payload: Mapping[str, Any]) -> Outcome:
        """Call once; a stale token certainly did nothing, so it is renewed once and the call repeated."""
        end = time.monotonic() + self._settings.send_timeout_s
        token = await self._tokens.access()
        for is_last in (False, True):
            if token is None:
                break
            headers = {"access_token": token}
            if self._settings.zalo_oa_appsecret_proof and (secret := secret_of(self._settings.zalo_oa_app_secret)):
                proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256)
                headers["appsecret_proof"] = proof.hexdigest()
            seconds = max(1.0, end - time.monotonic())
            answer = await post(self._client, url, json=payload, headers=headers, seconds=seconds)
            if not isinstance(answer, Answer):
                return answer
            code = as_code(answer.body.get("error"))
            if answer.status != 401 and code not in _STALE_TOKEN:
                if code == 0:
                    self._note_quota(as_mapping(payload.get("recipient")), as_mapping(answer.body.get("data")))
                return self._outcome(answer, code)
            if is_last:
                return NotSent(reason="access token refused", retry_after=300.0, alarm=True)
            token = await self._tokens.renew(token, patience_s=max(0.5, min(5.0, end - time.monotonic())))
        if self._tokens.is_stopped:
            return NotSent(reason="authorisation needed", retry_after=_TICK_S, alarm=True)
        return NotSent(reason="tokens are being renewed", retry_after=10.0)

    def _outcome(self, answer: Answer, code: int | None) -> Outcome:
        """Return what an answer says: only `error` 0 is success, whatever the status."""
        if code is None or (code == 0 and answer.status >= 400):
            return Ambiguous(reason=f"http {answer.status} without result")
        if code == 0:
            told = as_mapping(answer.body.get("data"))
            return Sent(provider_id=as_id(told.get("message_id")) or as_id(told.get("msg_id")) or "")
        log.warning("Zalo refused a message: error %d", code)
        reason = f"error {code}"
        if code == -200:
            return Ambiguous(reason=reason)
        if code == -32:
            return NotSent(reason=reason, retry_after=60.0)
        if code in _HELD:
            wait = _seconds_until_six(self._clock())
            return NotSent(reason=reason, retry_after=wait, held_by=_HELD[code], alarm=code == -211)
        if code in _WINDOW_CLOSED:
            return Permanent(reason=_OUTSIDE)
        return Permanent(reason=reason, unreachable=code in _UNREACHABLE, alarm=code in _ALARMING)

    def _note_quota(self, recipient: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        """Remember whose free replies are used up: they get no push over this channel until they write again."""
        chat, remain = as_id(recipient.get("user_id")), as_code(as_mapping(told.get("quota")).get("remain"))
        if chat is not None and remain is not None and remain <= 0:
            keep(self._used_up, chat, self._clock())

    def _template(self, chat: str, part: Part) -> Mapping[str, Any]:
        """Return the approved template filled in; words that do not fit say that there are more."""
        words = " · ".join(line.strip() for line in part.text.splitlines() if line.strip())
        more = self._texts.say("zalo.template_more")
        if units(words) > _TEMPLATE_TEXT:
            words = split([Block(text=words)], _TEMPLATE_TEXT - units(more))[0][0].text + more
        day = f"{part.last_day:%d/%m/%Y}" if part.last_day else self._texts.say("zalo.template_no_day")
        mark = hashlib.sha256(f"{part.key}".encode()).hexdigest()[:16]
        return {
            "user_id": chat,
            "template_id": self._settings.zalo_oa_template_id,
            "template_data": {"ten_viec": words, "han": day},
            "tracking_id": f"{part.reference or 'tin'}-{mark}",
        }

    def _with_choices(self, part: Part) -> str:
        """Return the words for a group, where buttons are not documented: its choices are numbered."""
        lines = [f"{number}. {choice.label}" for number, choice in enumerate(part.choices, 1)]
        text = "\n".join([part.text, "", self._texts.say("channels.choose"), *lines])
        return text if lines and units(text) <= _TEXT else part.text

    def _last_interaction(self, chat: str) -> datetime | None:
        mine = (identities.c.channel == self.name, identities.c.channel_user_id == chat)
        with self._engine.connect() as connection:
            moment: datetime | None = connection.scalar(select(identities.c.last_interaction_at).where(*mine))
        return moment


def _is_puzzling(outcome: Outcome) -> bool:
    """Whether Zalo refused a message for a reason that lies neither in the person, the account nor the window."""
    return isinstance(outcome, Permanent) and not (outcome.unreachable or outcome.alarm or outcome.reason == _OUTSIDE)


def _button(choice: Choice) -> dict[str, str]:
    title = choice.label if units(choice.label) <= _TITLE else choice.label[: _TITLE // 2 - 1].rstrip() + "…"
    return {"title": title or "…", "type": "oa.query.hide", "payload": f"{BUTTON}{choice.data}"[:_PAYLOAD]}


def _seconds_until_six(now: datetime) -> float:
    """Return the seconds to the next six o'clock in the morning."""
    local = now.astimezone(ZONE)
    six = local.replace(hour=6, minute=0, second=0, microsecond=0)
    return ((six if six > local else six + timedelta(days=1)) - local).total_seconds()
