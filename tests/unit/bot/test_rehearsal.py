"""A year rehearsed: what `remind simulate` says, worked out by hand for the five real plans and our own."""

import json
import time
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select

from bot.__main__ import parse
from bot.commands import invite, remind
from bot.commands.usage import WrongUsage
from bot.schedule import rehearse_for, rehearse_stored
from bot.scheduler import ReminderEngine, ReminderFault, load_rules
from bot.schema import upgrade
from bot.storage.outbox import outbox
from handlers.people import PersonRole
from handlers.planning import ReminderRules
from knowledge.database import open_database
from knowledge.domain import DeadlineKind, Document, ParsedDocument
from knowledge.parsing import parse_document
from knowledge.store import DocumentStore
from tests.support.office import Office, at, make_deadline, make_document, office_over, open_office
from tests.support.requirements import need_plans
from tests.support.serving import serving
from tests.support.telegram_peer import TOKEN, TelegramPeer

SPAN = {"first": date(2023, 1, 1), "last": date(2024, 12, 31), "rules": ReminderRules()}

# Worked out by hand from the printed dates and a calendar with the days off of 2023 and 2024: day sent, last day, lead.
REPORT_KIEN_HAI = [
    ("2023-11-07", "2023-12-07", 30),
    ("2023-11-23", "2023-12-07", 14),
    ("2023-11-30", "2023-12-07", 7),
    ("2023-12-04", "2023-12-07", 3),
    ("2023-12-06", "2023-12-07", 1),
    ("2023-12-07", "2023-12-07", 0),
]
MONTH_2023 = [("2023-11-15", "2023-12-15", 30), ("2023-12-15", "2023-12-15", 0)]
MONTH_2024 = [("2024-11-15", "2024-12-15", 30), ("2024-12-13", "2024-12-15", 0)]
HALF_YEAR_LONG_KHANH = [
    ("2023-05-15", "2023-06-04", 30),
    ("2023-05-19", "2023-06-04", 14),
    ("2023-05-26", "2023-06-04", 7),
    ("2023-06-01", "2023-06-04", 3),
    ("2023-06-02", "2023-06-04", 0),
]
YEAR_LONG_KHANH = [
    ("2023-11-03", "2023-12-04", 30),
    ("2023-11-20", "2023-12-04", 14),
    ("2023-11-27", "2023-12-04", 7),
    ("2023-12-01", "2023-12-04", 1),
    ("2023-12-04", "2023-12-04", 0),
]
HALF_YEAR_LOC_BINH = [
    ("2024-05-15", "2024-06-14", 30),
    ("2024-05-31", "2024-06-14", 14),
    ("2024-06-07", "2024-06-14", 7),
    ("2024-06-11", "2024-06-14", 3),
    ("2024-06-13", "2024-06-14", 1),
    ("2024-06-14", "2024-06-14", 0),
]
YEAR_LOC_BINH = [
    ("2024-11-14", "2024-12-14", 30),
    ("2024-11-29", "2024-12-14", 14),
    ("2024-12-06", "2024-12-14", 7),
    ("2024-12-11", "2024-12-14", 3),
    ("2024-12-13", "2024-12-14", 0),
]
WOMEN_2023 = [
    ("2023-02-06", "2023-03-08", 30),
    ("2023-02-22", "2023-03-08", 14),
    ("2023-03-01", "2023-03-08", 7),
    ("2023-03-03", "2023-03-08", 3),
    ("2023-03-07", "2023-03-08", 1),
    ("2023-03-08", "2023-03-08", 0),
]


def said(documents: list[Document], agency: str, locality: str) -> list[tuple[str, str, int]]:
    """Return day, last day and lead of every message of a rehearsal, in order."""
    found = rehearse_for(documents, agency, locality, **SPAN)  # type: ignore[arg-type]
    assert all(one.at.hour == 8 and one.at.utcoffset() for one in found)
    return [(one.at.date().isoformat(), one.notice.occurrence.last_day.isoformat(), one.notice.lead) for one in found]


