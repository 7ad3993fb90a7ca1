"""What search must be worth on the project's own questions; the figures themselves come from `eval --retrieval`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.benchmarks import lay_set, plan_set, without_marks
from retrieval.evaluation import JudgedQuestion, compare, interval
from retrieval.search import PassageSearch
from tests.support.requirements import need_plans


@pytest.fixture(scope="module")
def plans(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[PassageSearch, dict[str, tuple[JudgedQuestion, ...]]]]:
    held = plan_set(need_plans())
    search = PassageSearch(tmp_path_factory.mktemp("plans"), lambda _: {})
    search.rebuild(held.documents)
    yield search, held.questions
    search.close()


@pytest.fixture(scope="module")
def lay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PassageSearch, tuple[JudgedQuestion, ...]]]:
    held = lay_set(Path("/nowhere"))
    search = PassageSearch(tmp_path_factory.mktemp("lay"), lambda _: {})
    search.rebuild(held.indexed())
    yield search, held.questions["lay-test"]
    search.close()


def worth(search: PassageSearch, questions: tuple[JudgedQuestion, ...]) -> tuple[float, float]:
    """Return nDCG@10 of the fused search and the upper bound of its gain over words alone."""
    measured = compare(search, questions)
    fused, words = (measured[name].values["ndcg@10"] for name in ("fused", "bm25"))
    return float(fused.mean()), interval(fused - words)[1]


@pytest.mark.parametrize(("marks", "floor"), [(True, 0.85), (False, 0.82)])
def test_plan_questions_nobody_tuned_on_find_their_passages(
    plans: tuple[PassageSearch, dict[str, tuple[JudgedQuestion, ...]]], marks: bool, floor: float
) -> None:
    questions = plans[1]["plans-test"]
    reached, gain = worth(plans[0], questions if marks else without_marks(questions))
    assert reached >= floor and gain >= 0


@pytest.mark.parametrize(("marks", "floor"), [(True, 0.5), (False, 0.45)])
def test_lay_questions_nobody_tuned_on_find_their_passages(
    lay: tuple[PassageSearch, tuple[JudgedQuestion, ...]], marks: bool, floor: float
) -> None:
    reached, gain = worth(lay[0], lay[1] if marks else without_marks(lay[1]))
    assert reached >= floor and gain >= 0
