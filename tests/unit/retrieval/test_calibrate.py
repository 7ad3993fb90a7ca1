"""The fit of the confidence curve, and what the weights of search are chosen from."""

import json
import tomllib
from pathlib import Path

import numpy as np

from retrieval.benchmarks import legal_rows
from training import choose_fusion
from training.calibrate import fit


def test_the_fit_finds_the_weights_that_made_the_answers() -> None:
    chance = np.random.default_rng(5)
    rows = np.column_stack([np.ones(4000), chance.random((4000, 2))])
    right = (chance.random(4000) < 1 / (1 + np.exp(-rows @ np.array([-3.0, 5.0, 1.0])))).astype(float)
    constant, first, second = fit(rows, right)
    assert 4.2 < first < 5.8 and 0.4 < second < 1.6 and constant < 0


def test_the_weights_shipped_are_candidates_of_the_grid() -> None:
    grid = tomllib.loads(Path(choose_fusion.__file__).with_name("grid.toml").read_text("utf-8"))
    for names, options in (grid["restored"] | grid["worth"]).items():
        for name, listed in zip(names.split(), options, strict=True):
            module, constant = name.split(".")
            assert getattr(choose_fusion.MODULES[module], constant) in listed, name


def test_the_legal_questions_are_parted_by_their_ids(tmp_path: Path) -> None:
    rows = [json.dumps({"question_id": f"{number:032x}"}) for number in range(9)]
    (tmp_path / "legal-questions-dev.jsonl").write_text("\n".join(rows), "utf-8")
    dev, test = ({row["question_id"] for row in legal_rows(tmp_path, part)} for part in ("dev", "test"))
    assert len(dev) == 5 and len(test) == 4 and not dev & test