@pytest.fixture(scope="module")
def plans() -> list[Document]:
    return [parse_document(path.read_text("utf-8"), path.name).document for path in sorted(need_plans().glob("*.txt"))]


@pytest.mark.parametrize(
    ("agency", "locality", "expected"),
    [
        ("Phòng Tư pháp", "Kiên Hải", REPORT_KIEN_HAI + MONTH_2023),
        ("UBND xã Nam Du", "xã Nam Du, huyện Kiên Hải", REPORT_KIEN_HAI + MONTH_2023),
        ("Phòng Giáo dục và Đào tạo", "Long Khánh", HALF_YEAR_LONG_KHANH + YEAR_LONG_KHANH + MONTH_2023),
        ("Phòng Nội vụ", "Lộc Bình", HALF_YEAR_LOC_BINH + YEAR_LOC_BINH + MONTH_2024),
        ("UBND xã Tú Mịch", "Lộc Bình", HALF_YEAR_LOC_BINH + YEAR_LOC_BINH + MONTH_2024 + MONTH_2024),
        ("Phòng Tư pháp", "Kỳ Anh", []),
        ("Phòng Tư pháp", "Bình Minh", []),
    ],
)
def test_the_real_plans_rehearsed_over_two_years_equal_the_list_made_by_hand(
    plans: list[Document], agency: str, locality: str, expected: list[tuple[str, str, int]]
) -> None:
    assert sorted(said(plans, agency, locality)) == sorted(expected)


def test_the_yearly_occasions_of_a_real_plan_come_every_year(plans: list[Document]) -> None:
    found = said(plans, "Phòng Nghiệp vụ", "Lạng Sơn")

    assert [one for one in found if one[1] == "2023-03-08"] == WOMEN_2023
    assert {one[1] for one in found} == {
        f"{year}-{day}" for year in (2023, 2024) for day in ("03-08", "06-28", "10-20", "12-15")
    }
    assert [one for one in found if one[1].endswith("12-15")] == MONTH_2023 + MONTH_2024


def test_a_rehearsal_of_a_year_takes_a_second(plans: list[Document]) -> None:
    started = time.process_time()

    rehearse_for(plans, "Phòng Tư pháp", "Kiên Hải", **SPAN)  # type: ignore[arg-type]

    assert time.process_time() - started < 1


def test_a_document_without_a_date_is_known_from_the_first_day_asked() -> None:
    undated = make_document(make_deadline(date(2023, 1, 12)), issued_on=None)

    assert said([undated], "Phòng Tư pháp", "Bình Minh")[0] == ("2023-01-03", "2023-01-12", 14)


def test_what_the_store_holds_is_rehearsed_for_the_people_who_joined(tmp_path: Path) -> None:
    with open_office(tmp_path, at(date(2023, 10, 2), 9)) as office:
        office.join("an", "Phòng Tư pháp")
        office.join("nha", "Phòng Nội vụ", PersonRole.HEAD, "huyện Hòa Bình")
        office.take(make_document(make_deadline(date(2023, 12, 7)), make_deadline(date(2023, 12, 8), id="doc.2")))
        office.confirm("ok", 1)
        before = office.ledger()

        found = rehearse_stored(office.engine, **SPAN)  # type: ignore[arg-type]

        assert [(one.person, one.notice.lead) for one in found] == [("1", lead) for lead in (30, 14, 7, 3, 1, 0)]
        assert office.ledger() == before
        with office.engine.connect() as connection:
            assert connection.execute(select(outbox)).first() is None


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder with one own plan in the store."""
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    engine = open_database(f"sqlite:///{tmp_path / 'antam.db'}")
    upgrade(engine)
    campaign = make_deadline(date(2023, 11, 30), id="doc.2", kind=DeadlineKind.PERIOD, start=date(2023, 11, 7))
    document = make_document(make_deadline(date(2023, 12, 7)), campaign)
    engine_of = ReminderEngine(engine, load_rules(tmp_path), lambda: at(date(2023, 3, 1)))
    store = DocumentStore(engine, engine_of.documents_changed)
    store.save(ParsedDocument(document=document, text="Kế hoạch", passages=()))
    engine.dispose()
    return tmp_path


def run(command: ModuleType, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command as the command line would and return what it printed."""
    assert command.run(parse(command.__name__.rpartition(".")[2], *words)) == 0
    return capsys.readouterr().out


