"""The bundled digests say what their originals say, and give way to them."""

from pathlib import Path

import pytest

from knowledge.agencies import canonical
from knowledge.domain import Document
from knowledge.ingestion import LIBRARY, Outcome
from knowledge.parsing import parse_document, same_document
from knowledge.vietnamese import fold
from tests.support.requirements import need_plans
from tests.support.workplace import office

DIGESTS = sorted(LIBRARY.glob("*.txt"))


def read(path: Path) -> Document:
    return parse_document(path.read_text("utf-8"), path.name).document


def original_of(digest: Document) -> Document:
    found = [read(path) for path in need_plans().glob("*.txt")]
    return next(original for original in found if same_document(digest, original))


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_a_digest_is_marked_and_stands_for_an_original(path: Path) -> None:
    digest = read(path)
    assert digest.stands_for and digest.duties and digest.deadlines


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_digest_and_original_give_the_same_head(path: Path) -> None:
    digest = read(path)
    original = original_of(digest)
    for name in ("kind", "number", "title", "issued_on", "issued_text", "place", "period", "signer"):
        assert getattr(digest, name) == getattr(original, name), name
    assert set(digest.recipients) == set(original.recipients)
    assert set(digest.addressed_to) == set(original.addressed_to)
    assert fold(digest.issuer or "") == fold(original.issuer or "")
    numbered = {(one.number, one.date) for one in digest.references if one.number}
    assert numbered == {(one.number, one.date) for one in original.references if one.number}


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.stem)
def test_digest_and_original_give_the_same_registers(path: Path) -> None:
    digest = read(path)
    original = original_of(digest)
    assert _duties(digest) == _duties(original)
    assert _deadlines(digest) == _deadlines(original)


def _duties(document: Document) -> set[tuple[str, str]]:
    return {(str(canonical(duty.agency)), duty.role.value) for duty in document.duties}


def _deadlines(document: Document) -> set[tuple[object, ...]]:
    return {
        (one.kind, one.due, one.last_day, one.start, one.end, one.recurrence, one.inclusive, one.section)
        for one in document.deadlines
    }


def test_ingesting_the_originals_leaves_exactly_the_originals(tmp_path: Path) -> None:
    plans = sorted(need_plans().glob("*.txt"))
    with office(tmp_path) as (workplace, _):
        loaded = list(workplace.ingestion.load_library())
        assert [report.outcome for report in loaded] == [Outcome.ADDED] * len(plans)
        replaced = list(workplace.ingestion.ingest(plans))
        assert [report.outcome for report in replaced] == [Outcome.REPLACED] * len(plans)
        assert sorted(document.source for document in workplace.store.documents()) == [plan.name for plan in plans]
        again = list(workplace.ingestion.ingest([LIBRARY, *plans]))
        assert {report.outcome for report in again} == {Outcome.UNCHANGED}
