"""A strict Bot API server for long polling, webhooks and faults: what the API does not document is a violation.

It is written from the description of the Bot API, not from our client, and refuses more than the real server does.
"""

import asyncio
import itertools
import json
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

_BOT_ID = 700000001
TOKEN = f"{_BOT_ID}:AAtest-token-of-no-bot-0123456789abcde"
_TAGS = {"b", "strong", "i", "em", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler"}
_FIELDS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "max_connections"},
    "deleteWebhook": set(),
    "setMyCommands": {"commands", "scope", "language_code"},
    "sendMessage": {
        "chat_id",
        "text",
        "parse_mode",
        "reply_markup",
        "protect_content",
        "disable_notification",
        "link_preview_options",
        "message_thread_id",
    },
    "sendChatAction": {"chat_id", "action", "message_thread_id"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "deleteMessage": {"chat_id", "message_id"},
}


@dataclass
class Fault:
    """One misfortune for the next call of a method: kind is reply, late, reset, garbage or stall."""

    method: str
    kind: str
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class _Parsed(HTMLParser):
    """Checks Telegram's HTML the way the server does: known tags, closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.open: list[str] = []
        self.error: str | None = None
        self.feed(text)
        self.close()
        if self.open:
            self.error = "Can't find end tag corresponding to start tag " + self.open[-1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS or any(name not in {"href", "expandable", "class"} for name, _ in attrs):
            self.error = f"Unsupported start tag {tag}"
        if tag == "blockquote" and "blockquote" in self.open:
            self.error = "Nested blockquote"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.error = f"Unexpected end tag {tag}"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def shown_text(text: str) -> str:
    """Return what people read of Telegram's HTML."""
    return _Parsed(text).text


