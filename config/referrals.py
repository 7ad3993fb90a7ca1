"""The directory of help: every telephone number that may be shown, how old its check is, and which are banned."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

LOCAL_FILE = "referrals.local.toml"
WARN_DAYS, EXPIRE_DAYS = 90, 180
LOCAL_ROLES = (
    "commune",
    "commune_police",
    "health_post",
    "womens_union",
    "trusted_contact",
    "legal_aid",
    "social_work",
)
_HOURS = ("24/7", "office", "limited", "unknown")
_COSTS = ("free", "charged", "unknown")
_TIERS = ("rescue", "support", "info", "fire", "house", "local")
_NUMBER = re.compile(r"\+?\d(?:[ .]?\d){2,13}")
_ADDRESS = re.compile(r"\b(số nhà|đường|ngõ|ngách|hẻm|thôn|ấp|street)\b|\d+/\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One telephone service; the file holds more about it (area, grade, sources) for people to read."""

    id: str
    number: str
    label: Mapping[str, str]
    hours: str
    cost: str
    tier: str
    desk_checked_on: date
    called_on: date | None
    on: bool
    covers: tuple[str, ...]
    never_expires: bool

    @property
    def digits(self) -> str:
        """The number as dialled, digits only."""
        return re.sub(r"\D", "", self.number)

    def age(self, today: date) -> int:
        """Days since the number was last called or, if later, its sources were read."""
        return (today - max(self.desk_checked_on, self.called_on or self.desk_checked_on)).days

    def is_fresh(self, today: date) -> bool:
        """Whether the number may still be shown today."""
        return self.never_expires or self.age(today) <= EXPIRE_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class BannedNumber:
    """A number that is dead or contested; `writings` are the digits it may be written with."""

    state: Literal["dead", "contested"]
    writings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an operator should know about a number; `code` names its sentence."""

    code: Literal["not_called", "ageing", "expired"]
    service: Service
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """All services by id, the numbers that may not appear unflagged, and which services and advice answer a danger.

    `problems` says what is wrong in the deployer's file, which is then left out: a card must come all the same.
    """

    services: Mapping[str, Service]
    banned: tuple[BannedNumber, ...]
    orders: Mapping[str, Sequence[str]]
    order_rules: Sequence[tuple[str, str]]
    advice_rules: Sequence[tuple[str, str]]
    problems: Sequence[str] = ()

    def usable(self, name: str, today: date) -> Service | None:
        """Return the service when it is on, has a number and is not too old to show."""
        service = self.services.get(name)
        return service if service and service.on and service.number and service.is_fresh(today) else None

    def for_province(self, province: str, today: date) -> list[Service]:
        """Return the usable houses of that province alone."""
        return [
            service
            for service in self.services.values()
            if service.tier == "house" and province in service.covers and self.usable(service.id, today)
        ]

    def local(self, today: date) -> list[Service]:
        """Return the deployer's own usable numbers in the order of the file."""
        return [s for s in self.services.values() if s.tier == "local" and self.usable(s.id, today)]

    def provinces(self) -> list[str]:
        """Return every province that has a house of its own that is on."""
        return sorted({place for s in self.services.values() if s.tier == "house" and s.on for place in s.covers})


def load_directory(data_folder: Path | None = None) -> Directory:
    """Read the shipped directory and, if the data folder has one without faults, the deployer's file."""
    source = tomllib.loads((files("config") / "referrals.toml").read_text("utf-8"))
    services, problems = _read_services(source["services"], "referrals.toml")
    banned = tuple(_read_banned(entry) for entry in source["blocked"])
    local = data_folder / LOCAL_FILE if data_folder else None
    if local and local.is_file():
        more, faults = _read_local(local, {number for ban in banned for number in ban.writings})
        services |= {} if faults else more
        problems += faults
    shown = {service.digits for service in services.values() if service.on and service.number}
    orders = {danger: names.split() for danger, names in source["orders"].items()}
    live = tuple(ban for ban in banned if not shown & set(ban.writings))
    rules = {name: [(row["for"], row["show"]) for row in source[name]] for name in ("order_rules", "advice_rules")}
    return Directory(services=services, banned=live, orders=orders, problems=problems, **rules)


