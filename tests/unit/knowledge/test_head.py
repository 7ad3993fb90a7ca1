"""The head of a document, on many odd made-up heads and on the real plans where they are at hand."""

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from knowledge.domain import Document
from knowledge.parsing import parse_document
from tests.support.requirements import need_plans

DOCUMENTS = tomllib.loads((Path(__file__).parent / "head_documents.toml").read_text("utf-8"))["document"]

PLANS: dict[str, dict[str, Any]] = {
    "kien-hai-2023.txt": {
        "kind": "kế hoạch",
        "number": "44/KH-UBND",
        "issuer": "Ủy ban nhân dân huyện Kiên Hải",
        "place": "Kiên Hải",
        "issued_on": "2023-03-16",
        "period": "2023-2023",
        "signer": "Lê Minh Trị",
        "capacity": "KT. CHỦ TỊCH, PHÓ CHỦ TỊCH",
    },
    "ky-anh-2023-news.txt": {
        "kind": "tin",
        "number": "",
        "issuer": "UBND Huyện Kỳ Anh",
        "place": "Kỳ Anh",
        "issued_on": "2023-04-20",
        "signer": "",
    },
    "lang-son-ban-dan-toc-2021.txt": {
        "kind": "kế hoạch",
        "number": "",
        "issuer": "Ban Dân tộc tỉnh Lạng Sơn",
        "place": "Lạng Sơn",
        "issued_on": "",
        "issued_text": "ngày tháng 6 năm 2021",
        "period": "2021-2025",
        "signer": "Vi Minh Tú",
        "capacity": "TRƯỞNG BAN",
    },
    "loc-binh-2024.txt": {
        "kind": "kế hoạch",
        "number": "",
        "issuer": "Ủy ban nhân dân huyện Lộc Bình",
        "place": "Lộc Bình",
        "issued_on": "",
        "issued_text": "ngày tháng 02 năm 2024",
        "period": "2024-2024",
        "signer": "Hoàng Thị Thúy",
    },
    "long-khanh-2023.txt": {
        "kind": "công văn",
        "number": "1106/UBND-VX",
        "issuer": "UBND thành phố Long Khánh",
        "place": "Long Khánh",
        "issued_on": "2023-05-15",
        "period": "2023-2023",
        "signer": "Tăng Quốc Lập",
        "recipients": ["Như trên", "CT, PCT UBTP", "Chánh, Phó VP", "Lưu: VT, TH (VX)"],
    },
}


def understood(document: Document) -> dict[str, Any]:
    """Return the head's fields in the form of the expectations, "" for unknown."""
    period, signer = document.period, document.signer
    return {
        "kind": document.kind or "",
        "number": document.number or "",
        "title": document.title or "",
        "issuer": document.issuer or "",
        "place": document.place or "",
        "issued_on": str(document.issued_on or ""),
        "issued_text": document.issued_text or "",
        "period": f"{period.start.year}-{period.end.year}" if period else "",
        "signer": signer.name if signer else "",
        "capacity": (signer.capacity or "") if signer else "",
        "addressed_to": list(document.addressed_to),
        "recipients": list(document.recipients),
    }


def differences(document: Document, expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    found = understood(document)
    return {name: (found[name], value) for name, value in expected.items() if name in found and found[name] != value}


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda case: case["about"])
def test_a_head_is_read_whole_and_nothing_is_invented(case: dict[str, Any]) -> None:
    document = parse_document(case["text"], "a.txt").document

    assert differences(document, case) == {}


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda case: case["about"])
def test_a_head_with_loose_marks_and_odd_spaces_reads_the_same(case: dict[str, Any]) -> None:
    text = "\ufeff" + unicodedata.normalize("NFD", case["text"]).replace("Tự do", "Tự\u00a0do")

    document = parse_document(text, "a.txt").document

    assert differences(document, case) == {}


@pytest.mark.parametrize("name", PLANS)
def test_the_heads_of_the_real_plans_are_read(name: str) -> None:
    text = (need_plans() / name).read_text("utf-8")

    document = parse_document(text, name).document

    assert differences(document, PLANS[name]) == {}


def test_a_number_that_only_a_far_stamp_could_tell_stays_unknown() -> None:
    text = (
        "Số:      /KH-UBND\nX. Yên, ngày    tháng 8 năm 2020\nKẾ HOẠCH\nGiữ rừng\nI. VIỆC\n1. Đi tuần.\n25\n08\n348\n"
    )

    document = parse_document(text, "a.txt").document

    assert document.number is None
    assert document.issued_on is None


def test_a_signature_without_a_name_has_no_signer() -> None:
    text = "Số: 1/TB-UBND\nTHÔNG BÁO\nNghỉ lễ\nMọi cơ quan trong huyện nghỉ lễ một ngày theo lịch đã định từ đầu năm.\n"

    document = parse_document(text + "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\n(Đã ký)\nDANH SÁCH TRỰC\n", "a.txt").document

    assert document.signer is None


def test_the_plan_year_wins_over_the_years_of_the_programme_it_serves() -> None:
    text = (
        "Số: 3/KH-UBND\nKẾ HOẠCH\nThực hiện Chương trình giảm nghèo giai đoạn 2021 - 2025 trong năm 2023\nI. A\n1. B.\n"
    )

    document = parse_document(text, "a.txt").document

    assert understood(document)["period"] == "2023-2023"


WARD = """ỦY BAN NHÂN DÂN
PHƯỜNG AN LỘC
Số: 12/UBND-VHXH
V/v mở lớp học bơi
An Lộc, ngày 03 tháng 3 năm 2026
Kính gửi: Các khu phố.
1. Mở lớp."""
SCAN = """UY BAN NHAN DAN
HUYEN MUONG LA

Mường La, ngày 14 tháng 3 năm 2022

KE HOACH
Nuôi ong

Ủy ban nhân dân huyện ban hành kế hoạch như sau:

1. Mua thùng.
"""


def test_a_ward_is_no_form_of_document_and_a_scan_without_marks_takes_them_from_its_text() -> None:
    read = parse_document(WARD, "a.txt").document
    assert (read.kind, read.title) == ("công văn", "V/v mở lớp học bơi")
    assert parse_document(SCAN, "b.txt").document.issuer == "Ủy ban nhân dân huyện Mường La"
