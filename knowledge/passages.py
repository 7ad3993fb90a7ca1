"""Sections and passages: the citable stretches of a document."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from knowledge.domain import Passage, Section, stable_suffix
from knowledge.layout import Block
from knowledge.regions import BODY

_LONGEST = 220
"""Words a passage may hold; a longer paragraph is cut at the end of a sentence or clause."""
_TINY = 25
_GROUP = 120
_SENTENCE = re.compile(r"(?<=[.;!?])\s+(?=[^\s])")


def list_sections(blocks: Sequence[Block]) -> tuple[Section, ...]:
    """Return the numbered sections in reading order."""
    ends: dict[str, int] = {}
    for block in blocks:
        steps = (block.section or "").split(".") if block.region == BODY else []
        for depth in range(1, len(steps) + 1):
            ends[".".join(steps[:depth])] = block.span()[1]
    return tuple(
        Section(
            path=block.section,
            heading=block.lead,
            level=len(block.heading),
            start=block.span()[0],
            end=ends.get(block.section, block.span()[1]),
        )
        for block in blocks
        if block.opens_section and block.section
    )


def cut_passages(blocks: Sequence[Block], document_text: str, document_id: str) -> tuple[Passage, ...]:
    """Cut the document into passages of one paragraph or list item each, tiny neighbours together.

    A passage's id depends on its own words alone (and, for repeated words, on their count so far), so that it stays
    when other parts of the document change.
    """
    passages: list[Passage] = []
    seen: Counter[str] = Counter()
    for group in _groups(blocks):
        first, last = group[0], group[-1]
        for start, end in _pieces(group):
            text = document_text[start:end].strip()
            words = " ".join(text.split())
            seen[words] += 1
            repeat = (str(seen[words]),) if seen[words] > 1 else ()
            passages.append(
                Passage(
                    id=f"{document_id}.{stable_suffix(words, *repeat)}",
                    document_id=document_id,
                    section=first.section,
                    heading_path=last.heading if first.heading == last.heading else first.heading,
                    text=text,
                    ordinal=len(passages),
                )
            )
    return tuple(passages)


def _groups(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield the blocks of each passage; a heading is not one, its words stand in the path of what it heads."""
    group: list[Block] = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.is_heading and following and following.heading[: len(block.heading)] == block.heading:
            continue
        if group and not _belongs(group, block):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _belongs(group: Sequence[Block], block: Block) -> bool:
    before = group[-1]
    together = sum(_words(member) for member in group) + _words(block)
    return (
        (before.region, before.section, before.heading) == (block.region, block.section, block.heading)
        and before.ordinal + 1 == block.ordinal
        and _words(before) < _TINY
        and _words(block) < _TINY
        and together <= _GROUP
        and before.span()[0] < block.span()[0]
    )


def _words(block: Block) -> int:
    return block.text.count(" ") + 1


def _pieces(group: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Yield the offsets of one passage, or of several where a single block is too long."""
    block = group[0]
    if len(group) > 1 or _words(block) <= _LONGEST:
        yield group[0].span()[0], group[-1].span()[1]
        return
    start = 0
    for cut, after in pairwise([*(found.end() for found in _SENTENCE.finditer(block.text)), len(block.text)]):
        if block.text.count(" ", start, after) >= _LONGEST:
            yield block.span(start, cut)
            start = cut
    yield block.span(start)
