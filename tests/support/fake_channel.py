"""A channel in the process: keeps what it was asked to send and answers as it was told to."""

import asyncio
from collections import defaultdict, deque

from bot.channels.base import Accept, InboundEvent, Limits, Outcome, Part, Sent
from handlers.domain import IncomingMessage
from tests.support.assistant import now


class FakeChannel:
    """Delivers everything at once unless outcomes wait; `buttons` 0 makes it one with numbered choices."""

    def __init__(self, name: str = "telegram", *, buttons: int = 20, text_units: int = 4096) -> None:
        self.name = name
        pace = {"per_second": 10_000.0, "chat_s": 0.0}
        self.limits = Limits(text_units=text_units, buttons=buttons, folds_quotes=buttons > 0, **pace)
        self.problem: str | None = None
        self.sent: list[tuple[str, Part]] = []
        self.outcomes: dict[str, deque[Outcome]] = defaultdict(deque)
        self.acknowledged: list[str] = []
        self.wiped: list[str] = []
        self.delay_s = 0.0

    async def start(self, accept: Accept) -> None:
        """Nothing comes by itself."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def send(self, chat: str, part: Part) -> Outcome:
        await asyncio.sleep(self.delay_s)
        if self.outcomes[chat]:
            outcome = self.outcomes[chat].popleft()
            if not isinstance(outcome, Sent):
                return outcome
        self.sent.append((chat, part))
        return Sent(provider_id=str(len(self.sent)))

    async def acknowledge(self, event: InboundEvent) -> None:
        self.acknowledged.append(event.event_id)

    async def wipe(self, event: InboundEvent) -> None:
        self.wiped.append(event.message.chat)

    def texts_to(self, chat: str) -> list[str]:
        """Return what a chat received."""
        return [part.text for to, part in self.sent if to == chat]

    async def waits_for(self, chat: str, number: int, patience_s: float = 10.0) -> list[str]:
        """Wait until a chat received a number of messages, and return them."""
        for _ in range(int(patience_s / 0.01)):
            if len(self.texts_to(chat)) >= number:
                break
            await asyncio.sleep(0.01)
        return self.texts_to(chat)


def event(number: int, text: str, sender: str = "42", **values: object) -> InboundEvent:
    """Return a text that somebody wrote, as the channel would hand it over."""
    message = IncomingMessage(
        channel="telegram",
        sender=sender,
        chat=sender,
        now=now(),
        text=text,
        **values,  # type: ignore[arg-type]
    )
    return InboundEvent(channel="telegram", event_id=f"{sender}-{number}", order=number, message=message)
