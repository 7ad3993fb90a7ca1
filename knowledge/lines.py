"""Lines of a document as a reader sees them: markup and page furniture gone, broken sentences whole again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from knowledge.flat_tables import Cell, find_rows
from knowledge.vietnamese import fold
from knowledge.wording import Wording

_WORDS = Wording("lines")

Origin = tuple[int, ...]

_SLACK = 8
"""Letters by which the lines of one column may stand apart."""
_LETTER_REPAIRS = str.maketrans("ƣƢ\u00a0", "ưƯ ")
_ENDS = (".", ";", ":", "!", "?", "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One whole line: clean text, the offset in the document of each of its letters, and how it was set."""

    text: str
    origin: Origin
    after_gap: bool


def plain_letters(text: str) -> str:
    """Return text in lower case without marks, letter by letter, so that offsets stay."""
    plain = fold(text)
    return plain if len(plain) == len(text) else "".join((fold(letter) or letter)[0] for letter in text)


def read_lines(text: str) -> list[Line]:
    """Return the lines of a document with broken sentences joined."""
    return _join(_drop_furniture(list(_clean_lines(text))))


def _clean_lines(text: str) -> Iterator[Line]:
    raws = [raw for raw in _WORDS.raw_line.finditer(text) if raw[0].strip()]
    rows = find_rows([raw[0] for raw in raws])
    columns = _Columns()
    index, end = 0, 0
    while index < len(raws):
        raw = raws[index]
        after_gap = text.count("\n", end, raw.start()) > 1 or "\f" in text[end : raw.start()]
        if row := rows.get(index):
            yield from columns.close()
            yield _row(raws, row, after_gap=after_gap)
            index = row[-1].last
            end = raws[index - 1].end()
        else:
            yield from columns.read(raw, after_gap=after_gap)
            index, end = index + 1, raw.end()
    yield from columns.close()


class _Columns:
    """Reads the two columns of a header, and of recipients beside a signature, one behind the other.

    Lines are cut apart in those places alone, never in a table of the body.
    """

    def __init__(self) -> None:
        self.lines_left = 40
        self.edge = 0
        self.right: list[Line] = []
        self.in_table = False

    def read(self, raw: re.Match[str], *, after_gap: bool) -> Iterator[Line]:
        """Yield the left column of a raw line, the right one when its neighbours on the left are over."""
        if _WORDS.recipients.match(raw[0]) or _WORDS.two_signers.match(raw[0]):
            self.lines_left = 25
        elif _WORDS.attached.match(raw[0]) or ("|" not in raw[0] and len(" ".join(raw[0].split())) > 120):
            self.lines_left = 0
        self.lines_left -= 1
        spaced = _WORDS.spaced_row if self.in_table else _WORDS.spaced_head
        self.in_table = bool(spaced.match(raw[0]))
        pieces = list(_read_columns(raw, after_gap=after_gap, is_cut=self.lines_left > 0, is_spaced=self.in_table))
        if any(_ends_columns(line.text) for _, line in pieces):
            self.lines_left = 0
        is_beside = len(pieces) > 1 or (pieces and (self.is_right(pieces[0][0]) or _goes_on(pieces[0][1].text)))
        if after_gap or not is_beside:
            yield from self.close()
        if len(pieces) > 1:
            self.edge = raw[0].find("|", pieces[0][0]) + _SLACK if "|" in raw[0] else pieces[1][0]
        is_open, is_blank_left = bool(self.right) or len(pieces) > 1, raw[0].lstrip(" \t\ufeff").startswith("|")
        for place, line in pieces:
            if is_open and (self.is_right(place) or is_blank_left):
                self.right.append(line)
            else:
                yield line

    def is_right(self, place: int) -> bool:
        """Tell whether words that begin at a place of their line stand in the right column."""
        return self.edge > 0 and place >= self.edge - _SLACK

    def close(self) -> Iterator[Line]:
        """Yield what the right column held."""
        yield from self.right
        self.right = []


