"""What a province runs, as processes: two replicas, PostgreSQL, a Chroma server; one of them may die."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.storage.counters import locks
from bot.storage.outbox import outbox
from handlers.planning import ZONE
from knowledge.database import open_database
from tests.support.chroma_server import chroma_server
from tests.support.databases import fresh_address
from tests.support.office import office_over
from tests.support.province import WallClock, replica, run_command, two_ports, wait_ready
from tests.support.serving import serving
from tests.support.telegram_peer import TOKEN, TelegramPeer

pytestmark = pytest.mark.postgres
FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
EARLY_MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=ZONE)
MONDAY = datetime(2026, 11, 23, 8, 0, 1, tzinfo=ZONE)
OFFICIAL, CITIZEN = 8_200_000_001, 8_200_000_002
SECRET = "a-secret-of-the-province"
QUESTION = "Phòng Tư pháp huyện Bình Minh phải làm gì?"
PLAN = """ỦY BAN NHÂN DÂN
HUYỆN BÌNH MINH

Số: 71/KH-UBND

Bình Minh, ngày 12 tháng 01 năm 2026

KẾ HOẠCH
Đưa sách về vì sự tiến bộ của phụ nữ tới thư viện xã năm 2026

I. MỤC TIÊU

Mỗi xã có một tủ sách về bình đẳng giới, mở cửa cuối tuần.

II. TỔ CHỨC THỰC HIỆN

1. Phòng Tư pháp

Soạn mười câu hỏi đáp pháp luật dán ở tủ sách; cử người trực giải thích vào sáng thứ Bảy.

2. Phòng Nội vụ

Rà soát số cán bộ thư viện là nữ và đề xuất khen thưởng.

3. Chế độ báo cáo

Phòng Tư pháp gửi báo cáo kết quả tủ sách về Phòng Nội vụ chậm nhất ngày 30/11/2026.

TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH

Nguyễn Thử Nghiệm
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """Two replicas over one database and one index, and the platform they talk to."""

    ports: tuple[int, int]
    processes: tuple[Any, Any]
    telegram: TelegramPeer
    database: str
    clock: WallClock

    def asks(self, number: int, question: str) -> dict[str, Any]:
        """Ask a replica by its interface."""
        address = f"http://127.0.0.1:{self.ports[number]}/api/ask"
        answer = httpx.post(address, json={"question": question}, timeout=60, trust_env=False)
        assert answer.status_code == 200
        return dict(answer.json())

    def hands_over(self, number: int, update: dict[str, Any]) -> list[int]:
        """Let the platform deliver an update to a replica."""
        self.telegram.webhook["url"] = f"http://127.0.0.1:{self.ports[number]}/telegram/webhook"
        return asyncio.run(self.telegram.deliver(update))


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder, telegram, ports = tmp_path_factory.mktemp("province"), TelegramPeer(), two_ports()
    with ExitStack() as stack:
        telegram_address = stack.enter_context(serving(telegram.app))
        database = fresh_address("postgresql", folder)
        shared = {
            "DATABASE_URL": database,
            "CHROMA_URL": stack.enter_context(chroma_server(folder / "chroma")),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram_address,
            "TELEGRAM_MODE": "webhook",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
            "SEND_TIMEOUT_S": "5",
        }
        plan = folder / "binh-minh-2026.txt"
        plan.write_text(PLAN, "utf-8")
        clock = WallClock(folder / "clock")
        clock.set(FRIDAY)
        own = {**shared, "ANTAM_DATA_DIR": str(folder / "third")}
        row = json.loads(run_command(clock, own, "ingest", "--json", str(plan)))
        assert row["outcome"] == "added" and row["deadlines"] == 1
        join_and_confirm(database, folder)
        clock.set(EARLY_MONDAY)
        started = []
        for name, port in zip("ab", ports, strict=True):
            started.append(stack.enter_context(replica(clock, {**shared, "ANTAM_DATA_DIR": str(folder / name)}, port)))
            # The first to come up sends for Telegram: it is the one that will be killed.
            wait_until_sending(database)
        for process, port in zip(started, ports, strict=True):
            wait_ready(process, port)
        yield Province(
            ports=ports, processes=(started[0], started[1]), telegram=telegram, database=database, clock=clock
        )
        telegram.closing = True


