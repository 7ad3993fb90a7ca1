"""The personal calendar and the board as a spreadsheet, as other programs read them."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from icalendar import Calendar
from openpyxl import load_workbook

from bot.calendar_feed import calendar_router
from bot.storage.reminders import Answered
from handlers.people import PersonRole
from knowledge.domain import DeadlineKind
from tests.support.office import Office, at, make_deadline, make_document, open_office

DUE = date(2023, 12, 7)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, at(date(2023, 10, 2), 9)) as opened:
        opened.join("an", "Phòng Tư pháp")
        yield opened


def client(office: Office) -> TestClient:
    """Return a client of the feed's routes."""
    app = FastAPI()
    app.include_router(calendar_router(office.engine, lambda: office.now))
    return TestClient(app)


def address(office: Office, name: str = "an", form: str = "ics") -> str:
    """Return a fresh secret address."""
    told = office.say(name, "/lich")[0].text.rsplit("/lich/", 1)[1]
    return f"/lich/{told.rpartition('.')[0]}.{form}"


def events(office: Office, where: str) -> dict[str, Any]:
    """Return what a calendar program reads, by uid."""
    response = client(office).get(where)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/calendar")
    return {str(event["uid"]): event for event in Calendar.from_ical(response.content).walk("VEVENT")}


def test_each_confirmed_deadline_is_a_whole_day_with_alarms(office: Office) -> None:
    office.take(make_document(make_deadline(DUE)))
    office.confirm()

    (event,) = events(office, address(office)).values()

    assert event["dtstart"].dt == DUE
    assert event["dtend"].dt == DUE + timedelta(days=1)
    assert event["summary"] == "Gửi báo cáo sơ kết"
    assert event["status"] == "CONFIRMED"
    assert "12/KH-UBND" in event["description"]
    triggers = [alarm["trigger"].dt for alarm in event.walk("VALARM")]
    assert triggers == [timedelta(hours=8) - timedelta(days=lead) for lead in (7, 1, 0)]


def test_a_window_spans_its_days_and_rings_before_its_last(office: Office) -> None:
    window = make_deadline(date(2023, 12, 15), kind=DeadlineKind.PERIOD, start=date(2023, 11, 15))
    office.take(make_document(window))
    office.confirm()

    (event,) = events(office, address(office)).values()

    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2023, 11, 15), date(2023, 12, 16))
    assert [alarm["trigger"].dt for alarm in event.walk("VALARM")][-1] == timedelta(days=30, hours=8)


def test_an_update_keeps_the_name_and_raises_the_sequence(office: Office) -> None:
    office.take(make_document(make_deadline(DUE)))
    office.confirm()
    where = address(office)
    (before,) = events(office, where).values()

    office.now += timedelta(hours=1)
    office.move(1, make_deadline(DUE + timedelta(days=3)))
    (after,) = events(office, where).values()

    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["dtstamp"].dt > before["dtstamp"].dt
    assert after["dtstart"].dt == DUE + timedelta(days=3)


def test_a_withdrawn_deadline_is_cancelled_in_the_calendar(office: Office) -> None:
    document = make_document(make_deadline(DUE))
    office.take(document)
    office.confirm()
    where = address(office)

    office.take(None, document)
    (event,) = events(office, where).values()

    assert event["status"] == "CANCELLED"
    assert event["sequence"] >= 2
    assert event.walk("VALARM") == []


def test_each_time_of_a_recurring_deadline_has_a_name_of_its_own(office: Office) -> None:
    office.take(make_document(make_deadline(None, recurrence="FREQ=MONTHLY;BYMONTHDAY=20")))
    office.confirm()

    found = events(office, address(office))

    assert {event["dtstart"].dt for event in found.values()} >= {date(2023, 10, 20), date(2023, 11, 20)}
    assert len(found) >= 12


def test_proposals_and_other_peoples_deadlines_are_not_in_the_calendar(office: Office) -> None:
    office.take(make_document(make_deadline(DUE, assignees=("Phòng Nội vụ",))))
    office.confirm()
    office.take(make_document(make_deadline(DUE, id="hai.1"), id="hai", source="hai.txt"))

    assert events(office, address(office)) == {}


def test_the_bytes_follow_rfc_5545(office: Office) -> None:
    office.take(make_document(make_deadline(DUE, what="Báo cáo, gồm: phần A; phần B\\C " + "rất dài " * 30)))
    office.confirm()

    raw = client(office).get(address(office)).content

    assert raw.startswith(b"BEGIN:VCALENDAR\r\n")
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"METHOD:PUBLISH" in raw
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert str(event["summary"]).startswith("Báo cáo, gồm: phần A; phần B\\C ")


def test_a_dead_or_guessed_address_is_not_there(office: Office) -> None:
    where = address(office)
    office.say("an", "/lich thoi")

    assert client(office).get(where).status_code == 404
    assert client(office).get("/lich/khong-co.ics").status_code == 404


def test_the_board_opens_as_a_spreadsheet_and_runs_nothing(office: Office) -> None:
    office.join("truong", "Phòng Tư pháp", PersonRole.HEAD)
    office.take(make_document(make_deadline(DUE, what="=HYPERLINK(1)")))
    office.confirm()
    office.tick_at(at(date(2023, 11, 7)))
    office.answer("an", office.tasks("an")[0], Answered.DONE)

    response = client(office).get(address(office, "truong", "xlsx"))
    sheet = load_workbook(io.BytesIO(response.content)).active

    assert sheet is not None
    header, row = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert header[0] == "Việc"
    assert row[0] == "'=HYPERLINK(1)"
    assert row[3:] == ["Phòng Tư pháp", "đang làm", 1, 2]
    assert client(office).get(address(office, "an", "xlsx")).status_code == 404
