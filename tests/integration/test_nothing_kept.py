"""A cry for help leaves no word, no id, no time finer than a day in any file or log, whatever fails around it."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from bot.app import Workplace
from bot.channels.terminal import Terminal
from bot.observability import set_up_logging
from config.texts import load_texts
from handlers.domain import IncomingMessage, Reply
from tests.support.workplace import everything_written, office

CANARY = "quậnbảyhẻmsáu"
PLEA = f"cứu em với, chồng em đang đánh em, em ở {CANARY}"
PIECES = (f"em ở {CANARY}", "chồng em khóa cửa rồi", "nó đang cầm dao đòi giết em")


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Send every log line of the process, debugging included, to a file beside the data folder."""
    set_up_logging("DEBUG")
    file = tmp_path / "log" / "all.log"
    file.parent.mkdir()
    handler = logging.FileHandler(file, encoding="utf-8")
    logging.getLogger().addHandler(handler)
    return file


def no_trace(folder: Path, *canaries: str) -> bool:
    written = everything_written(folder)
    return not any(canary.encode() in written for canary in canaries)


def test_a_plea_on_the_web_is_answered_and_leaves_no_trace(tmp_path: Path, lines: Path) -> None:
    with office(tmp_path / "data") as (workplace, client):
        answer = client.post("/api/ask", json={"question": PLEA, "session": "phiên-lạ"}).json()
        assert answer["kind"] == "referral" and "113" in answer["text"] and CANARY not in answer["text"]
        time.sleep(0.3)
        assert only_daily_counts(workplace)
        assert no_trace(tmp_path, CANARY, "phiên-lạ")


def test_a_plea_in_three_pieces_leaves_no_trace(tmp_path: Path, lines: Path) -> None:
    with office(tmp_path / "data") as (_, client):
        history: list[dict[str, str]] = []
        for piece in PIECES:
            body = {"question": piece, "session": "phiên-lạ", "history": history}
            answer = client.post("/api/ask", json=body).json()
            history += [{"role": "user", "text": piece}, {"role": "bot", "text": answer["text"]}]
        assert answer["kind"] == "referral"
        assert no_trace(tmp_path, CANARY, "phiên-lạ")


def test_a_plea_in_the_terminal_leaves_no_trace_and_enters_no_history(tmp_path: Path, lines: Path) -> None:
    with office(tmp_path / "data") as (workplace, _):
        terminal = Terminal(handle=workplace.dispatcher.handle, texts=load_texts("vi"), clock=lambda: datetime.now(UTC))
        assert "113" in asyncio.run(terminal.say(PLEA)) and terminal.turns == []
        assert no_trace(tmp_path, CANARY)


@pytest.mark.parametrize("broken", ["store", "flows", "database"])
def test_the_card_goes_out_and_nothing_is_kept_when_everything_behind_the_gate_is_broken(
    tmp_path: Path, lines: Path, broken: str
) -> None:
    with office(tmp_path / "data") as (workplace, client):
        _break(workplace, broken, tmp_path)
        answer = client.post("/api/ask", json={"question": f"{PLEA}. Phòng Tư pháp làm gì?"}).json()
        assert answer["kind"] == "referral" and "113" in answer["text"]
        assert no_trace(tmp_path, CANARY)


def _break(workplace: Workplace, what: str, folder: Path) -> None:
    async def fail(message: IncomingMessage) -> list[Reply] | None:
        raise RuntimeError(message.text)

    if what == "flows":
        workplace.dispatcher.flows = [fail]
    elif what == "store":
        with workplace.engine.begin() as connection:
            for table in inspect(connection).get_table_names():
                if table not in ("person", "identity"):
                    connection.execute(text(f'DROP TABLE IF EXISTS "{table}"'))
    else:
        (folder / "data" / "antam.db").write_bytes(b"not a database" * 1000)


def only_daily_counts(workplace: Workplace) -> bool:
    """Whether nothing but counters per day, and the schema's own rows, stands in the database."""
    kept = {"daily_counter", "alembic_version"}
    with workplace.engine.connect() as connection:
        tables = [table for table in inspect(connection).get_table_names() if table not in kept]
        return all(connection.scalar(text(f'SELECT count(*) FROM "{table}"')) == 0 for table in tables)
