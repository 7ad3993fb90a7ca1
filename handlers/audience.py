"""Who is reminded of a deadline: the assigned agencies in the document's place, and people who subscribed."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from handlers.people import Person, PersonRole, Subscription
from handlers.planning import TrackedDeadline
from knowledge.agencies import canonical, concerns, successors
from knowledge.agency_lexicon import lexicon
from knowledge.vietnamese import fold
from knowledge.wording import Wording

_WORDS = Wording("audience")
_NATIONAL = frozenset(("", "viet nam", "ho chi minh"))


def is_addressed(person: Person, tracked: TrackedDeadline, on: date) -> bool:
    """Whether the deadline is assigned to the person's agency: by name, as successor, or as member of a group."""
    is_staff = person.may(PersonRole.OFFICIAL) and is_in_force_for(person.locality, tracked)
    if not is_staff or person.agency is None:
        return False
    named = [name for name in tracked.deadline.assignees or tracked.addressed_to if _names_a_body(name)]
    return not named or any(covers(name, person.agency, on, person.locality) for name in named)


def concerned_since(
    person: Person, tracked: TrackedDeadline, subscriptions: Sequence[Subscription], on: date
) -> datetime | None:
    """Return since when this person is concerned, through the agency or a subscription; None: not concerned."""
    if is_addressed(person, tracked, on):
        return person.joined_at
    for entry in subscriptions if person.may(PersonRole.OFFICIAL) else ():
        agencies = tracked.deadline.assignees if entry.kind == "agency" else ()
        is_named = entry.kind != "agency" and entry.target in (tracked.document_id, tracked.deadline.id)
        if is_named or any(covers(name, entry.target, on) for name in agencies):
            return max(person.joined_at, entry.since)
    return None


def covers(name: str, agency: str, on: date, locality: str | None = None) -> bool:
    """Whether a printed name means this agency, a group it belongs to, or a body whose work it took over."""
    since = _heard_since(name, agency)
    return since is not None and since <= on and not _is_namesake(name, agency, locality)


def is_same_office(one: Person, other: Person) -> bool:
    """Whether two people work for the same agency in the same place."""
    if one.agency is None or other.agency is None:
        return False
    is_agency = concerns(one.agency, other.agency) and not _is_namesake(one.agency, other.agency, None)
    return is_agency and (is_within(one.locality, other.locality) or is_within(other.locality, one.locality))


def is_within(mine: str | None, place: str | None) -> bool:
    """Whether a place ("xã Nam Du, huyện Kiên Hải") lies in another ("Kiên Hải"); an unknown one excludes nobody."""
    return mine is None or place is None or _places(place)[0] in _places(mine)


def is_in_force_for(mine: str | None, tracked: TrackedDeadline) -> bool:
    """Whether a document binds a place: the one it is dated in, the one of its issuer, or everywhere."""
    if _WORDS.central_body.match(fold(tracked.issuer or "")):
        return True
    places = [place for place in (tracked.locality, tracked.issuer) if place]
    return not places or any(is_within(mine, place) for place in places)


@lru_cache(maxsize=4096)
def _names_a_body(name: str) -> bool:
    """Whether a printed assignee names an agency or group at all; "các thành viên" does not."""
    key, groups = canonical(name), lexicon().raw["covers"]
    return bool(key.kind or key.fields or key.level == "hamlet" or any(word in groups for word in key.plurals))


@lru_cache(maxsize=4096)
def _heard_since(name: str, agency: str) -> date | None:
    """Return since when a printed name covers the agency: `date.min` for always, a successor from its own day."""
    each = _WORDS.one_in_each.match(name)
    is_kind = each is not None and canonical(each[1]).kind not in ("", "ủy ban nhân dân")
    parts = [f"{each[1]} {each[2]}"] if each and is_kind else [name, *_WORDS.next_group.split(name)]
    mine, whole = canonical(agency).level, canonical(parts[0]).level
    for part in parts:
        level = canonical(part).level or whole
        if concerns(part, agency) and (not mine or not level or mine == level):
            return date.min
    return min((heir.since for heir in successors(name) if heir.agency and concerns(heir.agency, agency)), default=None)


@lru_cache(maxsize=4096)
def _is_namesake(name: str, agency: str, locality: str | None) -> bool:
    """Whether a body of the same kind is meant, but of another place: "UBND xã An Sơn" to "UBND xã Nam Du"."""
    theirs, mine = _proper_names(name), _proper_names(agency)
    if locality is not None:
        mine = mine.union(_places(locality))
    return bool(theirs and mine) and theirs.isdisjoint(mine) and fold(name) != fold(agency)


def _proper_names(body: str) -> frozenset[str]:
    """Return the names of places in a body's name, except those of the units a commune belongs to."""
    first, *others = re.split(r"[,;(/]| và ", body.replace(".", " "))
    if _WORDS.commune.search(first):
        others = [part for part in others if not _WORDS.above_commune.match(part)]
    # The first word is the head of the body's name; what is listed behind a comma is a unit like the first.
    parts = (first.partition(" ")[2], *(f"xã {part}" for part in others))
    found = (_WORDS.name.search(part) for part in parts)
    names = {fold(" ".join(one["name"].split())) for one in found if one and _is_place(one)}
    known = {"va", *fold(" ".join(canonical(body).fields)).split()}
    return frozenset(name for name in names - _NATIONAL if not set(name.split()) <= known)


def _is_place(found: re.Match[str]) -> bool:
    """A single word is a place only behind a unit ("phường 7"), and unless it begins a body's name ("Sở")."""
    key = canonical(found["name"])
    return " " in found["name"] or bool(found["unit"] and not key.kind and not key.plurals)


@lru_cache(maxsize=1024)
def _places(place: str) -> tuple[str, ...]:
    """Return the names in a place, the smallest first: "UBND xã Nam Du, huyện Kiên Hải" has two."""
    names: list[str] = []
    for part in place.replace(".", " ").split(","):
        before, *behind = _WORDS.place.split(part)
        names += [" ".join(fold(name).split()) for name in behind or [before]]
    return tuple(names)
