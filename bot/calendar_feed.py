"""A person's deadlines as an iCalendar feed behind a secret address, and the board as a spreadsheet."""

import io
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from fastapi import APIRouter, Response
from icalendar import Alarm, Calendar, Event
from openpyxl import Workbook
from openpyxl.styles import Font

from bot.reminder_desk import StoredReminders
from config.texts import Texts, load_texts
from handlers.people import Person
from handlers.planning import SEND_AT
from handlers.ports import Clock
from handlers.reminder_texts import day_text, source_text
from handlers.reminders_domain import BoardRow, CalendarEntry

_ALARM_LEADS = (7, 1, 0)
_COLUMNS = ("what", "source", "last_day", "agency", "state", "done", "total")
_REFRESH = timedelta(hours=6)


def calendar_router(desk: StoredReminders, clock: Clock) -> APIRouter:
    """Return the routes of personal feeds; a dead or unknown address is simply not there."""
    router = APIRouter()

    @router.get("/lich/{token}.ics")
    def feed(token: str) -> Response:
        found = desk.calendar(token, clock())
        if found is None:
            return Response(status_code=404)
        return Response(feed_bytes(*found), media_type="text/calendar; charset=utf-8", headers=_PRIVATE)

    @router.get("/lich/{token}.xlsx")
    def board(token: str) -> Response:
        now = clock()
        found = desk.calendar(token, now)
        if found is None or not found[0].leads:
            return Response(status_code=404)
        sheet = board_bytes(desk.board(found[0], now), load_texts(found[0].language))
        return Response(sheet, media_type=_SHEET, headers=_PRIVATE)

    return router


_PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def feed_bytes(person: Person, entries: Sequence[CalendarEntry]) -> bytes:
    """Return the feed: one all-day event for each last day, under a name that never changes."""
    texts = load_texts(person.language)
    calendar = Calendar()
    name = texts.say("reminders.calendar.name", agency=person.agency or "")
    head = {"prodid": "-//An Tam//Reminders//VI", "version": "2.0", "calscale": "GREGORIAN", "method": "PUBLISH"}
    for key, value in {**head, "x-wr-calname": name, "x-wr-timezone": "Asia/Ho_Chi_Minh"}.items():
        calendar.add(key, value)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, texts))
    return bytes(calendar.to_ical())


def board_bytes(rows: Sequence[BoardRow], texts: Texts) -> bytes:
    """Return the board as an XLSX workbook."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # a new workbook has one sheet
    sheet.append([texts.say(f"reminders.column.{name}") for name in _COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        state = texts.say(f"reminders.state.{row.standing}")
        what, source = row.tracked.deadline.what, source_text(texts, row.tracked)
        values = (what, source, row.occurrence.last_day, row.agency, state, row.done, row.total)
        sheet.append([_inert(value) for value in values])
    for letter, width in zip("ABCDEFG", (60, 50, 18, 36, 16, 10, 10), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _inert(value: object) -> object:
    """Keep words of documents from being read as formulas."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _event(entry: CalendarEntry, texts: Texts) -> Event:
    tracked, occurrence = entry.tracked, entry.occurrence
    what = tracked.deadline.what
    recurring = f"-{occurrence.last_day:%Y%m%d}" if tracked.deadline.recurrence else ""
    first = occurrence.first_day or occurrence.last_day
    source, day = source_text(texts, tracked), day_text(occurrence.last_day)
    event = Event()
    for name, value in {
        "uid": f"{tracked.deadline.id}{recurring}@an-tam",
        "dtstamp": entry.changed_at,
        "last-modified": entry.changed_at,
        "sequence": entry.sequence,
        "summary": what,
        "dtstart": first,
        "dtend": occurrence.last_day + timedelta(days=1),
        "description": texts.say("reminders.calendar.description", source=source, day=day),
        "transp": "TRANSPARENT",
        "status": "CANCELLED" if entry.is_cancelled else "CONFIRMED",
    }.items():
        event.add(name, value)
    # An alarm rings at a distance from the first midnight of the event.
    morning = datetime.combine(occurrence.last_day, SEND_AT) - datetime.combine(first, time.min)
    for lead in () if entry.is_cancelled else _ALARM_LEADS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", texts.say("reminders.calendar.alarm", what=what))
        alarm.add("trigger", morning - timedelta(days=lead))
        event.add_component(alarm)
    return event
