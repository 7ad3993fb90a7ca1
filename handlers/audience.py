"""Who hears of a deadline: the agencies it is given to, in the document's place, and whoever follows it."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from handlers.people import Person, PersonRole, Subscription
from handlers.planning import TrackedDeadline
from knowledge.agencies import canonical, concerns, successors
from knowledge.agency_lexicon import lexicon
from knowledge.vietnamese import fold

_UNITS = frozenset(["xã", "phường", "trấn", "huyện", "quận", "tỉnh", "phố", "tp", "tx", "tt", "khu"])
_PLACE = re.compile(
    r"\b(?:xã(?! hội)|xa(?! hoi)|phường|phuong|th[iị] tr[aấ]n|th[iị] x[aã]|huyện|huyen|quận|tỉnh|tinh|thành phố"
    r"|thanh pho|đặc khu|dac khu|t[pxt])\s+(?:(?:ủy|uy|đoàn|doan)\s+)?",
    re.IGNORECASE,
)
_COMMUNE = re.compile(r"\b(?:xã(?! hội)|phường|thị trấn|đặc khu)\b", re.IGNORECASE)
_ABOVE = re.compile(r"\s*(?:huyện|quận|thị xã|thành phố|tp|tx|tỉnh)\b", re.IGNORECASE)
_NEXT_GROUP = re.compile(r"(?:[,;]|\bvà)\s+(?=(?:(?:UBND|Ủy ban nhân dân) )?các\b)", re.IGNORECASE)
_EACH = re.compile(r"(?!các)(.+?) các (huyện|thị xã|thành phố|quận|xã|phường|thị trấn|tỉnh)\b", re.IGNORECASE)
_CENTRAL = re.compile(r"chinh phu|thu tuong|bo\b|quoc hoi|(?:uy )?ban (?:chi dao |chap hanh )?(?:quoc gia|trung uong)")
_NATIONAL = frozenset(("", "viet nam", "ho chi minh"))


def is_addressed(person: Person, tracked: TrackedDeadline, on: date) -> bool:
    """Whether the document gives this deadline to the person's agency, by name, as successor or as one of a group."""
    is_staff = person.may(PersonRole.OFFICIAL) and is_in_force_for(person.locality, tracked)
    if not is_staff or person.agency is None:
        return False
    named = [name for name in tracked.deadline.assignees or tracked.addressed_to if _names_a_body(name)]
    return not named or any(covers(name, person.agency, on, person.locality) for name in named)


def concerned_since(
    person: Person, tracked: TrackedDeadline, subscriptions: Sequence[Subscription], on: date
) -> datetime | None:
    """Return since when this person hears of the deadline, through the agency or by following; None: not at all."""
    if is_addressed(person, tracked, on):
        return person.joined_at
    for entry in subscriptions if person.may(PersonRole.OFFICIAL) else ():
        agencies = tracked.deadline.assignees if entry.kind == "agency" else ()
        is_named = entry.kind != "agency" and entry.target in (tracked.document_id, tracked.deadline.id)
        if is_named or any(covers(name, entry.target, on) for name in agencies):
            return max(person.joined_at, entry.since)
    return None


def covers(name: str, agency: str, on: date, locality: str | None = None) -> bool:
    """Whether a name printed in a document means this agency, a group it belongs to, or the body it took over from."""
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
    if _CENTRAL.match(fold(tracked.issuer or "")):
        return True
    places = [place for place in (tracked.locality, tracked.issuer) if place]
    return not places or any(is_within(mine, place) for place in places)


@lru_cache(maxsize=4096)
def _names_a_body(name: str) -> bool:
    """Whether a printed assignee can be told apart at all; "các thành viên" narrows nothing."""
    key, groups = canonical(name), lexicon().raw["covers"]
    return bool(key.kind or key.fields or any(word in groups for word in key.plurals))


@lru_cache(maxsize=4096)
def _heard_since(name: str, agency: str) -> date | None:
    each = _EACH.match(name)
    is_kind = each is not None and canonical(each[1]).kind not in ("", "ủy ban nhân dân")
    parts = [f"{each[1]} {each[2]}"] if each and is_kind else [name, *_NEXT_GROUP.split(name)]
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
    """Return the names of places in a body's name, without those that only say where a commune lies."""
    parts = re.split(r"[,;(/]| và ", body.replace(".", " "))
    if _COMMUNE.search(parts[0]):
        parts = [part for part in parts if not _ABOVE.match(part)]
    names = {_first_name(part.split(), is_body=order == 0) for order, part in enumerate(parts)}
    known = {"va", *fold(" ".join(canonical(body).fields)).split()}
    return frozenset(name for name in names - _NATIONAL if not set(name.split()) <= known)


def _first_name(words: list[str], *, is_body: bool) -> str:
    """Return the first run of capitalised words, or number of a ward, that ends before a unit or with the part."""
    run: list[str] = []
    is_placed, before = False, words.pop(0) if is_body else "xã"
    for word in [*words, "xã"]:
        is_unit, follows_unit = word.lower() in _UNITS, before.lower() in _UNITS
        if run and is_unit:
            break
        if not is_unit and (word.istitle() or (word.isdigit() and follows_unit)):
            is_placed = is_placed if run else follows_unit
            run.append(word)
        else:
            run = []
        before = word
    # A single word is a name only behind a unit ("phường 7"), and no head of a body ("Sở").
    key = canonical(run[0]) if len(run) == 1 else None
    return "" if key and (not is_placed or key.kind or key.plurals) else fold(" ".join(run))


@lru_cache(maxsize=1024)
def _places(place: str) -> tuple[str, ...]:
    """Return the names in a place, the smallest first: "UBND xã Nam Du, huyện Kiên Hải" has two."""
    names: list[str] = []
    for part in place.replace(".", " ").split(","):
        before, *behind = _PLACE.split(part)
        names += [" ".join(fold(name).split()) for name in behind or [before]]
    return tuple(names)
