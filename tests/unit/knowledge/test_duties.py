"""The duty register, on documents made up for the purpose and on the real plans where they are at hand."""

import os
import tomllib
import unicodedata
from pathlib import Path

import pytest

from knowledge.domain import Duty, Role
from knowledge.duties import find_duties
from knowledge.head import read_head
from knowledge.layout import read_blocks

DOCUMENTS = tomllib.loads((Path(__file__).parent / "duty_documents.toml").read_text("utf-8"))["document"]
PLANS = Path(__file__).parents[4] / "shared" / "plans"


def register(text: str) -> tuple[Duty, ...]:
    blocks = read_blocks(text)
    return find_duties(blocks, text, "doc", addressed_to=read_head(blocks).told).duties


def missing(expected: list[str], duties: tuple[Duty, ...]) -> list[str]:
    found = {(duty.agency, duty.role.value, duty.section) for duty in duties}
    anywhere = {(agency, role) for agency, role, _ in found}
    lost = []
    for line in expected:
        agency, role, section = line.split(" | ")
        known = (agency, role) in anywhere if section == "*" else (agency, role, section) in found
        if not known:
            lost.append(line)
    return lost


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["about"])
def test_every_duty_of_a_document_is_registered(document: dict[str, object]) -> None:
    text = str(document["text"])
    expected = [str(line) for line in document["expected"]]  # type: ignore[attr-defined]

    duties = register(text)

    assert missing(expected, duties) == []
    requests = document.get("requests", [])
    assert {duty.agency for duty in duties if duty.is_request} >= set(requests)  # type: ignore[call-overload]


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if "absent" in d], ids=lambda document: document["about"])
def test_bodies_that_are_told_nothing_have_no_duty(document: dict[str, object]) -> None:
    duties = register(str(document["text"]))

    told = {duty.agency for duty in duties} | {f"{duty.agency} | {duty.role.value}" for duty in duties}
    assert told.isdisjoint(document["absent"])  # type: ignore[arg-type]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["about"])
def test_every_quote_is_verbatim_and_every_id_unique(document: dict[str, object]) -> None:
    text = str(document["text"])

    duties = register(text)

    plain = " ".join(text.split())
    assert all(" ".join(duty.quote.split()) in plain for duty in duties)
    assert len({duty.id for duty in duties}) == len(duties)
    assert all(duty.id.startswith("doc.") for duty in duties)


def test_items_of_an_offices_own_plan_are_its_own_even_when_no_sentence_says_so() -> None:
    text = "KẾ HOẠCH\nNâng cao năng lực\nI. NỘI DUNG\n1. Mở hai lớp tập huấn cho cộng tác viên ở thôn.\n"

    own = find_duties(read_blocks(text), text, "doc", "Sở Y tế").duties
    committee = find_duties(read_blocks(text), text, "doc", "UBND huyện Mai Lĩnh").duties

    assert [(duty.agency, duty.role) for duty in own] == [("Sở Y tế", Role.CARRY_OUT)]
    assert [duty.agency for duty in committee] == ["UBND huyện Mai Lĩnh"]


def test_ids_outlive_changes_elsewhere_in_the_document() -> None:
    text = str(DOCUMENTS[0]["text"])
    changed = text.replace("Bố trí nơi tạm lánh.", "Bố trí hai nơi tạm lánh.")

    before = {duty.id: duty.text for duty in register(text)}
    after = {duty.id: duty.text for duty in register(changed)}

    lost = {before[key] for key in before.keys() - after.keys()}
    assert lost == {"Bố trí nơi tạm lánh."}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["about"])
def test_loose_marks_change_no_duty(document: dict[str, object]) -> None:
    text = str(document["text"])
    torn = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).replace("\u00a0", " "))

    assert [duty.text for duty in register(torn)] == [duty.text for duty in register(text)]


@pytest.mark.parametrize(
    "text", ["", "\x00", "Phòng " * 2000, "Phòng Tư pháp; " * 500, "phối hợp với " * 2000, "| " * 3000]
)
def test_odd_texts_give_no_duties_and_no_fault(text: str) -> None:
    assert register(text) == ()


def _plan(name: str) -> str:
    path = PLANS / name
    if not path.exists():
        if os.environ.get("ANTAM_NO_SKIPS") and PLANS.exists():
            pytest.fail(f"{name} is missing beside the other plans")
        pytest.skip("the real plans are not beside this repository")
    return unicodedata.normalize("NFC", path.read_text("utf-8"))


PLAN_DUTIES = tomllib.loads((Path(__file__).parent / "plan_duties.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(PLAN_DUTIES))
def test_every_duty_of_a_real_plan_is_registered(name: str) -> None:
    duties = register(_plan(name))

    assert missing(PLAN_DUTIES[name], duties) == []


@pytest.mark.parametrize("name", sorted(PLAN_DUTIES))
def test_a_plan_torn_into_short_lines_gives_the_same_bodies_and_roles(name: str) -> None:
    text = _plan(name)
    torn = "\n".join(_wrap(line) for line in text.split("\n"))

    assert {(duty.agency, duty.role) for duty in register(text)} <= {(d.agency, d.role) for d in register(torn)}


def _wrap(line: str, width: int = 84) -> str:
    words, lines = line.split(" "), [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def test_only_a_request_is_marked_as_one_in_a_real_plan() -> None:
    duties = register(_plan("kien-hai-2023.txt"))

    assert {duty.section for duty in duties if duty.is_request} == {"III.5"}


def test_those_who_issue_a_plan_together_each_have_its_unassigned_work() -> None:
    text = "KẾ HOẠCH PHỐI HỢP\nGiữ chợ đêm năm 2024\nI. VIỆC CHUNG\n1. Treo đèn quanh chợ và quét lối đi mỗi sáng.\n"

    duties = find_duties(read_blocks(text), text, "doc", "Hội Nông dân xã - Công an xã Tân Lập").duties

    assert [duty.agency for duty in duties] == ["Hội Nông dân xã", "Công an xã Tân Lập"]


def test_a_table_of_jobs_names_its_work_in_whatever_word() -> None:
    row = "| 1 | Treo đèn quanh chợ | Hội Nông dân xã | Quý I/2024 |"
    text = f"KẾ HOẠCH\nGiữ chợ\nI. VIỆC CHUNG\n| TT | Đầu việc | Đơn vị chủ trì | Hạn hoàn thành |\n{row}\n"

    assert [(duty.agency, duty.text) for duty in register(text)] == [("Hội Nông dân xã", "Treo đèn quanh chợ")]


def test_what_stands_behind_the_last_item_of_a_letter_is_for_all_whom_it_is_sent_to() -> None:
    text = """UBND HUYỆN BÌNH LÂM
PHÒNG NỘI VỤ
Số: 31/NV
Bình Lâm, ngày 03 tháng 4 năm 2024
V/v đếm ghế đá

Kính gửi: UBND các xã, thị trấn.

Phòng Nội vụ đề nghị UBND các xã, thị trấn thực hiện:

1. Đếm số ghế đá trong từng công viên (theo mẫu).
2. Riêng các xã Bản Ngà, Tà Lâm gửi thêm ảnh chụp từng ghế.

Báo cáo gửi về Phòng Nội vụ huyện chậm nhất ngày 22/4/2024.

Nơi nhận:
- Như trên.
"""
    duties = register(text)

    assert {duty.agency for duty in duties if "ảnh chụp" in duty.text} == {"các xã Bản Ngà, Tà Lâm"}
    told = {duty.agency for duty in duties if duty.text.startswith("Báo cáo gửi")}
    assert told == {"UBND các xã, thị trấn", "Phòng Nội vụ huyện"}
