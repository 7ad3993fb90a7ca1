"""Finding documents, agencies and numbers by name."""

import pytest

from retrieval.library import Library, _bare_place, agency_keys
from retrieval.questions import read_question
from tests.unit.retrieval.sample_documents import sample_store


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(sample_store().documents())


def scope_of(text: str, library: Library) -> list[str]:
    return [one.document.source for one in read_question(text, library).scope]


@pytest.mark.parametrize("written", ["huyện Vân Hồ", "van ho", "VÂN HỒ", "Vân Hô", "vanho", "Sơn La"])
def test_a_place_is_found_however_it_is_written(written: str, library: Library) -> None:
    assert scope_of(f"hạn báo cáo năm ở {written}?", library) == ["van-ho-2025.txt"]


@pytest.mark.parametrize("other", ["Vân Đồn", "Cam Lâm", "Cam Ranh"])
def test_a_place_of_another_name_is_not_taken_for_a_known_one(other: str, library: Library) -> None:
    reading = read_question(f"huyện {other} nộp báo cáo khi nào?", library)
    assert not reading.scope
    assert reading.unknown_place == other


def test_a_level_is_no_part_of_a_name_and_half_a_name_no_level() -> None:
    assert [_bare_place(one) for one in ("Thành phố Sa Đéc", "Thanh Trì", "xã Xã Hoàng")] == [
        "sa dec",
        "thanh tri",
        "hoang",
    ]


def test_a_label_says_whose_plan_of_which_year_it_is(library: Library) -> None:
    assert [one.label for one in library.holdings] == ["huyện Cam Lộ, 2025", "huyện Vân Hồ, 2025"]


def test_a_cited_number_leads_to_who_cites_it(library: Library) -> None:
    ((holding, reference),) = library.cited("07")
    assert holding.document.place == "Vân Hồ"
    assert reference.number == "07/NQ-HĐND"
    assert library.cited("07/qd-ubnd") == []


def test_a_committee_of_communes_and_wards_is_asked_for_by_either() -> None:
    keys = agency_keys("UBND các phường, xã")
    assert ("uy", "ban", "nhan", "dan", "xa") in keys
    assert ("uy", "ban", "nhan", "dan", "phuong") in keys


def test_the_closing_level_belongs_to_no_name_but_thanh_does() -> None:
    assert agency_keys("Công an thành phố") == (("cong", "an"),)
    assert agency_keys("Trung tâm Văn hóa và Truyền thanh")[0][-1] == "thanh"
