"""Text typed in the old TCVN3 and VNI fonts, turned into Unicode letters."""

import re
import unicodedata

from knowledge.wording import Wording

_WORDS = Wording("legacy_fonts")


def convert_legacy(text: str) -> str:
    """Return the text of an old-font document in Unicode; any other text unchanged."""
    sample = text[:20_000]
    modern = len(_WORDS.unicode_sign.findall(sample))
    if len(_WORDS.tcvn3_sign.findall(sample)) > max(1, modern):
        return text.translate({ord(pair[0]): pair[1] for pair in _WORDS.listed("tcvn3_pairs")})
    if len(_WORDS.vni_sign.findall(sample)) > 5 + 2 * modern:
        return _WORDS.vni_pair.sub(_vni_letter, text)
    return text


def _vni_letter(found: re.Match[str]) -> str:
    base, mark = found[0][0].lower(), found[0][1:].lower()
    letter = _WORDS.table("vni_letters").get(base, base) + (_WORDS.table("vni_marks")[mark] if mark else "")
    return unicodedata.normalize("NFC", letter.upper() if found[0].isupper() else letter)
