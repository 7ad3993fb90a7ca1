"""Files into store and index: added, unchanged, replaced, refused; the index healed after a crash."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from knowledge.database import metadata, open_database
from knowledge.domain import Document, Passage
from knowledge.errors import KnowledgeError
from knowledge.ingestion import Ingestion, Outcome
from knowledge.records import document_from_record, document_to_record
from knowledge.store import DocumentStore

PLAN = """Số: {number}/KH-UBND

An Sơn, ngày {day} tháng 3 năm 2025

KẾ HOẠCH

Triển khai bình đẳng giới trên địa bàn huyện An Sơn năm {year}

Ủy ban nhân dân huyện An Sơn ban hành Kế hoạch như sau:

I. MỤC ĐÍCH

Nâng nhận thức của cán bộ và người dân.

II. TỔ CHỨC THỰC HIỆN

1. Phòng Tư pháp

- Phổ biến pháp luật tới các thôn.
{more}
2. Phòng Nội vụ

- Tham mưu quy hoạch cán bộ nữ trước ngày 20/6/2025.

CHỦ TỊCH

Trần Văn Mẫu
"""


def plan(number: str = "15", day: str = "5", year: str = "2025", more: str = "") -> str:
    return PLAN.format(number=number, day=day, year=year, more=more)


class MemoryIndex:
    """Keeps ids alone; may be told to fail, as a crash between store and index would look."""

    def __init__(self) -> None:
        self.held: dict[str, set[str]] = {}
        self.broken = False

    def replace(self, document: Document, passages: Sequence[Passage]) -> None:
        if self.broken:
            raise RuntimeError("killed between store and index")
        self.held[document.id] = {passage.id for passage in passages}

    def remove(self, document_id: str) -> None:
        self.held.pop(document_id, None)

    def rebuild(self, items: Iterable[tuple[Document, Sequence[Passage]]]) -> None:
        self.held = {document.id: {passage.id for passage in passages} for document, passages in items}

    def passage_ids(self) -> set[str]:
        return set().union(*self.held.values()) if self.held else set()


class Desk:
    """Store, index and ingestion over a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changes: list[tuple[Document | None, Document | None]] = []
        engine = open_database(f"sqlite:///{folder / 'a.db'}")
        metadata.create_all(engine)
        self.store = DocumentStore(engine, on_change=self._note)
        self.index = MemoryIndex()
        self.ingestion = Ingestion(self.store, self.index, read=lambda path: path.read_text("utf-8"))

    def _note(self, _connection: Connection, before: Document | None, after: Document | None) -> None:
        self.changes.append((before, after))

    def take(self, text: str, name: str = "ke-hoach.txt") -> Outcome:
        (self.folder / name).write_text(text, "utf-8")
        return next(self.ingestion.ingest([self.folder / name])).outcome


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_same_text_again_is_unchanged_under_any_name(desk: Desk) -> None:
    assert desk.take(plan()) is Outcome.ADDED
    revision = desk.store.revision()
    assert desk.take(plan()) is Outcome.UNCHANGED and desk.take(plan(), "ten-khac.txt") is Outcome.UNCHANGED
    assert desk.store.revision() == revision


def test_a_changed_text_replaces_and_untouched_passages_keep_their_ids(desk: Desk) -> None:
    desk.take(plan())
    before = {passage.text: passage.id for passage in desk.store.passages()}
    assert desk.take(plan(more="- Tập huấn hòa giải viên ở cơ sở.\n")) is Outcome.REPLACED
    after = {passage.text: passage.id for passage in desk.store.passages()}
    shared = before.keys() & after.keys()
    assert len(shared) >= len(before) - 1 and all(before[text] == after[text] for text in shared)
    assert len(desk.store.documents()) == 1 and desk.index.passage_ids() == set(after.values())
    old, new = desk.changes[-1]
    assert old is not None and new is not None and old.id == new.id


def test_two_documents_under_one_file_name_stay_two(desk: Desk) -> None:
    assert desk.take(plan("15")) is Outcome.ADDED and desk.take(plan("16", "9", "2026")) is Outcome.ADDED
    assert sorted(document.source for document in desk.store.documents()) == ["ke-hoach.txt", "ke-hoach~2.txt"]


def test_documents_with_blank_numbers_are_the_same_by_title_and_period(desk: Desk) -> None:
    desk.take(plan(""))
    assert desk.take(plan("", more="- Việc thêm cho các xã.\n"), "ban-moi.txt") is Outcome.REPLACED
    assert [document.source for document in desk.store.documents()] == ["ban-moi.txt"]


def test_a_refused_file_leaves_everything_as_it_was(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(plan())
    real = Ingestion(desk.store, desk.index)
    (tmp_path / "hong.pdf").write_bytes(b"%PDF-1.7 broken")
    revision = desk.store.revision()
    report = next(real.ingest([tmp_path / "hong.pdf"]))
    assert report.outcome is Outcome.REFUSED and report.fault is not None
    assert desk.store.revision() == revision


def test_a_crash_between_store_and_index_heals_at_the_next_start(desk: Desk) -> None:
    desk.take(plan())
    desk.index.broken = True
    with pytest.raises(RuntimeError):
        desk.take(plan("16", "9", "2026"), "hai.txt")
    desk.index.broken = False
    desk.index.held["gone"] = {"gone.1"}
    assert desk.ingestion.heal() == 2
    assert desk.index.passage_ids() == {passage.id for passage in desk.store.passages()}
    assert desk.ingestion.heal() == 0


def test_a_file_taken_while_another_program_holds_the_index_is_added(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_document: Document, _passages: Sequence[Passage]) -> None:
        raise KnowledgeError("index_busy")

    with monkeypatch.context() as held:
        held.setattr(desk.index, "replace", busy)
        assert desk.take(plan()) is Outcome.ADDED
    assert desk.ingestion.heal() == 1


def test_a_document_survives_the_way_through_its_record(desk: Desk) -> None:
    desk.take(plan())
    document = desk.store.documents()[0]
    assert document_from_record(document_to_record(document)) == document
    assert document.deadlines and document.duties and document.signer is not None
