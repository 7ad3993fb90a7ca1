"""The referral desk: judges messages, composes cards; remembers a person briefly, in memory only; fails open."""

import logging
import os
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from config.referrals import Directory, find_banned
from config.texts import Texts, load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from handlers.gate import HARDLY, PIECE, Action, Verdict, judge, read_alone
from handlers.gate_text import TOKEN
from handlers.referral_cards import Card, answer_rights, compose_card
from knowledge.vietnamese import fold

log = logging.getLogger(__name__)

_MEMORY = timedelta(minutes=30)
_TOGETHER = timedelta(minutes=10)
_MOST_BEFORE = 4
_MOST_PEOPLE, _MOST_VERDICTS, _MOST_CALM = 20_000, 20_000, 10_000
_REOPENED = Verdict(action=Action.CARD, kind="psychological", urgency="soon")
_NEUTRAL = Verdict(action=Action.LINE)


@dataclass(slots=True)
class _Person:
    """What is remembered of one writer, in memory only: messages for ten minutes, a card for thirty."""

    seen: datetime
    bubbles: tuple[str, ...] = field(default=(), repr=False)
    said_at: tuple[datetime, ...] = ()
    calm: bool = True
    is_new: bool = True
    card: Verdict | None = None
    card_at: datetime | None = None
    province: str | None = None
    rehearses_until: datetime | None = None


