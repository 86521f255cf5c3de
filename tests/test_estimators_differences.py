"""Intervals of differences."""

import numpy as np
import pytest

from scripts.lib.estimators.differences import (
    closest_pairing,
    mean_difference,
    runs_difference,
    score_difference,
)


def test_the_score_interval_is_newcombes():
    # Newcombe (1998), "Interval estimation for the difference between independent proportions",
    # table II, method 10, rows with equal denominators: 9/10 and 3/10; 10/10 and 0/10.
    assert score_difference(0.9, 0.3, 10) == pytest.approx((0.1705, 0.8090), abs=1e-4)
    assert score_difference(1.0, 0.0, 10) == pytest.approx((0.6075, 1.0), abs=1e-4)


def test_answers_right_on_the_same_problems_narrow_it():
    closest = closest_pairing(17 / 30, 15 / 30)
    right = np.repeat([[1, 1], [1, 0], [0, 0]], [15, 2, 13], axis=0)
    assert closest == pytest.approx(np.corrcoef(right.T)[0, 1])
    loose, close = score_difference(17 / 30, 0.5, 30), score_difference(17 / 30, 0.5, 30, closest)
    assert loose[0] < close[0] < 2 / 30 < close[1] < loose[1]
    assert closest_pairing(1.0, 0.5) == 0


def test_the_score_interval_covers_what_it_should():
    generator = np.random.default_rng(1)
    covered = 0
    for first, second in generator.binomial(30, (0.6, 0.5), (2000, 2)) / 30:
        low, high = score_difference(first, second, 30)
        covered += low <= 0.1 <= high
    assert 0.94 < covered / 2000 < 0.98


def test_few_problems_apart_decide_nothing():
    one_way = np.array([1.0] * 4 + [0.0] * 16)
    mean, low, high = mean_difference(one_way, 2000, 0)
    assert mean == pytest.approx(0.2)
    assert low < 0 < mean < high, "a sign test of 4 problems has p = 0.125"
    # What is rounding alone is no difference.
    rounded = np.array([1.0] + [1e-16] * 19)
    assert mean_difference(rounded, 2000, 0)[1] < 0
    more = np.array([1.0] * 9 + [-1.0] + [0.0] * 10)
    mean, low, high = mean_difference(more, 2000, 0)
    assert 0 < low < mean == pytest.approx(0.4)
    assert mean_difference(-more, 2000, 0) == pytest.approx((-0.4, -high, -low), abs=0.05)


def test_runs_by_welch():
    # Equal scatter: Student's t with 8 degrees of freedom, 2.306, on sqrt(2/5) of it.
    low, high = runs_difference(0.5, 0.01, 0.4, 0.01, 5)
    assert (low, high) == pytest.approx((0.1 - 0.014584, 0.1 + 0.014584), abs=1e-5)
    # One of them fixed: 4 degrees of freedom, 2.776, on sqrt(1/5).
    low, high = runs_difference(0.5, 0.01, 0.4, 0.0, 5)
    assert high - 0.1 == pytest.approx(2.77645 * 0.01 / 5**0.5, abs=1e-6)
    with pytest.raises(ValueError, match="1 runs"):
        runs_difference(0.5, 0.01, 0.4, 0.01, 1)
