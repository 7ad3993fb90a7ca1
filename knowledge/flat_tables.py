"""Tables that a converter flattened to one cell per line, put back into rows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.vietnamese import fold

_FIRST_COLUMN = re.compile(r"(?:s?tt|so tt|so thu tu|no\.?)\W*")
_COLUMN = re.compile(
    r"noi dung|nhiem vu|cong viec|hoat dong|chu tri|phoi hop|thoi gian|thuc hien|hoan thanh|don vi|co quan|tien do"
    r"|san pham|ket qua|ghi chu|giai phap|chi tieu|kinh phi"
)
_ROW = re.compile(r"(?P<number>\d{1,3})\s*[.)]?|(?P<part>[IVX]{1,5}|[A-H])\s*[.)]?|\d{1,2}\.\d{1,2}\.?")
_COLUMNS = range(3, 11)
_LONGEST_HEADING = 60
_LONGEST_ROW = 40
_LOOK_AHEAD = 60


@dataclass(frozen=True, slots=True)
class _Cell:
    """The lines of one cell: first and one past the last, and their words."""

    first: int
    last: int
    text: str


def find_rows(lines: Sequence[str]) -> list[list[tuple[int, int]]]:
    """Return the rows of flattened tables as ranges of lines, one for each cell; whole rows ("a | b | c") are none."""
    rows: list[list[tuple[int, int]]] = []
    start = 0
    while start < len(lines):
        found = _table_at(lines, start) if _is_first_column(lines[start]) else []
        rows.extend(found)
        start = found[-1][-1][1] if found else start + 1
    return rows


def _is_first_column(line: str) -> bool:
    return len(line) < 20 and bool(_FIRST_COLUMN.fullmatch(fold(line.strip(" |*\t"))))


def _table_at(lines: Sequence[str], start: int) -> list[list[tuple[int, int]]]:
    ahead = lines[start : start + _LOOK_AHEAD]
    has_pipes = sum(line.rstrip().endswith("|") for line in ahead[:12]) >= 3
    cells = _piped(lines, start) if has_pipes else _bare(lines, start)
    head: list[_Cell] = []
    for cell in cells:
        if head and _ROW.fullmatch(cell.text):
            break
        if len(head) >= _COLUMNS.stop or len(cell.text) > _LONGEST_HEADING:
            return []
        head.append(cell)
    else:
        return []
    named = sum(bool(_COLUMN.search(fold(heading.text))) for heading in head)
    if len(head) not in _COLUMNS or named < 2:
        return []
    return [_ranges(head), *(_ranges(row) for row in _rows(cell, cells, len(head)))]


def _ranges(row: Sequence[_Cell]) -> list[tuple[int, int]]:
    return [(cell.first, cell.last) for cell in row]


def _rows(opening: _Cell, cells: Iterator[_Cell], width: int) -> Iterator[list[_Cell]]:
    """Yield rows, each opened by the next running number; the last one is as wide as the head."""
    row, number = [opening], 0
    for cell in cells:
        opens = _ROW.fullmatch(cell.text)
        if opens and (opens["number"] is None or int(opens["number"]) in (1, number + 1, _number(row[0]) + 1)):
            number = _number(row[0])
            yield row
            row = [cell]
        elif len(row) == width and not _continues(row[-1], cell):
            break
        elif len(row) >= _LONGEST_ROW:
            break
        elif len(row) > 1 and _continues(row[-1], cell):
            row[-1] = _Cell(row[-1].first, cell.last, f"{row[-1].text} {cell.text}")
        else:
            row.append(cell)
    yield row


def _number(cell: _Cell) -> int:
    found = _ROW.fullmatch(cell.text)
    return int(found["number"]) if found and found["number"] else 0


def _continues(before: _Cell, cell: _Cell) -> bool:
    return cell.text[:1].islower() or before.text.endswith((",", ";", "-"))


def _piped(lines: Sequence[str], start: int) -> Iterator[_Cell]:
    """Yield cells that end with a "|" at the end of a line or alone on one; an empty one counts too."""
    first, words = start, list[str]()
    for index in range(start, len(lines)):
        line = lines[index].strip()
        is_ended = line.endswith("|")
        if inner := line.strip(" |"):
            words.append(inner)
        if is_ended:
            yield _Cell(first, index + 1, " ".join(words))
            first, words = index + 1, []
        elif len(words) > _LONGEST_ROW:
            return
    if words:
        yield _Cell(first, len(lines), " ".join(words))


def _bare(lines: Sequence[str], start: int) -> Iterator[_Cell]:
    """Yield cells of a line each; a line in lower case goes on with the cell before it."""
    before: _Cell | None = None
    for index in range(start, len(lines)):
        text = lines[index].strip(" |*\t")
        if before and text[:1].islower():
            before = _Cell(before.first, index + 1, f"{before.text} {text}")
        elif text:
            if before:
                yield before
            before = _Cell(index, index + 1, text)
    if before:
        yield before
