"""Duties set out in lists: table columns and labels that say who leads and who joins in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from knowledge.agency_mentions import find_agencies, tells_act
from knowledge.domain import Role
from knowledge.duty_sentences import Run, find_others, unlisted_names
from knowledge.lines import plain_letters
from knowledge.wording import Wording

_WORDS = Wording("duty_lists")

_FEWEST_CELLS = 3
_MOST_CELLS = 20
_OPENERS = ("", *" (-–+;.:")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody's part in a piece of work that is named elsewhere; `start` is where the label stands."""

    names: tuple[str, ...]
    role: Role
    start: int


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a task table hold: the work, and who takes part in which role."""

    count: int
    work: int
    actors: tuple[tuple[int, Role], ...]


def find_labelled(text: str, runs: Sequence[Run]) -> list[Assignment]:
    """Return the parts given by labels such as "Đơn vị chủ trì: Phòng X"."""
    plain = plain_letters(text)
    labels = [one for one in _WORDS.label.finditer(plain) if plain[max(0, one.start() - 1) : one.start()] in _OPENERS]
    found = []
    for label, after in zip_longest(labels, labels[1:]):
        value = _WORDS.value.match(text, label.end(), after.start() if after else len(text))
        listed = next((run for run in runs if run[0].start == label.end()), ())
        if value and ";" in value[0] and tells_act(value[0]):
            # "Phân công: Sở A chủ trì …; Hội B chủ trì …" is told in sentences.
            continue
        names = (value and unlisted_names(value[0])) or tuple(mention.name for mention in listed)
        if names:
            leads = bool(listed) and plain.startswith(" chu tri", listed[-1].end)
            found.append(Assignment(names, Role.LEAD if leads else _role(label["role"]), label.start()))
        for role, others in find_others(text, label.end(), value.end(), runs) if value else ():
            if role is Role.COOPERATE:
                found.append(Assignment(others, role, label.start()))
    return found


def read_columns(row: str) -> Columns | None:
    """Return the meaning of a table's columns when row is the head of a task table."""
    cells = [plain_letters(text) for _, _, text in cut_cells(row)]
    actors = tuple((place, _role(cell)) for place, cell in enumerate(cells) if _WORDS.actor_column.match(cell))
    work = next((place for place, cell in enumerate(cells) if _WORDS.work_column.match(cell)), None)
    is_row = row[:1].isdigit()
    return Columns(len(cells), work, actors) if actors and work is not None and not is_row else None


def read_row(row: str, columns: Columns) -> Iterator[tuple[int, int, Assignment]]:
    """Yield where a table row names its work and each part in it."""
    cells = list(cut_cells(row))
    # A row one cell short lacks its running number when it begins with words, else a note at its end.
    is_numbered = not cells[0][2] or cells[0][2][0].isdigit()
    shift = 0 if is_numbered or len(cells) >= columns.count else 1
    if not columns.work <= len(cells) - 1 + shift or columns.work < shift or len(cells) < _FEWEST_CELLS:
        return
    start, end, _ = cells[columns.work - shift]
    for place, role in columns.actors:
        if 0 <= place - shift < len(cells):
            _, _, cell = cells[place - shift]
            names = unlisted_names(cell) or tuple(mention.name for mention in find_agencies(cell))
            yield start, end, Assignment(names or ((cell,) if len(cell) > 4 else ()), role, start)


def first_body(row: str) -> tuple[str, ...]:
    """Return the names in the first cell of a row without known columns that opens with a body."""
    for _, _, cell in islice(cut_cells(row), _MOST_CELLS):
        mentions = find_agencies(cell)
        if mentions and not mentions[0].start:
            return unlisted_names(cell) or tuple(mention.name for mention in mentions)
    return ()


def cut_cells(row: str) -> Iterator[tuple[int, int, str]]:
    """Yield the cells of a table row with their offsets, blank ones too."""
    for cell in re.finditer(r"(?:^(?!\|)|(?<=\|))[^|]*", row):
        text = cell[0].strip()
        start = cell.start() + cell[0].index(text)
        yield start, start + len(text), text


def _role(words: str) -> Role:
    if "chu tri" in words or "dau moi" in words:
        return Role.LEAD
    if "tham muu" in words:
        return Role.ADVISE
    return Role.COOPERATE if "phoi hop" in words else Role.CARRY_OUT
