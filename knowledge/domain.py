"""What the assistant knows: documents, their sections and passages, who must do what, and by when."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """In which capacity an agency carries a duty."""

    LEAD = "chủ trì"
    COOPERATE = "phối hợp"
    ADVISE = "tham mưu"
    GUIDE = "hướng dẫn"
    INSPECT = "kiểm tra"
    COMPILE = "tổng hợp"
    REPORT = "báo cáo"
    DIRECT = "chỉ đạo"
    CARRY_OUT = "thực hiện"


class DeadlineKind(StrEnum):
    """What falls due."""

    REPORT = "report"
    TASK = "task"
    PERIOD = "period"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days or years a plan covers; whole years run from 1 January to 31 December."""

    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed, and in what capacity as printed ("KT. CHỦ TỊCH, PHÓ CHỦ TỊCH")."""

    name: str
    capacity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A document that this one rests on or mentions; `number` is None for a law cited by name."""

    number: str | None
    date: date | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A node of the structure; `path` like "III.7", offsets into the document's text."""

    path: str
    heading: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The citable, indexable stretch of one section; `text` is verbatim, headings run from the outermost inwards."""

    id: str
    document_id: str
    section: str | None
    heading_path: tuple[str, ...]
    text: str
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who must do what, in which role; `is_request` marks "Đề nghị" (asked, not ordered)."""

    id: str
    agency: str
    role: Role
    text: str
    quote: str
    section: str | None
    is_request: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When something falls due.

    `due` is the last day named (None without a year or when relative), `last_day` the last day still in time,
    `recurrence` an RFC 5545 RRULE. Assignees as printed; empty means everybody the document addresses.
    """

    id: str
    kind: DeadlineKind
    what: str
    due: date | None
    inclusive: bool
    last_day: date | None
    start: date | None
    end: date | None
    recurrence: str | None
    assignees: tuple[str, ...]
    submit_to: str | None
    quote: str
    section: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a careful clerk would flag; `code` names the sentence in the catalogues, `quote` is as printed."""

    code: str
    quote: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One source document, understood: its head and its registers; text and passages are kept beside it."""

    id: str
    source: str
    kind: str | None
    number: str | None
    title: str | None
    issuer: str | None
    place: str | None
    issued_on: date | None
    issued_text: str | None
    period: Period | None
    signer: Signer | None
    addressed_to: tuple[str, ...]
    recipients: tuple[str, ...]
    references: tuple[Reference, ...]
    sections: tuple[Section, ...]
    duties: tuple[Duty, ...]
    deadlines: tuple[Deadline, ...]
    findings: tuple[Finding, ...]
    content_hash: str
    stands_for: str | None = None
    """Set on a digest: the identity key of the original it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """What parsing returns: the document, its full text (NFC, as read) and its passages."""

    document: Document
    text: str
    passages: tuple[Passage, ...]


def stable_suffix(*parts: str) -> str:
    """Return a short id that depends on the parts alone."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]
