"""Old fonts are recognised and converted; Unicode is left alone."""

import unicodedata

import pytest

from knowledge.legacy_fonts import convert_legacy

TCVN3 = "L§L§ TØnh Hµ Giang ®Ò nghÞ c¸c ®¬n vÞ göi b¸o c¸o tr­íc ngµy 10/6, ®óng mÉu ®· cã."
VNI = "Lieân ñoaøn Lao ñoäng tænh ñeà nghò caùc ñôn vò göûi baùo caùo tröôùc ngaøy 10/6, ñuùng maãu ñaõ coù."
SENTENCE = "đề nghị các đơn vị gửi báo cáo trước ngày 10/6, đúng mẫu đã có."


def test_tcvn3_becomes_unicode() -> None:
    assert convert_legacy(TCVN3) == f"LĐLĐ Tỉnh Hà Giang {SENTENCE}"


def test_vni_becomes_unicode() -> None:
    assert convert_legacy(VNI) == f"Liên đoàn Lao động tỉnh {SENTENCE}"


@pytest.mark.parametrize(
    "text",
    [
        f"Liên đoàn Lao động tỉnh {SENTENCE}",
        "Café où l'on dîne à côté de l'hôtel; naïve façade, São Paulo, Zürich, señor.",
        "Theo § 2 của quy chế · mục ®, giá 5 ½ đồng ©",
        "",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert convert_legacy(text) == text
    assert convert_legacy(unicodedata.normalize("NFD", text)) == unicodedata.normalize("NFD", text)
