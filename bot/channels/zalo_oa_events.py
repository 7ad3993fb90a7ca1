"""The Official Account's webhook: signature, addressee, events."""

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.channels.base import COLLEAGUE_TALKS, InboundEvent, Notice, as_mapping, digest, keep, read_json, written
from bot.channels.zalo_http import as_id, as_number
from config.settings import Settings, secret_of
from config.texts import LANGUAGES, load_texts
from handlers.domain import Content, IncomingMessage
from handlers.ports import Clock
from knowledge.vietnamese import fold

CHANNEL = "zalo_oa"
GROUP = "group:"
"""Our prefix of a group's chat id, which looks like a person's."""
BUTTON = "#cb:"
"""Prefix of a button's payload, which comes back as a text."""
_SIGNATURE = "x-zevent-signature"
_RETRY, _LAST_RETRY = "num_retry", 5
_FUTURE_MS = 10 * 60 * 1000
_OLDEST_MS = 25 * 3600 * 1000
_LATELY = timedelta(hours=1)
_OWN_WORDS = 20
"""A catalogue line longer than this is taken for our own text wherever it appears."""
_REFERENCE = re.compile(r"\b[A-Z]\d+-\d+\b")
_KINDS = "text|image|file|audio|video|sticker|link|business_card|location"
_SAID = re.compile(rf"(?:user|anonymous)_send_(?:{_KINDS})")
_WRITTEN_BY_OA = re.compile(r"oa_send_(?:text|image|file|sticker|gif|list|anonymous_text)")
_ADDRESS = re.compile(r"https?://\S+")


