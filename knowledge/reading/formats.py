"""One reader a file format; each returns the text in reading order or raises UnreadableFile."""

import re
import shutil
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from knowledge.errors import UnreadableFile
from knowledge.reading.office import read_docx
from knowledge.reading.scans import read_image, read_pdf

Reader = Callable[[Path], str]

_BLOCKS = re.compile("address|article|blockquote|caption|d[dlt]|div|h[1-6]|li|main|[ou]l|p|pre|section|tr")
_SILENT = "//script|//style|//noscript|//template|//iframe|//object|//svg|//head|//nav|//aside|//footer|//form"
_MOST_COLUMNS = 40
_COMBINING_1258 = re.compile("[aeiouyAEIOUYâêôơưăÂÊÔƠƯĂ][\u0300\u0301\u0303\u0309\u0323]")


def read_text(path: Path) -> str:
    """Read plain text or markdown in UTF-8, UTF-16, Windows-1258 or an old 8-bit Vietnamese font encoding."""
    return decode(path.read_bytes())


def decode(raw: bytes) -> str:
    """Return bytes as text: by byte order mark, else UTF-8, else the Windows code page that reads as Vietnamese."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw[:4096]:
        raise UnreadableFile("broken_file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        vietnamese = raw.decode("cp1258", errors="replace")
        if len(_COMBINING_1258.findall(vietnamese)) * 40 > len(vietnamese.split()):
            return vietnamese
        return raw.decode("cp1252", errors="replace")


def read_html(path: Path) -> str:
    """Read a saved web page: its text, one block a line, table cells divided by bars; nothing is fetched."""
    from lxml import html

    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    tree: Any = html.document_fromstring(decode(path.read_bytes()), parser=parser)
    for silent in tree.xpath(_SILENT):
        silent.drop_tree()
    for listed in tree.xpath("//ul[.//a/@href]|//ol[.//a/@href]|//tr[.//a/@href]"):
        links = [link.text_content().strip() for link in listed.xpath(".//a[@href]")]
        if len(links) > 2 and len("".join(links)) > 0.7 * len(listed.text_content().strip()):
            listed.drop_tree()
    for table in tree.xpath("//table"):
        _unmerge(table)
    pieces: list[str] = []
    _walk(tree, pieces)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip(" |") for line in lines)).strip()


def _unmerge(table: Any) -> None:
    """Write a cell merged over several rows into each of them, blank cells behind one merged over several columns."""
    held: dict[int, tuple[Any, int]] = {}
    for row in table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr"):
        cells, column = row.xpath("./td|./th"), 0
        while cells or column in held:
            if column in held:
                cell, rows_left = held.pop(column)
                cell = deepcopy(cell)
            else:
                cell = cells.pop(0)
                rows_left = _span(cell, "rowspan")
                blanks = range(1, min(_span(cell, "colspan"), _MOST_COLUMNS))
                cells[:0] = [cell.makeelement("td", rowspan=str(rows_left)) for _ in blanks]
            row.insert(column, cell)
            if rows_left > 1:
                held[column] = (cell, rows_left - 1)
            column += 1


def _span(cell: Any, name: str) -> int:
    printed = cell.get(name, "1").strip()
    return int(printed) if printed.isdecimal() and len(printed) < 6 else 1


def _walk(node: Any, pieces: list[str]) -> None:
    """Collect text in document order, iteratively so that deep nesting cannot exhaust the stack."""
    from lxml import etree

    for event, element in etree.iterwalk(node, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            pieces.append("\n" if _BLOCKS.fullmatch(name) or name == "br" else "")
            pieces.append(re.sub(r"\s+", " ", element.text or ""))
        else:
            pieces.append("\n" if _BLOCKS.fullmatch(name) else " | " if name in ("td", "th") else "")
            pieces.append(re.sub(r"\s+", " ", element.tail or ""))


def read_doc(path: Path) -> str:
    """Read an old Word file through antiword."""
    if not shutil.which("antiword"):
        raise UnreadableFile("no_doc_converter")
    command = ["antiword", "-m", "UTF-8.txt", "-w", "0", str(path)]
    done = subprocess.run(command, capture_output=True, timeout=50, check=False)
    if done.returncode != 0:
        raise UnreadableFile("broken_file")
    return done.stdout.decode("utf-8", errors="replace")


READERS: dict[str, Reader] = {
    ".txt": read_text,
    ".md": read_text,
    ".markdown": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_docx,
    ".doc": read_doc,
    ".pdf": read_pdf,
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".pnm"), read_image),
}
