"""The order in which flows see a message: the referral gate first, then the visible list."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from traceback import extract_tb

from config.texts import load_texts
from handlers.domain import IncomingMessage, Reply
from handlers.gate import NOTHING, Verdict
from handlers.language import spoken_language
from handlers.ports import Flow
from handlers.referral import ReferralDesk
from knowledge.vietnamese import fold

log = logging.getLogger(__name__)
_COMMANDS = "channels.command"


@dataclass(kw_only=True, eq=False)
class Dispatcher:
    """Gives a message to the first flow that answers it; if the gate says `card`, a card is sent whatever fails."""

    desk: ReferralDesk
    flows: Sequence[Flow]
    guard: Callable[[str, str], str]
    places: Callable[[], Iterable[str | None]] = tuple

    async def handle(self, message: IncomingMessage) -> list[Reply]:
        """Return the replies; never empty, and no message makes it raise."""
        verdict = self._judge(message)
        card = self._card(verdict, message)
        if card is not None:
            return [card, *await self._answer_too(verdict, message)]
        reopened = self.desk.reopen(message)
        if reopened is not None:
            return [reopened]
        replies = await self._run_flows(message)
        rights = None if _ask_about_documents(message, replies) else self.desk.rights(message)
        if rights is not None:
            replies = [rights]
        elif verdict.action == "line" and not message.in_group:
            replies = self._add_line(replies, message.language)
        elif all(reply.kind == "refuse" for reply in replies) and (said := self.desk.say_again(message)):
            replies = [said]
        return [self._guarded(reply, message.language) for reply in replies]

    def is_distress(self, message: IncomingMessage) -> bool:
        """Tell whether this message must never be stored, queued or limited."""
        return self._judge(message).action == "card" or self.desk.after_distress(message)

    def first_help(self, message: IncomingMessage) -> Reply | None:
        """Return the card for a cry for help, or for a message without words after one."""
        return self._card(self._judge(message), message)

    async def after_help(self, message: IncomingMessage) -> list[Reply]:
        """Return the answer to the question a cry for help also contains, to be sent after the card."""
        return await self._answer_too(self._judge(message), message)

    def _judge(self, message: IncomingMessage) -> Verdict:
        """Ask the gate; a bare command of the channels' menu ("/help") is no cry for help."""
        name = f"{_COMMANDS}.{message.text.strip().removeprefix('/').lower()}" if message.text.startswith("/") else ""
        return NOTHING if name in load_texts("vi").sentences else self.desk.judge(message)

    def _card(self, verdict: Verdict, message: IncomingMessage) -> Reply | None:
        if verdict.action == "card" or self.desk.after_distress(message):
            language = "en" if spoken_language(message.text, message.history) == "en" else message.language
            return self.desk.card(verdict, replace(message, language=language))
        return None

    async def _answer_too(self, verdict: Verdict, message: IncomingMessage) -> list[Reply]:
        asks = verdict.also_question or ("asks" in verdict.signals and self._names_a_place(message.text))
        if message.in_group or not asks:
            return []
        replies = await self._run_flows(message)
        found = [self._guarded(reply, message.language) for reply in replies if reply.kind == "answer"]
        return [replace(reply, sensitive=True, buttons=()) for reply in found]

    def _names_a_place(self, text: str) -> bool:
        try:
            return bool(_places_named(fold(text), self.places()))
        except Exception as fault:
            # The card must be sent even if the store fails.
            log.error("places failed: %s", type(fault).__name__)
            return False

    async def _run_flows(self, message: IncomingMessage) -> list[Reply]:
        try:
            for flow in self.flows:
                if (replies := await flow(message)) is not None:
                    return replies
        except Exception as fault:
            # Any fault of a flow ends here: apologise, and log nothing of the message.
            where = extract_tb(fault.__traceback__)[-1]
            log.error("flow failed: %s in %s:%s", type(fault).__name__, where.name, where.lineno)
        return [Reply(text=load_texts(message.language).say("fault.answer"), kind="refuse")]

    def _add_line(self, replies: list[Reply], language: str) -> list[Reply]:
        last = replies[-1]
        text = f"{last.text}\n\n{self.desk.safety_line(language)}"
        return [replace(reply, ephemeral=True) for reply in [*replies[:-1], replace(last, text=text)]]

    def _guarded(self, reply: Reply, language: str) -> Reply:
        citations = tuple(replace(entry, quote=self.guard(entry.quote, language)) for entry in reply.citations)
        return replace(reply, text=self.guard(reply.text, language), citations=citations)


def _ask_about_documents(message: IncomingMessage, replies: Sequence[Reply]) -> bool:
    """Whether the documents answer and the question names the place or number they answer from."""
    cited = [entry for reply in replies if reply.kind in ("answer", "clarify") for entry in reply.citations]
    asked = fold(message.text)
    named = bool(_places_named(asked, (entry.place for entry in cited)))
    return named or any(entry.number and fold(entry.number) in asked for entry in cited)


def _places_named(folded: str, places: Iterable[str | None]) -> set[str]:
    """Return those places, without titles and years, that a text without marks names."""
    names = {fold(" ".join((place or "").partition(",")[0].split()[-2:])) for place in places}
    return {name for name in names if name and name in folded}
