"""The `eval` command's edges."""

from pathlib import Path

import pytest

from bot.__main__ import parse
from bot.commands.evaluate import run


def test_a_question_file_that_is_missing_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(parse("eval", str(tmp_path / "none.jsonl"))) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "none.jsonl" in told.err
    assert told.err.count("\n") == 1
