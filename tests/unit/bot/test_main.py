"""The command line: help names every command; what is wrong is told in one line and by the exit code."""

import io
import json
from pathlib import Path

import pytest

from bot.__main__ import _COMMANDS, main
from config.referrals import load_directory
from config.texts import load_texts


def test_help_says_in_one_line_what_each_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told[1:]] == list(_COMMANDS)
    assert all(len(line.split()) >= 4 for line in told[1:])


def test_without_a_known_command_the_usage_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["nonsense"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["remind", "confirm"], 2),
        (["remind", "drop", "abc"], 2),
        (["remind", "confirm", "99"], 1),
        (["remind", "simulate"], 2),
        (["remind", "simulate", "--from", "2024-01-01", "--to", "2024-12-31", "--as", "Phòng Tư pháp"], 2),
        (["invite", "--role", "official"], 2),
        (["deadlines", "--from", "2024-02-01", "--to", "2024-01-31"], 2),
        (["ask"], 2),
        (["refer"], 2),
        (["ingest"], 2),
        (["remind", "status", "--xlsx", "/no/such/folder/board.xlsx"], 1),
        (["eval", "no-such-file.jsonl"], 1),
        (["eval", "--retrieval", "--corpus", "one.jsonl"], 2),
        (["eval", "--retrieval", "--corpus", "one.jsonl", "--questions", "two.jsonl"], 1),
        (["check"], 1),
        (["ask", "Khi nào nộp báo cáo?"], 1),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    words: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("no folder", "utf-8")
    monkeypatch.setenv("ANTAM_DATA_DIR", str(taken if words[0] in ("check", "ask") else tmp_path))
    assert main(words) == code
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and "chưa lường trước" not in told.err


@pytest.mark.parametrize(
    ("words", "sentence", "what"),
    [
        (["invite"], "missing", "--role"),
        (["ask", "Khi nào?", "--nowhere"], "unknown", "--nowhere"),
        (["serve", "--port", "99999"], "bad_value", "--port"),
        (["deadlines", "--from", "1/2/2024"], "bad_value", "--from"),
        (["remind", "nonsense"], "bad_value", "step"),
    ],
)
def test_arguments_that_cannot_be_read_are_named_in_vietnamese_above_the_usage(
    words: list[str], sentence: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    texts, told = load_texts("vi"), capsys.readouterr().err
    assert ended.value.code == 2
    assert told.startswith(f"{texts.say(f'command.{sentence}', what=what)}\n{texts.say('command.how')}")


def test_a_cry_for_help_is_answered_where_the_store_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("no folder", "utf-8")
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path / "taken"))

    assert main(["ask", "chồng tôi đang đánh tôi"]) == 0
    assert "113" in capsys.readouterr().out

    monkeypatch.setattr("sys.stdin", io.StringIO("chồng tôi đang đánh tôi\n\n"))
    assert main(["chat"]) == 1
    told = capsys.readouterr()
    assert "113" in told.out
    assert told.err == load_texts("vi").say("fault.store_unavailable") + "\n"


_PLAN = """ỦY BAN NHÂN DÂN
HUYỆN SAO MAI
Số: 12/KH-UBND
Sao Mai, ngày 05 tháng 01 năm 2024

KẾ HOẠCH
Công tác bình đẳng giới năm 2024

I. NHIỆM VỤ
1. Các phòng, ban, ngành huyện
- Gửi danh sách cán bộ đầu mối hằng năm trước ngày 15/3.
2. Phòng Tư pháp
- Chủ trì tổ chức ba lớp tập huấn về pháp luật cho cán bộ cơ sở.
II. BÁO CÁO
Các phòng, ban, ngành huyện gửi báo cáo năm về Phòng Nội vụ trước ngày 08/12/2024.
"""


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a plan of our own that has been taken in."""
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "sao-mai.txt"
    file.write_text(_PLAN, "utf-8")
    assert main(["ingest", str(file)]) == 0
    assert capsys.readouterr().err == ""
    return file


def test_deadlines_are_printed_for_people_as_answers_say_them(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deadlines", "--today", "2024-12-01"]) == 0
    listed = capsys.readouterr().out
    assert "Trước ngày 15/3 hằng năm" in listed
    assert "Trước ngày 08/12/2024 (chậm nhất hết 07/12/2024), còn 6 ngày" in listed
    assert not any(raw in listed for raw in ("2024-", "FREQ", load_texts("vi").say("show.unknown")))
    assert main(["show", str(plan), "--today", "2024-12-01"]) == 0
    shown = capsys.readouterr().out
    assert all(line.partition("  - ")[2] in shown for line in listed.splitlines()) and "05/01/2024" in shown


def test_an_agency_reads_its_own_duties_before_those_of_its_group(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["duties", "--agency", "Phòng Tư pháp", "--json"]) == 0
    agencies = [json.loads(line)["agency"] for line in capsys.readouterr().out.splitlines()]
    assert agencies == ["Phòng Tư pháp", "Các phòng, ban, ngành huyện", "Các phòng, ban, ngành huyện"]


def test_the_chat_in_the_terminal_takes_the_day_it_is_given(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Khi nào nộp báo cáo năm?\n\n"))
    assert main(["chat", "--today", "2024-12-01"]) == 0
    assert "còn 6 ngày" in capsys.readouterr().out


def test_the_check_names_a_number_that_was_not_called_as_the_cards_do(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check"])
    service = load_directory().services["police"]
    assert f"{service.number} ({service.label['vi']})" in capsys.readouterr().out


def test_a_text_that_is_no_document_is_taken_with_a_warning(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = plan.with_name("di-cho.txt")
    note.write_text("Đi chợ\n- 2 kg gạo\n- rau muống, cà chua\n", "utf-8")
    assert main(["ingest", str(note), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["outcome"] == "added"
    assert told.err == load_texts("vi").say("command.ingest_no_document", path=note) + "\n"


def test_an_empty_store_answers_with_the_command_that_fills_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path))
    assert main(["ask", "Khi nào nộp báo cáo?"]) == 0
    assert "python -m bot ingest" in capsys.readouterr().out
