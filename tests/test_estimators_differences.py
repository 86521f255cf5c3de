"""Intervals of differences."""

import numpy as np
import pytest

from scripts.lib.estimators.differences import (
    closest_pairing,
    difference_limits,
    mean_difference,
    mean_differences,
    runs_difference,
    score_difference,
)
from scripts.lib.estimators.intervals import new_problems_interval, wilson


def test_the_score_interval_is_newcombes():
    # Newcombe (1998), "Interval estimation for the difference between independent proportions",
    # table II, method 10, rows with equal denominators: 9/10 and 3/10; 10/10 and 0/10.
    assert score_difference(0.9, 0.3, 10) == pytest.approx((0.1705, 0.8090), abs=1e-4)
    assert score_difference(1.0, 0.0, 10) == pytest.approx((0.6075, 1.0), abs=1e-4)


def test_limits_of_a_difference_add_in_squares():
    low, high = difference_limits((0.7, 0.6, 0.9), (0.5, 0.4, 0.53))
    assert low == pytest.approx(0.2 - np.hypot(0.1, 0.03))
    assert high == pytest.approx(0.2 + np.hypot(0.2, 0.1))
    # What is right together is the closer: with all of it together distances take from each other.
    low, high = difference_limits((0.7, 0.6, 0.9), (0.5, 0.4, 0.53), 1.0)
    assert (low, high) == pytest.approx((0.2 - 0.07, 0.2 + 0.1))


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


def test_paired_differences_drop_what_the_problems_share():
    generator = np.random.default_rng(17)
    first = generator.beta(0.4, 0.4, 30)
    second = np.clip(first - 0.05 + generator.normal(0, 0.02, 30), 0, 1)
    mean, low, high = mean_difference(first - second, 2000, 0)
    assert mean == pytest.approx((first - second).mean())
    assert 0 < low < mean < high
    apart = np.ptp(new_problems_interval(first[:, None], 2000, 0)[0])
    assert high - low < apart / 4


@pytest.mark.parametrize("some", [0.0, 1.1e-16])
def test_what_never_differs_but_for_rounding_allows_for_unseen_differences(some):
    values = np.where(np.arange(30) % 2, some, 0)
    mean, low, high = mean_difference(values, 200, 0)
    assert (mean, low, high) == (0, -high, pytest.approx(wilson(0, 30)[1]))
    # All apart by the same: a share of problems that nobody saw may differ by 1 either way.
    unseen = 1 - 0.025 ** (1 / 30)
    limits = mean_difference(0.1 + values, 200, 0)[1:]
    assert limits == pytest.approx((0.1 - 1.1 * unseen, 0.1 + 0.9 * unseen))


@pytest.mark.parametrize(("apart", "problems"), [(4, 20), (3, 30)])
def test_few_problems_apart_decide_nothing(apart, problems):
    """A sign test of so few, all one way, has p = 0.125 or more."""
    one_way = np.array([1.0] * apart + [0.0] * (problems - apart))
    mean, low, high = mean_difference(one_way, 2000, 0)
    assert mean == pytest.approx(apart / problems)
    assert low < 0 < mean < high


def test_settings_have_the_limits_that_they_have_alone():
    more = np.array([1.0] * 9 + [-1.0] + [0.0] * 10)
    mean, low, high = mean_difference(more, 2000, 0)
    assert 0 < low < mean == pytest.approx(0.4)
    assert mean_difference(-more, 2000, 0) == pytest.approx((-0.4, -high, -low), abs=0.05)
    few = np.where(np.arange(20) < 3, more, 0)
    means, limits = mean_differences(np.column_stack([few, more]), 2000, 0)
    each = [mean_difference(values, 2000, 0) for values in (few, more)]
    assert np.column_stack([means, limits]) == pytest.approx(np.array(each))


def test_runs_by_welch():
    # Equal scatter: Student's t with 8 degrees of freedom, 2.306, on sqrt(2/5) of it.
    low, high = runs_difference(0.5, 0.01, 0.4, 0.01, 5)
    assert (low, high) == pytest.approx((0.1 - 0.014584, 0.1 + 0.014584), abs=1e-5)
    # One of them fixed: 4 degrees of freedom, 2.776, on sqrt(1/5).
    low, high = runs_difference(0.5, 0.01, 0.4, 0.0, 5)
    assert high - 0.1 == pytest.approx(2.77645 * 0.01 / 5**0.5, abs=1e-6)
    with pytest.raises(ValueError, match="1 runs"):
        runs_difference(0.5, 0.01, 0.4, 0.01, 1)