def _read_columns(raw: re.Match[str], *, after_gap: bool, is_cut: bool, is_spaced: bool) -> Iterator[tuple[int, Line]]:
    """Yield each column of a raw line and where in the line it begins; the whole line where it is not to be cut."""
    cells = _WORDS.spaces if is_spaced else _WORDS.tab
    barred = cells.sub(lambda found: "|".ljust(len(found[0])), raw[0])
    is_row = sum(bool(cell.strip(" \ufeff")) for cell in barred.split("|", 6)) > 2
    gaps = _WORDS.gap.finditer(raw[0]) if is_cut and not is_row else ()
    edges = [0, *(edge for gap in gaps for edge in gap.span()), len(raw[0])]
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        clean, origin = _clean((barred if is_row else raw[0])[start:stop], raw.start() + start)
        if clean:
            yield origin[0] - raw.start(), Line(text=clean, origin=origin, after_gap=after_gap)


def _goes_on(text: str) -> bool:
    """Tell whether a line goes on with the column it stands in: an item of a list, or words in lower case."""
    return bool(_WORDS.goes_on.match(text)) and not _WORDS.alone.match(plain_letters(text))


def _ends_columns(text: str) -> bool:
    """Tell whether a line shows that the header or the list of recipients is over."""
    found = _WORDS.marker.match(text)
    return bool(found and found.lastgroup not in ("bullet", "letter")) or text.endswith("như sau:")


def _row(raws: Sequence[re.Match[str]], row: Sequence[Cell], *, after_gap: bool) -> Line:
    """Return a row of a flattened table as one line, its cells set apart by bars; a blank cell keeps its bar."""
    cells = ([_clean(raw[0].rstrip(" |"), raw.start()) for raw in raws[cell.first : cell.last]] for cell in row)
    text, origin = _merge_parts([_merge_parts([part for part in cell if part[0]]) for cell in cells], " | ")
    return Line(text=text, origin=origin, after_gap=after_gap)


def _merge_parts(parts: Sequence[tuple[str, Origin]], separator: str = " ") -> tuple[str, Origin]:
    """Join stretches of a document, blanks at their ends cut off, a separator standing where the one before it ends."""
    pieces: list[str] = []
    origin: list[int] = []
    for text, places in parts:
        clean = text.strip()
        start = text.find(clean)
        if origin and not (clean[:1].isupper() and _WORDS.broken.search(pieces[-1])):
            pieces.append(separator)
            origin += [origin[-1] + 1] * len(separator)
        pieces.append(clean)
        origin += places[start : start + len(clean)]
    return "".join(pieces), tuple(origin)


def _clean(raw: str, start: int) -> tuple[str, Origin]:
    if bullet := _WORDS.star_bullet.match(raw):
        raw = f"{raw[: bullet.end() - 1]}•{raw[bullet.end() :]}"
    raw = _WORDS.blank_markup.sub(lambda found: " " * len(found[0]), raw)
    raw = _WORDS.outer_pipe.sub(lambda found: " " * len(found[0]), raw)
    raw = _WORDS.markup.sub(lambda found: "\0" * len(found[0]), raw)
    pieces: list[str] = []
    origin: list[int] = []
    end = 0
    for run in re.finditer(r"[^\s\0]+", raw):
        if pieces and run[0][0] not in ",;:" and raw[end : run.start()].strip("\0"):
            pieces.append(" ")
            origin.append(start + end)
        pieces.append(run[0])
        origin.extend(range(start + run.start(), start + run.end()))
        end = run.end()
    return "".join(pieces).translate(_LETTER_REPAIRS), tuple(origin)


def _drop_furniture(lines: list[Line]) -> list[Line]:
    kept: list[Line] = []
    in_prose = False
    for line in lines:
        if _WORDS.rule.fullmatch(line.text) or _WORDS.chrome.fullmatch(line.text):
            continue
        # A lone number in the header can be the document's own, stamped on; among sentences it is a page's.
        if _WORDS.page_number.fullmatch(line.text) and (in_prose or not line.text.isdigit()):
            continue
        in_prose = in_prose or (len(line.text) > 60 and not line.text.isupper())
        kept.append(line)
    return kept


def _is_ended(text: str) -> bool:
    return text.count("|") > 1 or " | " in text or (text.endswith(_ENDS) and not _WORDS.short_form.search(text))


