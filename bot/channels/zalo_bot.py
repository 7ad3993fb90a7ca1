"""Zalo Bot: updates one by one through getUpdates, or by webhook; no buttons, no acknowledgement, no deletion."""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

from bot.channels import base
from bot.channels.base import Accept, Ambiguous, InboundEvent, NotSent, Outcome, Permanent, Sent, as_mapping, clean
from bot.channels.listening import Listener, Refused, TokenRefused
from bot.channels.zalo_http import Answer, as_id, as_number, open_client, post
from handlers.domain import Content, IncomingMessage
from knowledge.vietnamese import fold

log = logging.getLogger(__name__)
_POLL_S = 30
_CONTENT = {f"message.{kind}.received": Content.MEDIA for kind in ("image", "sticker", "voice", "link")}
_CONTENT |= {f"message.{kind}.received": Content.UNKNOWN for kind in ("text", "unsupported")}
_WAITS_S = tuple(0.2 * 2**times for times in range(12))
_DELAY_S, _MOST_PENDING, _FULL_DELAY_S = 1.0, 32, 10.0
"""Polling waits _DELAY_S in total for events that cannot be stored or answered, longer when too many are pending."""


class ZaloBotChannel(Listener):
    """One bot."""

    name = "zalo_bot"
    path = "/zalo/bot/webhook"
    title, token_setting = "Zalo Bot", "ZALO_BOT_TOKEN"
    secret_header = "x-bot-api-secret-token"
    secret_shape = re.compile(r".{8,256}", re.DOTALL)
    limits = base.Limits(text_units=2000, buttons=0, folds_quotes=False, per_second=5.0)

    def _open(self, token: str, api_url: str) -> None:
        self._base = f"{api_url}/bot{token}"
        self._client = open_client()  # Never closed: it keeps no connection, and sends under way still need it.
        self._names = {_letters(f"{kind}{self._texts.say('page.name')}") for kind in ("", "bot")}

    def parse(self, body: bytes) -> InboundEvent | None:
        """Return the event of a request, wrapped in `result` or flat; ValueError when it is no JSON."""
        told = as_mapping(base.read_json(body))
        return self._read(as_mapping(told.get("result")) or told)

    async def send(self, chat: str, part: base.Part) -> Outcome:
        """Send once."""
        answer = await self._call("sendMessage", {"chat_id": chat, "text": part.text}, self._timeout_s)
        if not isinstance(answer, Answer):
            return answer
        if answer.body.get("ok") is True and answer.status < 400:
            return Sent(provider_id=as_id(as_mapping(answer.body.get("result")).get("message_id")) or "")
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
            # 403 is documented as an internal server error.
            return Ambiguous(reason=reason)
        described = clean(answer.body.get("description")).lower()
        gone = code == 404 or "not found" in described
        return Permanent(reason=reason, unreachable=gone and ("chat" in described or "user" in described))

    async def acknowledge(self, event: InboundEvent) -> None:
        """Show that we are typing."""
        await self._call("sendChatAction", {"chat_id": event.message.chat, "action": "typing"}, 1.0)

    async def wipe(self, event: InboundEvent) -> None:
        """Zalo has no deletion; the reply says how to do it by hand."""

    async def _introduce(self) -> None:
        me = as_mapping(await self._ask("getMe", {}))
        self._names |= {_letters(clean(me.get(key))) for key in ("account_name", "display_name")} - {""}

    async def _set_webhook(self, url: str) -> None:
        given = {"url": url, "secret_token": self._secret} if url else {}
        await self._ask("setWebhook" if url else "deleteWebhook", given)

    async def _poll(self, accept: Accept) -> None:
        """Fetch and hand over the next update; wait a moment after an empty answer."""
        try:
            told = await self._ask("getUpdates", {"timeout": str(_POLL_S)}, _POLL_S + 10.0)
        except Refused:
            # Polling is refused while a webhook is set, perhaps by somebody else.
            await self._set_webhook("")
            raise
        read = [self._read(as_mapping(update)) for update in (told if isinstance(told, list) else [told])]
        async with self._handing_over:
            for event in filter(None, read):
                offering = self._spawn(self._hand_over(event, accept))
                pending = len(self._background)
                delay_s = _DELAY_S / pending if pending <= _MOST_PENDING else _FULL_DELAY_S
                await asyncio.wait([offering], timeout=delay_s)
        if not any(read):
            await asyncio.sleep(0.2)

    async def _hand_over(self, event: InboundEvent, accept: Accept) -> None:
        """Offer an event until it is taken: it cannot be fetched again."""
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
        """Return the result of a call; raise Refused or TokenRefused without one."""
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
        """Return the event of an update, or None if it does not concern us; never raises."""
        content, said = _CONTENT.get(clean(update.get("event_name"))), as_mapping(update.get("message"))
        person, place = as_mapping(said.get("from")), as_mapping(said.get("chat"))
        sender, chat = as_id(person.get("id")), as_id(place.get("id"))
        if content is None or sender is None or chat is None or person.get("is_bot") is True:
            return None
        in_group = str(place.get("chat_type", "PRIVATE")).upper() != "PRIVATE"
        text = base.written(said.get("text") or said.get("caption"))
        date, moment, message_id = as_number(said.get("date")), self._clock(), as_id(said.get("message_id"))
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
                # A caption is read like a text: it may be a cry for help. A text without words is unknown content.
                content=Content.TEXT if text else content,
                in_group=in_group,
            ),
        )

    def _without_name(self, text: str) -> str:
        """Return a group message without the mention of the bot: our name, or one word after a leading @."""
        before, _, after = text.partition("@")
        words = after.split()
        ours = [count for count in range(1, min(len(words), 12) + 1) if _letters("".join(words[:count])) in self._names]
        if before[-1:].strip() or not (ours or text.startswith("@")):
            return text
        return f"{before}{' '.join(words[max(ours, default=1) :])}".strip(" ,:\n")


def _letters(name: str) -> str:
    """Return a name's letters and digits: mentions and the platform spell it differently."""
    return "".join(letter for letter in fold(name) if letter.isalnum())


def _error_code(answer: Answer) -> int | None:
    """Return the error code of the body, else the HTTP status: a wrong token is a 401 inside a 200."""
    told = as_number(answer.body.get("error_code"))
    return told if told is not None else answer.status if answer.status >= 400 else None
