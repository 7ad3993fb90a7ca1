"""The end of a document: who signed it, in what capacity, and who receives it."""

import re
from collections.abc import Sequence

from knowledge.domain import Signer
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.regions import SIGNATURE, is_capacity
from knowledge.vietnamese import syllables

_RECIPIENTS = re.compile(r"noi (?:nhan|gui)\s*:?\s*")
_SIGNED = re.compile(r"[(\[]?\s*(?:da ky|ky ten|ky, ghi|ky va|dong dau|ky dien tu|ban chinh)")
_RANK = re.compile(
    r"^(?:(?:GS|PGS|TS|ThS|Ths|BS|BSCKI{0,2}|CKI{0,2}|CN|KS|Bs|DS|NGƯT|NGND)\s?\.?\s*[,.]?\s*|"
    r"(?:(?:Đại|Thượng|Trung|Thiếu)\s(?:tướng|tá|úy)|Đồng chí)\s+)+"
)
_NAME_WORD = r"[A-ZĐÀ-ỸẠ-Ỹ][a-zà-ỹạ-ỹđ]*(?:['’][A-Za-z]+)?"
_NAME = re.compile(rf"{_NAME_WORD}(?:[\s-]{_NAME_WORD}){{1,5}}")
_FAMILY_NAMES = frozenset(
    syllables(
        "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly vi nong lo ha dinh doan trinh mai to"
        " luong lam ta chu chau cao la ma be trieu quach thai tang truong dao dam phung vuong tong kieu giang sung thao"
        " vang hau luc mua cam quang luong hua than ton tu vong an mac nghiem lieu khong bach han phi doan khuat"
    )
)
_NOT_A_NAME = re.compile(
    r"\b(?:uy ban|ubnd|so|phong|ban|huyen|tinh|xa|thi xa|thanh pho|luu|ngay|nhu tren|van phong|ke hoach|danh sach"
    r"|phu luc|chu tich|giam doc|truong phong|bo truong|noi nhan|trung tam|cong an|hoi dong|doc lap|hanh phuc)\b"
)


def read_signer(blocks: Sequence[Block]) -> Signer | None:
    """Return who signed the document first; None unless a person's name is printed in the signature."""
    lines = _first_signature(blocks)
    capacities: list[str] = []
    for block in lines:
        text = re.sub(r"\s*[(\[]\s*(?:đã ký|Đã ký|ĐÃ KÝ)[^)\]]*[)\]]\s*", " ", block.text).strip()
        plain = plain_letters(text)
        if is_capacity(text, plain):
            if not (capacities and re.match(r"tm\b", plain)):
                capacities.append(text.rstrip(" ,."))
            continue
        if block.marker or _SIGNED.match(plain) or not text:
            continue
        name = _name(text)
        if name and capacities:
            return Signer(name=name, capacity=", ".join(capacities))
        if capacities and text.isupper() and len(text) < 60 and not text.isdigit():
            capacities.append(text.rstrip(" ,."))
    return None


def read_recipients(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the list under "Nơi nhận", the filing line included."""
    lines = _first_signature(blocks)
    start = next((i for i, block in enumerate(lines) if _RECIPIENTS.match(plain_letters(block.text))), None)
    if start is None:
        return ()
    names: list[str] = []
    opening = _RECIPIENTS.match(plain_letters(lines[start].text))
    rest = lines[start].text[opening.end() if opening else 0 :]
    for text in (rest, *(block.text for block in lines[start + 1 :])):
        plain = plain_letters(text)
        listed = re.match(r"[-–+•]\s*", text)
        if is_capacity(text, plain) or _SIGNED.match(plain):
            continue
        if not listed and text is not rest and not text.endswith((";", "./.")) and not plain.startswith("luu"):
            if names and _name(text):
                continue
            break
        name = text[listed.end() if listed else 0 :].strip(" .,;/")
        if name:
            names.append(name)
        if plain.lstrip("-–+• ").startswith("luu"):
            break
    return tuple(names)


def _first_signature(blocks: Sequence[Block]) -> list[Block]:
    start = next((i for i, block in enumerate(blocks) if block.region == SIGNATURE), len(blocks))
    stop = next((i for i in range(start, len(blocks)) if blocks[i].region != SIGNATURE), len(blocks))
    return list(blocks[start:stop])


def _name(text: str) -> str | None:
    candidate = _RANK.sub("", text.strip(" .,;")).strip()
    if candidate.isupper():
        if plain_letters(candidate).split()[0] not in _FAMILY_NAMES:
            return None
        candidate = candidate.title()
    if len(candidate) > 40 or not _NAME.fullmatch(candidate) or _NOT_A_NAME.search(plain_letters(candidate)):
        return None
    return candidate
