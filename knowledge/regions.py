"""Which part of a document a line belongs to: head, body, closing, signature, or what is appended after it."""

import re
from collections.abc import Sequence
from itertools import takewhile

from knowledge.lines import MARKER, Line, plain_letters

HEAD, BODY, CLOSING, SIGNATURE, AFTER = "head", "body", "closing", "signature", "after signature"

_FORMS = (
    "kế hoạch, quyết định, thông báo, hướng dẫn, báo cáo, tờ trình, chỉ thị, chương trình, nghị quyết, kết luận, "
    "công điện, đề án, phương án, quy định, quy chế, chiến lược, giấy mời, biên bản, công văn"
)
FORM_NAMES = {plain_letters(name): name for name in _FORMS.split(", ")}
"""The forms of administrative documents, by their names without marks."""
FORMS = f"(?:{'|'.join(FORM_NAMES)})"
DIGEST = re.compile(r"[\[(\s]*(?:ban )?tom luoc\b")
_FORM_LINE = re.compile(rf"{FORMS}(?: (?:phoi hop|lien tich|hanh dong|lien nganh|cong tac))?\W*$")
_OPENER = re.compile(
    r"(?:can cu|thuc hien|trien khai|de\b|nham|theo\b|ngay \d|tren co so|tiep tuc|xet\b|thi hanh|thuong truc|uy ban"
    r"|ubnd|so\b|phong\b|ban\b|truoc|trong|vua qua|nhan dip|hien nay|qua\b|duoc su|don vi|nhan duoc)"
)
_LONGEST_NAME = 80
_LEGAL_BASIS = re.compile(r"(?:can cu|theo de nghi|xet) ")
_HEADER_LINE = re.compile(
    r"so\s*:?\s*[\d/.…-]|so\s*:|.{0,40}\bngay\b.{0,12}\bthang\b.{0,12}\bnam\b|v/v|ve viec|kinh gui"
)
_ROLES = (
    r"(?:quyen )?(?:pho )?(?:tong )?(?:chu tich|giam doc|hieu truong|bi thu|truong ban|truong phong|chanh van phong"
    r"|chanh thanh tra|bo truong|thu truong|cuc truong|vu truong|vien truong|chu nhiem|to truong|truong doan|thu truong"
    r"|chi cuc truong|chanh an|tham muu truong|thu truong co quan|truong tieu ban|uy vien thuong truc|doi truong"
    r"|truong cong an(?: .{0,30})?|tong bi thu|thu tuong)(?: thuong truc)?"
)
CAPACITY = re.compile(
    rf"(?:(?:tm|kt|tl|tuq|t/m|k/t|t/l)(?:\s?[.,]\s?|\s+)\S.{{1,90}}|q\s?\.\s?\S.{{1,90}}|{_ROLES})\W*$"
)
_RECIPIENTS = re.compile(r"noi nhan\b|noi gui\b")
_ATTACHED = re.compile(
    r"(?:phu luc|bieu( mau)?\b|mau\b|danh sach|de cuong|bang\b|lich\b|tong hop\b|\((?:kem|ban hanh|phe duyet|dinh kem))"
)
_CLOSING = re.compile(
    r"(?:tren day la|trong qua trinh|qua trinh |yeu cau|de nghi (?:cac|thu truong|dong chi|uy ban|ubnd)|tran trong"
    r"|can cu (?:cac )?(?:noi dung )?(?:ke hoach|cong van|huong dan|chi thi|thong bao)|dinh ky|bao cao|nhan duoc"
    r"|moi vuong mac|cac (?:co quan|don vi|phong|ban|nganh|so|xa|dia phuong|huyen|truong)|thu truong"
    r"|ke hoach nay|neu co|noi dung "
    r"|(?:giam doc|chu tich|chanh van phong).{0,120}(?:can cu|chiu trach nhiem|thi hanh|thuc hien)"
    r"|(?:uy ban nhan dan|ubnd|so|phong|ban|hoi|lien doan|cong doan) .{0,80}(?:yeu cau|de nghi|giao))"
)


def find_regions(lines: Sequence[Line], is_numbered: Sequence[bool]) -> list[str]:
    """Return the region of each line; `is_numbered` tells which lines open a numbered section."""
    plains = [plain_letters(line.text) for line in lines]
    regions = [AFTER] * len(lines)
    start: int | None = 0
    while start is not None and start < len(lines):
        body = _body_start(lines, plains, is_numbered, start)
        sign = _signature_start(lines, plains, body)
        end = _signature_end(lines, plains, is_numbered, sign)
        regions[start:body] = [HEAD] * (body - start)
        regions[body:sign] = [BODY] * (sign - body)
        regions[sign:end] = [SIGNATURE] * (end - sign)
        for index in _closings(lines, plains, is_numbered, body, sign):
            regions[index] = CLOSING
        start = _carried_document(lines, plains, is_numbered, end)
    return regions