class OaEvents:
    """Verifies and reads requests; without a secret it refuses all."""

    path = "/zalo/oa/webhook"
    problem: str | None = None

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._app_id = settings.zalo_oa_app_id or ""
        self._oa_id = settings.zalo_oa_id or None
        self._secret = secret_of(settings.zalo_oa_webhook_secret)
        self._clock = clock
        said = "\n".join(text for one in LANGUAGES for text in load_texts(one).sentences.values())
        self._own = frozenset(line for line in said.splitlines() if len(line) > _OWN_WORDS)
        # A group addresses us by "@…name" anywhere, or by the name at the beginning.
        name = re.escape(fold(load_texts("vi").say("zalo.called")))
        self._call = re.compile(rf"@[^@\n]{{0,40}}?\b{name}\b[\s,:.!]*|^\s*{name}(?:\s+oi\b|\s*[,:])[\s,:.!]*")
        self._tried = 0
        self._late = (0, clock())
        self._ours: OrderedDict[str, None] = OrderedDict()
        self._came_or_left: OrderedDict[str, int] = OrderedDict()
        self._echoes: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether Zalo signed these bytes for our app and account, neither long ago nor in the future."""
        try:
            event = as_mapping(read_json(body))
        except (ValueError, RecursionError):
            return False
        stamp = as_id(event.get("timestamp")) or ""
        pieces = (self._app_id.encode(), body, stamp.encode("utf-8", "replace"), self._secret.encode())
        signed = hashlib.sha256(b"".join(pieces)).hexdigest()
        given = headers.get(_SIGNATURE, "").strip().lower().removeprefix("mac=")
        if not self._secret or not hmac.compare_digest(given.encode(), signed.encode()):
            return False
        told, now = as_number(stamp), self._now_ms()
        is_timely = told is None or -_FUTURE_MS <= now - told <= _OLDEST_MS
        if as_id(event.get("app_id")) != self._app_id or not self._names_us(event) or not is_timely:
            return False
        self._tried = min(as_number(headers.get(_RETRY)) or 0, 99)
        if self._tried >= self.latest_retry:
            self._late = (self._tried, self._clock())
        return True

    @property
    def latest_retry(self) -> int:
        """The highest retry number of a delivery within the last hour."""
        tried, at = self._late
        return tried if self._clock() < at + _LATELY else 0

    def sent(self, message_id: str) -> None:
        """Remember the id of our own message, to know its echo; in memory only, as cards are not stored."""
        keep(self._ours, message_id, None)

    def parse(self, body: bytes) -> InboundEvent | None:
        """Return the event of a verified request, None if it does not concern us."""
        event = as_mapping(read_json(body))
        name = str(event.get("event_name"))
        if _SAID.fullmatch(name):
            return self._message(event)
        if name == "user_send_group_text":
            return self._group_message(event)
        if name in ("follow", "user_click_chatnow", "unfollow"):
            return self._news(event, name)
        return self._echo(event) if name.startswith("oa_send_") else None

    def _names_us(self, event: Mapping[str, Any]) -> bool:
        """Whether the event is of our account, which may be sender or recipient."""
        named = [as_id(event.get("oa_id"))]
        if named == [None] and "group" not in str(event.get("event_name")):
            named = [_end(event, "sender"), _end(event, "recipient")]
        return self._oa_id is None or None in named or self._oa_id in named

    def _message(self, event: Mapping[str, Any]) -> InboundEvent | None:
        sender, said = _end(event, "sender"), as_mapping(event.get("message"))
        text = written(said.get("text"))
        if sender is None or sender == self._oa_id or not said or not (text or "text" not in event["event_name"]):
            return None
        action = text.removeprefix(BUTTON)[:64] if text.startswith(BUTTON) else ""
        # A caption is read like a text: it may be a cry for help.
        text = "" if action or _ADDRESS.fullmatch(text) else text
        content = Content.ACTION if action else Content.TEXT if text else Content.MEDIA
        told = self._event(event, sender, text=text, content=content, action=action or None)
        return replace(told, others=self._others(sender))

    def _group_message(self, event: Mapping[str, Any]) -> InboundEvent | None:
        sender, group = _end(event, "sender"), _end(event, "recipient")
        text = written(as_mapping(event.get("message")).get("text"))
        call = self._call.search(fold(text))
        if sender is None or group is None or not (call or text.startswith("/")):
            return None
        if call and len(fold(text)) == len(text):
            text = f"{text[: call.start()]} {text[call.end() :]}".strip()
        return self._event(event, sender, chat=f"{GROUP}{group}", text=text, in_group=True)

    def _event(
        self, event: Mapping[str, Any], sender: str, event_id: str = "", notice: Notice | None = None, **said: Any
    ) -> InboundEvent:
        message_id, told = as_id(as_mapping(event.get("message")).get("msg_id")), as_number(event.get("timestamp"))
        return InboundEvent(
            channel=CHANNEL,
            event_id=event_id or message_id or digest(event),
            order=self._now_ms() if told is None else told,
            message=IncomingMessage(channel=CHANNEL, sender=sender, now=self._clock(), **{"chat": sender, **said}),
            notice=notice,
            is_last=self._tried >= _LAST_RETRY,
        )

    def _news(self, event: Mapping[str, Any], name: str) -> InboundEvent | None:
        """Return the notice that a person follows, opened the chat, or left; None if a later one came before."""
        person = _end(event, "follower" if "follower" in event else "sender")
        if person is None or person == self._oa_id:
            return None
        moment = as_number(event.get("timestamp"))
        if moment is not None and moment < self._came_or_left.get(person, 0):
            return None
        keep(self._came_or_left, person, moment or 0)
        notice = Notice(kind="unreachable" if name == "unfollow" else "reachable")
        return self._event(event, person, f"{name}:{person}:{moment}" if moment else "", notice)

    def _echo(self, event: Mapping[str, Any]) -> InboundEvent | None:
        """Return the notice that a reminder was delivered, by its reference; other echoes are kept in memory.

        Echoes of our own texts are left out: those of cards, which are not stored, may come from another process.
        """
        said = as_mapping(event.get("message"))
        person, message_id = _end(event, "recipient"), as_id(said.get("msg_id"))
        text = written(said.get("text"))
        references = tuple(_REFERENCE.findall(text)[:20])
        if person in (None, self._oa_id) or message_id is None:
            return None
        if not references:
            if _WRITTEN_BY_OA.fullmatch(event["event_name"]) and self._own.isdisjoint(text.splitlines()):
                keep(self._echoes, (person, message_id), self._clock(), 2_000)
            return None
        notice = Notice(kind="delivered", references=references)
        return self._event(event, person, f"echo:{message_id}", notice)

    def _others(self, chat: str) -> tuple[str, ...]:
        """Return the ids of the last hour's messages to a chat that this process did not send."""
        since = self._clock() - COLLEAGUE_TALKS
        lately = (one for (person, one), at in self._echoes.items() if person == chat and at > since)
        return tuple(one for one in lately if one not in self._ours)

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _end(event: Mapping[str, Any], name: str) -> str | None:
    return as_id(as_mapping(event.get(name)).get("id"))
