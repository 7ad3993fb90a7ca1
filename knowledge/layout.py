"""Logical paragraphs of a document: cleaned for understanding, each letter knowing where it stands in the original."""

import re
from dataclasses import dataclass

from knowledge.vietnamese import normalise

_MARKUP = re.compile(r"[*_#]{1,6}|\u00ad|\ufeff|\u200b")
_MARKER = re.compile(
    r"(?P<marker>(?:[IVXL]{1,6}|\d{1,2}(?:\.\d{1,2}){0,3})(?=[.)/]\s*\D)[.)/]*|[a-zđ]\)|[-–+•*]|Điều\s+\d+\.?|Phần thứ \w+)\s*",
)
_ENDS = (".", ";", ":", "!", "?", "/.", "…", "|")


@dataclass(frozen=True, slots=True)
class Block:
    """One logical paragraph.

    `text` is clean (NFC, one-space, markup removed, broken lines joined, marker kept); `origin[i]` is the offset in
    the document's text of `text[i]`; `marker` is "III.", "1.", "-", "a)", "Điều 1" or ""; `section` is the path of
    the innermost numbered section the block stands in or opens, None before the first; `heading` is the path of
    headings above it, outermost first.
    """

    text: str
    origin: tuple[int, ...]
    marker: str
    section: str | None
    heading: tuple[str, ...]
    is_heading: bool

    @property
    def body(self) -> str:
        """The text after the marker."""
        return self.text[len(self.marker) :].lstrip()

    def span(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """Return the offsets in the document's text of text[start:end]."""
        stop = len(self.text) if end is None else end
        return self.origin[start], self.origin[stop - 1] + 1

    def quote(self, document_text: str, start: int = 0, end: int | None = None) -> str:
        """Return the verbatim words of the document behind text[start:end]."""
        first, last = self.span(start, end)
        return document_text[first:last].strip()


def read_blocks(text: str) -> tuple[Block, ...]:
    """Cut a document's text into logical paragraphs with their place in the structure."""
    blocks: list[Block] = []
    path: list[tuple[int, str, str]] = []
    for clean, origin in _join_broken_lines(_clean_lines(text)):
        found = _MARKER.match(clean)
        marker = found["marker"] if found else ""
        level = _level(marker)
        if level:
            while path and path[-1][0] >= level:
                path.pop()
            path.append((level, marker.rstrip(".)/ "), clean[len(marker) :].strip()))
        is_heading = bool(level) and len(clean) < 250
        numbers = [step[1] for step in path]
        blocks.append(
            Block(
                text=clean,
                origin=origin,
                marker=marker,
                section=".".join(numbers) if numbers else None,
                heading=tuple(f"{step[1]}. {step[2]}" for step in path),
                is_heading=is_heading,
            )
        )
    return tuple(blocks)


def _level(marker: str) -> int:
    core = marker.rstrip(".)/ ")
    if re.fullmatch(r"[IVXL]+", core) or core.startswith(("Điều", "Phần")):
        return 1
    if re.fullmatch(r"\d+(\.\d+)*", core):
        return 2 + core.count(".")
    return 0


def _clean_lines(text: str) -> list[tuple[str, tuple[int, ...]]]:
    lines = []
    for line in re.finditer(r"[^\n]+", text):
        letters: list[str] = []
        origin: list[int] = []
        raw = _MARKUP.sub(lambda found: "\0" * len(found[0]), line[0])
        for offset, letter in enumerate(raw, start=line.start()):
            plain = " " if letter.isspace() else normalise(letter)
            if letter == "\0" or (plain == " " and (not letters or letters[-1] == " ")):
                continue
            letters.append(plain)
            origin.append(offset)
        if letters and letters[-1] == " ":
            letters.pop()
            origin.pop()
        if letters:
            lines.append(("".join(letters), tuple(origin)))
    return lines


def _join_broken_lines(lines: list[tuple[str, tuple[int, ...]]]) -> list[tuple[str, tuple[int, ...]]]:
    joined: list[tuple[str, tuple[int, ...]]] = []
    for clean, origin in lines:
        if joined and clean[0].islower() and not joined[-1][0].endswith(_ENDS) and not _MARKER.match(clean):
            before, places = joined[-1]
            joined[-1] = (f"{before} {clean}", (*places, places[-1] + 1, *origin))
        else:
            joined.append((clean, origin))
    return joined
