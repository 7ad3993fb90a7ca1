"""The fit of the confidence curve."""

import numpy as np

from training.calibrate import fit


def test_the_fit_finds_the_weights_that_made_the_answers() -> None:
    chance = np.random.default_rng(5)
    rows = np.column_stack([np.ones(4000), chance.random((4000, 2))])
    right = (chance.random(4000) < 1 / (1 + np.exp(-rows @ np.array([-3.0, 5.0, 1.0])))).astype(float)
    constant, first, second = fit(rows, right)
    assert 4.2 < first < 5.8 and 0.4 < second < 1.6 and constant < 0
