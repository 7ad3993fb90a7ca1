"""The duty register: who must do what, in which role, under which section, in the document's own words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.agencies import find_agencies
from knowledge.domain import Duty, Role, stable_suffix
from knowledge.duty_sentences import (
    Run,
    Subject,
    cut_clauses,
    cut_sentences,
    find_compilers,
    find_partners,
    find_roles,
    find_subject,
    join_runs,
)
from knowledge.layout import Block
from knowledge.lines import plain_letters

_AIMS = re.compile(r"(?:[\w.()]+\s)?\W*(?:muc dich|yeu cau|muc tieu|chi tieu|quan diem|pham vi|doi tuong|danh gia|ket qua|tinh hinh|thuc trang|su can thiet)\b")
_LABEL = re.compile(r"(?:thoi gian|dia diem|kinh phi|doi tuong|thanh phan|so luong|chu de|khau hieu|noi dung|ghi chu|dien thoai|email)[^:]{0,40}:")
_LISTING = re.compile(r"(?:sau day|nhu sau|sau|cu the|gom|trong tam)\s*:?\s*\W*$|:\s*$")
_LONGEST_QUOTE = 700
_SHORTEST = 12


@dataclass(frozen=True, slots=True)
class _Told:
    """Who is told to do what follows."""

    names: tuple[str, ...]
    is_request: bool = False


_NOBODY = _Told(())


def find_duties(
    blocks: Sequence[Block], document_text: str, document_id: str, issuer: str | None = None
) -> tuple[Duty, ...]:
    """Return every duty the document gives, in the order printed; ids last as long as agency, place and words do."""
    register = _Register(document_text, document_id)
    _Reader(blocks, register, issuer).read()
    return tuple(register.duties.values())


class _Register:
    """Collects duties, each once."""

    def __init__(self, document_text: str, document_id: str) -> None:
        self.document_text = document_text
        self.document_id = document_id
        self.duties: dict[str, Duty] = {}

    def add(self, block: Block, start: int, end: int, told: _Told, roles: Sequence[Role]) -> None:
        """Give block.text[start:end] to everybody told, once in each role."""
        text = block.text[start:end].strip(" ;")
        if len(text) < _SHORTEST:
            return
        whole = len(block.text) - len(block.body)
        is_short = len(block.body) <= _LONGEST_QUOTE
        quote = block.quote(self.document_text, whole, None) if is_short else block.quote(self.document_text, start, end)
        for name in told.names:
            for role in roles:
                suffix = stable_suffix(name, block.section or "", role.value, text)
                self.duties.setdefault(
                    suffix,
                    Duty(
                        id=f"{self.document_id}.{suffix}",
                        agency=name,
                        role=role,
                        text=text,
                        quote=quote,
                        section=block.section,
                        is_request=told.is_request,
                    ),
                )


class _Reader:
    """Walks the blocks and knows, at each, who is being told."""

    def __init__(self, blocks: Sequence[Block], register: _Register, issuer: str | None) -> None:
        self.blocks = blocks
        self.register = register
        self.addressees = _Told(tuple(_addressees(blocks)))
        self.ordered: list[tuple[tuple[str, ...], _Told]] = []
        self.assigned: dict[str, None] = {}

    def read(self) -> None:
        """Register the duties of every block."""
        for block in self.blocks:
            if block.region in ("body", "closing") and "|" not in block.text:
                self.read_block(block)

    def read_block(self, block: Block) -> None:
        """Register what one paragraph tells somebody to do."""
        runs = join_runs(block.text, find_agencies(block.text))
        start = len(block.text) - len(block.body)
        if any(_AIMS.match(plain_letters(heading)) for heading in (*block.heading,)):
            return
        told = self.told_by_place(block)
        for left, right in cut_sentences(block.text, start):
            subject = find_subject(block.text, left, right, runs)
            if subject:
                told = _Told(subject.names, subject.is_request)
                if block.is_heading or block.opens_section:
                    self.assigned.update(dict.fromkeys(subject.names))
                if subject.is_order and _LISTING.search(plain_letters(block.text[left:right])):
                    self.ordered.append((block.heading, told))
            self.read_sentence(block, left, right, told, subject, runs)

    def told_by_place(self, block: Block) -> _Told:
        """Return who a paragraph speaks to by where it stands: its headings, an order above it, everybody."""
        if block.region == "closing":
            return self.ordered[-1][1] if self.ordered else _Told(tuple(self.assigned))
        headings = block.heading[:-1] if block.is_heading else block.heading
        for heading in reversed(headings):
            subject = _heading_subject(heading)
            if subject:
                return _Told(subject.names, subject.is_request)
        for above, told in reversed(self.ordered):
            if block.heading[: len(above)] == above:
                return told
        return self.addressees

    def read_sentence(
        self, block: Block, start: int, end: int, told: _Told, subject: Subject | None, runs: Sequence[Run]
    ) -> None:
        """Register the duties of one sentence: of those told, of those they work with, of those who compile."""
        plain = plain_letters(block.text[start:end])
        begin = subject.predicate if subject else start
        bare = block.is_heading and (block.text[begin:end].strip(" :.") == "" or not subject)
        if block.is_heading and "thuong truc" in plain and subject:
            self.register.add(block, start, end, told, (Role.LEAD,))
        if told.names and not bare and not _LABEL.match(plain):
            for left, right, roles in cut_clauses(block.text, begin, end):
                self.register.add(block, start if left == begin else left, right, told, roles)
        if bare or not told.names:
            return
        partners = _Told(find_partners(block.text, start, end, runs), told.is_request)
        self.register.add(block, start, end, partners, (Role.COOPERATE,))
        compilers = _Told(find_compilers(block.text, start, end, runs))
        self.register.add(block, start, end, compilers, (Role.COMPILE,))


def _heading_subject(heading: str) -> Subject | None:
    label = re.match(r"[\w.()]{1,14}\.\s", heading)
    text = heading[label.end() :] if label else heading
    return find_subject(text, 0, len(text), join_runs(text, find_agencies(text)))


def _addressees(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the bodies under "Kính gửi"."""
    is_address = False
    for block in blocks:
        plain = plain_letters(block.text)
        if block.region != "head":
            return
        is_address = is_address or plain.startswith("kinh gui")
        if is_address:
            yield from (mention.name for mention in find_agencies(block.text))
