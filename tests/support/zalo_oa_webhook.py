"""The webhook side of a Zalo Official Account: events, their signature, forgeries, and stubborn redelivery."""

import hashlib
import hmac
import json
from typing import Any, Literal

from tests.support.zalo_network import PeerClock, Posting, Postman

APP_ID = "3600000000000000001"
APP_SECRET = "test-app-secret"
OA_ID = "3880000000000000001"
OA_SECRET = "test-oa-secret"

_PAUSES_S = (30.0, 300.0, 900.0, 1800.0, 3600.0)
"""Zalo's pauses between its attempts, in real seconds."""
_NO_LONGER = 25 * 3600 * 1000
_NOT_YET = 10 * 60 * 1000

Forgery = Literal[
    "missing",
    "empty",
    "garbage",
    "hmac",
    "oa_id",
    "app_secret",
    "changed_body",
    "header_time",
    "other_app",
    "other_oa",
    "future",
    "stale",
]
Event = dict[str, Any]


def signature(raw: bytes, app_id: str, timestamp: str, secret: str) -> str:
    """Return the plain SHA-256 that signs a body."""
    return hashlib.sha256(app_id.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()


def user_id_by_app(user: str) -> str:
    """Return the other id a person has, which is no address to send to."""
    return "552" + user[3:]


class OaWebhook:
    """Signs events and posts them; pace 1 is Zalo's real schedule, less is faster."""

    def __init__(self, clock: PeerClock, *, pace: float = 1 / 6000, answer_within_s: float = 2.0) -> None:
        pauses = tuple(pause * pace for pause in _PAUSES_S)
        self.post = Postman(pauses_s=pauses, answer_within_s=answer_within_s)
        self.mac_prefix = True
        self.ascii_escapes = False
        self.first_num_retry = False
        self.unticked: set[str] = set()
        self._clock = clock
        self._messages = 0

    def next_id(self) -> str:
        """Return a message id nobody had yet."""
        self._messages += 1
        return hashlib.sha256(f"message {self._messages}".encode()).hexdigest()[:20]

    def event(self, name: str, **fields: Any) -> Event:
        """Return an event with what all of them carry."""
        return {"app_id": APP_ID, "event_name": name, "timestamp": str(self._clock.milliseconds()), **fields}

    def from_user(self, name: str, user: str, message: Event, to: str = OA_ID) -> Event:
        """Return an event of a person writing."""
        sides = {"sender": {"id": user}, "recipient": {"id": to}}
        return self.event(name, user_id_by_app=user_id_by_app(user), **sides, message=message)

    def from_oa(self, name: str, user: str, message: Event) -> Event:
        """Return an event whose sender is the account: an echo or a receipt."""
        return self.event(name, sender={"id": OA_ID}, recipient={"id": user}, message=message)

    def raw(self, event: object) -> bytes:
        """Return the bytes that are signed and sent: compact, Vietnamese as it is or escaped."""
        return json.dumps(event, ensure_ascii=self.ascii_escapes, separators=(",", ":")).encode()

    def headers(self, raw: bytes) -> dict[str, str]:
        """Return the headers of a genuine body; a value it lacks counts as empty in the signature."""
        try:
            fields = json.loads(raw)
        except ValueError:
            fields = {}
        fields = fields if isinstance(fields, dict) else {}
        mac = signature(raw, str(fields.get("app_id", "")), str(fields.get("timestamp", "")), OA_SECRET)
        return {**_headers("mac=" * self.mac_prefix + mac), **({"num_retry": "0"} if self.first_num_retry else {})}

    def send(self, event: Event, *, queue: str = "") -> Posting | None:
        """Sign and post an event; None when it is not ticked in the console."""
        if event.get("event_name") in self.unticked:
            return None
        raw = self.raw(event)
        return self.post.send(raw, self.headers(raw), queue=queue)

    def send_raw(self, raw: bytes) -> Posting:
        """Sign and post bytes of any kind."""
        return self.post.send(raw, self.headers(raw))

    def forge(self, how: Forgery, event: Event) -> int:
        """Post an event that must not be believed; returns the status it was answered."""
        raw = self.raw(_misleading(how, event))
        headers = self.headers(raw)
        app_id, timestamp = str(event["app_id"]), str(event["timestamp"])
        if how == "missing":
            del headers["X-ZEvent-Signature"]
        elif how == "changed_body":
            raw = raw.replace(b'"message":{', b'"message":{ ')
        elif how == "header_time":
            headers = {**_headers("mac=" + signature(raw, app_id, "1", OA_SECRET)), "timestamp": "1"}
        elif how in ("empty", "garbage", "hmac", "oa_id", "app_secret"):
            made_up = {
                "empty": "",
                "garbage": "mac=é",
                "hmac": "mac=" + hmac.new(OA_SECRET.encode(), raw, hashlib.sha256).hexdigest(),
                "oa_id": "mac=" + signature(raw, OA_ID, timestamp, OA_SECRET),
                "app_secret": "mac=" + signature(raw, app_id, timestamp, APP_SECRET),
            }
            headers = _headers(made_up[how])
        return self.post.post_once(raw, headers)

    def odd_events(self, user: str) -> dict[str, bytes]:
        """Return genuine bodies of a shape nobody promised; none may be answered with a 5xx."""
        plain = self.from_user("user_send_text", user, {"msg_id": self.next_id(), "text": "xin chào"})
        bare = {name: value for name, value in plain.items() if name not in ("message", "sender", "timestamp")}
        timed = {**bare, "timestamp": plain["timestamp"]}
        written = {**timed, "sender": plain["sender"]}
        image = {**written, "event_name": "user_send_image"}
        numbers = {"sender": {"id": int(user)}, "recipient": {"id": int(OA_ID)}, "timestamp": int(plain["timestamp"])}
        odd: dict[str, object] = {
            "unknown event": {**plain, "event_name": "user_blew_a_whistle"},
            "no event name": {name: value for name, value in plain.items() if name != "event_name"},
            "no message": written,
            "message is null": {**written, "message": None},
            "message is a text": {**written, "message": "xin chào"},
            "no sender": {**timed, "message": plain["message"]},
            "no timestamp": {**bare, "sender": plain["sender"], "message": plain["message"]},
            "numbers for strings": {**plain, **numbers},
            "no msg_id": {**written, "message": {"text": "xin chào"}},
            "number for a text": {**written, "message": {"msg_id": self.next_id(), "text": 12}},
            "empty text": {**written, "message": {"msg_id": self.next_id(), "text": ""}},
            "attachments no list": {**image, "message": {"msg_id": self.next_id(), "attachments": {"type": "image"}}},
            "attachment without payload": {**image, "message": {"msg_id": self.next_id(), "attachments": [{}]}},
            "follow without follower": self.event("follow", oa_id=OA_ID),
            "seen without ids": self.from_oa("user_seen_message", user, {}),
            "empty object": {},
            "no object": ["xin chào"],
        }
        return {name: self.raw(event) for name, event in odd.items()} | {"no JSON": b"{xin chao", "nothing": b""}


def _misleading(how: Forgery, event: Event) -> Event:
    now = int(event["timestamp"])
    changes: dict[str, Event] = {
        "other_app": {"app_id": "3600000000000000999"},
        "other_oa": {"recipient": {"id": "3880000000000000999"}},
        "future": {"timestamp": str(now + _NOT_YET + 60_000)},
        "stale": {"timestamp": str(now - _NO_LONGER - 60_000)},
    }
    return {**event, **changes.get(how, {})}


def _headers(signed: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-ZEvent-Signature": signed}
