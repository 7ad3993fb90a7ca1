"""Tables that a converter flattened to one cell per line, put back into rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.vietnamese import fold
from knowledge.wording import Wording

_WORDS = Wording("flat_tables")

_HEADS = ("Sở", "Phòng", "Ban", "Hội", "Khoa", "Công an", "Trung tâm", "Ủy ban", "Văn phòng", "Đoàn")
_COLUMNS = range(3, 11)
_LONGEST_HEADING = 60
_LONGEST_ROW = 40


@dataclass(frozen=True, slots=True)
class _Cell:
    """The lines of one cell: first and one past the last, and their words."""

    first: int
    last: int
    text: str


Row = list[tuple[int, int]]
"""The cells of a row as ranges of lines."""


def find_rows(lines: Sequence[str]) -> dict[int, Row]:
    """Return the rows of flattened tables by the line they begin at; rows with bars ("a | b | c") are none."""
    rows: dict[int, Row] = {}
    start = 0
    while start < len(lines):
        found = _table_at(lines, start) if _is_first_column(lines[start]) else []
        rows |= {row[0][0]: row for row in found}
        start = found[-1][-1][1] if found else start + 1
    return rows


def _is_first_column(line: str) -> bool:
    return len(line) < 20 and bool(_WORDS.first_column.fullmatch(fold(line.strip(" |*\t"))))


def _table_at(lines: Sequence[str], start: int) -> list[Row]:
    cells = _bare(lines, start)
    head: list[_Cell] = []
    for cell in cells:
        if head and _WORDS.row.fullmatch(cell.text):
            break
        if len(head) >= _COLUMNS.stop or len(cell.text) > _LONGEST_HEADING:
            return []
        head.append(cell)
    else:
        return []
    named = sum(bool(_WORDS.column.search(fold(heading.text))) for heading in head)
    if len(head) not in _COLUMNS or named < 2:
        return []
    return [_ranges(head), *(_ranges(row) for row in _rows(cell, cells, len(head)))]


def _ranges(row: Sequence[_Cell]) -> Row:
    return [(cell.first, cell.last) for cell in row]


def _rows(opening: _Cell, cells: Iterator[_Cell], width: int) -> Iterator[list[_Cell]]:
    """Yield rows, each opened by the next running number; the last one is as wide as the head."""
    row, number = [opening], 0
    for cell in cells:
        opens = _WORDS.row.fullmatch(cell.text)
        if opens and (opens["number"] is None or int(opens["number"]) in (1, number + 1, _number(row[0]) + 1)):
            number = _number(row[0])
            yield row
            row = [cell]
        elif len(row) > 1 and _continues(row[-1], cell):
            row[-1] = _Cell(row[-1].first, cell.last, f"{row[-1].text} {cell.text}")
        elif len(row) == width or len(row) >= _LONGEST_ROW:
            break
        else:
            row.append(cell)
    yield row


def _number(cell: _Cell) -> int:
    found = _WORDS.row.fullmatch(cell.text)
    return int(found["number"]) if found and found["number"] else 0


def _continues(before: _Cell, cell: _Cell) -> bool:
    is_unfinished = before.text.endswith((",", ";", "-")) or before.text.lower().endswith((" ngày", " và", " tháng"))
    return cell.text[:1].islower() or is_unfinished


def _bare(lines: Sequence[str], start: int) -> Iterator[_Cell]:
    """Yield cells of a line each; a line in lower case goes on with the cell before it."""
    before: _Cell | None = None
    for index in range(start, len(lines)):
        text = lines[index].strip(" |*\t")
        if before and (text[:1].islower() or before.text in _HEADS):
            before = _Cell(before.first, index + 1, f"{before.text} {text}")
        elif text:
            if before:
                yield before
            before = _Cell(index, index + 1, text)
    if before:
        yield before