class ReferralDesk:
    """Judges messages and composes cards; works without store, index, network or model server."""

    def __init__(self, *, directory: Directory) -> None:
        self._directory = directory
        self._salt = os.urandom(16)
        self._people: OrderedDict[int, _Person] = OrderedDict()
        self._verdicts: OrderedDict[int, Verdict] = OrderedDict()
        self._calm: dict[int, tuple[Verdict, float]] = {}
        self._reopening, self._rehearsing, self._leaving = _words("reopen"), _words("rehearse"), _words("leave")
        self._last_resort = {
            language: compose_card(_REOPENED, texts=load_texts(language), directory=directory, today=date.max)
            for language in ("vi", "en")
        }

    def judge(self, message: IncomingMessage) -> Verdict:
        """Return the verdict on a message, read with the writer's recent ones; never raises, stores nothing."""
        person = self._person(message)
        if message.content is Content.ACTION:
            return Verdict(action=Action.NONE)
        if not TOKEN.search(message.text):
            told = [turn.text for turn in message.history if turn.role == "user"] if person.is_new else []
            before = self._card_again(person, message.now) or (judge(told[-1]) if told else HARDLY)
            return before if before.action is Action.CARD else HARDLY
        # The worker asks again about what the inbox had judged, while later messages have been judged already.
        mark = hash((self._key(message), message.now, message.text))
        if (known := self._verdicts.get(mark)) is not None:
            return known
        verdict = self._judge_safely(person, message)
        self._verdicts[mark] = verdict
        if len(self._verdicts) > _MOST_VERDICTS:
            self._verdicts.popitem(last=False)
        person.is_new = False
        if not verdict.aside:
            person.bubbles = (*person.bubbles, message.text[-PIECE:])[-_MOST_BEFORE:]
            person.said_at = (*person.said_at, message.now)[-_MOST_BEFORE:]
            person.calm = verdict.calm
        if verdict.action is Action.CARD:
            person.card, person.card_at = verdict, message.now
        return verdict

    def card(self, verdict: Verdict, message: IncomingMessage) -> Reply:
        """Return the card for a verdict; if composing it fails, a plain card prepared at start."""
        texts = load_texts("en" if "english" in verdict.signals else message.language)
        try:
            card = self._compose(verdict, message, texts)
        except Exception as fault:
            # A fault in composing must never leave a person without the numbers.
            log.error("card failed: %s", type(fault).__name__)
            card = self._last_resort[texts.language]
        banner = f"{texts.say('referral.rehearsal.banner')}\n\n" if self._rehearses(message) else ""
        return Reply(text=banner + card.text, kind="referral", buttons=_buttons(texts), sensitive=True, ephemeral=True)

    def safety_line(self, language: str) -> str:
        """Return the neutral line appended to a normal answer when the gate is unsure."""
        return self._with_numbers("text", language)

    def say_again(self, message: IncomingMessage) -> Reply | None:
        """Return a short reply that replaces a refusal soon after a card; None when there was no card."""
        at = self._person(message).card_at
        if at is None or message.now - at > _TOGETHER:
            return None
        return _aside(self._with_numbers("again", message.language))

    def reopen(self, message: IncomingMessage) -> Reply | None:
        """Answer the safe word, the help menu entry and the card's buttons; None for anything else."""
        action, said = message.action or "", fold(message.text.strip(" .!\"'"))
        texts = load_texts(message.language)
        if said in self._rehearsing:
            running = self._rehearses(message)
            self._person(message).rehearses_until = None if running else message.now + _MEMORY
            return _aside(texts.say(f"referral.rehearsal.{'off' if running else 'on'}"))
        if action == "help:documents":
            return _aside(texts.say("referral.replies.documents"))
        leaves = said in self._leaving and self._card_again(self._person(message), message.now) is not None
        if action == "help:erase" or leaves:
            way = {"telegram": "erased", "web": "cleared", "terminal": "cleared"}.get(message.channel, "erase_by_hand")
            return replace(_aside(texts.say(f"referral.replies.{way}")), forget=True)
        if action == "help:provinces":
            places = self._directory.provinces()
            choices = tuple(Button(label=place, action=f"help:in-{number}") for number, place in enumerate(places))
            return replace(_aside(texts.say("referral.replies.choose_province")), buttons=choices)
        if action.startswith("help:"):
            self._take_province(action, message)
        elif said not in self._reopening:
            return None
        person = self._person(message)
        person.card_at = message.now
        return self.card(person.card or _REOPENED, message)

    def after_distress(self, message: IncomingMessage) -> bool:
        """Return whether this is a sticker, a voice note or anything without words, soon after a card."""
        wordless = message.content in {Content.MEDIA, Content.UNKNOWN} or (
            message.content is Content.TEXT and not TOKEN.search(message.text)
        )
        return wordless and self._card_again(self._person(message), message.now) is not None

    def rights(self, message: IncomingMessage) -> Reply | None:
        """Answer a question on rights and procedures from the dated facts; None when it is not such a question."""
        verdict = self.judge(message)
        if verdict.urgency != "info":
            return None
        text = answer_rights(
            verdict, message.text, directory=self._directory, today=_today(message), language=message.language
        )
        return Reply(text=text.text, kind="referral", sensitive=True, ephemeral=True)

    def _judge_safely(self, person: _Person, message: IncomingMessage) -> Verdict:
        try:
            both = zip(person.said_at, person.bubbles, strict=True)
            told = [text for said_at, text in both if message.now - said_at <= _TOGETHER]
            said = [turn.text for turn in message.history if turn.role == "user"] if person.is_new else []
            elsewhere = (message.recent or tuple(said))[-_MOST_BEFORE:]
            alone = self._read_alone(message.text)
            if len(elsewhere) > len(told):
                return judge(message.text, elsewhere, alone=alone)
            return judge(message.text, told, calm=person.calm, alone=alone)
        except Exception as fault:
            # Fail open: the answer goes out with the neutral line.
            log.error("gate failed: %s", type(fault).__name__)
            return _NEUTRAL

    def _read_alone(self, text: str) -> tuple[Verdict, float]:
        """Read a message by itself; calm words that many people write are read once, and known by their salted hash."""
        mark = hash((self._salt, text))
        if (known := self._calm.get(mark)) is not None:
            return known
        read = read_alone(text)
        if read[0].calm:
            if len(self._calm) >= _MOST_CALM:
                self._calm.clear()
            self._calm[mark] = read
        return read

    def _compose(self, verdict: Verdict, message: IncomingMessage, texts: Texts) -> Card:
        return compose_card(
            verdict,
            texts=texts,
            directory=self._directory,
            today=_today(message),
            province=self._person(message).province,
        )

    def _with_numbers(self, name: str, language: str) -> str:
        police, child = (self._directory.services[service].number for service in ("police", "child"))
        return load_texts(language).say(f"referral.line.{name}", police=police, child=child)

    def _rehearses(self, message: IncomingMessage) -> bool:
        until = self._person(message).rehearses_until
        return until is not None and message.now < until

    def _card_again(self, person: _Person, now: datetime) -> Verdict | None:
        recent = person.card_at is not None and now - person.card_at <= _MEMORY
        return person.card if recent else None

    def _take_province(self, action: str, message: IncomingMessage) -> None:
        places = self._directory.provinces()
        number = action.removeprefix("help:in-")
        if number.isdigit() and int(number) < len(places):
            self._person(message).province = places[int(number)]

    def _key(self, message: IncomingMessage) -> int:
        """Return a salted hash of who writes where."""
        return hash((self._salt, message.channel, message.chat, message.sender))

    def _person(self, message: IncomingMessage) -> _Person:
        key = self._key(message)
        while self._people:
            oldest, forgotten = next(iter(self._people.items()))
            if message.now - forgotten.seen <= _MEMORY and len(self._people) <= _MOST_PEOPLE:
                break
            del self._people[oldest]
        person = self._people.pop(key, None) or _Person(seen=message.now)
        person.seen = message.now
        self._people[key] = person
        return person


def flag_blocked(directory: Directory, text: str, language: str) -> str:
    """Return text with a warning after every phone number that is listed as dead or contested."""
    texts = load_texts(language)
    for _, end, ban in reversed(find_banned(text, directory)):
        text = f"{text[:end]} {texts.say(f'referral.check.flag_{ban.state}')}{text[end:]}"
    return text


def _words(purpose: str) -> set[str]:
    told = (load_texts(language).say(f"referral.words.{purpose}") for language in ("vi", "en"))
    return {fold(word.strip()) for listed in told for word in listed.split(",")}


def _buttons(texts: Texts) -> tuple[Button, ...]:
    wanted = (("documents", "help:documents"), ("erase", "help:erase"), ("province", "help:provinces"))
    return tuple(Button(label=texts.say(f"referral.buttons.{name}"), action=action) for name, action in wanted)


def _aside(text: str) -> Reply:
    return Reply(text=text, sensitive=True, ephemeral=True)


def _today(message: IncomingMessage) -> date:
    return message.today or message.now.date()
