"""Serves a person's deadlines as an iCalendar feed at a secret address, and the board as a spreadsheet."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter, Response
from icalendar import Alarm, Calendar, Event
from sqlalchemy import Connection, Engine

from bot.board import SPAN, board_bytes, board_rows
from bot.schedule import LANGUAGE
from bot.storage.people import all_subscriptions, feed_owner
from bot.storage.tracked import DeadlineState, KeptDeadline, kept
from config.texts import Texts, load_texts
from handlers.audience import concerned_since
from handlers.people import Person, PersonRole
from handlers.planning import SEND_AT, ZONE, Occurrence, occurrences
from handlers.ports import Clock
from handlers.reminder_texts import day_text, source_text

_ALARM_LEADS = (7, 1, 0)
_REFRESH = timedelta(hours=6)
_AHEAD = timedelta(days=400)
_PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
_TYPES = {
    "ics": "text/calendar; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def calendar_router(engine: Engine, clock: Clock) -> APIRouter:
    """Return the route of personal feeds; an unknown or revoked address gives 404."""
    router = APIRouter()

    @router.get("/lich/{token}.{form}")
    def feed(token: str, form: str) -> Response:
        today, texts = clock().astimezone(ZONE).date(), load_texts(LANGUAGE)
        with engine.connect() as connection:
            person = feed_owner(connection, token)
            if person is None or form not in _TYPES or (form == "xlsx" and not person.may(PersonRole.HEAD)):
                return Response(status_code=404)
            if form == "ics":
                held = feed_bytes(connection, person, texts, today)
            else:
                held = board_bytes(board_rows(connection, person, today), texts)
        return Response(held, media_type=_TYPES[form], headers=_PRIVATE)

    return router


def feed_bytes(connection: Connection, person: Person, texts: Texts, today: date) -> bytes:
    """Return the feed: one all-day event for each last day, with a UID that never changes."""
    calendar = Calendar()
    name = texts.say("reminders.calendar.name", agency=person.agency or "")
    head = {"prodid": "-//An Tam//Reminders//VI", "version": "2.0", "calscale": "GREGORIAN", "method": "PUBLISH"}
    for key, value in {**head, "x-wr-calname": name, "x-wr-timezone": "Asia/Ho_Chi_Minh"}.items():
        calendar.add(key, value)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for one, occurrence in _entries(connection, person, today):
        calendar.add_component(_event(one, occurrence, texts))
    return bytes(calendar.to_ical())


def _entries(connection: Connection, person: Person, today: date) -> Iterator[tuple[KeptDeadline, Occurrence]]:
    """Yield what was ever confirmed and concerns this person; what was withdrawn since appears as CANCELLED."""
    followed = all_subscriptions(connection).get(person.id, ())
    for one in kept(connection, DeadlineState.CONFIRMED, DeadlineState.WITHDRAWN, DeadlineState.DROPPED):
        for occurrence in occurrences(one.tracked, today - SPAN, today + _AHEAD) if one.decided_at else ():
            if concerned_since(person, one.tracked, followed, occurrence.last_day):
                yield one, occurrence


def _event(one: KeptDeadline, occurrence: Occurrence, texts: Texts) -> Event:
    tracked, is_cancelled = one.tracked, one.state is not DeadlineState.CONFIRMED
    what = tracked.deadline.what
    recurring = f"-{occurrence.last_day:%Y%m%d}" if tracked.deadline.recurrence else ""
    first = occurrence.first_day or occurrence.last_day
    source, day = source_text(texts, tracked), day_text(occurrence.last_day)
    event = Event()
    for name, value in {
        "uid": f"{tracked.deadline.id}{recurring}@an-tam",
        "dtstamp": one.changed_at,
        "last-modified": one.changed_at,
        "sequence": one.sequence,
        "summary": what,
        "dtstart": first,
        "dtend": occurrence.last_day + timedelta(days=1),
        "description": texts.say("reminders.calendar.description", source=source, day=day),
        "transp": "TRANSPARENT",
        "status": "CANCELLED" if is_cancelled else "CONFIRMED",
    }.items():
        event.add(name, value)
    # A trigger counts from the midnight on which the event begins.
    morning = datetime.combine(occurrence.last_day, SEND_AT) - datetime.combine(first, time.min)
    for lead in () if is_cancelled else _ALARM_LEADS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", texts.say("reminders.calendar.alarm", what=what))
        alarm.add("trigger", morning - timedelta(days=lead))
        event.add_component(alarm)
    return event
