"""Telegram: updates by webhook or long polling, messages by the Bot API."""

import asyncio
import html
import logging
import math
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, User, error
from telegram import BotCommandScopeAllPrivateChats as PrivateChats
from telegram.constants import ChatAction, ParseMode
from telegram.request import HTTPXRequest

from bot.channels import base
from bot.channels.listening import Listener, TokenRefused
from bot.channels.telegram_updates import ALLOWED_UPDATES, read_update, update_number

log = logging.getLogger(__name__)
SECRET_HEADER = "x-telegram-bot-api-secret-token"
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_UNREACHABLE = ("chat not found", "user is deactivated", "bot was blocked", "bot was kicked", "peer_id_invalid")
_HELP_S = 5.0
_DOUBLE_TAP, _PATIENCE = timedelta(seconds=0.5), timedelta(seconds=10)
"""A repeated press within 0.5 s, or within 10 s while nothing was sent, is ignored."""
_WIPED, _REMEMBERED = 40, 20_000
"""How many messages of a chat are deleted on request, and how many message ids are kept, in memory only."""


class _PlainBot(Bot):
    """A bot that returns updates as plain JSON: the library's own parsing fails on unknown ones, and logs them.

    It refuses calls for a chat during Telegram's `retry_after`, for cards and typing do not pass the outbox's pacing.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._held_until = OrderedDict[object, float]()

    async def _post(self, endpoint: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        now, chat = asyncio.get_running_loop().time(), (data or {}).get("chat_id")
        if (left := self._held_until.get(chat, now) - now) > 0:
            raise error.RetryAfter(math.ceil(left))
        try:
            return await super()._post(endpoint, data, **options)
        except error.RetryAfter as fault:
            if chat is not None:
                base.keep(self._held_until, chat, asyncio.get_running_loop().time() + _seconds(fault))
            raise

    async def fetch(self, offset: int | None, *, wait_s: int = 25) -> list[Any]:
        """Return the waiting updates, after up to wait_s seconds."""
        data = {"offset": offset, "limit": 100, "timeout": wait_s, "allowed_updates": list(ALLOWED_UPDATES)}
        fetched: Any = await self._post("getUpdates", data, read_timeout=wait_s + 10)
        return fetched if isinstance(fetched, list) else []


class TelegramChannel(Listener):
    """One bot."""

    name = "telegram"
    path = "/telegram/webhook"
    title, token_setting = "Telegram", "TELEGRAM_BOT_TOKEN"
    secret_header = SECRET_HEADER
    secret_shape = re.compile(r"[\w-]{1,256}", re.ASCII)
    limits = base.Limits(text_units=4096, buttons=20, folds_quotes=True, per_second=27.0, group_s=3.1)

    def _open(self, token: str, api_url: str) -> None:
        request = HTTPXRequest(connection_pool_size=64, read_timeout=self._timeout_s, connect_timeout=5, pool_timeout=5)
        self._bot = _PlainBot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=request,
            get_updates_request=HTTPXRequest(connection_pool_size=2, read_timeout=10, connect_timeout=5),
        )
        number = token.partition(":")[0]
        self._me = User(int(number) if number.isdecimal() else 0, "", is_bot=True)
        self._offset: int | None = None
        self._taken: set[int] = set()
        self._shown = OrderedDict[tuple[int, int], tuple[int, int, datetime] | None]()
        self._albums = OrderedDict[tuple[str, str], None]()
        self._spoken = OrderedDict[int, datetime]()

    def parse(self, body: bytes) -> base.InboundEvent | None:
        """Return the event of a verified request, if it concerns us; ValueError when it is no JSON."""
        return self._read(base.read_json(body))

    async def send(self, chat: str, part: base.Part) -> base.Outcome:
        """Send once; a text whose HTML Telegram cannot parse was not sent, so it is sent again without formatting."""
        try:
            try:
                return await self._send(chat, part, html_of(part.blocks), ParseMode.HTML)
            except error.BadRequest as fault:
                if "parse entities" not in fault.message.lower():
                    raise
                return await self._send(chat, part, part.text, None)
        except error.TelegramError as fault:
            return outcome_of(fault)
        except Exception as fault:
            # The channel boundary: the message may have been delivered before the library failed.
            return base.Ambiguous(reason=type(fault).__name__)

    async def acknowledge(self, event: base.InboundEvent) -> None:
        """Answer a button press first, then show that we are typing."""
        await self._release(event)
        chat, thread = _place(event.message.chat)
        with suppress(error.TelegramError, TimeoutError):
            async with asyncio.timeout(1):  # An answer must not wait longer for the typing sign.
                await self._bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=thread)

    async def wipe(self, event: base.InboundEvent) -> None:
        """Delete the latest messages of a private chat, ours and theirs; Telegram skips those over 48 hours old."""
        chat = "" if event.message.in_group else event.message.chat
        shown = [one for one in self._shown if str(one[0]) == chat][-_WIPED:]
        for one in shown:
            del self._shown[one]
        await asyncio.gather(*(self._bot.delete_message(*one) for one in shown), return_exceptions=True)

    def _read(self, update: object) -> base.InboundEvent | None:
        event = read_update(update, self._me, self._clock())
        if event is None or event.telegram_id is None or not self._is_answered(event, base.as_mapping(update)):
            return event
        self._spawn(self._release(event))
        return None

    def _is_answered(self, event: base.InboundEvent, update: Mapping[str, Any]) -> bool:
        """Whether an edit changes no word, a press is repeated, or a picture belongs to an album with a caption."""
        message, album = event.message, base.clean(base.as_mapping(update.get("message")).get("media_group_id"))
        place = _place(message.chat)[0], event.telegram_id or 0
        said = hash((message.sender, message.action or message.text))
        number, before, moment = self._shown.get(place) or (event.order, said, message.now)
        one_press = _PATIENCE if self._spoken.get(place[0], moment) <= moment else _DOUBLE_TAP
        is_at_once = message.action is not None and message.now - moment < one_press
        if number != event.order and before == said and ("edited_message" in update or is_at_once):
            return True
        base.keep(self._shown, place, (event.order, said, message.now), _REMEMBERED)
        if album and message.text:
            base.keep(self._albums, (message.chat, album), None)
        return not message.text and (message.chat, album) in self._albums

    async def _release(self, event: base.InboundEvent) -> None:
        with suppress(error.TelegramError):
            if event.token is not None:
                await self._bot.answer_callback_query(event.token, read_timeout=5)

    async def _send(self, chat: str, part: base.Part, text: str, parse_mode: str | None) -> base.Sent:
        # One button a row: labels are sentences.
        rows = [[InlineKeyboardButton(choice.label, callback_data=choice.action)] for choice in part.choices]
        number, thread = _place(chat)
        sent = await self._bot.send_message(
            number,
            text,
            message_thread_id=thread,
            parse_mode=parse_mode,
            reply_markup=InlineKeyboardMarkup(rows) if rows else None,
            protect_content=part.sensitive or None,
            disable_notification=part.sensitive or None,
            link_preview_options=LinkPreviewOptions(is_disabled=True) if part.sensitive else None,
            # A card that may not have arrived is sent again soon.
            read_timeout=min(_HELP_S, self._timeout_s) if part.sensitive else self._timeout_s,
        )
        base.keep(self._shown, (number, sent.message_id), None, _REMEMBERED)
        base.keep(self._spoken, number, self._clock())
        return base.Sent(provider_id=str(sent.message_id))

    async def _introduce(self) -> None:
        self._me = await self._bot.get_me()
        self._spawn(self._patiently(self._offer_commands))

    async def _offer_commands(self) -> None:
        named = ((key.partition("channels.command.")[2], sentence) for key, sentence in self._texts.sentences.items())
        with suppress(error.BadRequest, error.InvalidToken):
            await self._bot.set_my_commands([one for one in named if one[0]], scope=PrivateChats())

    async def _set_webhook(self, url: str) -> None:
        if not url:
            await self._bot.delete_webhook()
        else:
            await self._bot.set_webhook(url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES)

    async def _poll(self, accept: base.Accept) -> None:
        """Fetch and hand over; the offset passes an update only once it is stored, or its card sent."""
        fetched = await self._bot.fetch(self._offset)
        found = {number: one for one in fetched if (number := update_number(one)) is not None}
        async with self._handing_over:
            receipts = await asyncio.gather(*(self._hand_over(*item, accept) for item in found.items()))
            again = {number for number, taken in zip(found, receipts, strict=True) if not taken}
            if found:
                self._offset = min(again, default=max(found) + 1)
                self._taken = {number for number in self._taken | found.keys() - again if number > self._offset}
        if again:
            await asyncio.sleep(1)

    async def _hand_over(self, number: int, update: object, accept: base.Accept) -> bool:
        event = None if number in self._taken else self._read(update)
        return event is None or await accept(event) is base.Receipt.TAKEN

    async def stop(self) -> None:
        """Stop, confirm the offset and close the connections."""
        await super().stop()
        if self._offset is not None and self.problem is None:
            with suppress(error.TelegramError):
                await self._bot.fetch(self._offset, wait_s=0)  # Confirms what was taken since the last call.
        with suppress(error.TelegramError, RuntimeError):
            await self._bot.shutdown()

    def _wait_after(self, fault: Exception) -> float | None:
        if isinstance(fault, error.InvalidToken):
            raise TokenRefused from fault
        if isinstance(fault, error.Conflict | error.BadRequest):
            key = "two_pollers" if isinstance(fault, error.Conflict) else "needs_https"
            log.error("%s", self._say(f"channels.{key}"))
            return 10.0
        return _seconds(fault) if isinstance(fault, error.RetryAfter) else None


def outcome_of(fault: error.TelegramError) -> base.Outcome:
    """Return what a fault of the library means for the message; BadRequest is a NetworkError there."""
    match fault:
        case error.RetryAfter():
            return base.NotSent(reason="too many requests", retry_after=_seconds(fault))
        case error.Forbidden():
            return base.Permanent(reason="forbidden", unreachable=True)
        case error.ChatMigrated():
            return base.Permanent(reason="migrated", migrate_to=str(fault.new_chat_id))
        case error.InvalidToken():
            return base.NotSent(reason="token refused", retry_after=300.0, alarm=True)
        case error.BadRequest():
            gone = any(words in fault.message.lower() for words in _UNREACHABLE)
            return base.Permanent(reason="bad request", unreachable=gone)
        case error.NetworkError() if isinstance(fault.__cause__, _NEVER_CONNECTED):
            return base.NotSent(reason="no connection")
        case error.NetworkError() if "too many requests" in fault.message.lower():
            return base.NotSent(reason="too many requests")
    return base.Ambiguous(reason=type(fault).__name__)


def html_of(blocks: Sequence[base.Block]) -> str:
    """Return a message as Telegram's HTML, escaped, with folded quotes."""
    forms = {"text": "{}\n\n", "head": "<b>{}</b>\n", "quote": "<blockquote expandable>{}</blockquote>\n\n"}
    return "".join(forms[block.style].format(html.escape(block.text, quote=False)) for block in blocks).rstrip()


def _place(chat: str) -> tuple[int, int | None]:
    """Return the ids of a chat and of the topic in it."""
    number, _, thread = chat.partition("/")
    return int(number), int(thread) if thread else None


def _seconds(fault: error.RetryAfter) -> float:
    return wait.total_seconds() if isinstance(wait := fault.retry_after, timedelta) else float(wait)
