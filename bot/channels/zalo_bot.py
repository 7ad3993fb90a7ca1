"""Zalo Bot: messages one by one through getUpdates, or by webhook; no buttons, no acknowledgement, no deleting."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from bot.channels import base
from bot.channels.base import Accept, Ambiguous, InboundEvent, NotSent, Outcome, Permanent, Sent, as_mapping, clean
from bot.channels.listening import Listener, Refused, TokenRefused
from bot.channels.zalo_http import Answer, as_code, as_id, as_moment, open_client, post
from handlers.domain import Content, IncomingMessage
from knowledge.vietnamese import fold

log = logging.getLogger(__name__)
_POLL_S = 30
_CONTENT = {f"message.{kind}.received": Content.MEDIA for kind in ("image", "sticker", "voice", "link")}
_CONTENT |= {f"message.{kind}.received": Content.UNKNOWN for kind in ("text", "unsupported")}
_WAITS_S = tuple(0.2 * 2**times for times in range(12))
_ALONE_S, _IN_HAND, _FULL_S = 1.0, 32, 10.0
"""How long a message that cannot be taken keeps the next from being fetched: shared by all in hand, long when full."""


class ZaloBotChannel(Listener):
    """One bot."""

    name = "zalo_bot"
    path = "/zalo/bot/webhook"
    title, setting, token_setting = "Zalo Bot", "ZALO_BOT", "ZALO_BOT_TOKEN"
    secret_header = "x-bot-api-secret-token"
    secret_shape = re.compile(r".{8,256}", re.DOTALL)
    limits = base.Limits(text_units=2000, buttons=0, folds_quotes=False, per_second=5.0)

    def _open(self, token: str, api_url: str, send_timeout_s: float) -> None:
        self._base = f"{api_url}/bot{token}"
        self._timeout_s = send_timeout_s
        self._client = open_client()
        self._offered = set[asyncio.Task[None]]()
        self._names = {_letters(f"{kind}{self._texts.say('page.name')}") for kind in ("", "bot")}

    def parse(self, body: bytes) -> InboundEvent | None:
        """Return the event of a request, wrapped in `result` or flat; ValueError when it is no JSON."""
        told = as_mapping(json.loads(body))
        return self._read(as_mapping(told.get("result")) or told)

    def chat_interval(self, chat: str) -> float:
        """One message a second: the platform names no pace."""
        return 1.0

    async def send(self, chat: str, part: base.Part) -> Outcome:
        """Try once to send."""
        answer = await self._call("sendMessage", {"chat_id": chat, "text": part.text}, self._timeout_s)
        if not isinstance(answer, Answer):
            return answer
        if answer.body.get("ok") is True and answer.status < 400:
            return Sent(provider_id=as_id(as_mapping(answer.body.get("result")).get("message_id")) or "")
        return self._refusal(answer)

    async def acknowledge(self, event: InboundEvent) -> None:
        """Show that we are writing."""
        await self._call("sendChatAction", {"chat_id": event.message.chat, "action": "typing"}, 1.0)

    async def wipe(self, event: InboundEvent) -> None:
        """Zalo lets nobody delete for a person; the desk's reply says how to do it by hand."""

    def _refusal(self, answer: Answer) -> Outcome:
        code = _error_code(answer)
        if code is None:
            return Ambiguous(reason=f"http {answer.status} without result")
        log.warning("the Zalo bot was refused a message: error %d", code)
        reason = f"error {code}"
        if code == 401:
            return NotSent(reason="token refused", retry_after=300.0, alarm=True)
        if code == 429:
            return NotSent(reason=reason, retry_after=30.0)
        if code in (403, 408) or code >= 500:
            # 403 is documented as a fault of the server, not as a refusal.
            return Ambiguous(reason=reason)
        described = clean(answer.body.get("description")).lower()
        gone = code == 404 or "not found" in described
        return Permanent(reason=reason, unreachable=gone and ("chat" in described or "user" in described))

    async def _introduce(self) -> None:
        me = as_mapping(await self._ask("getMe", {}))
        self._names |= {_letters(clean(me.get(key))) for key in ("account_name", "display_name")} - {""}

    async def _set_webhook(self, url: str) -> None:
        given = {"url": url, "secret_token": self._secret} if url else {}
        await self._ask("setWebhook" if url else "deleteWebhook", given)

    async def _poll(self, accept: Accept) -> None:
        """Fetch and hand over the next update; an answer without any is not asked for again at once."""
        try:
            told = await self._ask("getUpdates", {"timeout": str(_POLL_S)}, _POLL_S + 10.0)
        except Refused:
            # Nothing can be fetched while a webhook is set, and somebody may have set one meanwhile.
            await self._set_webhook("")
            raise
        read = [self._read(as_mapping(update)) for update in (told if isinstance(told, list) else [told])]
        async with self._handing_over:
            for event in filter(None, read):
                offered = asyncio.create_task(self._hand_over(event, accept))
                self._offered.add(offered)
                offered.add_done_callback(self._offered.discard)
                in_hand = len(self._offered)
                await asyncio.wait([offered], timeout=_ALONE_S / in_hand if in_hand <= _IN_HAND else _FULL_S)
        if not any(read):
            await asyncio.sleep(0.2)

    async def _close(self) -> None:
        """Offer nothing more. The client stays, as it keeps no connection: what is on its way still goes out."""
        for offered in self._offered:
            offered.cancel()

    async def _hand_over(self, event: InboundEvent, accept: Accept) -> None:
        """Offer an event until it is taken: there is no offset to fetch it by again."""
        for wait_s in _WAITS_S:
            try:
                if await accept(event) is base.Receipt.TAKEN:
                    return
            except Exception as fault:
                # The channel boundary: a store that fails must not end the listening.
                log.error("an event could not be taken: %s", type(fault).__name__)
            await asyncio.sleep(wait_s)
        log.error("an event of the Zalo bot was given up after %d seconds", sum(_WAITS_S))

    async def _ask(self, method: str, fields: Mapping[str, Any], seconds: float = 10.0) -> object:
        """Return what the platform answers; raises when it does not, or refuses."""
        answer = await self._call(method, fields, seconds)
        if not isinstance(answer, Answer):
            raise Refused(answer.reason)
        if answer.body.get("ok") is True:
            return answer.body.get("result")
        code = _error_code(answer)
        if code == 401:
            raise TokenRefused
        if code == 408 and method == "getUpdates":
            return None  # Nobody wrote meanwhile.
        raise Refused(f"error {code or 'without a number'}")

    async def _call(self, method: str, fields: Mapping[str, Any], seconds: float) -> Answer | NotSent | Ambiguous:
        return await post(self._client, f"{self._base}/{method}", json=fields, seconds=seconds)

    def _read(self, update: Mapping[str, Any]) -> InboundEvent | None:
        """Return the event an update tells, or None for what does not concern us. Never raises, whatever the shape."""
        content, said = _CONTENT.get(clean(update.get("event_name"))), as_mapping(update.get("message"))
        person, place = as_mapping(said.get("from")), as_mapping(said.get("chat"))
        sender, chat = as_id(person.get("id")), as_id(place.get("id"))
        if content is None or sender is None or chat is None or person.get("is_bot") is True:
            return None
        in_group = str(place.get("chat_type", "PRIVATE")).upper() != "PRIVATE"
        text = base.written(said.get("text") or said.get("caption"))
        date, moment, message_id = as_moment(said.get("date")), self._clock(), as_id(said.get("message_id"))
        return InboundEvent(
            channel=self.name,
            event_id=message_id or base.digest(update),
            order=int(moment.timestamp() * 1000) if date is None else date,
            message=IncomingMessage(
                channel=self.name,
                sender=sender,
                chat=chat,
                now=moment,
                text=self._without_name(text) if in_group else text,
                # A picture with words under it is read like words: they may be a cry for help. A text without is none.
                content=Content.TEXT if text else content,
                in_group=in_group,
            ),
            message_id=message_id,
        )

    def _without_name(self, text: str) -> str:
        """Return what was said in a group without the mention that brought it: our name, or one word in front."""
        before, _, after = text.partition("@")
        words = after.split()
        ours = [count for count in range(1, min(len(words), 12) + 1) if _letters("".join(words[:count])) in self._names]
        if before[-1:].strip() or not (ours or text.startswith("@")):
            return text
        return f"{before}{' '.join(words[max(ours, default=1) :])}".strip(" ,:\n")


def _letters(name: str) -> str:
    """Return the letters and figures of a name, which mentions and the platform spell differently."""
    return "".join(letter for letter in fold(name) if letter.isalnum())


def _error_code(answer: Answer) -> int | None:
    """Return the error an envelope tells, else the status: a wrong token comes as 401 inside a 200."""
    told = as_code(answer.body.get("error_code"))
    return told if told is not None else answer.status if answer.status >= 400 else None
