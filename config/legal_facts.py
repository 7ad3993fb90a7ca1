"""Dated, sourced facts on rights and procedures, read from config/legal_facts.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement of the law with its article and the day it was checked; the file names its sources."""

    topics: frozenset[str]
    kinds: frozenset[str]
    text: Mapping[str, str]
    reference: Mapping[str, str]
    checked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FactBook:
    """All facts, and the phrases that tell what a question is about."""

    topics: Mapping[str, tuple[str, ...]]
    facts: tuple[Fact, ...]


@cache
def load_facts() -> FactBook:
    """Read config/legal_facts.toml once."""
    source = tomllib.loads((files("config") / "legal_facts.toml").read_text("utf-8"))
    facts = tuple(
        Fact(
            topics=frozenset(entry["topics"]),
            kinds=frozenset(entry["kinds"]),
            **{name: entry[name] for name in ("text", "reference", "checked_on")},
        )
        for entry in source["facts"]
    )
    topics = {name: tuple(part.strip() for part in listed.split(",")) for name, listed in source["topics"].items()}
    return FactBook(topics=topics, facts=facts)