def check_directory(directory: Directory, today: date) -> list[Finding]:
    """Return what an operator must look at: numbers never called, ageing, or too old to be shown."""
    findings = []
    for service in directory.services.values():
        if not (service.on and service.number):
            continue
        days = service.age(today)
        if service.called_on is None:
            findings.append(Finding(code="not_called", service=service, days=days))
        if days > EXPIRE_DAYS:
            findings.append(Finding(code="expired", service=service, days=days))
        elif days >= WARN_DAYS:
            findings.append(Finding(code="ageing", service=service, days=days))
    return findings


def find_banned(text: str, directory: Directory) -> list[tuple[int, int, BannedNumber]]:
    """Return where banned numbers stand in text, whatever separates their digits, longest first, no overlaps."""
    found: list[tuple[int, int, BannedNumber]] = []
    bare = re.sub(r"[.\-()]", "", "".join(text.split()))
    for ban in directory.banned:
        for digits in sorted(filter(bare.__contains__, ban.writings), key=len, reverse=True):
            shape = r"[\s.\-()]{0,3}".join(digits)
            for match in re.finditer(rf"(?<!\d){shape}(?!\d)", text):
                if not any(start < match.end() and match.start() < end for start, end, _ in found):
                    found.append((match.start(), match.end(), ban))
    return sorted(found, key=lambda place: place[0])


def _read_services(entries: Sequence[dict[str, Any]], place: str) -> tuple[dict[str, Service], list[str]]:
    services: dict[str, Service] = {}
    problems: list[str] = []
    for position, entry in enumerate(entries, 1):
        where = f"{place}, service {position} ({entry.get('id', '?')})"
        faults = _faults(entry)
        if entry.get("id") in services:
            faults.append("the id stands twice")
        problems += [f"{where}: {fault}" for fault in faults]
        if not faults:
            plain = ("id", "number", "label", "hours", "cost", "tier", "desk_checked_on", "on")
            services[entry["id"]] = Service(
                called_on=entry.get("called_on") or None,
                covers=tuple(entry.get("covers", ())),
                never_expires=entry.get("never_expires", False),
                **{name: entry[name] for name in plain},
            )
    return services, problems


def _faults(entry: Mapping[str, Any]) -> list[str]:
    faults = [f"{name} is missing" for name in ("id", "number", "label", "desk_checked_on") if name not in entry]
    number = str(entry.get("number", ""))
    if number and not _NUMBER.fullmatch(number):
        faults.append(f"number {number!r} is not a telephone number")
    if not number and entry.get("on"):
        faults.append("a service without a number cannot be on")
    for name, allowed in (("hours", _HOURS), ("cost", _COSTS), ("tier", _TIERS)):
        if entry.get(name) not in allowed:
            faults.append(f"{name} must be one of {', '.join(allowed)}")
    label = entry.get("label")
    if not (isinstance(label, Mapping) and label.get("vi") and label.get("en")):
        faults.append("label needs vi and en")
    for name in ("desk_checked_on", "called_on"):
        if entry.get(name) and type(entry[name]) is not date:
            faults.append(f"{name} must be a date like 2026-11-21, without quotes")
    return faults


def _read_local(path: Path, banned: set[str]) -> tuple[dict[str, Service], list[str]]:
    try:
        slots = tomllib.loads(path.read_text("utf-8")).get("slots", {})
    except (OSError, ValueError) as fault:
        return {}, [f"{path.name}: {fault}"]
    if not isinstance(slots, dict):
        return {}, [f"{path.name}: slots must be tables like [slots.commune]"]
    problems, entries = [], []
    for role, slot in slots.items():
        if role not in LOCAL_ROLES or not isinstance(slot, dict):
            problems.append(
                f"{path.name}: unknown slot {role!r}, or one without fields; known: {', '.join(LOCAL_ROLES)}"
            )
        elif slot.get("number"):
            digits = re.sub(r"\D", "", str(slot["number"]))
            problems += [f"{path.name}, {role}: {digits} is on the list of banned numbers"] * (digits in banned)
            shown = " ".join(map(str, slot.get("label", {}).values())) if isinstance(slot.get("label"), dict) else ""
            problems += [f"{path.name}, {role}: a label must not hold an address"] * bool(_ADDRESS.search(shown))
            entries.append({"on": True, "hours": "unknown", "cost": "unknown"} | slot | {"id": role, "tier": "local"})
    services, faults = _read_services(entries, path.name)
    return services, problems + faults


def _read_banned(entry: Mapping[str, Any]) -> BannedNumber:
    writings = (entry["number"], *entry.get("also", ()))
    return BannedNumber(state=entry["state"], writings=tuple(re.sub(r"\D", "", writing) for writing in writings))
