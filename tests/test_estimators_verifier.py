"""How well scores tell right steps from wrong ones, against plain loops and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.estimators.verifier import (
    accuracy,
    auc,
    auc_limits,
    brier,
    calibration,
    calibration_error,
    first_error,
)


def plain_auc(scores, right) -> float:
    pairs = [(s, t) for s, r in zip(scores, right, strict=True) if r
             for t, q in zip(scores, right, strict=True) if not q]  # fmt: skip
    return sum((s > t) + (s == t) / 2 for s, t in pairs) / len(pairs)


STEPS = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9]), st.booleans()), min_size=2)


@given(STEPS)
def test_auc_is_that_of_all_pairs(steps):
    scores, right = np.array([s for s, _ in steps]), np.array([r for _, r in steps])
    if right.all() or not right.any():
        assert math.isnan(auc(scores, right))
    else:
        assert auc(scores, right) == pytest.approx(plain_auc(scores, right))


def test_limits_resample_problems_not_steps():
    generator = np.random.default_rng(0)
    problems = np.repeat(np.arange(20), 30)
    # All steps of a problem are alike: 600 steps, but no more than 20 things to know.
    right = np.repeat(generator.random(20) < 0.5, 30)
    scores = np.repeat(generator.random(20), 30)
    low, high = auc_limits(scores, right, problems.tolist(), 2000, 1)
    assert low <= auc(scores, right) <= high
    assert high - low > 0.3
    alone = auc_limits(scores, right, list(range(600)), 2000, 1)
    assert alone[1] - alone[0] < 0.15
    one_kind = auc_limits(scores, np.ones(600, bool), problems.tolist(), 100, 1)
    assert all(map(math.isnan, one_kind))
    # A single draw of two problems tells something if it holds both.
    scores, right = np.array([0.1, 0.9]), np.array([False, True])
    few = [auc_limits(scores, right, [0, 1], 1, seed) for seed in range(20)]
    assert any(math.isnan(low) for low, _ in few)
    assert {limits for limits in few if not math.isnan(limits[0])} == {(1.0, 1.0)}


def test_the_first_error_must_be_found_exactly():
    right, wrong = np.array([True, True, True]), np.array([True, False, False])
    hit, early, late, none = [0.9, 0.1, 0.9], [0.1, 0.1, 0.1], [0.9, 0.9, 0.1], [0.9, 0.9, 0.9]
    solutions = [(np.array(scores), wrong) for scores in (hit, early, late, none)]
    solutions += [(np.array(scores), right) for scores in (none, hit)]
    found = first_error(solutions)
    assert (found.erroneous, found.correct) == (0.25, 0.5)
    assert found.f1 == pytest.approx(2 * 0.25 * 0.5 / 0.75)
    only = first_error(solutions[:4])
    assert math.isnan(only.correct)
    assert math.isnan(only.f1)
    assert first_error([solutions[3], solutions[5]]).f1 == 0


def test_calibration_by_hand():
    scores = np.array([0.05, 0.0, 0.55, 0.95, 1.0])
    right = np.array([False, True, True, True, False])
    bins = calibration(scores, right)
    found = [(one.low, one.steps, one.right) for one in bins]
    assert found == [(0.0, 2, 0.5), (0.5, 1, 1.0), (0.9, 2, 0.5)]
    expected = (2 * abs(0.5 - 0.025) + 1 * 0.45 + 2 * abs(0.5 - 0.975)) / 5
    assert calibration_error(bins) == pytest.approx(expected)
    assert accuracy(scores, right) == 3 / 5
    assert accuracy(np.array([0.5, 0.49]), np.array([True, True])) == 0.5
    assert brier(scores, right) == pytest.approx((0.0025 + 1 + 0.2025 + 0.0025 + 1) / 5)
