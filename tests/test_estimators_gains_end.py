"""Where gains surely end."""

import numpy as np
import pytest

from scripts.lib.estimators.gains_end import Remaining, remaining_gains, remaining_of_points


def test_remaining_gains_are_those_of_the_best_larger_budget():
    generator = np.random.default_rng(0)
    x = np.array([1.0, 2, 2.01, 4, 8])
    values = generator.random((40, 5))
    found = remaining_gains(x, values, 400, 0)
    mean = values.mean(axis=0)
    for place in range(4):
        larger = [mean[other] - mean[place] for other in range(5) if x[other] > 1.01 * x[place]]
        assert found.gain[place] == pytest.approx(max(larger))
        assert found.high[place] > found.gain[place]
    assert np.isnan(found.gain[4])
    assert np.isnan(found.high[4])


def test_limits_are_the_quantile_of_the_largest_difference():
    """Worked through draw by draw, with one more problem that gains everything."""
    generator = np.random.default_rng(1)
    x, values = [1.0, 2, 4], generator.random((12, 3))
    found = remaining_gains(x, values, 300, 7)
    pairs = [(0, 1), (0, 2), (1, 2)]
    apart = np.array([[row[j] - row[i] for i, j in pairs] for row in values] + [[1, 1, 1]])
    draws = np.random.default_rng(7).multinomial(13, [1 / 13] * 13, size=300) @ apart / 13
    scatter = draws.std(axis=0)
    largest = ((draws - apart.mean(axis=0)) / scatter).max(axis=1)
    high = apart.mean(axis=0) + np.quantile(largest, 0.95) * scatter
    assert found.high[:2] == pytest.approx([high[:2].max(), high[2]])


def test_gains_end_at_the_first_budget_with_a_small_limit():
    gain = np.array([0.3, 0.01, -0.02, np.nan])
    assert Remaining(gain, np.array([0.4, 0.03, 0.015, np.nan])).end(0.02) == 2
    assert Remaining(gain, np.array([0.4, 0.019, 0.03, np.nan])).end(0.02) == 1
    assert Remaining(gain, np.array([0.4, 0.02, 0.02, np.nan])).end(0.02) is None


def test_few_problems_exclude_no_small_gain():
    """30 problems that nothing changes say little of gains that 1 of 30 problems has."""
    few = remaining_gains([1.0, 2, 4], np.ones((30, 3)), 1000, 0)
    assert few.gain[:2] == pytest.approx([0, 0])
    assert few.high[0] == pytest.approx(3 / 31), "the rule of three"
    many = remaining_gains([1.0, 2, 4], np.ones((500, 3)), 1000, 0)
    assert many.high[0] < 0.01
    assert many.end(0.02) == 0


def votes(generator, problems, sets):
    """A few problems gain at each step, most gain nothing: as of votes that saturate."""
    steps = np.array([0.2, 0.08, 0.04, 0.02, 0.01])
    start = 0.5
    ranks = generator.random((sets, problems, 1))
    curve = start + np.concatenate([[0], np.cumsum(steps)])
    return (ranks < curve).astype(float), curve


def noisy(generator, problems, sets):
    """Flat, each sample anew."""
    curve = np.full(6, 0.6)
    return (generator.random((sets, problems, 6)) < curve).astype(float), curve


@pytest.mark.parametrize(("made", "problems"), [(votes, 60), (noisy, 60), (noisy, 200)])
def test_all_limits_hold_at_once(made, problems):
    """Of 250 sets, 95 % hold within 1.4 points (one sigma): 91 % is 3 sigma below."""
    sets = 250
    outcomes, curve = made(np.random.default_rng(3), problems, sets)
    truth = np.array([curve[place + 1 :].max() - curve[place] for place in range(5)])
    x = 2.0 ** np.arange(6)
    held = [
        (remaining_gains(x, values, 300, number).high[:5] >= truth).all()
        for number, values in enumerate(outcomes)
    ]
    assert np.mean(held) >= 0.91


def test_gains_are_not_said_to_end_where_they_go_on():
    """The chance of naming a budget over which 2.5 points or more are gained is 5 % at most."""
    outcomes, curve = votes(np.random.default_rng(4), 400, 150)
    remaining = np.array([curve[place + 1 :].max() - curve[place] for place in range(5)])
    x, wrong, named = 2.0 ** np.arange(6), 0, 0
    for number, values in enumerate(outcomes):
        end = remaining_gains(x, values, 300, number).end(0.025)
        named += end is not None
        wrong += end is not None and remaining[end] >= 0.025
    assert named > 30, "400 problems can tell"
    assert wrong / len(outcomes) <= 0.05 + 3 * (0.05 * 0.95 / len(outcomes)) ** 0.5


def test_points_without_problems():
    generator = np.random.default_rng(5)
    accuracy = np.array([0.2, 0.5, 0.52])
    drawn = accuracy + generator.normal(0, 0.01, (4000, 3))
    found = remaining_of_points([1.0, 2, 3], accuracy, drawn)
    assert found.gain[:2] == pytest.approx([0.32, 0.02])
    # Two independent points of sigma 0.01: the difference has 0.014, the quantile is near 2.
    assert found.high[1] == pytest.approx(0.02 + 0.0141 * 2.0, abs=0.004)
    assert found.end(0.06) == 1
