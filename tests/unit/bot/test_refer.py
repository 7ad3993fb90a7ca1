"""`refer`: the fixed contract, quickly, without the rest of the program."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
KEYS = {"id", "action", "kind", "urgency", "numbers", "text"}


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "refer", *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def test_json_lines_in_give_json_lines_out_in_order() -> None:
    messages = ("chồng đang đánh em", "báo cáo nộp khi nào", "", "em muốn tự tử")
    given = "".join(json.dumps({"id": str(place), "text": text}) + "\n" for place, text in enumerate(messages))
    rows = [json.loads(line) for line in run("--jsonl", given=given).stdout.splitlines()]
    assert [row["id"] for row in rows] == ["0", "1", "2", "3"]
    assert all(set(row) >= KEYS for row in rows)
    assert [row["action"] for row in rows] == ["card", "none", "none", "card"]
    assert rows[0]["numbers"][0] == "113" and rows[3]["numbers"][:2] == ["115", "113"]
    assert rows[1]["numbers"] == [] and rows[1]["kind"] == "none" and rows[1]["urgency"] == "none"


def test_every_number_listed_stands_in_the_text_in_that_order() -> None:
    row = json.loads(run("--json", "bị chồng đánh hoài, em phải làm sao").stdout)
    digits = "".join(letter for letter in row["text"].split("\n\n")[1] if letter.isdigit() or letter == "\n")
    places = [digits.index(number) for number in row["numbers"]]
    assert row["action"] == "card" and places == sorted(places)


def test_the_deployers_own_numbers_stand_in_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = (
        'number = "0200 000 111"\nlabel = { vi = "Công an xã", en = "Commune police" }\ndesk_checked_on = 2099-01-01\n'
    )
    (tmp_path / "referrals.local.toml").write_text(f"[slots.commune_police]\n{slot}", "utf-8")
    monkeypatch.setenv("ANTAM_DATA_DIR", str(tmp_path))
    row = json.loads(run("--json", "chồng đang đánh em").stdout)
    assert "0200000111" in row["numbers"] and "0200 000 111" in row["text"]


def test_without_a_message_the_usage_is_wrong() -> None:
    assert run().returncode == 2


def test_a_line_that_is_no_json_is_judged_as_it_stands() -> None:
    done = run("--jsonl", given="chồng tôi đang đánh tôi\n")
    assert done.returncode == 0 and json.loads(done.stdout)["action"] == "card"


def test_the_card_needs_neither_numpy_nor_the_store() -> None:
    code = (
        "import sys; from bot.__main__ import main; main(['refer', 'cứu em với, chồng đánh em']);"
        "heavy = {'numpy', 'sqlalchemy', 'torch', 'chromadb', 'langchain_core', 'pydantic'} & set(sys.modules);"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_first_card_comes_within_a_moment() -> None:
    best = 9.0
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run("chồng đang đánh em")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert best < 0.5  # 0.3 on an idle machine; what the process itself spent, whatever else runs beside it
