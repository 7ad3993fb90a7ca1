"""Public bodies recognised however people write them: short, unmarked, misspelt, in English, or as a group."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.agency_keys import AgencyKey, canonical, keys_in
from knowledge.agency_lexicon import lexicon
from knowledge.agency_mentions import find_agencies

__all__ = ["Successor", "canonical", "concerns", "find_agencies", "group_contains", "matches", "resolve", "successors"]

_ENOUGH = 0.5
_SAME = 0.7


@dataclass(frozen=True, slots=True)
class Successor:
    """Who took a field of work over, and since when; an empty agency means that no single body did."""

    agency: str
    topic: str
    since: date


def matches(query_name: str, agency_name: str) -> float:
    """Return how well a name somebody wrote means a body: 1 the same, 0 another one."""
    return _likeness(canonical(query_name), canonical(agency_name))


def resolve(query_text: str, agency_names: Iterable[str]) -> list[tuple[str, float]]:
    """Return those of the names that a question speaks of, best first, with how sure that is (0.5 to 1)."""
    asked = keys_in(query_text)
    scored = (
        (name, max((_likeness(key, canonical(name)) for key in asked), default=0.0))
        for name in dict.fromkeys(agency_names)
    )
    return sorted(((name, score) for name, score in scored if score >= _ENOUGH), key=lambda pair: -pair[1])


def group_contains(group_name: str, agency: str) -> bool:
    """Tell whether a group ("Các phòng, ban, ngành, đoàn thể huyện") takes in the body."""
    group, member = canonical(group_name), canonical(agency)
    level = _level(member)
    is_group = member.plurals and agency.lower().startswith("các ")
    if not group.plurals or is_group or (_level(group) and level and _level(group) != level):
        return False
    if group.kind and _is_part(group, member):
        return True
    covers: dict[str, list[str]] = lexicon().raw["covers"]
    return any(_covers(entry, member) for word in group.plurals for entry in covers.get(word, ()))


def concerns(name: str, agency: str) -> bool:
    """Tell whether a name printed in a document means this body, under whatever spelling, or a group it belongs to."""
    return matches(agency, name) >= _SAME or group_contains(name, agency)


def successors(agency: str) -> tuple[Successor, ...]:
    """Return who took the body's work over in 2025, nothing for a body that still exists as named."""
    key = canonical(agency)
    return tuple(
        Successor(entry["by"], entry["topic"], entry["since"])
        for entry in lexicon().raw["successors"]
        if (_level(key) == "district" if entry["of"] == "*district*" else _is_part(canonical(entry["of"]), key))
    )


def _is_part(general: AgencyKey, key: AgencyKey) -> bool:
    return general.kind == key.kind and general.fields <= key.fields


def _covers(entry: str, member: AgencyKey) -> bool:
    if entry == "*":
        return True
    wanted = canonical(entry)
    same = (wanted.kind or entry) == member.kind and wanted.fields <= member.fields
    return same and (not wanted.level or not member.level or wanted.level == member.level)


def _level(key: AgencyKey) -> str:
    usual: dict[str, str] = lexicon().raw["usual_levels"]
    if key.level:
        return key.level
    return usual.get(key.kind) or next((usual[word] for word in sorted(key.plurals) if word in usual), "")


def _likeness(asked: AgencyKey, named: AgencyKey) -> float:
    if asked == named:
        return 1.0
    if asked.kind and named.kind and asked.kind != named.kind:
        return 0.0
    if not asked.kind and not named.kind and (asked.plurals or named.plurals):
        shared = len(asked.plurals & named.plurals) / len(asked.plurals | named.plurals)
        return 0.55 + 0.4 * shared if shared else 0.0
    if (not asked.kind and asked.plurals) or (not named.kind and named.plurals):
        return 0.0
    score = _field_likeness(asked, named)
    if asked.level and named.level and asked.level != named.level:
        score *= 0.4
    # Without the head of the name only all of its fields tell enough ("GD&ĐT").
    return score if asked.kind else score * (0.8 if asked.fields == named.fields else 0.65)


def _field_likeness(asked: AgencyKey, named: AgencyKey) -> float:
    if asked.fields == named.fields:
        return 0.95
    if not asked.fields:
        return 0.3
    shared = len(asked.fields & named.fields)
    if shared == len(asked.fields):
        return 0.85
    return 0.75 if named.fields and shared == len(named.fields) else 0.5 * shared / len(asked.fields | named.fields)
