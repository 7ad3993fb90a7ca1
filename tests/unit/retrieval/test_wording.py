"""Plain words: marks, short forms and slips."""

import pytest

from retrieval.wording import in_vietnamese, is_syllable, matches, plain, untyped, without_stops


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Phòng GD&ĐT", "phong giao duc va dao tao"),
        ("phòng LĐ-TB&XH", "phong lao dong thuong binh va xa hoi"),
        ("P. TC-KH tp Long Khánh", "phong tai chinh ke hoach thanh pho long khanh"),
        ("bc 6 tháng", "bao cao 6 thang"),
        ("UBMTTQ huyện", "uy ban mat tran to quoc huyen"),
    ],
)
def test_short_forms_are_written_out(written: str, told: str) -> None:
    assert plain(written) == told


def test_document_numbers_and_dates_stay_whole() -> None:
    assert plain("số 1900/SLĐTBXH-BVCSTE&BĐG, ngày 21/4/2023") == "so 1900/sldtbxh-bvcste&bdg ngay 21/4/2023"


def test_english_words_of_the_domain_become_vietnamese_ones() -> None:
    assert "phong_tu_phap" in in_vietnamese("what must the justice division do")
    assert "phong_tai_chinh_ke_hoach" in in_vietnamese("duties of the finance and planning office")


def test_a_mark_tells_a_word_of_matter_from_a_joining_word() -> None:
    assert "bạo" in without_stops("phòng chống bạo lực", english=False)
    assert "những" not in without_stops("những việc gì", english=False)


def test_a_syllable_is_known_by_its_form() -> None:
    assert is_syllable("nghiem") and not is_syllable("school")


def test_unfinished_telex_is_read() -> None:
    assert untyped("nhieemj") == "nhiem"


def test_cues_begin_at_a_word() -> None:
    assert matches("when", "han nao")
    assert not matches("when", "phan nao")
