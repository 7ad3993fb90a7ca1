"""Logical paragraphs of a document: cleaned for understanding, each letter knowing where it stands in the original."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.lines import Line, plain_letters, read_lines
from knowledge.regions import BODY, CLOSING, find_regions
from knowledge.wording import Wording

_WORDS = Wording("layout")

_RANKS = {"part": 0, "chapter": 1, "capital": 2, "roman": 3, "article": 3, "team": 4, "number": 5, "letter": 11}
_BARE_HEADING, _LEAD_IN, _SUB_LEAD_IN = 12, 13, 14
_TOP_RANK = 3
_LONGEST_HEADING = 250


_BULLETS = frozenset("-–—+•●○▪◦·→")


@dataclass(frozen=True, slots=True)
class Block:
    """One logical paragraph.

    `text` is clean (NFC, one-space, markup removed, broken lines joined, marker kept); `origin[i]` is the offset in
    the document's text of `text[i]`; `marker` is "III.", "1.", "-", "a)", "Điều 1." or ""; `section` is the path of
    the innermost numbered section the block stands in or opens, None before the first; `heading` is the path of
    headings above it, outermost first; `is_heading` says that the block is a heading (numbered or bare) rather than
    content; `opens_section` that it carries its section's number. `region` is "head", "body", "closing" (an unnumbered
    paragraph after the last item, addressed to everybody), "signature" or "after signature".
    """

    text: str
    origin: tuple[int, ...]
    marker: str
    section: str | None
    heading: tuple[str, ...]
    is_heading: bool
    opens_section: bool = False
    region: str = "body"
    ordinal: int = 0

    @property
    def body(self) -> str:
        """The text after the marker."""
        return self.text[len(self.marker) :].lstrip()

    @property
    def lead(self) -> str:
        """The heading a numbered item carries: all of a heading, the words before the colon of an item with content."""
        return _lead(self.body, is_heading=self.is_heading)

    def span(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """Return the offsets in the document's text of text[start:end]."""
        stop = len(self.text) if end is None else end
        return self.origin[start], self.origin[stop - 1] + 1

    def quote(self, document_text: str, start: int = 0, end: int | None = None) -> str:
        """Return the verbatim words of the document behind text[start:end]."""
        first, last = self.span(start, end)
        return document_text[first:last].strip()


@dataclass(frozen=True, slots=True)
class _Step:
    rank: int
    label: str
    heading: str
    bullet: str = ""


def read_blocks(text: str) -> tuple[Block, ...]:
    """Cut a document's text into logical paragraphs with their place in the structure."""
    lines = read_lines(text)
    markers = [_marker(line.text) for line in lines]
    regions = find_regions(lines, [rank is not None and rank < _RANKS["letter"] for _, rank in markers])
    path: list[_Step] = []
    taken: Counter[str] = Counter()
    blocks: list[Block] = []
    for index, (line, (marker, rank), region) in enumerate(zip(lines, markers, regions, strict=True)):
        is_heading = region == BODY and _is_heading(lines, markers, regions, index)
        lead = _lead(line.text[len(marker) :].lstrip(), is_heading=is_heading)
        if region != BODY:
            path = [step for step in path if step.rank <= _TOP_RANK] if region == CLOSING else []
        elif rank is not None:
            path = [step for step in path if step.rank < rank and not _is_other_number(step, marker, rank)]
            path.append(_Step(rank, _free_label(path, marker, taken), lead))
        elif marker or is_heading:
            loose = _SUB_LEAD_IN if marker.startswith("+") else _LEAD_IN if marker else _BARE_HEADING
            path = [*_kept(path, loose, marker), *([_Step(loose, "", lead, marker)] if is_heading else [])]
        block = Block(
            text=line.text,
            origin=line.origin,
            marker=marker,
            section=_section(path),
            heading=tuple(f"{step.label}. {step.heading}" if step.label else step.heading for step in path),
            is_heading=is_heading,
            opens_section=region == BODY and rank is not None,
            region=region,
            ordinal=index,
        )
        blocks.append(block)
    return tuple(blocks)


def _lead(body: str, *, is_heading: bool) -> str:
    if is_heading:
        return body.rstrip(" :")
    if opening := re.match(r"[^:;.]{3,200}(?=:)|.{20,160}?(?=[;.](?:\s|$))", body):
        return opening[0]
    return " ".join(body[:160].split(" ")[:-1]) + "…" if len(body) > 160 else body


def _marker(text: str) -> tuple[str, int | None]:
    """Return the marker that opens text and the rank of the section it numbers, None for bullets and plain text."""
    found = _WORDS.marker.match(text)
    if not found:
        return "", None
    kind = found.lastgroup or ""
    rank = _RANKS.get(kind)
    if kind == "number":
        rank = _RANKS["number"] + found[0].rstrip(".):/ ").count(".")
    return found[0].strip(), rank


def _is_other_number(step: _Step, marker: str, rank: int) -> bool:
    """Tell that "2.1." does not stand under the "1." before it."""
    number = _RANKS["number"]
    return number <= step.rank < rank < _RANKS["letter"] and not marker.startswith(f"{step.label}.")


def _kept(path: Sequence[_Step], rank: int, marker: str) -> list[_Step]:
    """Return the steps a bullet stands under: those above its rank, and lead-ins with another bullet."""
    same = next((place for place, step in enumerate(path) if marker and step.bullet == marker), len(path))
    return [step for step in path[:same] if step.rank < rank or (step.rank == rank and step.bullet and marker)]


def _section(path: Sequence[_Step]) -> str | None:
    labels: list[str] = []
    for step in path:
        if labels and step.label.startswith(f"{labels[-1]}."):
            labels.pop()
        if step.label:
            labels.append(step.label)
    return ".".join(labels) or None


def _free_label(path: Sequence[_Step], marker: str, taken: Counter[str]) -> str:
    """Return the section's number, told apart when the document gives the same number twice."""
    label = re.sub(r"[\s.)/:,–-]+$", "", marker)
    full = _section([*path, _Step(99, label, "")]) or label
    taken[full] += 1
    return label if taken[full] == 1 else f"{label} ({taken[full]})"


def _is_heading(
    lines: Sequence[Line], markers: Sequence[tuple[str, int | None]], regions: Sequence[str], index: int
) -> bool:
    text, (marker, rank) = lines[index].text, markers[index]
    if len(text) >= _LONGEST_HEADING or "|" in text:
        return False
    has_content = index + 1 < len(lines) and regions[index + 1] == BODY
    if rank is not None:
        next_rank = markers[index + 1][1] if has_content else 0
        is_leaf = lines[index + 1].text.isupper() if next_rank is None else next_rank <= rank
        return not (
            (is_leaf and (text.endswith((".", ";")) or len(text) > 120)) or (text.endswith(".") and len(text) > 120)
        )
    if not has_content or text.endswith((".", ";", ",", "…")) or len(text) > 120:
        return False
    if marker:
        return text.endswith(":") and not _WORDS.sentence_lead.search(text)
    return (
        (text.endswith(":") and len(text) < 60)
        or text.isupper()
        or (len(text) < 60 and markers[index + 1][0][:1] in _BULLETS)
        or bool(_WORDS.agency_start.match(plain_letters(text)) and len(lines[index + 1].text) > len(text))
    )
