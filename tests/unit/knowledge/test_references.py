"""Documents cited in a text, in all the ways they are written."""

import pytest

from knowledge.domain import Reference
from knowledge.layout import read_blocks
from knowledge.parsing import parse_document
from knowledge.references import find_references
from tests.support.requirements import need_plans

HEAD = "Số: 7/KH-UBND\nTân Lập, ngày 3 tháng 4 năm 2021\nKẾ HOẠCH\nGiữ rừng năm 2021\n"


def cited(sentence: str) -> tuple[Reference, ...]:
    text = HEAD + sentence + "\n"
    return find_references(read_blocks(text), text, "7/KH-UBND")


@pytest.mark.parametrize(
    ("sentence", "number", "day"),
    [
        (
            "Thực hiện Công văn số 912/LĐTBXH-BĐG ngày 16/3/2023 của Bộ, huyện giao việc.",
            "912/LĐTBXH-BĐG",
            "2023-03-16",
        ),
        (
            "Theo Kết luận số 250-KL/TU ngày 22/7/2021 của Tỉnh ủy, huyện giao việc cho các xã.",
            "250-KL/TU",
            "2021-07-22",
        ),
        (
            "Theo Kế hoạch số 16/KH-SLĐTBOXH ngày 02/02/2024 của Sở, huyện giao việc cho xã.",
            "16/KH-SLĐTBOXH",
            "2024-02-02",
        ),
        ("Mức chi theo Thông tư số 191/2009/TT-BTC ngày 01/10/2009 của Bộ Tài chính.", "191/2009/TT-BTC", "2009-10-01"),
        ("Theo Quyết định 2282/QĐ-TTg ngày 31 tháng 12 năm 2020 của Thủ tướng Chính phủ.", "2282/QĐ-TTg", "2020-12-31"),
        ("Theo Quyết định số 2282 / QĐ - TTg của Thủ tướng Chính phủ ngày 31/12/2020.", "2282/QĐ-TTg", "2020-12-31"),
        ("Theo Công văn số 1900/SLĐTBXH-BVCSTE&BĐG ngày 21/4/2023 của Sở.", "1900/SLĐTBXH-BVCSTE&BĐG", "2023-04-21"),
        (
            "Theo Luật Bình đẳng giới số 73/2006/QH11 ngày 29/11/2006 và văn bản liên quan.",
            "73/2006/QH11",
            "2006-11-29",
        ),
        ("Xét Tờ trình số 126/SKHĐT ngày 23/01/2007 của Sở Kế hoạch và Đầu tư.", "126/SKHĐT", "2007-01-23"),
        ("Theo Kế hoạch số 274KH-UBND ngày 5/1/2020 của tỉnh về việc giữ rừng.", "274KH-UBND", "2020-01-05"),
        (
            "Ngày 18/4/2023, UBND huyện Tân Lập ban hành Kế hoạch số 573/KH-UBND về giữ rừng.",
            "573/KH-UBND",
            "2023-04-18",
        ),
        ("Theo Công văn số 33/SNV của Sở Nội vụ về cán bộ nữ, các xã rà soát.", "33/SNV", None),
        ("Theo Kế hoạch số 5/KH-UBND ngày 31/02/2020 của tỉnh, các xã rà soát.", "5/KH-UBND", None),
    ],
)
def test_a_number_and_its_date_are_read_in_every_form(sentence: str, number: str, day: str | None) -> None:
    found = cited(sentence)

    assert [(reference.number, str(reference.date) if reference.date else None) for reference in found] == [
        (number, day)
    ]


def test_laws_cited_by_name_alone_have_no_number() -> None:
    found = cited(
        "Tuyên truyền Luật hôn nhân và gia đình năm 2014, Luật phòng chống bạo lực gia đình, Luật Phòng, chống mua bán "
        "người; Luật trẻ em 2016..., theo Luật Ban hành văn bản quy phạm pháp luật và Bộ luật Lao động; luật sư dự họp."
    )

    assert [(reference.number, reference.text) for reference in found] == [
        (None, "Luật hôn nhân và gia đình năm 2014"),
        (None, "Luật phòng chống bạo lực gia đình"),
        (None, "Luật Phòng, chống mua bán người"),
        (None, "Luật trẻ em 2016"),
        (None, "Luật Ban hành văn bản quy phạm pháp luật"),
        (None, "Bộ luật Lao động"),
    ]


