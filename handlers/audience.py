"""Who hears of a deadline: the agencies it is given to, in the document's place, and whoever follows it."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from handlers.people import Person
from handlers.planning import TrackedDeadline
from handlers.reminders_domain import Subscription
from knowledge.agencies import canonical, group_contains, matches, successors
from knowledge.agency_lexicon import lexicon
from knowledge.vietnamese import fold

_SAME = 0.75
"""One name says no less than the other: "Phòng Văn hóa" and "Phòng Văn hóa và Thông tin" of one place."""
_UNITS = ("thanh pho ", "thi xa ", "thi tran ", "dac khu ", "tinh ", "huyen ", "quan ", "phuong ", "xa ", "tp ", "tx ")


def is_addressed(person: Person, tracked: TrackedDeadline, on: date) -> bool:
    """Whether the document gives this deadline to the person's agency, by name, as successor or as one of a group."""
    if not person.is_staff or person.agency is None:
        return False
    if tracked.locality is not None and not shares_place(person.locality, tracked.locality):
        return False
    named = [name for name in tracked.deadline.assignees or tracked.addressed_to if _names_a_body(name)]
    return not named or any(covers(name, person.agency, on) for name in named)


def follows(
    person: Person, tracked: TrackedDeadline, subscriptions: Sequence[Subscription], on: date
) -> Subscription | None:
    """Return the subscription through which this person hears of the deadline."""
    for entry in subscriptions if person.is_staff else ():
        agencies = tracked.deadline.assignees if entry.kind == "agency" else ()
        is_named = entry.kind != "agency" and entry.target in (tracked.document_id, tracked.deadline.id)
        if is_named or any(covers(name, entry.target, on) for name in agencies):
            return entry
    return None


def covers(name: str, agency: str, on: date) -> bool:
    """Whether a name printed in a document means this agency, a group it belongs to, or the body it took over from."""
    since = _heard_since(name, agency)
    return since is not None and since <= on


def is_same_office(one: Person, other: Person) -> bool:
    """Whether two people work for the same agency in the same place."""
    if one.agency is None or other.agency is None or matches(one.agency, other.agency) < _SAME:
        return False
    return one.locality is None or other.locality is None or shares_place(one.locality, other.locality)


def shares_place(mine: str | None, place: str) -> bool:
    """Whether two places ("xã Nam Du, huyện Kiên Hải" and "Kiên Hải") share a name; an unknown one excludes nobody."""
    return mine is None or not _names(mine).isdisjoint(_names(place))


@lru_cache(maxsize=4096)
def _names_a_body(name: str) -> bool:
    """Whether a printed assignee can be told apart at all; "các thành viên" narrows nothing."""
    key, groups = canonical(name), lexicon().raw["covers"]
    return bool(key.kind or key.fields or any(word in groups for word in key.plurals))


@lru_cache(maxsize=4096)
def _heard_since(name: str, agency: str) -> date | None:
    if matches(agency, name) >= _SAME or group_contains(name, agency):
        return date.min
    heirs = [heir.since for heir in successors(name) if heir.agency and matches(agency, heir.agency) >= _SAME]
    return min(heirs, default=None)


@lru_cache(maxsize=1024)
def _names(place: str) -> frozenset[str]:
    parts = [" ".join(fold(part).replace(".", " ").split()) for part in place.split(",")]
    return frozenset(part.removeprefix(next((unit for unit in _UNITS if part.startswith(unit)), "")) for part in parts)
