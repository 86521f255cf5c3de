"""What models need of inference for the same accuracy, and the limits of that."""

import math

import numpy as np
import pytest

from scripts.lib.estimators.bootstrap import bca_limits, resampled_means
from scripts.lib.estimators.iso_accuracy import (
    ModelLine,
    doublings_saved,
    doublings_saved_by_all,
    needed_log2,
    saved,
    with_limits,
)
from tests.toy_surface import DEEPER, INFERENCE, TRAINED, TRAINS, height

ALL = np.ones((1, 1))


def toy(train, problems=1):
    points = np.array(INFERENCE)
    accuracy = np.tile(height(train, points), (problems, 1))
    return ModelLine.of(train, accuracy, np.tile(points, (problems, 1)))


@pytest.mark.parametrize("at", [0.17, 0.22, 0.279])
def test_the_exchange_of_a_toy_surface_is_its_slope(at):
    less, more = toy(TRAINS[0]), toy(TRAINS[1])
    place = 20 + (at - 0.1) / DEEPER
    assert needed_log2(less, [at])(ALL).ravel() == pytest.approx([place] * 2)
    # A doubling of training replaces TRAINED / DEEPER doublings of inference.
    shift = TRAINED / DEEPER
    assert doublings_saved(less, more, [at])(ALL).ravel() == pytest.approx([shift] * 2)
    for models in (TRAINS[:2], [2.0**30, 2.0**30.5, 2.0**31]):
        by_all = doublings_saved_by_all([toy(train) for train in models], at)
        assert by_all(ALL).ravel() == pytest.approx([shift] * 2)
    spared = 2**place - 2 ** (place - shift)
    assert saved(less, more, [at])(ALL).ravel() == pytest.approx([spared] * 2)


def test_a_line_is_never_extended():
    line = toy(TRAINS[0])
    low, high = height(TRAINS[0], INFERENCE[0]), height(TRAINS[0], INFERENCE[-1])
    at = [low - 0.05, low + 1e-6, high - 1e-6, high + 1e-6]
    (least,), (most,) = line.needed(ALL, at)
    # No more than its first point, and more than its last one.
    assert least == pytest.approx([-math.inf, 20, 25, 25], abs=1e-3)
    assert most == pytest.approx([20, 20, 25, math.inf], abs=1e-3)
    with pytest.raises(ValueError, match="compute above 0"):
        ModelLine.of(1.0, [[0.5]], [[0.0]])


def test_what_a_line_leaves_open_leaves_differences_open():
    """The more trained line has 0.3 at its first point, the less trained one never has 0.5."""
    less, more = toy(TRAINS[0]), toy(TRAINS[2])
    first, last = 2.0**20, 2.0**25
    place = 2 ** (20 + (0.29 - 0.1) / DEEPER)
    bound = saved(toy(TRAINS[0]), toy(2.0**34), [0.29])(ALL).ravel()
    assert bound == pytest.approx([place - first, place]), "all of it, if more needs next to none"
    assert doublings_saved(less, more, [0.27])(ALL)[1, 0, 0] == math.inf
    (least,), (most,) = saved(less, more, [0.4])(ALL)[:, 0]
    assert least == pytest.approx(last - 2 ** (20 + (0.4 - 0.1 - 3 * TRAINED) / DEEPER))
    assert most == math.inf
    # The line in the middle of three counts for nothing, whatever it leaves open.
    lines = [toy(2.0**30), ModelLine.of(2.0**31, [[0.9]], [[2.0**20]]), toy(2.0**32)]
    by_all = doublings_saved_by_all(lines, 0.25)(ALL).ravel()
    assert by_all == pytest.approx([TRAINED / DEEPER] * 2)


def test_a_point_worse_than_a_cheaper_one_stands_as_it_is():
    """Points out of order; the third is worse than the second."""
    line = ModelLine.of(1.0, [[0.9, 0.2, 0.5, 0.4]], [[64.0, 4.0, 8.0, 16.0]])
    (most,) = line.needed(ALL, [0.2, 0.35, 0.5, 0.7])[1]
    # From (16, 0.4) straight on to (64, 0.9), as figures draw it.
    assert most == pytest.approx([2, 2.5, 3, 5.2])