def join_and_confirm(database: str, folder: Path) -> None:
    """Let an official join and the found deadline be confirmed, on the Friday before."""
    engine = open_database(database)
    office = office_over(engine, folder, FRIDAY)
    office.join(str(OFFICIAL), "Phòng Tư pháp")
    assert len(office.proposals()) == 1
    office.confirm()
    engine.dispose()


def wait_until_sending(database: str, patience_s: float = 120) -> None:
    """Wait until some process has taken it on to send for Telegram."""
    engine, end = open_database(database), time.monotonic() + patience_s
    while True:
        with engine.connect() as connection:
            if connection.scalar(select(locks.c.owner).where(locks.c.name == "send:telegram")):
                break
        assert time.monotonic() < end, "nobody began to send"
        time.sleep(0.2)
    engine.dispose()


def is_reminded_once(province: Province) -> None:
    """Let Monday eight o'clock come, and wait longer than a round of the reminder engine takes."""
    province.clock.set(MONDAY)
    reminded = province.telegram.waits_for(OFFICIAL, 1, timeout=40)
    assert len(reminded) == 1 and "tủ sách" in reminded[0] and "30/11/2026" in reminded[0]
    time.sleep(6)
    assert len(province.telegram.texts_to(OFFICIAL)) == 1


def test_both_replicas_answer_alike_and_one_reminder_goes_out(province: Province) -> None:
    first, second = province.asks(0, QUESTION), province.asks(1, QUESTION)
    assert first["kind"] == "answer" and "sáng thứ Bảy" in json.dumps(first["citations"], ensure_ascii=False)
    assert (first["text"], first["citations"]) == (second["text"], second["citations"])
    is_reminded_once(province)
    assert province.hands_over(1, province.telegram.says(CITIZEN, "Phòng Nội vụ huyện Bình Minh làm gì?"))[-1] == 200
    assert "thư viện là nữ" in province.telegram.waits_for(CITIZEN, 1, timeout=40)[0]
    assert province.telegram.violations == []


@pytest.mark.slow
def test_one_replica_is_killed_and_the_other_goes_on(province: Province) -> None:
    is_reminded_once(province)
    cited, before = province.asks(0, QUESTION)["citations"], len(province.telegram.texts_to(CITIZEN))
    assert province.hands_over(0, province.telegram.says(CITIZEN, "Phòng Nội vụ huyện Bình Minh làm gì?"))[-1] == 200
    province.telegram.waits_for(CITIZEN, before + 1, timeout=40)
    wait_until_recorded(province.database, before + 2)

    province.processes[0].kill()
    province.processes[0].wait(timeout=10)
    killed = time.monotonic()
    assert province.asks(1, QUESTION)["citations"] == cited
    assert province.hands_over(1, province.telegram.says(CITIZEN, "Hạn gửi báo cáo tủ sách là ngày nào?"))[-1] == 200
    assert "30/11/2026" in "\n".join(province.telegram.waits_for(CITIZEN, before + 2, timeout=60)[before + 1 :])
    assert time.monotonic() - killed < 40, "the lease of the one that died is 20 s"
    wait_until_recorded(province.database, before + 3)
    assert len(province.telegram.texts_to(OFFICIAL)) == 1
    assert set().union(*states(province.database).values()) == {"sent"}


def wait_until_recorded(database: str, number: int, patience_s: float = 20) -> None:
    """Wait until so many messages are known to be sent: who dies earlier leaves them uncertain, and rightly so."""
    end = time.monotonic() + patience_s
    while sum(state == "sent" for kept in states(database).values() for state in kept) < number:
        assert time.monotonic() < end, states(database)
        time.sleep(0.1)


def states(database: str) -> dict[str, list[str]]:
    """Return the states of what went out, by kind and chat."""
    found: dict[str, list[str]] = {}
    engine = open_database(database)
    with engine.connect() as connection:
        for row in connection.execute(outbox.select().order_by(outbox.c.id)):
            found.setdefault(f"{row.dedupe_key.partition(':')[0]}:{row.chat}", []).append(row.state)
    engine.dispose()
    return found