def test_simulate_writes_the_lines_of_the_contract(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("--from", "2023-01-01", "--to", "2023-12-31")
    lines = run(remind, capsys, "simulate", *span, "--as", "Phòng Tư pháp@Bình Minh", "--json").splitlines()

    records = [json.loads(line) for line in lines]
    assert set(records[0]) == {
        "at", "person", "agency", "source", "deadline", "due", "last_day", "what", "lead_days", "text",
    }  # fmt: skip
    assert records[0]["at"] == "2023-11-07T08:00+07:00"
    assert [record["deadline"] for record in records[:2]] == ["doc.2", "doc.1"]
    assert records[0]["at"] == records[1]["at"]
    assert {record["person"] for record in records} == {"Phòng Tư pháp@Bình Minh"}


def test_the_engine_can_be_driven_one_step_at_a_time(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = ("--now", "2023-03-02T09:00+07:00")
    assert "2 thời hạn chờ duyệt" in run(remind, capsys, "proposals", *known)
    assert "Đã duyệt 2" in run(remind, capsys, "confirm", "all", *known)
    code = run(invite, capsys, "--role", "admin", "--json")

    assert len(json.loads(code)["code"]) == 14
    assert "Đã lập 0" in run(remind, capsys, "plan", *known)
    assert "Nhắc việc: 0" in run(remind, capsys, "status", *known)
    assert json.loads(run(remind, capsys, "status", "--json", *known)) == []
    run(remind, capsys, "status", "--xlsx", str(data / "bang.xlsx"), *known)
    assert (data / "bang.xlsx").stat().st_size > 1000


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "--from", "2023-01-02", "--to", "2023-01-01"),
        ("simulate", "--from", "2023-01-01", "--to", "2023-01-02", "--as", "Phòng Tư pháp"),
    ],
)
def test_wrong_words_are_one_clear_fault(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    with pytest.raises(WrongUsage):
        run(remind, capsys, *words)


def test_a_rules_file_with_a_mistake_says_where(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "reminders.toml").write_text("send_at = 23:00:00\n")

    with pytest.raises(ReminderFault) as caught:
        run(remind, capsys, "status")
    assert caught.value.fields["file"] == "reminders.toml"


def test_deliver_sends_over_the_configured_channel_and_says_what_arrived(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = TelegramPeer()
    run(remind, capsys, "confirm", "all", "--now", "2023-03-02T09:00+07:00")
    office_of(data, at(date(2023, 3, 2), 9)).join("1001", "Phòng Tư pháp")
    assert "Đã lập 8" in run(remind, capsys, "plan", "--now", "2023-03-02T09:00+07:00")
    assert "Chưa có kênh" in run(remind, capsys, "deliver", "--now", "2023-11-06T09:00+07:00")

    with serving(peer.app) as address:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("TELEGRAM_API_URL", address)
        early = run(remind, capsys, "deliver", "--now", "2023-11-07T07:59+07:00")
        due = run(remind, capsys, "deliver", "--now", "2023-11-07T08:00+07:00")
        again = run(remind, capsys, "deliver", "--now", "2023-11-07T08:01+07:00")

    assert "Đã thử gửi 0 tin" in early
    assert "đã gửi 2" in due
    assert "Đã thử gửi 0 tin" in again
    assert len(peer.texts_to(1001)) == 1
    assert "Anh/chị có 2 việc" in peer.texts_to(1001)[0]


def office_of(data: Path, now: datetime) -> Office:
    """Return the office over the store of a data folder."""
    return office_over(open_database(f"sqlite:///{data / 'antam.db'}"), data, now)
