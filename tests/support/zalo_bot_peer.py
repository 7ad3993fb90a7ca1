"""A strict Zalo Bot Platform: its API, long polling, webhook, and the people who write to the bot.

Written from the description of the platform, not from our client. Every refusal is an HTTP 200 with ok false; what
the description does not mention is refused and kept in `violations`.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.serving import serving
from tests.support.zalo_bot_people import WEBHOOK_SECRET, BotPeople
from tests.support.zalo_network import Faults, PeerClock, Postman, Refused, meet, monday_morning

TOKEN = "123456789:abc-test-token-of-no-bot"
BOT_ID = "b0b0b0b0b0b0b0b0b0b0"
_LONGEST = 2000
_FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "getMe": (set(), set()),
    "getUpdates": (set(), {"timeout"}),
    "setWebhook": ({"url", "secret_token"}, set()),
    "deleteWebhook": (set(), set()),
    "getWebhookInfo": (set(), set()),
    "sendMessage": ({"chat_id", "text"}, {"parse_mode", "text_styles"}),
    "sendPhoto": ({"chat_id", "photo"}, {"caption"}),
    "sendSticker": ({"chat_id", "sticker"}, set()),
    "sendVoice": ({"chat_id", "voice_url"}, set()),
    "sendChatAction": ({"chat_id", "action"}, set()),
}
"""Each documented method with the fields it needs and those it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotDelivered:
    """A message that reached a chat; text is what was sent, mark-up included."""

    message_id: str
    chat_id: str
    method: str
    text: str
    fields: dict[str, Any]
    at: datetime


