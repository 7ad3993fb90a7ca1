"""The command line: help names every command; what is wrong is told in one line and by the exit code."""

from pathlib import Path

import pytest

from bot.__main__ import _COMMANDS, main


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
        (["remind", "confirm"], 1),
        (["remind", "drop", "abc"], 1),
        (["remind", "status", "--xlsx", "/no/such/folder/board.xlsx"], 1),
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


def test_a_cry_for_help_is_answered_where_the_store_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("no folder", "utf-8")
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path / "taken"))

    assert main(["ask", "chồng tôi đang đánh tôi"]) == 0
    assert "113" in capsys.readouterr().out
