"""Sections and passages: the citable stretches of a document."""

from collections import Counter

from knowledge.domain import Passage, Section, stable_suffix
from knowledge.layout import Block


def list_sections(blocks: tuple[Block, ...]) -> tuple[Section, ...]:
    """Return the numbered sections in reading order."""
    sections = []
    openings = [block for block in blocks if block.is_heading and block.section]
    for block in openings:
        start, end = block.span()
        for later in blocks:
            inside = later.section == block.section or (later.section or "").startswith(f"{block.section}.")
            if inside and later.span()[1] > end:
                end = later.span()[1]
        sections.append(
            Section(path=block.section or "", heading=block.body, level=len(block.heading), start=start, end=end)
        )
    return tuple(sections)


def cut_passages(blocks: tuple[Block, ...], document_text: str, document_id: str) -> tuple[Passage, ...]:
    """Cut the document into passages of one paragraph or list item each."""
    passages = []
    seen: Counter[str] = Counter()
    for ordinal, block in enumerate(blocks):
        text = block.quote(document_text)
        suffix = stable_suffix(text)
        seen[suffix] += 1
        if seen[suffix] > 1:
            suffix = stable_suffix(text, str(seen[suffix]))
        passages.append(
            Passage(
                id=f"{document_id}.{suffix}",
                document_id=document_id,
                section=block.section,
                heading_path=block.heading,
                text=text,
                ordinal=ordinal,
            )
        )
    return tuple(passages)