def _join(lines: list[Line]) -> list[Line]:
    width = _wrap_width(lines)
    is_torn = _is_torn(lines)
    marked = [line.after_gap for line in lines if line.text[:1] != "-" and _WORDS.marker.match(line.text)]
    is_spaced = is_torn and len(marked) > 2 and sum(marked) * 5 >= len(marked) * 4
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _continues(groups[-1], line, width, is_torn=is_torn, is_spaced=is_spaced):
            groups[-1].append(line)
        else:
            groups.append([line])
    merged = (_merge_parts([(line.text, line.origin) for line in group]) for group in groups)
    whole = zip(groups, merged, strict=True)
    return [replace(group[0], text=text, origin=origin) for group, (text, origin) in whole]


def _wrap_width(lines: Sequence[Line]) -> int:
    """Return the usual length of a full line in a hard-wrapped text, 0 for one paragraph per line."""
    rows = [len(line.text) for line in lines if "|" not in line.text]
    least = 25 if len(rows) > 40 else 40
    lengths = sorted(length for length in rows if length > least)
    if len(lengths) < 6 or lengths[len(lengths) * 19 // 20] > 130:
        return 0
    return lengths[len(lengths) * 3 // 4]


def _is_torn(lines: Sequence[Line]) -> bool:
    """Tell whether paragraphs were broken behind their first words."""
    torn = sum(_is_scrap(line) and after.text[0].islower() and not after.after_gap for line, after in pairwise(lines))
    return torn >= 3 and torn * 25 >= len(lines)


def _is_scrap(line: Line) -> bool:
    """Tell whether a line holds but the first words of something."""
    marker = _WORDS.marker.match(line.text)
    words = line.text[marker.end() if marker else 0 :].split()
    return len(words) < 4 and not (_is_ended(line.text) or line.text.isupper() or line.text.endswith(")"))


def _continues(group: Sequence[Line], line: Line, width: int, *, is_torn: bool, is_spaced: bool) -> bool:
    before = group[-1].text
    whole_line = len(group) == 1
    if whole_line and (_WORDS.only_marker.fullmatch(before) or (before == "Điều" and line.text[0].isdigit())):
        return True
    marker = _WORDS.marker.match(line.text)
    if marker:
        torn = marker["bullet"] and _WORDS.dashed_name.search(f"{before[-20:]}\n{line.text[:30]}")
        return bool(torn)
    is_torn_name = not line.after_gap and _is_torn_name(before, line.text)
    if whole_line and (is_torn_name or _WORDS.only_part.fullmatch(before)):
        return True
    is_shouted = before.isupper() or line.text.isupper()
    plain = plain_letters(line.text)
    # A line full to its end goes on below, though a semicolon happens to stand there.
    is_full = width and before.endswith(";") and (is_spaced or len(before) >= 0.8 * width) and not line.after_gap
    is_over = _is_ended(before) and not (is_full and line.text[0].islower())
    if _WORDS.alone.match(plain) or _WORDS.preamble.match(line.text) or is_over:
        return False
    is_near = not (line.after_gap or is_shouted or "|" in line.text)
    # Where blank lines part the paragraphs, all between two of them is one.
    is_broken = is_spaced or (is_torn and _is_scrap(group[-1]) and not (whole_line and _is_scrap(line)))
    if is_near and (is_broken or (whole_line and _WORDS.bare_head.fullmatch(before))):
        return True
    if line.text[0].islower() or line.text[0] in ",;.)”" or re.match(r"\([a-zà-ỹđ]|Chi nhánh ", line.text):
        return not (whole_line and _WORDS.alone.fullmatch(plain_letters(before)))
    if _WORDS.short_form.search(before) or _WORDS.leans_on.search(before):
        return True
    if re.match(r"\d|[IVX]+\b", line.text) and _WORDS.wants_number.search(before):
        return True
    if is_shouted:
        opens = _WORDS.marker.match(group[0].text)
        return bool(opens and opens["roman"] and before.isupper() and line.text.isupper() and not line.after_gap)
    return bool(width) and not line.after_gap and len(before) >= 0.7 * width


def _is_torn_name(before: str, text: str) -> bool:
    """Tell whether a narrow column broke a name behind its first word: "ỦY⏎BAN NHÂN DÂN", "Lâm⏎Đồng, ngày …"."""
    if not before.isalpha() or len(before) > 6:
        return False
    return (before.istitle() and bool(_WORDS.place_line.match(plain_letters(text)))) or (
        before.isupper() and text.isupper() and " " in text and not _WORDS.numeral.fullmatch(before)
    )
