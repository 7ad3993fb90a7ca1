"""What people do in chats with a Zalo bot, and how the platform tells the bot: by webhook or by getUpdates."""

import hashlib
import itertools
import json
from collections import deque
from typing import Any, Literal

from tests.support.zalo_network import PeerClock, Posting, Postman

WEBHOOK_SECRET = "webhook-secret-of-no-bot"
_SECRET_HEADER = "X-Bot-Api-Secret-Token"

Happening = dict[str, Any]
BotForgery = Literal["missing", "empty", "wrong", "prefix", "non_ascii"]


class BotPeople:
    """The people's side of the platform; an act returns its posting, or None while it waits for getUpdates.

    wrapped tells whether webhook bodies come inside {"ok", "result"}; both were seen, as both keys of a picture.
    """

    def __init__(self, post: Postman, clock: PeerClock, *, wrapped: bool) -> None:
        self.clock = clock
        self.post = post
        self.wrapped = wrapped
        self.photo_key: Literal["photo", "photo_url"] = "photo"
        self.secret = WEBHOOK_SECRET
        self.waiting: deque[Happening] = deque()
        self.updated_at = 0
        self.chats: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def listen(self, url: str, secret: str = WEBHOOK_SECRET) -> None:
        """Set the webhook by hand, as somebody with the token did before."""
        self.post.url, self.secret = url, secret
        self.updated_at = self.clock.milliseconds()

    def say(self, user: str, text: str) -> Posting | None:
        """A person writes in their private chat."""
        return self._happens("text", self._message(user, {"text": text}))

    def say_in_group(self, group: str, user: str, text: str) -> Posting | None:
        """A person mentions the bot in a group."""
        return self._happens("text", self._message(user, {"text": text}, chat=group))

    def bot_says(self, user: str, text: str) -> Posting | None:
        """Another bot writes; nobody answers bots."""
        message = self._message(user, {"text": text})
        message["from"]["is_bot"] = True
        return self._happens("text", message)

    def send_photo(self, user: str, caption: str = "") -> Posting | None:
        """A person sends a picture."""
        content: dict[str, Any] = {self.photo_key: "https://media.example.vn/photo"}
        return self._happens("image", self._message(user, {**content, **({"caption": caption} if caption else {})}))

    def send_media(self, user: str, kind: Literal["sticker", "voice", "link"]) -> Posting | None:
        """A person sends a sticker, a recording or a link."""
        return self._happens(kind, self._message(user, {"url": f"https://media.example.vn/{kind}"}))

    def send_unsupported(self, user: str, *, with_message: bool = False) -> Posting | None:
        """A person sends what bots are not shown; often not even from whom it came."""
        return self._happens("unsupported", self._message(user, {}) if with_message else None)

    def send_odd(self, user: str) -> list[Posting | None]:
        """Things happen whose shape nobody promised; returns the posting of each."""
        message = self._message(user, {"text": "xin chào"})
        chatless = {name: value for name, value in message.items() if name != "chat"}
        odd: list[Happening] = [
            {},
            {"event_name": "message.hologram.received", "message": message},
            {"message": message},
            {"event_name": "message.text.received", "message": None},
            {"event_name": "message.text.received", "message": chatless},
            {"event_name": "message.text.received", "message": {**message, "text": 12}},
            {"event_name": "message.text.received", "message": {**message, "date": "yesterday"}},
        ]
        return [self._give(happening) for happening in odd]

    def forge(self, how: BotForgery, user: str, text: str = "xin chào") -> int:
        """Somebody else posts an event in a person's name; returns the status."""
        made_up = {"empty": "", "wrong": "x" * len(self.secret), "prefix": self.secret[:-1], "non_ascii": "é" * 9}
        headers = {"Content-Type": "application/json", **({_SECRET_HEADER: made_up[how]} if how in made_up else {})}
        return self.post.post_once(self._raw(_event("text", self._message(user, {"text": text}))), headers)

    def _message(self, user: str, content: dict[str, Any], chat: str | None = None) -> dict[str, Any]:
        kind = "PRIVATE" if chat is None else "GROUP"
        self.chats[chat or user] = kind
        return {
            "message_id": self.next_id(),
            "date": self.clock.milliseconds(),
            "from": {"id": user, "display_name": f"Người dùng {user[-4:]}", "is_bot": False},
            "chat": {"id": chat or user, "chat_type": kind},
            **content,
        }

    def _happens(self, kind: str, message: dict[str, Any] | None) -> Posting | None:
        return self._give(_event(kind, message))

    def _give(self, happening: Happening) -> Posting | None:
        """Post the event where a webhook is set, else keep it for getUpdates."""
        if not self.post.url:
            self.waiting.append(happening)
            return None
        headers = {"Content-Type": "application/json", _SECRET_HEADER: self.secret}
        sender = happening.get("message") or {}
        return self.post.send(self._raw(happening), headers, queue=str(sender.get("chat")))

    def _raw(self, happening: Happening) -> bytes:
        body = {"ok": True, "result": happening} if self.wrapped else happening
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def next_id(self) -> str:
        return hashlib.sha256(f"bot message {next(self._numbers)}".encode()).hexdigest()[:20]


def _event(kind: str, message: dict[str, Any] | None) -> Happening:
    name = f"message.{kind}.received"
    return {"event_name": name} if message is None else {"event_name": name, "message": message}
