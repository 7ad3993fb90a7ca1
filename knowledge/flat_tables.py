"""Tables that a converter flattened to one cell per line, put back into rows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from knowledge.vietnamese import fold
from knowledge.wording import Wording

_WORDS = Wording("flat_tables")

_COLUMNS = range(3, 11)
_LONGEST_HEADING = 60
_LONGEST_ROW = 40


class Cell(NamedTuple):
    """The lines of one cell: first and one past the last, and their words."""

    first: int
    last: int
    text: str


def find_rows(lines: Sequence[str]) -> dict[int, list[Cell]]:
    """Return the rows of flattened tables by the line they begin at; rows with bars ("a | b | c") are none."""
    rows: dict[int, list[Cell]] = {}
    start = 0
    while start < len(lines):
        is_head = len(lines[start]) < 20 and _WORDS.first_column.fullmatch(fold(_bare(lines[start])))
        found = _table_at(lines, start) if is_head else []
        rows |= {row[0].first: row for row in found}
        start = found[-1][-1].last if found else start + 1
    return rows


def _table_at(lines: Sequence[str], start: int) -> list[list[Cell]]:
    cells = _cells(lines, start)
    head: list[Cell] = []
    for cell in cells:
        if head and _WORDS.row.fullmatch(cell.text):
            named = sum(bool(_WORDS.column.search(fold(heading.text))) for heading in head)
            return [head, *_rows(cell, cells, len(head))] if len(head) in _COLUMNS and named > 1 else []
        if len(head) >= _COLUMNS.stop or len(cell.text) > _LONGEST_HEADING:
            return []
        head.append(cell)
    return []


def _rows(opening: Cell, cells: Iterator[Cell], width: int) -> Iterator[list[Cell]]:
    """Yield rows, each opened by the next running number; the last one is as wide as the head."""
    row, number = [opening], 0
    for cell in cells:
        opens = _WORDS.row.fullmatch(cell.text)
        if opens and (opens["number"] is None or int(opens["number"]) in (1, number + 1, _number(row[0]) + 1)):
            number = _number(row[0])
            yield row
            row = [cell]
        elif len(row) == width or len(row) >= _LONGEST_ROW:
            break
        else:
            row.append(cell)
    yield row


def _number(cell: Cell) -> int:
    found = _WORDS.row.fullmatch(cell.text)
    return int(found["number"]) if found and found["number"] else 0


def _cells(lines: Sequence[str], start: int) -> Iterator[Cell]:
    """Yield cells of a line each; a line in lower case, or behind an unfinished one, goes on with the cell before."""
    before: Cell | None = None
    for index in range(start, len(lines)):
        text = _bare(lines[index])
        if before and (text[:1].islower() or _WORDS.unfinished.search(before.text)):
            before = Cell(before.first, index + 1, f"{before.text} {text}")
        elif text:
            if before:
                yield before
            before = Cell(index, index + 1, text)
    if before:
        yield before


def _bare(line: str) -> str:
    return line.strip(" |*\t")
