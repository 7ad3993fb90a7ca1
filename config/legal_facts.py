"""Dated, sourced facts on rights and procedures, chosen by what a question is about."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

_MOST_FACTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement of the law with its article and the day it was checked."""

    id: str
    topics: frozenset[str]
    kinds: frozenset[str]
    text: Mapping[str, str]
    reference: Mapping[str, str]
    checked_on: date
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactBook:
    """All facts, and the words that tell what a question is about."""

    topics: Mapping[str, tuple[str, ...]]
    facts: tuple[Fact, ...]

    def find(self, folded: str, kind: str, fold_phrases: Mapping[str, str]) -> list[Fact]:
        """Return at most three facts for a question of that kind; `folded` is the question without marks."""
        asked = {
            topic
            for topic, phrases in self.topics.items()
            if any(re.search(rf"\b{re.escape(fold_phrases[phrase])}\b", folded) for phrase in phrases)
        } or {"report"}
        found = [fact for fact in self.facts if fact.topics & asked and (not fact.kinds or kind in fact.kinds)]
        return sorted(found, key=lambda fact: -len(fact.topics & asked))[:_MOST_FACTS]


@cache
def load_facts() -> FactBook:
    """Read config/legal_facts.toml once."""
    source = tomllib.loads((files("config") / "legal_facts.toml").read_text("utf-8"))
    facts = tuple(
        Fact(
            id=entry["id"],
            topics=frozenset(entry["topics"]),
            kinds=frozenset(entry["kinds"]),
            text=entry["text"],
            reference=entry["reference"],
            checked_on=entry["checked_on"],
            sources=tuple(entry["sources"]),
        )
        for entry in source["facts"]
    )
    topics = {name: tuple(part.strip() for part in listed.split(",")) for name, listed in source["topics"].items()}
    return FactBook(topics=topics, facts=facts)
