"""A person on each of the five channels: says, chooses, sends, and hears, with the means that channel has."""

import asyncio
import html
import itertools
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
from sqlalchemy import Engine, func, select
from telemelya.client import TelegramTestClient

from bot.channels.terminal import Terminal
from bot.storage.inbox import WAITING as UNANSWERED
from bot.storage.inbox import inbox
from bot.storage.outbox import OutboxState, outbox
from config.texts import load_texts
from handlers.domain import IncomingMessage, Reply
from handlers.ports import Clock, Handle
from tests.support.heard import SOURCES, VERBATIM, Heard, Message
from tests.support.telegram_peer import TOKEN, TelegramPeer, shown_text
from tests.support.telegram_proxy import Proxy
from tests.support.zalo_bot_peer import ZaloBotPeer
from tests.support.zalo_oa_peer import ZaloOaPeer

_CHOOSE = re.compile("|".join(re.escape(load_texts(one).say("channels.choose")) for one in ("vi", "en")))
_FOLDED = re.compile(r"<blockquote expandable>(.*?)</blockquote>", re.DOTALL)
_NUMBERED = re.compile(r"^\s*(\d{1,2})\. (.+)$", re.MULTILINE)
_STILL_OPEN = (OutboxState.PENDING, OutboxState.RETRY, OutboxState.SENDING)
_QUIET_S = 0.15
_STICKER = {"sticker": {"file_id": "s", "file_unique_id": "u", "emoji": "😢"}}
_PICTURE = {"photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]}
_RECORDING = {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 2}}
_people = itertools.count(1)


class Speaker(ABC):
    """One person on one channel; a turn is over when `turns_over` took what was heard."""

    channel = ""
    sends_media = False
    has_groups = False
    edits_messages = False
    answers_at_once = False
    folds_quotes = True
    keeps_buttons = False
    """Whether the buttons of earlier messages can still be pressed."""

    me = ""
    """The person's id on the platform, where there is one."""

    def __init__(self) -> None:
        self._latest = Heard()
        self._heard_before = (0, 0)

    @abstractmethod
    def says(self, text: str) -> None: ...
    @abstractmethod
    def picks(self, label: str, *, by_number: bool = False) -> None: ...
    @abstractmethod
    def received(self) -> Sequence[Message]:
        """Return everything that ever came in private."""

    def sends(self, what: str) -> None:
        """Send a sticker (nhãn dán), a picture (ảnh) or a recording (ghi âm)."""
        raise NotImplementedError

    def edits(self, text: str) -> None:
        """Write an earlier message anew."""
        raise NotImplementedError

    def says_in_group(self, text: str) -> None:
        """Say something in a group, where {trợ lý} is how the channel calls the assistant."""
        raise NotImplementedError

    def deleted(self) -> int:
        """Return how many messages of the chat the assistant had deleted."""
        return 0

    def in_group(self) -> Sequence[str]:
        """Return everything that ever came in the group."""
        return ()

    def asks_for_quotes(self) -> None:
        """Ask for the original words; where they stand folded in the message, look at them again."""
        if not self.folds_quotes:
            offered = {label for message in self._latest.messages for label in message.choices}
            self.picks(next(label for label in VERBATIM if label in offered))
            return
        self._heard_before = (len(self.received()) - len(self._latest.messages), self._heard_before[1])

    def is_settled(self) -> bool:
        """Whether nothing more is on its way."""
        return True

    def hears(self) -> Heard:
        """Return what came since the turn began."""
        private, group = self._heard_before
        messages = tuple(self.received()[private:])
        quotes = "\n".join(message.quotes for message in messages if message.quotes)
        return Heard(messages=messages, group=tuple(self.in_group()[group:]), quotes=quotes)

    def turns_over(self) -> Heard:
        """Return what came of the turn, and begin the next."""
        self._latest = self.hears()
        self._heard_before = (len(self.received()), len(self.in_group()))
        return self._latest

    def _offered(self, label: str) -> tuple[int, int]:
        """Return the message that offers a choice last, and the choice's number from 1."""
        messages = self.received()
        for index in range(len(messages) - 1, -1, -1):
            for number, offered in enumerate(messages[index].choices, 1):
                if label in offered:
                    return index, number
            if messages[index].choices and not self.keeps_buttons:
                break
        raise AssertionError(f"nobody offers “{label}”: {messages[-1] if messages else None}")


