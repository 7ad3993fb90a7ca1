"""The board agency by deadline for heads and admins: in chat and as a spreadsheet."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Font
from sqlalchemy import Connection

from bot.reminder_asked import Asked, Said
from bot.storage import reminders as ledger
from bot.storage.people import staff
from bot.storage.reminders import Answered, Task
from config.texts import Texts
from handlers.audience import is_addressed, is_same_office
from handlers.people import Person, PersonRole
from handlers.reminder_texts import day_text, shorten, source_text

SPAN = timedelta(days=60)
"""How far the board and the calendar look back."""
_AHEAD = timedelta(days=400)
_COLUMNS = {"what": 60, "source": 50, "last_day": 18, "agency": 36, "state": 16, "done": 10, "total": 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One cell of the board: an agency and a deadline."""

    task: Task
    agency: str
    status: Literal["done", "open", "silent", "nobody", "late"]
    done: int
    total: int


def board_rows(connection: Connection, person: Person | None, today: date) -> list[BoardRow]:
    """Return agency by deadline: everything for admins and the command line, the own agency for a head."""
    tasks = ledger.tasks(connection, today - SPAN, today + _AHEAD)
    # Nothing is to be done for a window that is over.
    tasks = [task for task in tasks if task.occurrence.first_day is None or task.occurrence.last_day >= today]
    answers = ledger.answers_of(connection, [task.occurrence_id for task in tasks])
    everybody, rows = {one.id: one for one in staff(connection)}, []
    for task in tasks:
        said, last_day = answers[task.occurrence_id], task.occurrence.last_day
        reminded = (everybody[one] for one in said if one in everybody)
        for office in _offices([one for one in reminded if is_addressed(one, task.tracked, last_day)]):
            if person is None or person.role is PersonRole.ADMIN or is_same_office(office[0], person):
                rows.append(_row(task, office[0].agency or "", [said[one.id] for one in office], today))
    return rows


def _offices(persons: Sequence[Person]) -> list[list[Person]]:
    offices: list[list[Person]] = []
    for person in persons:
        own = [office for office in offices if is_same_office(office[0], person)]
        if own:
            own[0].append(person)
        else:
            offices.append([person])
    return offices


def _row(task: Task, agency: str, said: Sequence[Answered | None], today: date) -> BoardRow:
    own = [one for one in said if one is not Answered.NOT_MINE]
    done = own.count(Answered.DONE)
    row = partial(BoardRow, task=task, agency=agency, done=done, total=len(own))
    if own and done == len(own):
        return row(status="done")
    if task.occurrence.last_day < today:
        return row(status="late")
    if not own:
        return row(status="nobody")
    return row(status="open" if done or len(own) < len(said) else "silent")


def show_board(asked: Asked) -> Said:
    """Answer /bang."""
    rows = board_rows(asked.connection, asked.person, asked.today)
    if not rows:
        return asked.say("say.board_empty")
    lines = [asked.say("say.board")]
    for row in rows:
        what, day = shorten(row.task.tracked.deadline.what), day_text(row.task.occurrence.last_day)
        fields = {"agency": row.agency, "state": asked.say(f"state.{row.status}"), "what": what, "day": day}
        lines.append(asked.say("say.board_line", number=row.task.number, done=row.done, total=row.total, **fields))
    return "\n".join([*lines, asked.say("say.board_file_how")])


def board_bytes(rows: Sequence[BoardRow], texts: Texts) -> bytes:
    """Return the board as an XLSX workbook."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # a new workbook has one sheet
    sheet.append([texts.say(f"reminders.column.{name}") for name in _COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        state, source = texts.say(f"reminders.state.{row.status}"), source_text(texts, row.task.tracked)
        known = (row.task.tracked.deadline.what, source, row.task.occurrence.last_day, row.agency, state)
        sheet.append([_inert(value) for value in (*known, row.done, row.total)])
    for letter, width in zip("ABCDEFG", _COLUMNS.values(), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _inert(value: object) -> object:
    """Quote text that a spreadsheet would read as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
