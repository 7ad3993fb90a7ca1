"""The head of a document: what it is, whose it is, of when, for whom, signed by whom."""

import re
from dataclasses import dataclass
from datetime import date

from knowledge.domain import Period, Signer
from knowledge.layout import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Everything said about a document outside its body; unknown is None."""

    kind: str | None
    number: str | None
    title: str | None
    issuer: str | None
    place: str | None
    issued_on: date | None
    issued_text: str | None
    period: Period | None
    signer: Signer | None
    addressed_to: tuple[str, ...]
    recipients: tuple[str, ...]
    is_digest: bool


def read_head(blocks: tuple[Block, ...], document_text: str) -> Head:
    """Read the head, wherever its parts stand."""
    number = kind = title = place = issued_text = None
    issued_on = period = None
    for index, block in enumerate(blocks[:25]):
        if found := re.match(r"Số:?\s*(\d+)?\s*/\s*(\w+)", block.text):
            number = re.sub(r"\s+", "", block.text.partition(":")[2]) if found[1] else None
            kind = "kế hoạch" if found[2] == "KH" else "công văn"
        if found := re.match(r"([^,]+), (ngày\s*(\d*)\s*tháng\s*(\d*)\s*năm (\d{4}))", block.text):
            place, issued_text = found[1], found[2]
            if found[3] and found[4]:
                issued_on = date(int(found[5]), int(found[4]), int(found[3]))
        if block.text == "KẾ HOẠCH":
            title = blocks[index + 1].text
        if block.text.startswith("V/v"):
            title = block.text
    if title and (found := re.search(r"giai đoạn (\d{4})\s*[-–]\s*(\d{4})", title)):
        period = Period(start=date(int(found[1]), 1, 1), end=date(int(found[2]), 12, 31))
    elif title and (found := re.search(r"năm (\d{4})", title)):
        period = Period(start=date(int(found[1]), 1, 1), end=date(int(found[1]), 12, 31))
    return Head(
        kind=kind,
        number=number,
        title=title,
        issuer=None,
        place=place,
        issued_on=issued_on,
        issued_text=issued_text,
        period=period,
        signer=None,
        addressed_to=(),
        recipients=(),
        is_digest=False,
    )