class AtTerminal(Speaker):
    """Numbered choices; every person sits at a terminal of their own."""

    channel = "terminal"
    answers_at_once = True

    def __init__(self, handle: Handle, clock: Clock) -> None:
        super().__init__()
        name = f"terminal-{next(_people)}"
        self._replies: list[Reply] = []

        async def from_here(message: IncomingMessage) -> Sequence[Reply]:
            self._replies = list(await handle(replace(message, sender=name, chat=name)))
            return self._replies

        self._terminal = Terminal(handle=from_here, texts=load_texts("vi"), clock=clock)
        self._received: list[Message] = []

    def says(self, text: str) -> None:
        shown = asyncio.run(self._terminal.say(text))
        quotes = "\n".join(entry.quote for reply in self._replies for entry in reply.citations)
        assert all(_bare(entry.quote) in _bare(shown) for reply in self._replies for entry in reply.citations)
        labels = tuple(label for _, label in _NUMBERED.findall(shown) if label in self._labels())
        assert labels == self._labels(), "a choice is not shown with its number"
        self._received.append(Message(text=shown, choices=labels, quotes=quotes, kind=self._replies[0].kind))

    def picks(self, label: str, *, by_number: bool = False) -> None:
        self.says(str(self._offered(label)[1]))

    def received(self) -> Sequence[Message]:
        return self._received

    def _labels(self) -> tuple[str, ...]:
        return tuple(button.label for button in self._terminal.buttons)


class OnTheWeb(Speaker):
    """The page's own requests: the turns of the tab as history, buttons as words with their action."""

    channel = "web"
    answers_at_once = True

    def __init__(self, address: str) -> None:
        super().__init__()
        number = next(_people)
        own = httpx.HTTPTransport(local_address=f"127.0.1.{number % 250 + 1}", proxy=None)
        self._client = httpx.Client(base_url=address, transport=own, timeout=60, trust_env=False)
        self._session = f"tab-{number}"
        self._turns: list[dict[str, str]] = []
        self._buttons: list[dict[str, Any]] = []
        self._received: list[Message] = []

    def says(self, text: str, action: str | None = None) -> None:
        body = {"question": text, "history": self._turns[-12:], "session": self._session, "language": "vi"}
        answer = self._client.post("/api/ask", json={**body, **({"action": action} if action else {})})
        assert answer.status_code == 200, f"the page was answered {answer.status_code}"
        told = answer.json()
        self._turns = [] if told["forget"] else [*self._turns, {"role": "user", "text": text}]
        self._turns.append({"role": "bot", "text": told["text"]})
        self._buttons = told["buttons"]
        assert told["options"] == [button["label"] for button in told["buttons"]]
        quotes = "\n".join(entry["quote"] for entry in told["citations"])
        choices = tuple(told["options"])
        self._received.append(Message(text=told["text"], choices=choices, quotes=quotes, kind=told["kind"]))

    def picks(self, label: str, *, by_number: bool = False) -> None:
        button = self._buttons[self._offered(label)[1] - 1]
        self.says(button["label"], button["action"])

    def received(self) -> Sequence[Message]:
        return self._received


class _OnMessenger(Speaker):
    """What the three messengers share: answers come later, through the inbox and the outbox of the store."""

    sends_media = True
    has_groups = True

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._changed = (time.monotonic(), -1)
        self.group = ""

    def is_settled(self) -> bool:
        """Whether the store holds nothing unanswered or unsent, and for a moment nothing has come."""
        count = len(self.received()) + len(self.in_group())
        if count != self._changed[1]:
            self._changed = (time.monotonic(), count)
        waiting = select(func.count()).where(inbox.c.lane == f"{self.channel}:{self.me}", inbox.c.state == UNANSWERED)
        unsent = select(func.count()).where(
            outbox.c.channel == self.channel, outbox.c.chat.in_([self.me, self.group]), outbox.c.state.in_(_STILL_OPEN)
        )
        with self._engine.connect() as connection:
            busy = connection.scalar(waiting) or connection.scalar(unsent)
        return not busy and time.monotonic() - self._changed[0] > _QUIET_S


