"""Means over trainings that differ in their seed, and the seed's part in their scatter."""

import numpy as np
import pytest
from scipy.stats import f as fisher

from scripts.lib.estimators.intervals import new_problems_interval
from scripts.lib.estimators.seeds import (
    seed_share,
    seeds_difference_half_width,
    seeds_half_width,
    seeds_interval,
)


def made_up(problems=60, seeds=5, seed_effect=0.0, noise=0.1):
    generator = np.random.default_rng(7)
    hardness = generator.uniform(0.3, 0.7, (problems, 1))
    effects = seed_effect * generator.standard_normal(seeds)
    return np.clip(hardness + effects + noise * generator.standard_normal((problems, seeds)), 0, 1)


def test_two_seeds_by_hand():
    # Seeds at 1/4 and 3/4; the t quantile of one degree of freedom is 12.7062.
    values = [[0, 1], [0, 1], [0, 1], [1, 0]]
    assert seeds_half_width(values) == pytest.approx(12.7062 * (0.5 / 2**0.5) / 2**0.5, abs=1e-4)
    # Mean squares: seeds 4 * 0.125, problems 0, rest 0.5 * 3 / 3: nothing is left to the seed.
    share = seed_share(values)
    assert (share.deviation, share.share, share.low) == (0, 0, 0)
    assert 0 < share.high < 1


def test_components_by_hand():
    # Rows 0, 1, 2 under seeds that add 0 and 0.5: no rest at all.
    values = np.array([0.0, 0.2, 0.4])[:, None] + [0, 0.5]
    share = seed_share(values)
    assert share.deviation**2 == pytest.approx(0.125)
    of_problems = np.var([0, 0.2, 0.4], ddof=1)
    assert share.share == pytest.approx(0.125 / (0.125 + of_problems / 3))
    assert share.low < share.share < share.high


def test_limits_of_the_share_follow_the_f_distribution():
    values = made_up(seed_effect=0.08)
    problems, seeds = values.shape
    table = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    rest = (table**2).sum() / ((problems - 1) * (seeds - 1))
    square = problems * values.mean(axis=0).var(ddof=1)
    quantile = fisher.ppf(0.975, seeds - 1, (problems - 1) * (seeds - 1))
    low = (square / quantile - rest) / problems
    problem = max(seeds * values.mean(axis=1).var(ddof=1) - rest, 0) / seeds
    share = seed_share(values)
    assert share.low == pytest.approx(low / (low + (problem + rest) / problems))
    assert share.low < share.share < share.high


def test_an_interval_over_seeds_is_wider_than_over_problems_alone():
    values = made_up(seed_effect=0.1)
    low, high = seeds_interval(values, 500, 0)
    alone = new_problems_interval(values.mean(axis=1)[:, None], 500, 0)[0]
    mean, half = values.mean(), seeds_half_width(values)
    assert low == pytest.approx(mean - np.hypot(mean - alone[0], half))
    assert high == pytest.approx(mean + np.hypot(alone[1] - mean, half))
    assert high - low > alone[1] - alone[0]


def test_seeds_that_agree_add_nothing():
    values = np.repeat(made_up()[:, :1], 4, axis=1)
    alone = new_problems_interval(values.mean(axis=1)[:, None], 500, 0)[0]
    assert seeds_interval(values, 500, 0) == pytest.approx(tuple(alone))
    assert seeds_difference_half_width(values, values) == 0


def test_a_difference_takes_the_freedom_of_the_noisier_side():
    first, second = made_up(seeds=5, seed_effect=0.2), np.repeat(made_up()[:, :1], 3, axis=1)
    # The second does not scatter: what is left is the interval of the first alone.
    assert seeds_difference_half_width(first, second) == pytest.approx(seeds_half_width(first))
    both = seeds_difference_half_width(first, made_up(seeds=3, seed_effect=0.2))
    assert both > seeds_half_width(first)


@pytest.mark.parametrize("values", [[[0.5], [0.4]], [0.5, 0.4]])
def test_one_seed_says_nothing(values):
    with pytest.raises(ValueError, match="two or more"):
        seeds_half_width(values)
