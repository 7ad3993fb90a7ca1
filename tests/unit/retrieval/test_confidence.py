"""Confidence: a chance that grows with the evidence."""

import pytest

from retrieval.confidence import Evidence, calibration, confidence

WEAK = Evidence(coverage=0.1, dense=0.1, lead=0.0)


def test_confidence_is_a_chance() -> None:
    assert 0 < confidence(WEAK) < confidence(Evidence(coverage=1.0, dense=0.9, lead=0.5)) < 1


@pytest.mark.parametrize(
    "more", [Evidence(coverage=0.6, dense=0.1, lead=0.0), Evidence(coverage=0.1, dense=0.7, lead=0.0)]
)
def test_more_evidence_of_either_side_makes_surer(more: Evidence) -> None:
    assert confidence(more) > confidence(WEAK)


def test_calibration_tells_the_two_kinds_apart() -> None:
    told = calibration([0.9, 0.95, 1.0], [0.1, 0.5])
    assert told["auc"] == 1.0
    assert told["curve"][4] == {"from": 0.8, "answerable": 3, "unanswerable": 0}
    assert sum(fifth["answerable"] + fifth["unanswerable"] for fifth in told["curve"]) == 5
