"""Workers killed at random while they plan, hand over, send and settle: no reminder is lost, none comes three times."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import KINDS, fresh_address

POSTGRES = pytest.param("postgresql", 3, marks=pytest.mark.postgres)
ROOT = Path(__file__).parents[2]


def crash(kind: str, workers: int, folder: Path, *options: str, timeout_s: int = 280) -> dict[str, Any]:
    """Run one nursery over a fresh database and return its report."""
    command = [sys.executable, "-m", "tests.support.reminder_crashes", fresh_address(kind, folder), str(folder)]
    done = subprocess.run(
        [*command, "--workers", str(workers), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def check(found: dict[str, Any]) -> None:
    """Nothing is lost or called sent without having been sent; nothing comes more than twice."""
    assert found["lost"] == 0
    assert found["lost_unsaid"] == 0
    assert found["most_copies"] <= 2
    assert set(found["states"]) <= {"sent", "uncertain"}
    assert found["never_arrived"] <= found["states"].get("uncertain", 0)


@pytest.mark.parametrize(("kind", "workers"), [(KINDS[0], 1), POSTGRES])
def test_killed_workers_lose_nothing_and_double_at_most_once(kind: str, workers: int, tmp_path: Path) -> None:
    found = crash(kind, workers, tmp_path, "--kills", "6", "--persons", "60", "--age-leases")

    assert found["reminders"] == 90
    check(found)


@pytest.mark.parametrize(("kind", "workers"), [(KINDS[0], 2), POSTGRES])
def test_without_a_crash_several_workers_send_each_reminder_exactly_once(
    kind: str, workers: int, tmp_path: Path
) -> None:
    found = crash(kind, workers, tmp_path, "--kills", "0", "--persons", "40")

    assert found["states"] == {"sent": 60}
    assert (found["extra"], found["most_copies"]) == (0, 1)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("kind", "workers"), [(KINDS[0], 1), POSTGRES])
def test_a_thousand_kills_over_twenty_thousand_reminders(kind: str, workers: int, tmp_path: Path) -> None:
    total = Counter[str]()
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = crash(kind, workers, folder, "--kills", "100", "--persons", "1340", "--lines", "12", timeout_s=1200)
        check(found)
        assert found["settled_in_s"] <= 400
        total.update({name: found[name] for name in ("reminders", "messages", "kills", "extra", "never_arrived")})
        print(json.dumps(found))
    print(kind, dict(total))

    assert total["kills"] >= 1000
    assert total["reminders"] >= 20_000


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "workers"), [(KINDS[0], 1), POSTGRES])
def test_what_a_killed_worker_held_is_taken_up_within_a_minute(kind: str, workers: int, tmp_path: Path) -> None:
    found = crash(kind, workers, tmp_path, "--kills", "1", "--persons", "40", "--lines", "10")

    print(json.dumps(found))
    check(found)
    assert found["settled_in_s"] <= 60
