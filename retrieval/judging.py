"""Judging answers against a question file: kinds, words that must and must not stand in the answer, sources cited."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.vietnamese import fold
from retrieval.domain import Citation
from retrieval.mentions import ENGLISH_MONTHS

_WRITTEN = re.compile(r"(\d{1,2}) thang (\d{1,2})(?: nam (\d{4}))?")
_ZERO = re.compile(r"(?<![\d/])0(\d)(?=/)|(?<=/)0(\d)(?=/|(?!\d))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question with what is expected of its answer."""

    id: str
    question: str
    history: tuple[tuple[str, str], ...]
    type: str
    expected_docs: tuple[str, ...]
    must_contain: tuple[tuple[str, ...], ...]
    must_not_contain: tuple[str, ...]
    accept: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer as a person sees it."""

    kind: str
    text: str
    citations: tuple[Citation, ...] = ()
    options: tuple[str, ...] = ()


def load_examples(path: Path) -> list[Example]:
    """Read a question file, one JSON object a line."""
    return [
        Example(
            id=str(row["id"]),
            question=row["question"],
            history=tuple((turn["role"], turn["text"]) for turn in row.get("prev") or row.get("history") or ()),
            type=row.get("type", ""),
            expected_docs=tuple(row.get("expected_docs", ())),
            must_contain=tuple(map(tuple, row.get("must_contain", ()))),
            must_not_contain=tuple(row.get("must_not_contain", ())),
            accept=frozenset(row.get("accept", ("answer",))),
        )
        for row in map(json.loads, filter(str.strip, path.read_text("utf-8").splitlines()))
    ]


def faults(example: Example, given: Given) -> list[str]:
    """Return what is wrong with an answer, nothing when it is right."""
    kinds = {given.kind, "answer_all"} if given.kind == "answer" else {given.kind}
    wrong = [] if kinds & example.accept else [f"kind {given.kind}"]
    said = comparable(" ".join((given.text, *given.options)) if given.kind == "clarify" else given.text)
    wrong += [f"lacks {group}" for group in example.must_contain if not any(contains(said, one) for one in group)]
    wrong += [f"holds {one}" for one in example.must_not_contain if contains(said, one)]
    sources = {citation.source for citation in given.citations}
    if given.kind == "answer" and example.expected_docs and not sources & set(example.expected_docs):
        wrong.append("cites another document" if sources else "cites nothing")
    return wrong


def comparable(text: str) -> str:
    """Return text with case, marks, white space and the forms of dates made alike."""
    folded = " ".join(fold(text).split())
    for place, month in enumerate(ENGLISH_MONTHS, 1):
        folded = re.sub(rf"\b(\d{{1,2}}) {month} (\d{{4}})", rf"\1/{place}/\2", folded)
    folded = _WRITTEN.sub(lambda one: "/".join(part for part in one.groups() if part), folded)
    return _ZERO.sub(lambda one: one[1] or one[2], folded)


def contains(said: str, wanted: str) -> bool:
    """Tell whether comparable text holds a string; one that begins with a digit must not be part of a longer number."""
    needle = comparable(wanted)
    if not needle[:1].isdigit():
        return needle in said
    return bool(re.search(rf"(?<!\d)(?<!\d[/.,]){re.escape(needle)}(?!\d)(?!/\d)", said))


def share_right(rows: Iterable[tuple[Example, Sequence[str]]]) -> dict[str, tuple[int, int]]:
    """Return how many of each type, and of all, are right."""
    tally: dict[str, tuple[int, int]] = {}
    for example, wrong in rows:
        for name in (example.type, "total"):
            right, asked = tally.get(name, (0, 0))
            tally[name] = (right + (not wrong), asked + 1)
    return tally