def _body_start(lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], start: int) -> int:
    title_at = _title_at(lines, plains, start)
    letter_at = next((i for i in range(start, min(start + 40, len(lines))) if plains[i].startswith("kinh gui")), None)
    for index in range(start, min(start + 80, len(lines))):
        text, plain = lines[index].text, plains[index]
        if DIGEST.match(plain) or index == title_at or (letter_at is not None and index <= letter_at):
            continue
        if is_numbered[index]:
            return index
        if plain.startswith(("- ", "kinh gui")) and letter_at is not None and len(text) < 200:
            continue
        if _LEGAL_BASIS.match(plain) and text.endswith((";", ",", ".")):
            return index
        is_sentence = text.endswith((".", ";", ":", ",")) and not text.isupper() and not _HEADER_LINE.match(plain)
        is_opening = _OPENER.match(plain) and not text.isupper() and title_at is None
        if text.endswith("như sau:") or (len(text) >= 60 and (is_sentence or is_opening)):
            return index
        if len(text) > 300 or (_OPENER.match(plain) and len(text) >= 120 and not text.isupper()):
            return index
    return min(start + 80, len(lines)) if len(lines) - start > 80 else len(lines)


def _title_at(lines: Sequence[Line], plains: Sequence[str], start: int) -> int | None:
    """Return where the title stands: after the form's name or, that lost, after the number and date."""
    window = range(start, min(start + 40, len(lines)))
    forms = [i for i in window if _FORM_LINE.match(plains[i]) and len(plains[i]) < 40]
    if forms:
        return forms[0] + 1
    headers = [i for i in window if _HEADER_LINE.match(plains[i]) and len(plains[i]) < 90]
    if not headers:
        return start
    after = max(headers) + 1
    if any(plains[i].startswith(("kinh gui", "v/v", "ve viec")) for i in window) or after >= len(lines):
        return None
    return after if len(lines[after].text) <= 300 and not lines[after].text.endswith((".", ":", ";")) else None


def _signature_start(lines: Sequence[Line], plains: Sequence[str], body: int) -> int:
    for index in range(body + 1, len(lines)):
        if _RECIPIENTS.match(plains[index]):
            return index
        if is_capacity(lines[index].text, plains[index]):
            # Above the capacities may stand the bodies that sign together.
            above = [line.text for line in lines[body + 1 : index]]
            return index - sum(1 for _ in takewhile(_is_shouted, reversed(above)))
    return len(lines)


def _is_shouted(text: str) -> bool:
    return text.isupper() and len(text) < _LONGEST_NAME and not MARKER.match(text)


def is_capacity(text: str, plain: str | None = None) -> bool:
    """Tell whether a line names in what capacity somebody signs."""
    plain = plain_letters(text) if plain is None else plain
    return len(text) < 100 and text.upper() == text and bool(CAPACITY.match(plain))


def _signature_end(lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], sign: int) -> int:
    named = False
    for index in range(sign, len(lines)):
        text, plain = lines[index].text, plains[index]
        if index > sign and (
            _ATTACHED.match(plain)
            or (_FORM_LINE.match(plain) and text.isupper())
            or (named and is_numbered[index])
            or (len(text) > 200 and not MARKER.match(text))
            or text.count("|") > 1
        ):
            return index
        named = named or is_capacity(text, plain)
    return len(lines)


def _closings(
    lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], body: int, sign: int
) -> list[int]:
    found: list[int] = []
    if not any(is_numbered[body:sign]):
        return found
    for index in range(sign - 1, body, -1):
        text = lines[index].text
        if MARKER.match(text) or (len(text) < 40 and not text.endswith("/.")):
            break
        before = lines[index - 1].text
        is_first_content = is_numbered[index - 1] and not before.endswith((".", ";")) and len(before) < 250
        follows_list = bool(MARKER.match(before)) and not is_first_content
        if is_first_content or not (follows_list or _CLOSING.match(plains[index])):
            break
        found.append(index)
    return found


def _carried_document(
    lines: Sequence[Line], plains: Sequence[str], is_numbered: Sequence[bool], end: int
) -> int | None:
    """Return where a plan begins that a decision or letter carries after its own signature."""
    for index in range(end, len(lines)):
        if _FORM_LINE.match(plains[index]) and lines[index].text.isupper():
            following = range(index + 1, min(index + 12, len(lines)))
            if any(is_numbered[i] for i in following) and sum(len(lines[i].text) for i in following) > 200:
                return index
    return None
