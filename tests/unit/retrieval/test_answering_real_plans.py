"""The five real plans, where they lie beside the repository: example questions and our own, judged."""

from datetime import date
from pathlib import Path

import pytest

from retrieval.answering import Answerer, Question
from retrieval.judging import Example, Given, faults, load_examples
from tests.unit.retrieval.sample_documents import open_store_with, real_plans

OWN = tuple(Path(__file__).parents[2] / "data" / name for name in ("questions-own.jsonl", "questions-own-2.jsonl"))
NEEDED = 0.95

needs_plans = pytest.mark.skipif(real_plans() is None, reason="the folder ../shared/plans is not here")


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    folder = real_plans()
    assert folder is not None
    return Answerer(open_store_with(*((file.name, file.read_text("utf-8")) for file in sorted(folder.iterdir()))))


def own_examples() -> list[Example]:
    return [example for file in OWN for example in load_examples(file)]


def wrong(example: Example, answerer: Answerer) -> list[str]:
    question = Question(text=example.question, history=example.history, today=date(2024, 1, 10))
    answer = answerer.answer(question)
    return faults(
        example, Given(kind=answer.kind, text=answer.text, citations=answer.citations, options=answer.options)
    )


def share(examples: list[Example], answerer: Answerer) -> tuple[float, list[str]]:
    missed = [f"{one.id}: {found}" for one in examples if (found := wrong(one, answerer))]
    return 1 - len(missed) / len(examples), missed


@needs_plans
def test_the_example_questions_are_answered(answerer: Answerer) -> None:
    folder = real_plans()
    assert folder is not None
    right, missed = share(load_examples(folder.parent / "dev" / "questions.jsonl"), answerer)
    assert right >= NEEDED, missed


@needs_plans
def test_every_sixth_of_our_own_questions_is_answered(answerer: Answerer) -> None:
    right, missed = share(own_examples()[::6], answerer)
    assert right >= NEEDED, missed


@needs_plans
@pytest.mark.slow
def test_our_own_questions_are_answered(answerer: Answerer) -> None:
    right, missed = share(own_examples(), answerer)
    assert right >= NEEDED, missed
