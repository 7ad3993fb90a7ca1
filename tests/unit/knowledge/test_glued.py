"""Syllables that were run together are set apart for understanding, and nothing else is touched."""

import pytest

from knowledge.glued import cut_word, is_syllable, unglue


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("các cơ quan, đơnvị sau đây", "các cơ quan, đơn vị sau đây"),
        ("theoQuyết định", "theo Quyết định"),
        ("tổchức tiếnhành", "tổ chức tiến hành"),
        ("BANHÀNH KẾ HOẠCH", "BAN HÀNH KẾ HOẠCH"),
        ("bìnhđẳnggiới", "bình đẳng giới"),
    ],
)
def test_run_together_syllables_are_set_apart(glued: str, apart: str) -> None:
    text, origin = unglue(glued, tuple(range(len(glued))))

    assert text == apart
    assert len(origin) == len(text)
    assert all(glued[place] == letter for place, letter in zip(origin, text, strict=True) if letter != " ")


@pytest.mark.parametrize(
    "word", ["nghiêng", "khuyến", "quyết", "Krông", "Đắk", "thương", "oằn", "UBND", "Pleiku", "giữ"]
)
def test_single_syllables_and_foreign_words_stay_whole(word: str) -> None:
    assert cut_word(word) == ()


@pytest.mark.parametrize(("word", "expected"), [("tổc", False), ("tốc", True), ("giêng", True), ("gnhân", False)])
def test_a_syllable_has_a_coda_its_tone_allows(word: str, expected: bool) -> None:
    assert is_syllable(word) is expected