class ZaloBotPeer(BotPeople):
    """The platform: people act through its methods, the bot through HTTP; see BotPeople for what they do.

    idle_s is how long an idle getUpdates is really held, whatever it asks for.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = monday_morning,
        wrapped: bool = True,
        idle_s: float = 0.2,
        answer_within_s: float = 5.0,
    ) -> None:
        super().__init__(Postman(answer_within_s=answer_within_s), PeerClock(clock), wrapped=wrapped)
        self.violations: list[str] = []
        self.refusals: list[tuple[str, int, str]] = []
        self.calls: Counter[str] = Counter()
        self.faults = Faults()
        self._idle_s = idle_s
        self._delivered: defaultdict[str, list[BotDelivered]] = defaultdict(list)
        self._methods: dict[str, Callable[[dict[str, Any]], Awaitable[object]]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendSticker": self._send_sticker,
            "sendVoice": self._send_voice,
            "sendChatAction": self._send_chat_action,
        }
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        self.app = FastAPI(openapi_url=None, routes=[Route("/{path:path}", self._answer, methods=methods)])

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve the platform on loopback; gives its address."""
        try:
            with serving(self.app) as address:
                yield address
        finally:
            self.post.close()

    def environment(self, address: str) -> dict[str, str]:
        """Return the settings of a bot that uses this platform."""
        secrets = {"ZALO_BOT_TOKEN": TOKEN, "ZALO_BOT_WEBHOOK_SECRET": WEBHOOK_SECRET}
        return {**secrets, "ZALO_BOT_API_URL": address}

    def advance(self, hours: float) -> None:
        """Let hours pass on the platform."""
        self.clock.advance(hours)

    def delivered(self, chat: str) -> list[BotDelivered]:
        """Return what a chat received."""
        return list(self._delivered[chat])

    async def _answer(self, request: Request) -> Response:
        method = request.url.path.rsplit("/", 1)[-1]
        self.calls[method] += 1
        fault = self.faults.next_for(method)
        if fault is not None:
            return await meet(fault, request, lambda: self._process(request, method), _refusal)
        return await self._process(request, method)

    async def _process(self, request: Request, method: str) -> Response:
        try:
            result = await self._call(request, method)
        except Refused as refused:
            self.refusals.append((method, refused.code, refused.reason))
            if refused.violation:
                self.violations.append(f"{method}: {refused.reason}")
            return _refusal(refused.code, refused.reason)
        return JSONResponse({"ok": True} if result is None else {"ok": True, "result": result})

    async def _call(self, request: Request, method: str) -> object:
        root, _, _ = request.url.path.removeprefix("/").rpartition("/")
        if not root.startswith("bot"):
            raise Refused(400, "the path is no /bot<token>/<method>", violation=True)
        if root != f"bot{TOKEN}":
            raise Refused(401, "Unauthorized")
        if method not in _FIELDS:
            raise Refused(400, "no documented method", violation=True)
        if request.method != "POST" or request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise Refused(400, "calls are POST with JSON", violation=True)
        try:
            fields = json.loads(await request.body())
        except ValueError:
            raise Refused(400, "the body is no JSON", violation=True) from None
        needs, may = _FIELDS[method]
        if not isinstance(fields, dict) or not needs <= fields.keys() <= needs | may:
            raise Refused(400, "the body has not the documented fields", violation=True)
        if "chat_id" in fields:
            self._check_chat(fields["chat_id"])
        return await self._methods[method](fields)

    def _check_chat(self, chat: object) -> None:
        if not isinstance(chat, str):
            raise Refused(400, "chat_id is no string", violation=True)
        if chat not in self.chats:
            raise Refused(404, "Chat not found", violation=True)

    async def _get_me(self, _fields: dict[str, Any]) -> object:
        return {"id": BOT_ID, "account_name": "bot.AnTam", "account_type": "BASIC", "can_join_groups": False}

    async def _get_updates(self, fields: dict[str, Any]) -> object:
        timeout = fields.get("timeout", "30")
        if isinstance(timeout, bool) or not str(timeout).isdecimal():
            raise Refused(400, "timeout is no number of seconds", violation=True)
        if self.post.url:
            raise Refused(400, "getUpdates is dead while a webhook is set", violation=True)
        for _ in range(max(1, int(min(float(timeout), self._idle_s) / 0.01))):
            if self.waiting:
                return self.waiting.popleft()
            await asyncio.sleep(0.01)
        raise Refused(408, "Request timeout")

    async def _set_webhook(self, fields: dict[str, Any]) -> object:
        url, secret = fields["url"], fields["secret_token"]
        if not isinstance(url, str) or not isinstance(secret, str) or not 8 <= len(secret) <= 256:
            raise Refused(400, "secret_token has 8 to 256 characters", violation=True)
        self.listen(url, secret)
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname != "127.0.0.1":
            raise Refused(400, "the url is stored but is no https", violation=True)
        return await self._webhook_info(fields)

    async def _delete_webhook(self, fields: dict[str, Any]) -> object:
        self.listen("", "")
        return await self._webhook_info(fields)

    async def _webhook_info(self, _fields: dict[str, Any]) -> object:
        return {"url": self.post.url, "updated_at": self.updated_at}

    async def _send_message(self, fields: dict[str, Any]) -> object:
        if fields.get("parse_mode", "html") not in ("html", "markdown"):
            raise Refused(400, "parse_mode is markdown or html", violation=True)
        return self._deliver("sendMessage", fields, _words(fields["text"], "text"))

    async def _send_photo(self, fields: dict[str, Any]) -> object:
        _check_web(fields["photo"])
        return self._deliver("sendPhoto", fields, _words(fields["caption"], "caption") if "caption" in fields else "")

    async def _send_sticker(self, fields: dict[str, Any]) -> object:
        return self._deliver("sendSticker", fields, _words(fields["sticker"], "sticker") and "")

    async def _send_voice(self, fields: dict[str, Any]) -> object:
        _check_web(fields["voice_url"])
        if not urlsplit(fields["voice_url"]).path.endswith(".aac") or self.chats[fields["chat_id"]] != "PRIVATE":
            raise Refused(400, "a voice is .aac in a private chat", violation=True)
        return self._deliver("sendVoice", fields, "")

    async def _send_chat_action(self, fields: dict[str, Any]) -> object:
        if fields["action"] != "typing":
            raise Refused(400, "the only action is typing", violation=True)
        return None

    def _deliver(self, method: str, fields: dict[str, Any], text: str) -> object:
        told = BotDelivered(
            message_id=self.next_id(),
            chat_id=fields["chat_id"],
            method=method,
            text=text,
            fields=fields,
            at=self.clock.now(),
        )
        self._delivered[told.chat_id].append(told)
        return {"message_id": told.message_id, "date": self.clock.milliseconds()}


def _refusal(code: int, reason: str = "The call failed") -> Response:
    return JSONResponse({"ok": False, "description": reason, "error_code": code})


def _words(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused(400, f"{where} is no text", violation=True)
    if len(value) > _LONGEST:
        raise Refused(400, f"{where} has {len(value)} characters")
    return value


def _check_web(url: object) -> None:
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise Refused(400, "the address is no public one", violation=True)
