"""Word files: paragraphs with the numbers Word would print, tables, no macros, no links, no DOCTYPE."""

import re
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from knowledge.errors import UnreadableFile

MAX_ENTRIES = 2_000
MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 100
_SMALL = 1024 * 1024
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = {1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl", 10: "x", 9: "ix", 5: "v"}


def read_docx(path: Path) -> str:
    """Return the text of a Word file, one paragraph a line, automatic numbers written out."""
    import docx

    check_archive(path)
    document = docx.Document(str(path))
    numbering = Numbering(document.part)
    return "\n".join(_body(document.element.body, numbering))


def check_archive(path: Path) -> None:
    """Refuse archives that unpack beyond measure or hold a DOCTYPE, before any parser sees them."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            total = sum(entry.file_size for entry in entries)
            if len(entries) > MAX_ENTRIES or total > MAX_UNPACKED:
                raise UnreadableFile("bomb")
            if any(
                entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
                for entry in entries
            ):
                raise UnreadableFile("bomb")
            parts = (archive.read(entry) for entry in entries if entry.filename.endswith((".xml", ".rels")))
            if any("<!DOCTYPE".encode(code) in part for part in parts for code in ("ascii", "utf-16-le", "utf-16-be")):
                raise UnreadableFile("doctype")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise UnreadableFile("broken_file") from None


def _body(parent: Any, numbering: "Numbering") -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_W}p":
            yield numbering.label(element) + _text(element)
        elif element.tag == f"{_W}tbl":
            yield from _table(element, numbering)
        elif element.tag == f"{_W}sdt":
            for content in element.findall(f"{_W}sdtContent"):
                yield from _body(content, numbering)


def _table(table: Any, numbering: "Numbering") -> Iterator[str]:
    """Yield a layout table (letterhead, signatures) column by column, a table of data row by row with bars."""
    rows: list[list[list[str]]] = []
    for row in table.findall(f"{_W}tr"):
        above = rows[-1] if rows else []
        cells = row.findall(f"{_W}tc")
        # A cell merged downwards holds for each row it covers.
        held = [place < len(above) and _is_merged(cell) for place, cell in enumerate(cells)]
        rows.append([above[i] if held[i] else list(_body(cell, numbering)) for i, cell in enumerate(cells)])
    joined = [" | ".join(" ".join(filter(None, (line.strip() for line in cell))) for cell in row) for row in rows]
    are_signed = len(rows) > 1 and joined[0].isupper() and all(len("\n".join(cell).split("\n")) > 1 for cell in rows[0])
    if len(rows) <= 3 and (are_signed or all(len(row) <= 2 for row in rows)):
        yield from (line for column in zip_longest(*rows, fillvalue=()) for cell in column for line in cell)
    else:
        yield from joined
    yield ""


def _is_merged(cell: Any) -> bool:
    merged = cell.find(f"{_W}tcPr/{_W}vMerge")
    return merged is not None and merged.get(f"{_W}val") != "restart"


def _text(paragraph: Any) -> str:
    """Return the words of a paragraph as printed: insertions in, deletions and text of fields' codes out."""
    pieces = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if any(above.tag in (f"{_W}del", f"{_W}moveFrom") for above in node.iterancestors()):
            continue
        if node.tag == f"{_W}t":
            pieces.append(node.text or "")
        elif node.getparent().tag == f"{_W}r":
            pieces.append({"tab": " ", "noBreakHyphen": "-"}.get(node.tag.removeprefix(_W), "\n"))
    return "".join(pieces)


class Numbering:
    """Counts automatic list numbers the way Word prints them (WordprocessingML, w:numbering)."""

    def __init__(self, part: Any) -> None:
        self._levels: dict[int, dict[int, tuple[str, str, int]]] = {}
        self._counters: dict[int, list[int]] = {}
        self._styles = {style.styleId: style for style in part.styles.element.style_lst}
        try:
            root = part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        abstract = {int(item.get(f"{_W}abstractNumId")): _levels(item) for item in root.findall(f"{_W}abstractNum")}
        self._levels = {item.numId: abstract.get(item.abstractNumId.val, {}) for item in root.num_lst}

    def label(self, paragraph: Any) -> str:
        """Return the printed number of a paragraph with a blank after it, "" when it has none."""
        number, level = self._place(paragraph)
        if number is None or level not in self._levels.get(number, {}):
            return ""
        counters = self._counters.setdefault(number, [0] * 10)
        levels = self._levels[number]
        counters[level] = counters[level] + 1 if counters[level] else levels[level][2]
        counters[level + 1 :] = [0] * (9 - level)
        form, pattern, _ = levels[level]
        if form == "bullet":
            return "- "
        if form == "none":
            return ""
        printed = re.sub(r"%(\d)", lambda found: self._printed(levels, counters, int(found[1]) - 1), pattern)
        return f"{printed} "

    def _printed(self, levels: dict[int, tuple[str, str, int]], counters: list[int], level: int) -> str:
        form, _, start = levels.get(level, ("decimal", "", 1))
        value = counters[level] or start
        roman, letter = _roman(value), chr(ord("a") + (value - 1) % 26)
        forms = {"lowerRoman": roman, "upperRoman": roman.upper(), "lowerLetter": letter, "upperLetter": letter.upper()}
        return forms.get(form) or (f"{value:02d}" if form == "decimalZero" else str(value))

    def _place(self, paragraph: Any) -> tuple[int | None, int]:
        """Return list and level from the paragraph itself or from its style."""
        for element in (paragraph, self._styles.get(paragraph.style)):
            properties = None if element is None else element.pPr
            listed = None if properties is None else properties.numPr
            if listed is not None and listed.numId is not None:
                return listed.numId.val, 0 if listed.ilvl is None else listed.ilvl.val
        return None, 0


def _levels(item: Any) -> dict[int, tuple[str, str, int]]:
    def value(level: Any, name: str, default: str) -> str:
        found = level.find(f"{_W}{name}")
        return default if found is None else found.get(f"{_W}val", default)

    return {
        int(level.get(f"{_W}ilvl")): (
            value(level, "numFmt", "decimal"),
            value(level, "lvlText", ""),
            int(value(level, "start", "1")),
        )
        for level in item.findall(f"{_W}lvl")
    }


def _roman(value: int) -> str:
    printed = ""
    for worth, letters in (_ROMAN | {4: "iv", 1: "i"}).items():
        printed += letters * (value // worth)
        value %= worth
    return printed
