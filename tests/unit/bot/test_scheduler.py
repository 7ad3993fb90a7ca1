"""The reminder engine from a confirmed deadline to the outbox and back: the ledger says what happened, and why."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from bot.calendar_feed import calendar_router
from bot.storage.outbox import OutboxState, outbox
from bot.storage.people import identities, mark_unreachable, redeem_code
from bot.storage.reminders import Answered
from bot.storage.sending import claim
from handlers.people import PersonRole
from knowledge.domain import DeadlineKind, Document
from tests.support.office import Office, at, make_deadline, make_document, office_over, open_office

DUE = date(2023, 12, 7)
START = at(date(2023, 10, 2), 9)
DAYS_SENT = (date(2023, 11, 7), date(2023, 11, 23), date(2023, 11, 30), date(2023, 12, 4), date(2023, 12, 6), DUE)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, START) as opened:
        yield opened


def prepare(office: Office, *documents: Document) -> None:
    """Let one official join and confirm what the documents propose."""
    office.join("an", "Phòng Tư pháp")
    for document in documents or (make_document(make_deadline(DUE)),):
        office.take(document)
    office.confirm()


def live(office: Office, first: date, last: date, hour: int = 8) -> list[tuple[datetime, str, str]]:
    """Tick on every day on which something is due, and at least every fifth day; return everything sent."""
    said, day = [], first
    while day <= last:
        said += [(office.now, chat, reply.text) for chat, reply in office.tick_at(at(day, hour))]
        day = min(office.next_due_day(day) or date.max, day + timedelta(days=5))
    return said


def test_each_lead_reaches_the_official_once_on_its_day(office: Office) -> None:
    prepare(office)

    said = live(office, date(2023, 11, 1), date(2023, 12, 20))

    assert [moment.date() for moment, _, _ in said] == list(DAYS_SENT)
    assert set(office.states().values()) == {"sent"}


def test_a_message_names_what_for_whom_when_and_where_it_stands(office: Office) -> None:
    prepare(office)

    text = live(office, DAYS_SENT[2], DAYS_SENT[2])[0][2]

    for words in ("Gửi báo cáo sơ kết", "Phòng Tư pháp", "07/12/2023", "thứ Năm", "còn 7 ngày", "12/KH-UBND", "III.2"):
        assert words in text


def test_a_last_day_that_is_off_is_kept_and_the_last_working_day_named(tmp_path: Path) -> None:
    with open_office(tmp_path, at(date(2023, 5, 2), 9)) as office:
        prepare(office, make_document(make_deadline(date(2023, 6, 4))))

        said = live(office, date(2023, 6, 1), date(2023, 6, 4))

    assert [moment.date() for moment, _, _ in said] == [date(2023, 6, 1), date(2023, 6, 2)]
    assert "04/06/2023" in said[-1][2]
    assert "02/06/2023" in said[-1][2]


def test_only_confirmed_deadlines_are_pushed(office: Office) -> None:
    office.join("an", "Phòng Tư pháp")
    office.take(make_document(make_deadline(DUE)))

    assert live(office, date(2023, 11, 1), date(2023, 12, 20)) == []


def test_a_citizen_is_never_pushed_to(office: Office) -> None:
    prepare(office)
    with office.engine.begin() as connection:
        assert redeem_code(connection, "AAAA-BBBB-CCCC", "telegram", "dan", chat_id="dan", now=office.now) is None

    assert {chat for _, chat, _ in live(office, date(2023, 11, 1), DUE)} == {"an"}


def test_another_place_and_another_agency_hear_nothing(office: Office) -> None:
    office.join("nha", "Phòng Nội vụ")
    office.join("xa", "Phòng Tư pháp", place="huyện Hòa Bình")
    prepare(office, make_document(make_deadline(DUE, assignees=("Phòng Tư pháp",))))

    assert {chat for _, chat, _ in live(office, date(2023, 11, 1), DUE)} == {"an"}


def test_several_deadlines_of_one_moment_are_one_message_that_carries_each(office: Office) -> None:
    two = make_document(make_deadline(DUE), make_deadline(DUE, id="doc.2", what="Gửi danh sách hộ"))
    prepare(office, two)

    sent = office.tick_at(at(DAYS_SENT[0]))

    assert len(sent) == 1
    assert "Gửi báo cáo sơ kết" in sent[0][1].text and "Gửi danh sách hộ" in sent[0][1].text
    assert Counter(state for *_, lead, state, _ in office.ledger() if lead == 30) == {"sent": 2}


def test_a_campaign_is_announced_at_its_start_and_at_its_end(office: Office) -> None:
    campaign = make_deadline(
        date(2024, 12, 15), kind=DeadlineKind.PERIOD, start=date(2024, 11, 15), what="Tháng cao điểm"
    )
    prepare(office, make_document(campaign))

    said = live(office, date(2024, 11, 1), date(2024, 12, 31))

    assert [moment.date() for moment, _, _ in said] == [date(2024, 11, 15), date(2024, 12, 13)]


def test_done_stops_the_persons_own_row_and_nobody_elses(office: Office) -> None:
    office.join("binh", "Phòng Nội vụ")
    prepare(office)
    office.tick_at(at(DAYS_SENT[0]))
    an = office.person("an")
    assert an is not None

    office.answer("an", office.tasks("an")[0], Answered.DONE)
    said = live(office, DAYS_SENT[1], DUE)

    assert {chat for _, chat, _ in said} == {"binh"}
    assert {(state, reason) for person, _, lead, state, reason in office.ledger() if person == an.id and lead < 30} == {
        ("skipped", "done")
    }


def test_done_while_the_message_waits_takes_it_back_and_says_the_rest_of_the_digest_again(office: Office) -> None:
    prepare(office, make_document(make_deadline(DUE), make_deadline(DUE, id="doc.2", what="Gửi danh sách hộ")))
    office.now = at(DAYS_SENT[0])
    office.reminders.tick(office.now)
    first, second = office.tasks("an")

    office.answer("an", first, Answered.DONE)
    sent = office.tick_at(office.now)

    assert len(sent) == 1
    assert second.tracked.deadline.what in sent[0][1].text
    assert first.tracked.deadline.what not in sent[0][1].text


def test_what_was_answered_after_the_outbox_took_it_is_not_wanted_any_more(office: Office) -> None:
    prepare(office)
    office.now = at(DAYS_SENT[0])
    office.reminders.tick(office.now)
    with office.engine.begin() as connection:
        held = claim(connection, "me", "push", 1, now=office.now, today=office.now.date())[0]
        assert office.reminders.still_wanted(connection, held)
        connection.execute(update(outbox).values(state=OutboxState.RETRY, lease_until=None))

    task = office.tasks("an")[0]
    office.answer("an", task, Answered.NOT_MINE)

    with office.engine.connect() as connection:
        assert not office.reminders.still_wanted(connection, held)


def test_silence_past_the_last_day_goes_once_to_the_head_of_that_agency(office: Office) -> None:
    office.join("truong", "Phòng Tư pháp", PersonRole.HEAD)
    office.join("khac", "Phòng Nội vụ", PersonRole.HEAD)
    prepare(office, make_document(make_deadline(DUE, assignees=("Phòng Tư pháp",))))
    live(office, date(2023, 11, 1), DUE)

    said = live(office, DUE + timedelta(days=1), date(2023, 12, 31))

    assert [(moment.date(), chat) for moment, chat, _ in said] == [(date(2023, 12, 8), "truong")]
    assert "quá hạn" in said[0][2]


def test_no_head_is_bothered_when_everybody_of_the_agency_is_done(office: Office) -> None:
    head = office.join("truong", "Phòng Tư pháp", PersonRole.HEAD)
    prepare(office)
    live(office, date(2023, 11, 1), DUE)
    for name in ("an", "truong"):
        office.answer(name, office.tasks(name)[0], Answered.DONE)

    assert live(office, DUE + timedelta(days=1), date(2023, 12, 31)) == []
    assert ("skipped", "done") in {
        (state, why) for person, *_, state, why in office.ledger("escalation") if person == head.id
    }


def test_a_snooze_adds_a_message_and_leaves_the_schedule_alone(office: Office) -> None:
    prepare(office)
    office.tick_at(at(DAYS_SENT[0]))
    task = office.tasks("an")[0]

    snoozed = office.say("an", f"/nhac {task.occurrence_id} 12/11/2023")[0].text
    said = live(office, date(2023, 11, 8), DUE)

    assert "08:00 13/11/2023" in snoozed
    assert [when.date() for when, _, _ in said] == [date(2023, 11, 13), *DAYS_SENT[1:]]


def test_a_replaced_document_cancels_what_is_gone_keeps_what_is_unchanged_and_proposes_what_is_new(
    office: Office,
) -> None:
    before = make_document(make_deadline(DUE), make_deadline(DUE, id="doc.2", what="Gửi danh sách hộ"))
    prepare(office, before)
    office.tick_at(at(DAYS_SENT[0]))
    after = make_document(make_deadline(DUE), make_deadline(date(2023, 12, 20), id="doc.3", what="Gửi danh sách mới"))

    office.take(after, before)
    said = live(office, DAYS_SENT[0], DUE)

    assert [moment.date() for moment, _, _ in said] == list(DAYS_SENT[1:])
    assert not any("danh sách" in text for _, _, text in said)
    assert [entry.tracked.deadline.what for entry in office.proposals()] == ["Gửi danh sách mới"]
    assert Counter(state for *_, state, _ in office.ledger()) == {"sent": 7, "cancelled": 5}


def test_a_failure_while_replacing_leaves_the_plan_as_it_was(office: Office) -> None:
    prepare(office)
    office.tick_at(at(DAYS_SENT[0]))
    ledger = office.ledger()

    with office.engine.connect() as connection, connection.begin() as transaction:
        office.reminders.documents_changed(connection, make_document(make_deadline(DUE)), None)
        transaction.rollback()

    assert office.ledger() == ledger


def test_an_edited_day_takes_the_old_plan_back_and_makes_the_new_one(office: Office) -> None:
    prepare(office)
    office.tick_at(at(DAYS_SENT[0]))

    office.move(1, make_deadline(date(2023, 12, 14)))
    said = live(office, DAYS_SENT[0], date(2023, 12, 20))

    assert [moment.date() for moment, _, _ in said][-1] == date(2023, 12, 14)
    assert {state for _, last_day, lead, state, _ in office.ledger() if last_day == DUE and lead < 30} == {"cancelled"}


def test_an_official_who_joins_late_gets_one_message_for_what_was_missed(office: Office) -> None:
    prepare(office)
    live(office, date(2023, 11, 1), date(2023, 12, 1))
    office.now = at(date(2023, 12, 1), 9, 30)

    late = office.join("moi", "Phòng Nội vụ")
    sent = office.tick_at(office.now)

    assert [chat for chat, _ in sent] == ["moi"]
    assert {
        (lead, state, reason) for person, _, lead, state, reason in office.ledger() if person == late.id and lead > 3
    } == {
        (30, "skipped", "known_late"),
        (14, "skipped", "known_late"),
        (7, "sent", None),
    }


def test_who_moves_to_another_agency_hears_of_the_old_ones_tasks_no_more(office: Office) -> None:
    prepare(office, make_document(make_deadline(DUE, assignees=("Phòng Tư pháp",))))
    office.tick_at(at(DAYS_SENT[0]))

    office.say("an", "/doicoquan Phòng Nội vụ")
    assert "không có việc" in office.say("an", "/viec")[0].text

    assert live(office, DAYS_SENT[0] + timedelta(days=1), DUE) == []
    assert {why for *_, lead, state, why in office.ledger() if lead < 30} == {"not_addressed"}


def test_who_follows_a_document_hears_of_it(office: Office) -> None:
    office.join("nha", "Văn phòng HĐND và UBND huyện")
    prepare(office, make_document(make_deadline(DUE, assignees=("Phòng Tư pháp",))))

    assert "Đã theo dõi: 12/KH-UBND" in office.say("nha", "/theodoi số 12/KH-UBND")[0].text

    assert {chat for _, chat, _ in live(office, date(2023, 11, 1), DUE)} == {"an", "nha"}


def test_nothing_goes_out_at_night_or_on_days_off(office: Office) -> None:
    prepare(office)

    assert live(office, date(2023, 11, 1), date(2023, 11, 7), hour=6) == []
    assert office.tick_at(at(date(2023, 11, 7), 17, 30)) == []
    assert office.states()[30] == "planned"


OUTAGES = [timedelta(minutes=1), timedelta(hours=1), timedelta(days=3), timedelta(days=30)]


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("last_day", [date(2023, 12, 8), date(2024, 1, 8)])
def test_after_an_outage_everything_due_was_sent_or_expired_with_its_reason(
    office: Office, outage: timedelta, last_day: date
) -> None:
    office.join("binh", "Phòng Nội vụ")
    prepare(office, make_document(make_deadline(last_day)))
    live(office, date(2023, 11, 1), date(2023, 12, 5))
    back = at(date(2023, 12, 6)) + outage

    office.tick_at(back)
    live(office, back.date() + timedelta(days=1), date(2024, 1, 31))

    states = Counter(state for *_, state, _ in office.ledger())
    assert states["sent"] + states["expired"] + states["skipped"] == sum(states.values())
    assert all(reason for *_, state, reason in office.ledger() if state in ("expired", "skipped"))
    assert states["sent"] >= 2


@pytest.mark.parametrize(
    ("outage", "was_due"), [(OUTAGES[0], None), (OUTAGES[1], "06/12/2023"), (OUTAGES[2], "08/12/2023")]
)
def test_what_comes_after_an_outage_says_when_it_was_due(
    office: Office, outage: timedelta, was_due: str | None
) -> None:
    last_day = date(2023, 12, 13)
    prepare(office, make_document(make_deadline(last_day)))
    live(office, date(2023, 11, 1), date(2023, 12, 5))

    sent = office.tick_at(at(date(2023, 12, 6)) + outage)
    sent = sent or office.tick_at(at(date(2023, 12, 11)))

    assert [("muộn" in reply.text) for _, reply in sent] == [was_due is not None]
    assert (was_due or "") in sent[0][1].text


def test_a_message_the_platform_did_not_take_in_its_window_is_planned_again_and_never_called_sent(
    office: Office,
) -> None:
    prepare(office)
    office.now = at(DAYS_SENT[2])
    office.reminders.tick(office.now)
    office.settle_waiting(OutboxState.EXPIRED)
    office.reminders.reflect(office.now)
    assert office.states()[7] == "planned"

    sent = office.tick_at(at(DAYS_SENT[2] + timedelta(days=1)))

    assert "muộn" in sent[0][1].text
    assert office.states()[7] == "sent"


@pytest.mark.parametrize(("outcome", "state"), [(OutboxState.FAILED, "failed"), (OutboxState.UNCERTAIN, "uncertain")])
def test_what_did_not_arrive_is_told_with_its_reason_and_goes_again_when_an_admin_says_so(
    office: Office, outcome: OutboxState, state: str
) -> None:
    office.join("quantri", "Văn phòng HĐND và UBND huyện", PersonRole.ADMIN)
    prepare(office, make_document(make_deadline(DUE, assignees=("Phòng Tư pháp",))))
    office.now = at(DAYS_SENT[2])
    office.reminders.deliver(office.now)
    office.reminders.plan(office.now)
    office.reminders.deliver(office.now)
    office.settle_waiting(outcome, "forbidden")
    office.tick_at(at(DAYS_SENT[2], 9))
    assert office.states()[7] == state

    morning = office.tick_at(at(DAYS_SENT[2] + timedelta(days=1)))
    again = office.say("quantri", press="rem.retry:0")[0].text
    sent = office.tick_at(office.now)

    lines = [reply.text for chat, reply in morning if chat == "quantri"]
    assert len(lines) == 1
    assert "đã gửi 0" in lines[0]
    assert "người nhận đã chặn hoặc xóa trò chuyện: 1" in lines[0]
    assert "1 tin" in again
    assert [chat for chat, _ in sent] == ["an"]
    assert office.states()[7] == "sent"


def test_changed_rules_plan_anew_what_has_not_gone_out(office: Office) -> None:
    prepare(office)
    live(office, DAYS_SENT[0], DAYS_SENT[0])
    (office.folder / "reminders.toml").write_text("leads = [5, 0]\nsend_at = 09:30:00\ndays_off = [2023-12-01]\n")
    restarted = office_over(office.engine, office.folder, office.now)

    said = live(restarted, date(2023, 11, 8), DUE, hour=10)

    assert [moment.date() for moment, _, _ in said] == [date(2023, 11, 30), DUE]
    assert Counter(reason for *_, state, reason in restarted.ledger() if state == "cancelled") == {"rules": 4}


def test_an_uncertain_message_that_the_platform_confirms_later_becomes_sent(office: Office) -> None:
    prepare(office)
    office.now = at(DAYS_SENT[2])
    office.reminders.tick(office.now)
    office.settle_waiting(OutboxState.UNCERTAIN, "timeout")
    office.reminders.reflect(office.now)
    assert office.states()[7] == "uncertain"

    with office.engine.begin() as connection:
        connection.execute(update(outbox).values(state=OutboxState.SENT, sent_at=office.now))
    office.reminders.reflect(office.now)

    assert office.states()[7] == "sent"


def test_somebody_no_channel_reaches_is_a_failure_that_shows(office: Office) -> None:
    prepare(office)
    with office.engine.begin() as connection:
        mark_unreachable(connection, "telegram", "an")

    assert office.tick_at(at(DAYS_SENT[2])) == []
    assert [(state, why) for *_, lead, state, why in office.ledger() if lead == 7] == [("failed", "unreachable")]


def test_a_message_goes_to_the_account_used_last(office: Office) -> None:
    prepare(office)
    code = office.say("an", "/noi")[0].text.rsplit(" ", 1)[1]
    office.now += timedelta(minutes=5)
    with office.engine.begin() as connection:
        redeem_code(connection, code, "zalo_oa", "z-an", chat_id="z-an", now=office.now)

    assert [chat for chat, _ in office.tick_at(at(DAYS_SENT[2]))] == ["z-an"]


def test_the_morning_line_comes_once_a_working_day(office: Office) -> None:
    office.join("quantri", "Văn phòng HĐND và UBND huyện", PersonRole.ADMIN)

    first = office.tick_at(at(date(2023, 11, 3)))
    again = office.tick_at(at(date(2023, 11, 3), 9))
    sunday = office.tick_at(at(date(2023, 11, 5)))

    assert (len(first), again, sunday) == (1, [], [])


def test_an_erased_person_leaves_no_row_and_no_message(office: Office) -> None:
    prepare(office)
    office.now = at(DAYS_SENT[2])
    office.reminders.tick(office.now)

    office.say("an", press="rem.gone:0")

    assert office.ledger() == []
    assert office.waiting() == []
    with office.engine.connect() as connection:
        assert connection.execute(select(identities)).first() is None


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-1), timedelta(days=-365), timedelta(hours=1)])
def test_a_clock_that_steps_neither_loses_nor_doubles(office: Office, jump: timedelta) -> None:
    prepare(office)
    said = live(office, date(2023, 11, 1), DAYS_SENT[2])
    office.tick_at(at(DAYS_SENT[2]) + jump)

    said += live(office, DAYS_SENT[2], date(2023, 12, 20))

    assert [moment.date() for moment, _, _ in said] == list(DAYS_SENT)


def test_two_engines_over_one_database_send_each_reminder_once(office: Office, tmp_path: Path) -> None:
    prepare(office)
    other = office_over(office.engine, tmp_path, office.now)
    sent = []
    for day in DAYS_SENT:
        for one in (office, other):
            one.now = at(day)
            one.reminders.tick(one.now)
        sent += office.send_waiting()

    assert len(sent) == len(DAYS_SENT)


@pytest.mark.postgres
def test_the_same_office_on_postgresql(tmp_path: Path) -> None:
    with open_office(tmp_path, START, "postgresql") as office:
        for name, role in (("an", PersonRole.OFFICIAL), ("truong", PersonRole.HEAD)):
            office.join(name, "Phòng Tư pháp", role)
        office.join("nha", "Văn phòng HĐND và UBND huyện")
        before = make_document(make_deadline(DUE, assignees=("Phòng Tư pháp",)), make_deadline(DUE, id="doc.2"))
        office.take(before)
        office.confirm()
        assert "12/KH-UBND" in office.say("nha", "/theodoi số 12/KH-UBND")[0].text
        address = office.say("an", "/lich")[0].text.rsplit("/lich/", 1)[1]

        said = live(office, DAYS_SENT[0], DAYS_SENT[1])
        first, second = office.tasks("an")
        assert "Đã ghi nhận" in office.say("an", press=f"rem.done:{first.occurrence_id}")[0].text
        assert "27/11/2023" in office.say("an", f"/nhac {second.occurrence_id} 27/11/2023")[0].text
        office.take(make_document(make_deadline(DUE, assignees=("Phòng Tư pháp",))), before)
        said += live(office, DAYS_SENT[1] + timedelta(days=1), date(2023, 12, 8))

        assert Counter(chat for _, chat, _ in said) == {"an": 2, "truong": 7, "nha": 6}
        assert "quá hạn" in office.say("truong", "/bang")[0].text
        app = FastAPI()
        app.include_router(calendar_router(office.engine, lambda: office.now))
        feed = TestClient(app).get(f"/lich/{address}").text
        assert (feed.count("STATUS:CONFIRMED"), feed.count("STATUS:CANCELLED")) == (1, 1)
        assert "12/KH-UBND" in office.say("nha", press="rem.stop:1")[0].text
        assert "đã được xóa" in office.say("truong", press="rem.gone:0")[0].text
