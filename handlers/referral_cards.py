"""The card: which fixed text and which numbers, in which order, answer which danger."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cache

from config.legal_facts import Fact, load_facts
from config.referrals import Directory, Service
from config.texts import Texts, load_texts
from handlers.gate import Verdict
from knowledge.vietnamese import fold

_MOST_NUMBERS, _MOST_FACTS = 4, 3
_LAST_RESORT = ("police", "ambulance", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A composed card: its text and the digits it shows, in order."""

    text: str
    numbers: tuple[str, ...]


def compose_card(
    verdict: Verdict, *, texts: Texts, directory: Directory, today: date, province: str | None = None
) -> Card:
    """Return the fixed text for a verdict, with at most four numbers, the most urgent first."""
    services = choose_services(verdict, directory=directory, today=today, province=province)
    if "minority" in verdict.signals:
        return _short_card(services, texts, directory.services["police"].number)
    lines = "\n".join(number_line(service, texts) for service in services)
    child = verdict.kind == "child" and "other_voice" not in verdict.signals
    suffix = "_child" if child else {"perpetrator": "_perpetrator", "third-party": "_third"}.get(verdict.kind, "")
    advice = [texts.say(f"referral.advice.{name}") for name in _advice(verdict, directory)]
    text = texts.say(
        "referral.body",
        opening=texts.say("referral.opening_child" if child else "referral.opening"),
        numbers=lines,
        advice="\n".join(advice),
        closing=texts.say(f"referral.closing{suffix}"),
    )
    return Card(text=text, numbers=tuple(service.digits for service in services))


def choose_services(
    verdict: Verdict, *, directory: Directory, today: date, province: str | None = None
) -> list[Service]:
    """Return the services to show, most urgent first; a province's own house comes third."""
    wanted = [
        service
        for name in directory.orders[_order_name(verdict, directory)]
        if (service := directory.usable(name, today))
    ]
    own = directory.local(today) + (directory.for_province(province, today) if province else [])
    if verdict.kind != "perpetrator" and own:
        wanted = wanted[:2] + own[:2] + wanted[2:]
    wanted = wanted or [directory.services[name] for name in _LAST_RESORT]
    return wanted[:_MOST_NUMBERS]


def _short_card(services: Sequence[Service], texts: Texts, police: str) -> Card:
    """Return the card of few words, digits first, for a reader to whom Vietnamese may be foreign."""
    lines = [
        texts.say("referral.number_first", number=service.number, label=service.label[texts.language])
        for service in services
    ]
    text = texts.say(
        "referral.body_short",
        opening=texts.say("referral.opening"),
        plain=texts.say("referral.short_plain", police=police),
        numbers="\n".join(lines),
        closing=texts.say("referral.closing"),
    )
    return Card(text=text, numbers=tuple(service.digits for service in services))


def answer_rights(verdict: Verdict, text: str, *, directory: Directory, today: date, language: str) -> Card:
    """Return dated, sourced facts for a question on rights, with the numbers below."""
    texts = load_texts(language)
    facts = [
        texts.say(
            "referral.rights.fact",
            text=fact.text[language],
            reference=fact.reference[language],
            date=fact.checked_on.strftime("%d/%m/%Y"),
        )
        for fact in _facts_about(text, verdict.kind)
    ]
    services = choose_services(verdict, directory=directory, today=today)
    shown = texts.say(
        "referral.rights.body",
        intro=texts.say("referral.rights.intro"),
        facts="\n".join(facts) or texts.say("referral.rights.no_fact"),
        numbers="\n".join(number_line(service, texts) for service in services),
        machine=texts.say("referral.rights.machine"),
    )
    return Card(text=shown, numbers=tuple(service.digits for service in services))


def number_line(service: Service, texts: Texts) -> str:
    """Return one line: what for, the number, what it costs and when, as far as known."""
    facts = [texts.say(f"referral.facts.{service.cost}")] if service.cost != "unknown" else []
    if service.hours in {"24/7", "office"}:
        facts.append(texts.say("referral.facts.allday" if service.hours == "24/7" else "referral.facts.office"))
    label = service.label[texts.language]
    if not facts:
        return texts.say("referral.number_line", label=label, number=service.number)
    return texts.say("referral.number_line_facts", label=label, number=service.number, facts=", ".join(facts))


def _order_name(verdict: Verdict, directory: Directory) -> str:
    return _first_rule(directory.order_rules, {verdict.kind, verdict.urgency, *verdict.signals})


def _advice(verdict: Verdict, directory: Directory) -> list[str]:
    known = {verdict.kind, *verdict.signals, f"order:{_order_name(verdict, directory)}"}
    chosen = _first_rule(directory.advice_rules, known)
    return [chosen, "silent"] if "deaf" in verdict.signals else [chosen]


def _first_rule(rules: Sequence[tuple[str, str]], known: Set[str]) -> str:
    return next(name for needed, name in rules if known >= {*needed.split()})


def _facts_about(question: str, kind: str) -> list[Fact]:
    """Return at most three facts on what a question asks, those on most of its topics first."""
    folded = fold(question)
    asked = {topic for topic, phrases in _topic_phrases().items() if phrases.search(folded)} or {"report"}
    found = [fact for fact in load_facts().facts if fact.topics & asked and (not fact.kinds or kind in fact.kinds)]
    return sorted(found, key=lambda fact: -len(fact.topics & asked))[:_MOST_FACTS]


@cache
def _topic_phrases() -> dict[str, re.Pattern[str]]:
    topics = load_facts().topics.items()
    return {
        topic: re.compile(rf"\b({'|'.join(re.escape(fold(one)) for one in phrases)})\b") for topic, phrases in topics
    }