def test_draws_share_their_problems():
    """Two models that differ by a constant on every problem: nothing but rounding scatters."""
    rng = np.random.default_rng(0)
    base = rng.uniform(0, 0.3, (50, 1))
    compute = np.tile([4.0, 64.0], (50, 1))
    steps = np.array([[0.0, 0.4]])
    less = ModelLine.of(1.0, base + steps, compute)
    more = ModelLine.of(2.0, base + steps + 0.1, compute)
    found = with_limits(doublings_saved(less, more, [0.4]), 50, 200, 0)
    alone = with_limits(needed_log2(less, [0.4]), 50, 200, 0)
    assert found.least[0] == found.most[0] == pytest.approx(1)
    assert alone.high[0] - alone.low[0] > 0.1
    assert math.isnan(found.low[0])
    assert math.isnan(found.high[0])


def test_equal_problems_tell_nothing_of_others():
    line = ModelLine.of(1.0, [[0.1, 0.3, 0.4]] * 7, [[4.0, 7.0, 31.0]] * 7)
    found = with_limits(needed_log2(line, [0.35]), 7, 200, 0)
    assert found.least[0] == pytest.approx(np.log2(7 * 31) / 2)
    assert np.isnan([found.low[0], found.high[0]]).all()


def twice(statistic):
    """A statistic whose lines leave nothing open: both ends are the same."""
    return lambda weights: np.stack([statistic(weights)] * 2)


def test_limits_of_a_mean_are_those_of_its_bca_bootstrap():
    values = np.random.default_rng(3).beta(1, 2, (60, 1))
    found = with_limits(twice(lambda weights: weights @ values), 60, 999, 4)
    assert [found.low[0], found.high[0]] == pytest.approx(bca_limits(values, 999, 4)[0], abs=0.002)


@pytest.mark.parametrize("open_end", [0, 1])
def test_limits_have_no_end_where_draws_have_none(open_end):
    values = np.random.default_rng(3).uniform(0, 1, (60, 1))
    drawn = resampled_means(values, 500, 4)[:, 0]

    def beyond(share):
        """The mean, open to one side in this share of the draws."""
        edge = np.quantile(drawn, (share, 1 - share)[open_end])

        def statistic(weights):
            ends = np.stack([weights @ values] * 2)
            outside = (ends[open_end] > edge) == (open_end == 1)
            ends[open_end][outside] = (-np.inf, np.inf)[open_end]
            return ends

        return statistic

    for share, ends in ((0.35, True), (0.001, False)):
        found = with_limits(beyond(share), 60, 500, 4)
        limits = [found.low[0], found.high[0]]
        assert np.isinf(limits[open_end]) == ends
        assert np.isfinite(limits[1 - open_end])


def test_a_first_point_of_many_draws_is_no_lower_limit():
    """The first point has the accuracy in a third of the draws: less may do."""
    rng = np.random.default_rng(4)
    right = rng.binomial(1, 0.46, 100) - 0.0
    line = ModelLine.of(
        1.0, np.column_stack([right, 1 + 0 * right]), np.tile([4.0, 64.0], (100, 1))
    )
    at = [right.mean() + 0.02]
    found = with_limits(needed_log2(line, at), 100, 999, 0)
    assert 2 < found.least[0] == found.most[0] < 6
    assert found.low[0] == -math.inf
    assert found.least[0] < found.high[0] < 6


@pytest.mark.parametrize("what", ["rate", "flops"])
def test_limits_cover_what_they_should(what):
    """95 % of 400 studies of 200 problems: one standard error of the coverage is 1.1 points."""
    rng = np.random.default_rng(8)
    at = [0.5]
    compute = np.array([4.0, 16.0, 64.0])
    covered, studies = 0, 400

    def models(problems):
        """Chances of a right vote that rise with training and inference, by how hard it is."""
        easy = rng.normal(0, 1.5, (problems, 1))
        return [1 / (1 + np.exp(-(easy + add + [-1.2, 0, 1.2]))) for add in (-0.3, 0.4)]

    def lines(problems, chances):
        """Problems that are hard take more compute too."""
        spent = compute * rng.uniform(0.5, 1.5, (problems, 1))
        drawn = [rng.binomial(4, chance) / 4 for chance in chances]
        return [ModelLine.of(t, d, spent) for t, d in zip((1.0, 2.0), drawn, strict=True)]

    def statistic(pair):
        return doublings_saved(*pair, at) if what == "rate" else needed_log2(pair[0], at)

    big = models(400_000)
    exact = [
        ModelLine.of(t, c, np.tile(compute, (400_000, 1)))
        for t, c in zip((1.0, 2.0), big, strict=True)
    ]
    truth = statistic(exact)(np.full((1, 400_000), 1 / 400_000))[0, 0, 0]
    for study in range(studies):
        found = with_limits(statistic(lines(200, models(200))), 200, 400, study)
        covered += found.low[0] <= truth <= found.high[0]
    assert 0.93 <= covered / studies <= 0.97
