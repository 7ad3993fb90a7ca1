"""A cry for help through a messenger is answered and leaves nothing behind, also in pieces, also while sends fail."""

import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from bot.observability import RedactingFormatter, set_up_logging
from tests.support.dialogs import MESSENGERS
from tests.support.speakers import Speaker
from tests.support.stage import Stage, open_stage, stage_clock
from tests.support.telegram_peer import Fault
from tests.support.workplace import everything_written

_PATIENCE_S = 25.0
_KEPT = {"daily_counter", "alembic_version", "token", "lock"}
"""Figures by day, and what the program keeps of itself: its structure, its own tokens, who of its processes leads."""
_NUMBERS = itertools.count(1)
FLOOD = {
    "ok": False,
    "error_code": 429,
    "description": "Too Many Requests: retry after 1",
    "parameters": {"retry_after": 1},
}
DOWN = {"ok": False, "error_code": 500, "description": "Internal Server Error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A running assistant, its folder, and the file every log line goes to."""

    stage: Stage
    folder: Path
    lines: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("kept")
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    lines = folder / "all.log"
    set_up_logging("DEBUG")
    handler = logging.FileHandler(lines, encoding="utf-8")
    handler.setFormatter(RedactingFormatter((), "%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    try:
        with open_stage(folder) as stage:
            stage.telegram._numbers, stage.telegram._messages = (
                itertools.count(912_345_001),
                itertools.count(912_745_001),
            )
            yield House(stage=stage, folder=folder, lines=lines)
    finally:
        handler.close()
        root.handlers[:] = before
        root.setLevel(level)


def whole(canary: str) -> list[str]:
    return [f"cứu em với, chồng em đang đánh em, em ở {canary}"]


def with_a_question(canary: str) -> list[str]:
    return [f"chồng em vừa đánh em ở {canary}, em sợ lắm. Mà Phòng Tư pháp phải làm gì ạ?"]


def in_pieces(canary: str) -> list[str]:
    return [f"em ở {canary}", "chồng em khóa cửa rồi", "nó đang cầm dao đòi giết em"]


def nothing_fails(_stage: Stage) -> None:
    """All sends arrive."""


def too_many_requests(stage: Stage) -> None:
    """The next send of every platform is refused for now."""
    stage.telegram.faults.append(Fault("sendMessage", "reply", 429, FLOOD))
    stage.account.faults.plan("error", "message/cs", code=-32)
    stage.bot.faults.plan("error", "sendMessage", code=429)


def server_errors(stage: Stage) -> None:
    """The next sends meet a broken server."""
    stage.telegram.faults.append(Fault("sendMessage", "reply", 500, DOWN))
    stage.telegram.faults.append(Fault("sendMessage", "garbage"))
    for _ in range(2):
        stage.account.faults.plan("garbage", "message/cs")
        stage.bot.faults.plan("garbage", "sendMessage")


def dropped_connections(stage: Stage) -> None:
    """The next send of every platform loses its connection."""
    stage.telegram.faults.append(Fault("sendMessage", "reset"))
    stage.account.faults.plan("reset", "message/cs")
    stage.bot.faults.plan("reset", "sendMessage")


def lost_answers(stage: Stage) -> None:
    """The next send arrives, but nobody learns that it did."""
    stage.telegram.faults.append(Fault("sendMessage", "late", seconds=6.0))
    stage.account.faults.plan("reset", "message/cs", processed=True)
    stage.bot.faults.plan("reset", "sendMessage", processed=True)


@pytest.mark.parametrize(
    ("trouble", "words", "is_hasty"),
    [
        (nothing_fails, whole, True),
        (nothing_fails, with_a_question, True),
        (nothing_fails, in_pieces, False),
        (nothing_fails, in_pieces, True),
        (too_many_requests, whole, True),
        (too_many_requests, in_pieces, False),
        (server_errors, whole, True),
        (dropped_connections, whole, True),
        (dropped_connections, in_pieces, True),
        (lost_answers, whole, True),
    ],
    ids=lambda value: "hasty" if value is True else "slow" if value is False else str(value.__name__),
)
def test_a_plea_through_a_messenger_is_answered_and_leaves_no_trace(
    house: House, trouble: Callable[[Stage], None], words: Callable[[str], list[str]], is_hasty: bool
) -> None:
    canaries = [f"xómcây{name}số{next(_NUMBERS)}nhà" for name in ("gạo", "đa", "bàng")]
    speakers = [house.stage.speaker(channel) for channel in MESSENGERS]
    with ThreadPoolExecutor(len(speakers)) as pool:
        pleas = [
            pool.submit(plead, house.stage, speaker, words(canary), trouble, is_hasty=is_hasty)
            for speaker, canary in zip(speakers, canaries, strict=True)
        ]
        for plea in pleas:
            plea.result()
    house.stage.telegram.faults.clear()
    assert all_gone(house, [*canaries, *ids_of(house.stage, speakers)]) == []
    assert lines_that_tell(house) == []


@pytest.mark.parametrize("channel", MESSENGERS)
def test_the_same_search_finds_an_ordinary_message_until_its_writer_erases_it(house: House, channel: str) -> None:
    speaker = house.stage.speaker(channel)
    speaker.says("Phòng Tư pháp thônlúa phải làm gì?")
    waits_until(lambda: bool(speaker.hears().texts) and speaker.is_settled())
    speaker.turns_over()
    found = written(house, ["thônlúa", speaker.me])
    assert found[:2] == ["thônlúa", speaker.me] and len(found) > 2
    speaker.says("/xoadulieu")
    waits_until(lambda: any("Đã xóa" in heard for heard in speaker.hears().texts))
    assert all_gone(house, ["thônlúa", *ids_of(house.stage, [speaker])]) == []


def plead(
    stage: Stage, speaker: Speaker, words: list[str], trouble: Callable[[Stage], None], *, is_hasty: bool
) -> None:
    """Say the words, the platform failing at the last of them, until a card has come."""
    for said in words[:-1]:
        speaker.says(said)
        if not is_hasty:
            waits_until(lambda: bool(speaker.hears().texts) and speaker.is_settled())
            speaker.turns_over()
    if speaker.channel == MESSENGERS[0]:
        trouble(stage)
    speaker.says(words[-1])
    waits_until(lambda: any("113" in heard and "không có người trực" in heard for heard in speaker.hears().texts))


def waits_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "the answer did not come"
        time.sleep(0.05)


def all_gone(house: House, traces: list[str]) -> list[str]:
    """Return what is still written of the traces, and tables with rows, once the work behind the card had its time."""
    end = time.monotonic() + _PATIENCE_S
    while (found := written(house, traces)) and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(0.4)
    return found or written(house, traces)


def written(house: House, traces: list[str]) -> list[str]:
    data = everything_written(house.folder)
    found = [trace for trace in traces if trace.encode() in data]
    found += [moment.decode() for moment in set(re.findall(rb"%s[ T]\d\d" % str(stage_clock().date()).encode(), data))]
    with house.stage.workplace.engine.connect() as connection:
        for table in set(inspect(connection).get_table_names()) - _KEPT:
            if count := connection.scalar(text(f'SELECT count(*) FROM "{table}"')):
                found.append(f"{table}: {count}")
    return found


def ids_of(stage: Stage, speakers: list[Speaker]) -> list[str]:
    """Return the platforms' ids of the people and of everything said and sent."""
    people = [speaker.me for speaker in speakers]
    events = [json.loads(posting.body) for posting in stage.account.post.postings]
    said = [str(event.get("message", {}).get("msg_id", people[0])) for event in events]
    sent = [told.message_id for person in people for told in stage.account.delivered(person)]
    sent += [told.message_id for person in people for told in stage.bot.delivered(person)]
    return [*people, *said, *sent, "912345", "912745"]


def lines_that_tell(house: House) -> list[str]:
    """Return the log lines, which carry their time, from which somebody could read when a card was asked for."""
    telling = re.compile(r"\b(card|help|referral|distress|plea)\b", re.IGNORECASE)
    return [line for line in house.lines.read_text("utf-8").splitlines() if telling.search(line)]