class _Broken(Response):
    """An answer that breaks off in the middle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"500")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": False})


class TelegramPeer:
    """The platform: people act through its methods, the bot through its HTTP interface."""

    def __init__(self, *, per_chat_s: float = 0.0, overall_per_s: float = 0.0) -> None:
        self.sent: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.violations: list[str] = []
        self.deleted: list[tuple[int, int]] = []
        self.refused_429 = 0
        self.closing = False
        self.faults: deque[Fault] = deque()
        self.blocked: set[int] = set()
        self.webhook: dict[str, str] = {}
        self.allowed_updates: list[str] = []
        self._per_chat_s = per_chat_s
        self._overall_per_s = overall_per_s
        self._held_until: dict[str, float] = {}
        self._last_in_chat: dict[int, float] = defaultdict(float)
        self._recent: deque[float] = deque()
        self._updates: list[dict[str, Any]] = []
        self._numbers = itertools.count(501)
        self._messages = itertools.count(11)
        self._lock = threading.Lock()
        self.app = Starlette(routes=[Route("/{path:path}", self._api, methods=["GET", "POST"])])

    # What people do.

    def says(self, chat: int, text: str, **extra: Any) -> dict[str, Any]:
        """A person writes in a private chat."""
        return self._update("message", self._message(chat, {"text": text, **extra}))

    def sends(self, chat: int, **content: Any) -> dict[str, Any]:
        """A person sends something else than text."""
        return self._update("message", self._message(chat, content))

    def says_in_group(self, group: int, sender: int, text: str, **extra: Any) -> dict[str, Any]:
        """A person writes in a group."""
        message = self._message(sender, {"text": text, **extra})
        message["chat"] = {"id": group, "type": "supergroup", "title": "Tổ công tác"}
        return self._update("message", message)

    def edits(self, chat: int, text: str, **extra: Any) -> dict[str, Any]:
        """A person edits an earlier message, one that nobody saw unless its number is given."""
        message = self._message(chat, {"text": text, "edit_date": int(time.time()), **extra})
        return self._update("edited_message", message)

    def presses(self, chat: int, data: str, message_id: int) -> dict[str, Any]:
        """A person presses an inline button."""
        query = {
            "id": f"9{next(self._numbers)}",
            "from": self._person(chat),
            "chat_instance": "77",
            "data": data,
            "message": {"message_id": message_id, "date": int(time.time()), "chat": {"id": chat, "type": "private"}},
        }
        return self._update("callback_query", query)

    def leaves(self, chat: int, status: str = "kicked") -> dict[str, Any]:
        """A person blocks the bot (kicked) or lets it in again (member)."""
        (self.blocked.add if status == "kicked" else self.blocked.discard)(chat)
        bot = {"id": _BOT_ID, "is_bot": True, "first_name": "An Tâm"}
        change = {
            "chat": {"id": chat, "type": "private", "first_name": "Người dùng"},
            "from": self._person(chat),
            "date": int(time.time()),
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": status, "until_date": 0},
        }
        return self._update("my_chat_member", change)

    def texts_to(self, chat: int) -> list[str]:
        """Return what a chat received, as read."""
        return [message["shown"] for message in self.sent if message["chat"]["id"] == chat]

    def waits_for(self, chat: int, number: int, timeout: float = 10.0) -> list[str]:
        """Wait until a chat holds a number of messages; returns what it holds then."""
        end = time.monotonic() + timeout
        while len(self.texts_to(chat)) < number and time.monotonic() < end:
            time.sleep(0.02)
        return self.texts_to(chat)

    def call_count(self, method: str) -> int:
        """Return how often the bot called a method."""
        return sum(1 for name, _ in self.calls if name == method)

    async def deliver(self, update: dict[str, Any], *, tries: int = 5) -> list[int]:
        """Post an update to the webhook until it is taken; returns the answers."""
        answers: list[int] = []
        headers = {"x-telegram-bot-api-secret-token": self.webhook.get("secret_token", "")}
        async with httpx.AsyncClient(timeout=30) as client:
            for _ in range(tries):
                answers.append((await client.post(self.webhook["url"], json=update, headers=headers)).status_code)
                if answers[-1] == 200:
                    break
                await asyncio.sleep(0.2)
        return answers

    # What the bot does.

    async def _api(self, request: Request) -> Response:
        token, _, method = request.path_params["path"].removeprefix("bot").partition("/")
        if token != TOKEN:
            return _error(401, "Unauthorized")
        fields = await self._fields(request)
        self.calls.append((method, fields))
        if method not in _FIELDS:
            self.violations.append(f"unknown method {method}")
            return _error(404, "Not Found")
        for name in fields.keys() - _FIELDS[method]:
            self.violations.append(f"{method} has no field {name}")
        chat = str(fields.get("chat_id", method))
        if time.monotonic() < self._held_until.get(chat, 0):
            self.violations.append(f"{method} to a chat that asked to wait")
        fault = next((one for one in self.faults if one.method == method), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.kind == "reply":
                self._held_until[chat] = time.monotonic() + fault.body.get("parameters", {}).get("retry_after", 0)
                return JSONResponse(fault.body, fault.status)
            if fault.kind == "garbage":
                return Response("<html>bad gateway</html>", 200, media_type="text/html")
            if fault.kind == "reset":
                return _Broken()
        answer: Response = await getattr(self, f"_{method}")(fields)
        if fault is not None and fault.kind in ("late", "stall"):
            await asyncio.sleep(fault.seconds)
        return answer

    async def _fields(self, request: Request) -> dict[str, Any]:
        body = (await request.body()).decode()
        if "json" in request.headers.get("content-type", ""):
            return dict(json.loads(body or "{}"))
        return dict(parse_qsl(body, keep_blank_values=True))

    async def _getMe(self, _fields: dict[str, Any]) -> Response:
        me = {"id": _BOT_ID, "is_bot": True, "first_name": "An Tâm", "username": "AnTamThuBot"}
        more = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return _ok({**me, **more})

    async def _setWebhook(self, fields: dict[str, Any]) -> Response:
        self.webhook = {name: str(value) for name, value in fields.items()}
        self.allowed_updates = json.loads(fields.get("allowed_updates", "[]"))
        return _ok(True)

    async def _deleteWebhook(self, _fields: dict[str, Any]) -> Response:
        self.webhook = {}
        return _ok(True)

    async def _setMyCommands(self, fields: dict[str, Any]) -> Response:
        for command in json.loads(fields["commands"]):
            name = command["command"]
            if not (0 < len(name) <= 32 and name.islower() and name.isascii()) or len(command["description"]) > 256:
                self.violations.append(f"command {name}")
        return _ok(True)

    async def _getUpdates(self, fields: dict[str, Any]) -> Response:
        if self.webhook.get("url"):
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, wait = int(fields.get("offset", 0)), min(float(fields.get("timeout", 0)), 5)
        with self._lock:
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
        for _ in range(int(wait / 0.02)):
            if self._updates or self.closing:
                break
            await asyncio.sleep(0.02)
        return _ok(self._updates[: int(fields.get("limit", 100))])

    async def _sendMessage(self, fields: dict[str, Any]) -> Response:
        chat, text = int(fields["chat_id"]), str(fields["text"])
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if (wait := self._pace(chat)) > 0:
            self.refused_429 += 1
            return _error(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
        shown = text
        if fields.get("parse_mode") == "HTML":
            parsed = _Parsed(text)
            if parsed.error:
                return _error(400, f"Bad Request: can't parse entities: {parsed.error}")
            shown = parsed.text
        if not shown.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(shown.encode("utf-16-le")) // 2 > 4096:
            self.violations.append("text too long")
            return _error(400, "Bad Request: message is too long")
        markup = json.loads(fields.get("reply_markup") or "{}")
        for button in itertools.chain(*markup.get("inline_keyboard", [])):
            if not 1 <= len(button["callback_data"].encode()) <= 64 or not button["text"]:
                self.violations.append("button")
                return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        message = {
            "message_id": next(self._messages),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
            "text": shown,
        }
        self.sent.append({**message, "shown": shown, "fields": fields, "markup": markup, "at": time.monotonic()})
        return _ok(message)

    async def _sendChatAction(self, _fields: dict[str, Any]) -> Response:
        return _ok(True)

    async def _answerCallbackQuery(self, _fields: dict[str, Any]) -> Response:
        return _ok(True)

    async def _deleteMessage(self, fields: dict[str, Any]) -> Response:
        self.deleted.append((int(fields["chat_id"]), int(fields["message_id"])))
        return _ok(True)

    def _pace(self, chat: int) -> int:
        now = time.monotonic()
        while self._recent and self._recent[0] < now - 1:
            self._recent.popleft()
        too_many = bool(self._overall_per_s) and len(self._recent) >= self._overall_per_s
        if too_many or now - self._last_in_chat[chat] < self._per_chat_s:
            return 1
        self._recent.append(now)
        self._last_in_chat[chat] = now
        return 0

    def _update(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        update = {"update_id": next(self._numbers), kind: content}
        with self._lock:
            self._updates.append(update)
        return update

    def _message(self, sender: int, content: dict[str, Any]) -> dict[str, Any]:
        return {
            "message_id": next(self._messages),
            "date": int(time.time()),
            "chat": {"id": sender, "type": "private", "first_name": "Người dùng"},
            "from": self._person(sender),
            **content,
        }

    def _person(self, sender: int) -> dict[str, Any]:
        return {"id": sender, "is_bot": False, "first_name": "Người dùng", "language_code": "vi"}


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _error(status: int, description: str, parameters: dict[str, Any] | None = None) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return JSONResponse(body, status)
