"""What people do with a Zalo Official Account, and what its webhook tells the bot about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from tests.support.zalo_network import PeerClock, Posting
from tests.support.zalo_oa_webhook import OA_ID, Event, Forgery, OaWebhook

if TYPE_CHECKING:
    from tests.support.zalo_oa_peer import Delivered

Media = Literal["image", "file", "audio", "video", "sticker", "link", "business_card"]
PlaceShape = Literal["coordinates", "lat_long", "message"]


@dataclass
class Person:
    """A person as the account knows them; trouble is the code with which sends to them are refused."""

    name: str
    last_interaction: datetime | None = None
    follows: bool = False
    left: bool = False
    anonymous: bool = False
    replies: int = 0
    trouble: int = 0


class OaPeople:
    """The people's side of the platform; every act returns its posting, to be waited for."""

    def __init__(self, webhook: OaWebhook, clock: PeerClock) -> None:
        self.webhook = webhook
        self.post = webhook.post
        self.people: dict[str, Person] = {}
        self.groups: set[str] = set()
        self.reports = {"echo", "received", "seen"}
        self._clock = clock

    def listen(self, url: str) -> None:
        """Enter the bot's webhook address in the console."""
        self.post.url = url

    def delivered(self, recipient: str) -> "list[Delivered]":
        """Return what a person received."""
        raise NotImplementedError

    def follow(self, user: str) -> Posting | None:
        """A person follows the account."""
        person = self._interacts(user)
        person.follows = True
        follow = self.webhook.event("follow", oa_id=OA_ID, source="oa_profile", follower={"id": user})
        return self.webhook.send(follow, queue=user)

    def unfollow(self, user: str) -> Posting | None:
        """A person turns away: nothing reaches them until they come back."""
        person = self._person(user)
        person.follows, person.left = False, True
        return self.webhook.send(self.webhook.event("unfollow", oa_id=OA_ID, follower={"id": user}), queue=user)

    def trouble(self, user: str, code: int) -> None:
        """Let every send to a person be refused with a code, such as -227 or -244; 0 ends it."""
        self._person(user).trouble = code

    def say(self, user: str, text: str) -> Posting | None:
        """A person writes."""
        return self._writes("user_send_text", user, {"text": text})

    def say_anonymously(self, visitor: str, text: str) -> Posting | None:
        """Somebody who follows nothing writes."""
        self._person(visitor).anonymous = True
        return self._writes("anonymous_send_text", visitor, {"text": text})

    def say_in_group(self, group: str, user: str, text: str) -> Posting | None:
        """A person writes in a group of the account, which opens no window for private messages."""
        self.groups.add(group)
        message = {"msg_id": self.webhook.next_id(), "text": text}
        return self.webhook.send(self.webhook.from_user("user_send_group_text", user, message, to=group), queue=group)

    def press(self, user: str, number: int) -> Posting | None:
        """A person taps a button, counted from 1, of the last message that has any; links and calls tell nobody."""
        buttons = next(told.buttons for told in reversed(self.delivered(user)) if told.buttons)
        button = buttons[number - 1]
        return self.say(user, button["payload"]) if button["type"].startswith("oa.query.") else None

    def chat_now(self, user: str) -> Posting | None:
        """A person taps the account's chat button."""
        self._interacts(user)
        sides = {"sender": {"id": user}, "recipient": {"id": OA_ID}}
        return self.webhook.send(self.webhook.event("user_click_chatnow", oa_id=OA_ID, **sides), queue=user)

    def send_media(self, user: str, kind: Media, text: str = "") -> Posting | None:
        """A person sends something else than text, perhaps with words under it."""
        payload = {"url": f"https://media.example.vn/{kind}"}
        if kind == "image":
            payload["thumbnail"] = "https://media.example.vn/thumbnail"
        if kind == "file":
            payload |= {"name": "ke-hoach.pdf", "size": "102400", "checksum": "0f", "type": "pdf"}
        message: Event = {"attachments": [{"type": kind, "payload": payload}]}
        return self._writes(f"user_send_{kind}", user, {**({"text": text} if text else {}), **message})

    def send_place(self, user: str, shape: PlaceShape = "coordinates") -> Posting | None:
        """A person sends where they are, in one of the shapes seen."""
        long_names, short_names = {"latitude": "10.33", "longitude": "105.02"}, {"lat": "10.33", "long": "105.02"}
        if shape == "message":
            return self._writes("user_send_location", user, {"location": long_names})
        coordinates = long_names if shape == "coordinates" else short_names
        attachment = {"type": "location", "payload": {"coordinates": coordinates}}
        return self._writes("user_send_location", user, {"attachments": [attachment]})

    def console_says(self, user: str, text: str) -> Posting | None:
        """A colleague answers from the account's console: the bot sees an echo of words it never sent."""
        return self._echo("oa_send_text", user, {"msg_id": self.webhook.next_id(), "text": text})

    def forge(self, how: Forgery, user: str, text: str = "xin chào") -> int:
        """Somebody else posts an event in a person's name; returns the status."""
        message = {"msg_id": self.webhook.next_id(), "text": text}
        return self.webhook.forge(how, self.webhook.from_user("user_send_text", user, message))

    def report(self, user: str, kind: str, message_id: str, text: str) -> None:
        """Tell the bot that its own message went out, arrived and was seen, as far as `reports` says."""
        if "echo" in self.reports:
            name = "oa_send_anonymous_text" if self._person(user).anonymous else f"oa_send_{kind}"
            self._echo(name, user, {"msg_id": message_id, **({"text": text} if text else {})})
        if "received" in self.reports:
            self._echo("user_received_message", user, {"msg_id": message_id})
        if "seen" in self.reports:
            self._echo("user_seen_message", user, {"msg_ids": [message_id]})

    def _echo(self, name: str, user: str, message: Event) -> Posting | None:
        return self.webhook.send(self.webhook.from_oa(name, user, message), queue=user)

    def _writes(self, name: str, user: str, content: dict[str, Any]) -> Posting | None:
        self._interacts(user)
        message = {"msg_id": self.webhook.next_id(), **content}
        return self.webhook.send(self.webhook.from_user(name, user, message), queue=user)

    def _person(self, user: str) -> Person:
        if user not in self.people:
            self.people[user] = Person(f"Người dùng {user[-4:]}")
        return self.people[user]

    def _interacts(self, user: str) -> Person:
        person = self._person(user)
        person.last_interaction = self._clock.now()
        person.left, person.replies = False, 0
        return person
