"""Tables of a PDF page, found by the lines drawn around their cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_THIN = 3.0
"""Points: what is thinner is a line, and lines nearer to each other than this are one."""
_FEWEST_EDGES = 3


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line across or down the page: where it lies, and from where to where it runs."""

    at: float
    low: float
    high: float

    def passes(self, place: float) -> bool:
        """Tell whether the line runs past a place."""
        return self.low - _THIN < place < self.high + _THIN


def read_page(page: Any, text_page: Any) -> str:
    """Return the words of a page from top to bottom, each row of a ruled table on a line, bars between its cells."""
    across, down = _rules(page)
    pieces: list[str] = []
    left, bottom, right, top = page.get_bbox()
    for high, low in [] if page.get_rotation() else _extents(down):
        rows = list(_rows(text_page, across, [rule for rule in down if low <= rule.low and rule.high <= high]))
        if rows:
            pieces += [_words(text_page, left, high + 1, right, top), *rows]
            top = low - 1
    return "\n".join([*pieces, _words(text_page, left, bottom, right, top)])


def _rules(page: Any) -> tuple[list[_Rule], list[_Rule]]:
    """Return the lines across and those down the page; a box counts as its four sides."""
    from pypdfium2 import raw

    across: list[_Rule] = []
    down: list[_Rule] = []
    for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = drawn.get_bounds()
        if right - left > _THIN:
            across += [_Rule(place, left, right) for place in _distinct([bottom, top])]
        if top - bottom > _THIN:
            down += [_Rule(place, bottom, top) for place in _distinct([left, right])]
    return across, down or _between(across)


def _between(across: Sequence[_Rule]) -> list[_Rule]:
    """Return the edges of the columns of a table drawn with lines across alone, where each cell has its own."""
    levels = [rule.at for rule in across]
    ends = [end for rule in across for end in (rule.low, rule.high)]
    return [_Rule(place, min(levels), max(levels)) for place in _distinct(ends)]


def _distinct(places: Sequence[float]) -> list[float]:
    """Return places in rising order, of those that lie close together the first."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > _THIN:
            kept.append(place)
    return kept


def _extents(down: Sequence[_Rule]) -> list[tuple[float, float]]:
    """Return where on the page lines down it hang together, each as upper and lower end, the uppermost first."""
    extents: list[tuple[float, float]] = []
    for rule in sorted(down, key=lambda rule: -rule.high):
        if extents and rule.high > extents[-1][1] - _THIN:
            extents[-1] = (extents[-1][0], min(extents[-1][1], rule.low))
        else:
            extents.append((rule.high, rule.low))
    return extents


def _rows(text_page: Any, across: Sequence[_Rule], down: Sequence[_Rule]) -> Iterator[str]:
    """Yield the rows of the table between lines down the page; a cell over several rows holds for each of them."""
    ends = [end for rule in down for end in (rule.low, rule.high)]
    crossing = [rule for rule in across if min(ends) - _THIN < rule.at < max(ends) + _THIN]
    levels = _distinct([rule.at for rule in crossing])[::-1]
    if len(_distinct([rule.at for rule in down])) < _FEWEST_EDGES:
        return
    above: dict[float, str] = {}
    for upper, lower in pairwise(levels):
        edges = _distinct([rule.at for rule in down if rule.passes((upper + lower) / 2)])
        for left, right in pairwise(edges):
            closing = [rule.at for rule in crossing if rule.passes((left + right) / 2)]
            starts = any(abs(level - upper) <= _THIN for level in closing)
            floor = max((level for level in closing if level < upper - _THIN), default=lower)
            if starts:
                above[left] = " ".join(_words(text_page, left + 1, floor + 1, right - 1, upper - 1).split())
        yield " | ".join(above.get(left, "") for left in edges[:-1])


def _words(text_page: Any, left: float, bottom: float, right: float, top: float) -> str:
    return str(text_page.get_text_bounded(left, bottom, right, top)) if top > bottom and right > left else ""
