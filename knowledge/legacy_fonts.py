"""Text typed in the old TCVN3 and VNI fonts, turned into Unicode letters."""

import re
import unicodedata
from functools import cache

# Pairs of the letter as it reads when taken for Western text and the letter meant (TCVN 5712:1993).
_TCVN3_PAIRS = (
    "¸á µà ¶ả ·ã ¹ạ ¨ă ¾ắ »ằ ¼ẳ ½ẵ Æặ ©â Êấ Çầ Èẩ Éẫ Ëậ Ðé Ìè Îẻ Ïẽ Ñẹ ªê Õế Òề Óể Ôễ Öệ Ýí ×ì Øỉ Üĩ Þị "
    "ãó ßò áỏ âõ äọ «ô èố åồ æổ çỗ éộ ¬ơ íớ êờ ëở ìỡ îợ óú ïù ñủ òũ ôụ \u00adư øứ õừ öử ÷ữ ùự ýý úỳ ûỷ üỹ þỵ "
    "®đ §Đ ¡Ă ¢Â £Ê ¤Ô ¥Ơ ¦Ư"
)
_TCVN3_SIGN = re.compile(r"[A-Za-z][µ¸¹¶¨¾»¼½©ª«¬®\u00ad]|[µ¸¹¶¨¾»¼½©ª«¬®§\u00ad][A-Za-z]")

_VNI_MARKS = {
    **{"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323", "â": "\u0302"},
    **{"á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303", "ä": "\u0302\u0323"},
    **{"ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309", "ü": "\u0306\u0303"},
    "ë": "\u0306\u0323",
}
_VNI_SINGLES = {"ñ": "đ", "ö": "ư", "ô": "ơ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_PAIR = re.compile(f"(?i)[aeouyöô][{''.join(_VNI_MARKS)}]|[{''.join(_VNI_SINGLES)}]")
_VNI_SIGN = re.compile(
    r"(?i)[aeo][äåáàâ](?=\W|[cmnptiuoy])|ö[ùøûõï]|ô[ùøûõï]|ñ[aeiouyöô]|[aeouy][ùøûï](?=\W|[cmnptiuoy])"
)
_UNICODE_SIGN = re.compile(r"[ạ-ỹẠ-ỸơưđƠƯĐ]")


def is_tcvn3(text: str) -> bool:
    """Tell whether text was typed in a TCVN3 font."""
    signs = len(_TCVN3_SIGN.findall(text))
    return signs >= 2 and signs > len(_UNICODE_SIGN.findall(text))


def read_tcvn3(text: str) -> str:
    """Return TCVN3 text in Unicode letters, letter by letter (the length stays)."""
    return text.translate(_tcvn3_table())


def convert_legacy(text: str) -> str:
    """Return the text of an old-font document in Unicode; any other text unchanged."""
    sample = text[:20_000]
    if is_tcvn3(sample):
        return read_tcvn3(text)
    if len(_VNI_SIGN.findall(sample)) > 5 + 2 * len(_UNICODE_SIGN.findall(sample)):
        return _VNI_PAIR.sub(lambda found: _vni_letter(found[0]), text)
    return text


@cache
def _tcvn3_table() -> dict[int, str]:
    return {ord(pair[0]): pair[1] for pair in _TCVN3_PAIRS.split(" ")}


def _vni_letter(found: str) -> str:
    base = found[0].lower()
    letter = _VNI_SINGLES.get(base, base)
    if len(found) == 2:
        letter = unicodedata.normalize("NFC", letter + _VNI_MARKS[found[1].lower()])
    return letter.upper() if found[0].isupper() else letter