class OnTelegram(_OnMessenger):
    """Inline buttons, folded quotes, protected cards."""

    channel = "telegram"
    keeps_buttons = edits_messages = True

    def __init__(self, peer: TelegramPeer, engine: Engine) -> None:
        super().__init__(engine)
        self._peer = peer
        self._id = 8_100_000_000 + next(_people)
        self.me, self.group = str(self._id), str(-1_000_000_000_000 - self._id)

    def says(self, text: str) -> None:
        self._peer.says(self._id, text)

    def picks(self, label: str, *, by_number: bool = False) -> None:
        index, number = self._offered(label)
        if by_number:
            return self.says(str(number))
        sent = self._sent(self._id)[index]
        self._peer.presses(self._id, _buttons(sent)[number - 1]["callback_data"], sent["message_id"])
        return None

    def sends(self, what: str) -> None:
        content: dict[str, dict[str, Any]] = {"nhãn dán": _STICKER, "ảnh": _PICTURE, "ghi âm": _RECORDING}
        self._peer.sends(self._id, **content[what])

    def edits(self, text: str) -> None:
        self._peer.edits(self._id, text)

    def says_in_group(self, text: str) -> None:
        self._peer.says_in_group(int(self.group), self._id, text.replace("{trợ lý}", "@AnTamThuBot"))

    def in_group(self) -> Sequence[str]:
        return self._peer.texts_to(int(self.group))

    def deleted(self) -> int:
        return sum(chat == self._id for chat, _ in list(self._peer.deleted))

    def received(self) -> Sequence[Message]:
        return [
            Message(
                text=sent["shown"],
                choices=tuple(button["text"] for button in _buttons(sent)),
                quotes=html.unescape("\n".join(_FOLDED.findall(sent["fields"]["text"]))),
                is_protected=sent["fields"].get("protect_content") == "true",
            )
            for sent in self._sent(self._id)
        ]

    def _sent(self, chat: int) -> list[dict[str, Any]]:
        return [sent for sent in list(self._peer.sent) if sent["chat"]["id"] == chat]


class OnTelemelya(_OnMessenger):
    """Telegram by webhook, its server written by others: private chats and words alone."""

    channel = "telegram"
    sends_media = has_groups = False
    keeps_buttons = True
    _one_at_a_time = threading.Lock()

    def __init__(self, proxy: Proxy, engine: Engine) -> None:
        super().__init__(engine)
        self._proxy = proxy
        self._id = 8_200_000_000 + next(_people)
        self.me = str(self._id)
        self._client = TelegramTestClient(proxy.peer, "any-key", TOKEN)

    def says(self, text: str) -> None:
        self._act(lambda: self._client.send_message(self._id, text))

    def picks(self, label: str, *, by_number: bool = False) -> None:
        index, number = self._offered(label)
        if by_number:
            return self.says(str(number))
        sent = self._sent()[index]
        data = _buttons({"markup": sent["reply_markup"]})[number - 1]["callback_data"]
        return self._act(lambda: self._client.send_callback_query(self._id, data, sent["message_id"]))

    def deleted(self) -> int:
        return self._proxy.deleted.count(self.me)

    def received(self) -> Sequence[Message]:
        return [
            Message(
                text=shown_text(sent["text"]),
                choices=tuple(button["text"] for button in _buttons({"markup": sent["reply_markup"] or {}})),
                quotes=html.unescape("\n".join(_FOLDED.findall(sent["text"]))),
                is_protected=bool(sent["raw"].get("protect_content")),
            )
            for sent in self._sent()
        ]

    def _sent(self) -> list[dict[str, Any]]:
        return [one for one in self._client.get_responses() if one["method"] == "sendMessage"]

    def _act(self, act: Callable[[], object]) -> None:
        """Act alone for a moment: this server numbers updates by the millisecond."""
        with self._one_at_a_time:
            time.sleep(0.003)
            act()