def test_one_document_cited_often_is_listed_once_with_its_date() -> None:
    found = cited(
        "Theo Kế hoạch số 130/KH-UBND của huyện; các xã làm theo Kế hoạch số 130/KH-UBND ngày 29/9/2021 và "
        "Kế hoạch số 82/KH-UBND ngày 18/6/2021; riêng Kế hoạch số 130/KH-UBND ngày 29 tháng 9 năm 2021 làm trước."
    )

    assert [(reference.number, str(reference.date)) for reference in found] == [
        ("130/KH-UBND", "2021-09-29"),
        ("82/KH-UBND", "2021-06-18"),
    ]


def test_two_documents_with_one_number_and_two_dates_stay_two() -> None:
    found = cited(
        "Theo Kế hoạch số 5/KH-UBND ngày 02/01/2020 của tỉnh; Kế hoạch số 5/KH-UBND ngày 09/01/2020 của huyện."
    )

    assert len(found) == 2


def test_the_text_runs_to_the_end_of_the_citation_and_no_further() -> None:
    (outer, inner) = cited(
        "Theo Kế hoạch số 162/KH-UBND ngày 28/01/2022 của huyện về làm theo Kết luận số 250-KL/TU ngày 22/7/2021 của "
        "Tỉnh ủy, Phòng Văn hóa, Thể thao và Du lịch xây dựng lịch. Các xã nhận việc."
    )

    assert outer.text.endswith("của Tỉnh ủy")
    assert inner.text == "Kết luận số 250-KL/TU ngày 22/7/2021 của Tỉnh ủy"


def test_a_cited_subject_ends_with_its_closing_quotation_mark() -> None:
    (found,) = cited("- Theo Quyết định số 938/QĐ-TTg ngày 30/6/2017 phê duyệt Đề án “Cây, rừng” và trồng đồi trọc.")

    assert found.text == "Quyết định số 938/QĐ-TTg ngày 30/6/2017 phê duyệt Đề án “Cây, rừng”"


def test_the_documents_own_number_is_not_a_reference() -> None:
    assert cited("Kế hoạch số 7/KH-UBND này thay cho kế hoạch cũ của huyện Tân Lập về giữ rừng.") == ()


def test_fractions_and_plain_numbers_are_no_references() -> None:
    assert cited("Có 12/15 xã nộp báo cáo, đạt tỷ lệ 80%, trong đó 3/4 số xã nộp trước ngày 15/12/2021.") == ()


def test_every_numbered_reference_of_the_real_plans_is_found() -> None:
    folder = need_plans()
    expected = {
        "kien-hai-2023.txt": "55/KH-UBND 130/KH-UBND 82/KH-UBND 191/2009/TT-BTC 2282/QĐ-TTg",
        "ky-anh-2023-news.txt": "573/KH-UBND",
        "lang-son-ban-dan-toc-2021.txt": "120/KH-UBND",
        "loc-binh-2024.txt": "16/KH-SLĐTBOXH 125/2021/NĐ-CP 6868/QĐ-UBND",
        "long-khanh-2023.txt": "912/LĐTBXH-BĐG 03/UBQG-VP 1900/SLĐTBXH-BVCSTE&BĐG 1967/KH-UBND 2302/KH-UBND "
        "2304/KH-UBND 162/KH-UBND 250-KL/TU 1067/KH-UBND",
    }
    for name, numbers in expected.items():
        text = (folder / name).read_text("utf-8")
        found = parse_document(text, name).document.references
        assert {reference.number for reference in found if reference.number} >= set(numbers.split()), name
        assert all(reference.date for reference in found if reference.number), name
        assert all(" ".join(reference.text.split()) in " ".join(text.split()) for reference in found), name
