"""The end of a document: who signed it, in what capacity, and who receives it."""

import re
from collections.abc import Sequence

from knowledge.domain import Signer
from knowledge.layout import Block
from knowledge.lines import plain_letters
from knowledge.regions import SIGNATURE, is_capacity
from knowledge.wording import Wording

_WORDS = Wording("signature")


def read_signer(blocks: Sequence[Block]) -> Signer | None:
    """Return who signed the document first; None unless a person's name is printed in the signature."""
    lines = _first_signature(blocks)
    capacities: list[str] = []
    for block in lines:
        text = re.sub(r"\s*[(\[]\s*(?:đã ký|Đã ký|ĐÃ KÝ)[^)\]]*[)\]]\s*", " ", block.text).strip()
        plain = plain_letters(text)
        if is_capacity(text):
            if not (capacities and re.match(r"tm\b", plain)):
                capacities.append(text.rstrip(" ,."))
            continue
        if block.marker or not capacities or _WORDS.signed.match(plain):
            continue
        if name := _name(text):
            return Signer(name=name, capacity=", ".join(capacities))
        if text.isupper():
            capacities.append(text)
    return None


def read_recipients(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the list under "Nơi nhận", the filing line included."""
    lines = _first_signature(blocks)
    start = next((i for i, block in enumerate(lines) if _WORDS.recipients.match(plain_letters(block.text))), None)
    if start is None:
        return ()
    names: list[str] = []
    opening = _WORDS.recipients.match(plain_letters(lines[start].text))
    rest = lines[start].text[opening.end() if opening else 0 :]
    for text in (rest, *(block.text for block in lines[start + 1 :])):
        plain = plain_letters(text)
        listed = re.match(r"[-–+•]\s*", text)
        if is_capacity(text) or _WORDS.signed.match(plain):
            continue
        if not listed and text is not rest and not text.endswith(";"):
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
    candidate = _WORDS.rank.sub("", text.strip(" .,;")).strip()
    if candidate.isupper():
        if plain_letters(candidate).split()[0] not in _WORDS.listed("family_names"):
            return None
        candidate = candidate.title()
    if len(candidate) > 40 or not _WORDS.name.fullmatch(candidate) or _WORDS.not_a_name.search(candidate.lower()):
        return None
    return candidate