class OnZaloAccount(_OnMessenger):
    """Up to five buttons, numbers beyond; the original words come when asked for."""

    channel = "zalo_oa"
    folds_quotes = False

    def __init__(self, peer: ZaloOaPeer, engine: Engine) -> None:
        super().__init__(engine)
        self._peer = peer
        number = next(_people)
        self.me, self._group_id = f"2460000000000{number:06}", f"9990000000000{number:06}"
        self.group = f"group:{self._group_id}"

    def says(self, text: str) -> None:
        self._peer.say(self.me, text)

    def picks(self, label: str, *, by_number: bool = False) -> None:
        index, number = self._offered(label)
        if by_number or not self._peer.delivered(self.me)[index].buttons:
            self.says(str(number))
        else:
            self._peer.press(self.me, number)

    def sends(self, what: str) -> None:
        self._peer.send_media(self.me, {"ảnh": "image", "nhãn dán": "sticker", "ghi âm": "audio"}[what])  # type: ignore[arg-type]  # a literal

    def says_in_group(self, text: str) -> None:
        self._peer.say_in_group(self._group_id, self.me, text.replace("{trợ lý}", "@An Tâm"))

    def in_group(self) -> Sequence[str]:
        return [told.text for told in self._peer.delivered(self._group_id)]

    def received(self) -> Sequence[Message]:
        return [
            Message(
                text=told.text,
                choices=tuple(button["title"] for button in told.buttons) or _numbered(told.text),
                quotes=_unfolded(told.text),
            )
            for told in self._peer.delivered(self.me)
        ]


class OnZaloBot(_OnMessenger):
    """No buttons at all: everything is chosen by number. A group shows the bot only what mentions it."""

    channel = "zalo_bot"
    folds_quotes = False

    def __init__(self, peer: ZaloBotPeer, engine: Engine) -> None:
        super().__init__(engine)
        self._peer = peer
        number = next(_people)
        self.me, self.group = f"6ede9afa66b8{number:08x}", f"9ade9afa66b8{number:08x}"

    def says(self, text: str) -> None:
        self._peer.say(self.me, text)

    def picks(self, label: str, *, by_number: bool = False) -> None:
        self.says(str(self._offered(label)[1]))

    def sends(self, what: str) -> None:
        if what == "ảnh":
            self._peer.send_photo(self.me)
        else:
            self._peer.send_media(self.me, "sticker" if what == "nhãn dán" else "voice")

    def says_in_group(self, text: str) -> None:
        if text.startswith(("{trợ lý}", "/")):
            mentioned = text if text.startswith("{") else f"{{trợ lý}} {text}"
            self._peer.say_in_group(self.group, self.me, mentioned.replace("{trợ lý}", "@bot.AnTam"))

    def in_group(self) -> Sequence[str]:
        return [told.text for told in self._peer.delivered(self.group)]

    def received(self) -> Sequence[Message]:
        return [
            Message(text=told.text, choices=_numbered(told.text), quotes=_unfolded(told.text))
            for told in self._peer.delivered(self.me)
        ]


def _bare(text: str) -> str:
    """Return the letters and figures alone: how words are broken and marked may differ."""
    return re.sub(r"[\W_]+", "", text)


def _buttons(sent: dict[str, Any]) -> list[dict[str, Any]]:
    return list(itertools.chain(*sent["markup"].get("inline_keyboard", [])))


def _numbered(text: str) -> tuple[str, ...]:
    """Return the choices numbered under the line that asks for a number."""
    asked = list(_CHOOSE.finditer(text))
    return tuple(label.strip() for _, label in _NUMBERED.findall(text[asked[-1].end() :])) if asked else ()


def _unfolded(text: str) -> str:
    """Return the original words of a message that shows nothing else: each stands in quotation marks of its own."""
    return (
        "\n".join(re.findall(r"“(.+?)”(?=\n|$)", text, re.DOTALL))
        if not any(source in text for source in SOURCES)
        else ""
    )
