"""The duty register, on documents made up for the purpose and on the real plans where they are at hand."""

import os
import tomllib
import unicodedata
from pathlib import Path

import pytest

from knowledge.domain import Duty, Role
from knowledge.duties import find_duties
from knowledge.layout import read_blocks

DOCUMENTS = tomllib.loads((Path(__file__).parent / "duty_documents.toml").read_text("utf-8"))["document"]
PLANS = Path(__file__).parents[4] / "shared" / "plans"


def register(text: str) -> tuple[Duty, ...]:
    return find_duties(read_blocks(text), text, "doc")


def missing(expected: list[str], duties: tuple[Duty, ...]) -> list[str]:
    found = {(duty.agency, duty.role.value, duty.section) for duty in duties}
    anywhere = {(agency, role) for agency, role, _ in found}
    lost = []
    for line in expected:
        agency, role, section = line.split(" | ")
        known = (agency, role) in anywhere if section == "*" else (agency, role, section) in found
        if not known:
            lost.append(line)
    return lost


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["about"])
def test_every_duty_of_a_document_is_registered(document: dict[str, object]) -> None:
    text = str(document["text"])
    expected = [str(line) for line in document["expected"]]  # type: ignore[attr-defined]

    duties = register(text)

    assert missing(expected, duties) == []
    requests = document.get("requests", [])
    assert {duty.agency for duty in duties if duty.is_request} >= set(requests)  # type: ignore[call-overload]


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if "absent" in d], ids=lambda document: document["about"])
def test_bodies_that_are_told_nothing_have_no_duty(document: dict[str, object]) -> None:
    duties = register(str(document["text"]))

    told = {duty.agency for duty in duties} | {f"{duty.agency} | {duty.role.value}" for duty in duties}
    assert told.isdisjoint(document["absent"])  # type: ignore[arg-type]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["about"])
def test_every_quote_is_verbatim_and_every_id_unique(document: dict[str, object]) -> None:
    text = str(document["text"])

    duties = register(text)

    plain = " ".join(text.split())
    assert all(" ".join(duty.quote.split()) in plain for duty in duties)
    assert len({duty.id for duty in duties}) == len(duties)
    assert all(duty.id.startswith("doc.") for duty in duties)
