"""Lines and saturating curves against brute force, and their intervals against known truths."""

from itertools import combinations

import numpy as np
import pytest

from scripts.lib.estimators.bootstrap import bca_limits, problem_weights, resampled_means
from scripts.lib.estimators.budgets import budgets_of
from scripts.lib.estimators.saturating import (
    HALVINGS,
    fit_saturating,
    half_curves,
    left_out_errors,
)
from scripts.lib.estimators.shape import (
    LINES,
    forecast_matrix,
    form_holds,
    half_errors,
    left_out_matrix,
    line_weights,
    place,
    slope_limits,
)

X = np.array([30.0, 64, 100, 260, 500, 1100])


def right_or_wrong(chances, problems, sets, seed, apart=0.25):
    """Outcomes of problems of different difficulty, and the true mean curve.

    Args:
        chances: of a problem of middling difficulty, shape (points,).
        problems: in each set.
        sets: of data.
        seed: of all.
        apart: how far difficulties lie apart, uniformly to both sides.

    Returns:
        Outcomes of shape (sets, problems, points). Chances stay within 0 and 1, so that the mean
        curve is `chances`.
    """
    generator = np.random.default_rng(seed)
    moved = generator.uniform(-apart, apart, (sets, problems, 1)) + chances
    assert moved.min() >= 0
    assert moved.max() <= 1
    return (generator.random(moved.shape) < moved).astype(float)


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_least_squares(line):
    y = np.random.default_rng(0).random(len(X))
    z = place(X, line)
    slope, intercept = np.polyfit(z, y, 1)
    assert line_weights(z) @ y == pytest.approx([intercept, slope])
    new = place([10.0, 5000], line)
    assert forecast_matrix(z, new) @ y == pytest.approx(intercept + slope * new)


@pytest.mark.parametrize("budgets", [[0, 1, 2, 3, 4, 5], [0, 0, 1, 2, 3, 3]])
@pytest.mark.parametrize("line", LINES)
def test_budgets_are_left_out_one_at_a_time(line, budgets):
    curves, z = np.random.default_rng(1).random((3, len(X))), place(X, line)
    for y, found in zip(curves, curves @ left_out_matrix(z, budgets).T, strict=True):
        errors = []
        for out, budget in enumerate(budgets):
            others = np.array(budgets) != budget
            errors.append(y[out] - np.polyval(np.polyfit(z[others], y[others], 1), z[out]))
        assert found == pytest.approx(errors)
    true = 0.8 - 0.5 * 2 ** (-np.log2(X / X[0]) / HALVINGS[75])
    true[-1] += 0.1
    errors = left_out_errors(X, true, budgets)
    assert errors[-1] == pytest.approx(0.1)
    assert (errors[-2] == pytest.approx(0)) == (budgets[-2] == budgets[-1])


def test_a_budget_holds_what_differs_by_one_percent_at_most():
    assert budgets_of([]).tolist() == []
    assert budgets_of([100.0, 100, 100.5, 101, 101.5, 102, 103]).tolist() == [0, 0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize("problems", [6, 7])
@pytest.mark.parametrize("line", LINES)
def test_the_error_across_halves_is_the_mean_over_all_of_them(line, problems):
    values, z = np.random.default_rng(2).random((problems, len(X))), place(X, line)
    squares = {}
    for half in (problems // 2, problems - problems // 2):
        for chosen in combinations(range(problems), half):
            first = np.isin(np.arange(problems), chosen)
            fitted = np.polyfit(z, values[first].mean(axis=0), 1)
            errors = values[~first].mean(axis=0) - np.polyval(fitted, z)
            squares.setdefault(half, []).append(np.mean(errors**2))
    own, drawn = half_errors(values, z, 50, 0)
    assert own == pytest.approx(np.sqrt(np.mean([np.mean(each) for each in squares.values()])))
    # A draw is what its problems give, those drawn twice counting as two.
    (weights,) = problem_weights(problems, 50, 0)
    counts = np.round(weights * problems).astype(int)
    again = [half_errors(np.repeat(values, count, axis=0), z, 1, 0)[0] for count in counts]
    assert drawn == pytest.approx(again)


def test_a_saturating_curve_is_found_again():
    curves = np.array([[0.7, 0.5, HALVINGS[60]], [0.95, 0.2, HALVINGS[75]]])
    rest = 2 ** (-np.log2(X / X[0]) / curves[:, 2:])
    y = curves[:, :1] - curves[:, 1:2] * rest
    found = fit_saturating(X, y)
    assert np.stack([found.limit, found.gain, found.halving], axis=1) == pytest.approx(curves)
    assert found.at(X) == pytest.approx(y)
    for curve in y:
        left_out = left_out_errors(X, curve, range(len(X)))
        assert left_out == pytest.approx(np.zeros(len(X)), abs=1e-6)
    # 95 % of the gain: where a twentieth of it is left.
    left = found.limit - np.diag(found.at(found.saturated()))
    assert left == pytest.approx(curves[:, 1] / 20)


def test_a_saturating_fit_is_the_best_of_a_fine_search():
    """Over limits within 0 and 1, gains and halvings, near the fit and everywhere."""
    y = np.array([[0.1, 0.35, 0.4, 0.62, 0.6, 0.71], [0.2, 0.3, 0.5, 0.7, 0.85, 0.99]])
    found = fit_saturating(X, y)
    least = ((found.at(X) - y) ** 2).sum(axis=1)
    for curve, most in zip(y, least, strict=True):
        for halving in HALVINGS[::4]:
            rest = 2 ** (-np.log2(X / X[0]) / halving)
            limit, gain = np.meshgrid(np.linspace(0, 1, 101), np.linspace(-1, 1, 101))
            errors = limit[..., None] - gain[..., None] * rest - curve
            assert (errors**2).sum(axis=-1).min() >= most - 1e-12
    assert ((found.limit >= 0) & (found.limit <= 1)).all()


def test_halves_are_of_different_problems():
    values = np.random.default_rng(3).random((9, 2))
    fitted, scored = half_curves(values, 20, 0)
    assert fitted.shape == scored.shape == (40, 2)
    assert (4 * fitted + 5 * scored)[:20] / 9 == pytest.approx(
        np.tile(values.mean(axis=0), (20, 1))
    )
    assert fitted[20:] == pytest.approx(scored[:20])
    assert (half_curves(values, 20, 0)[0] == fitted).all()
    assert len(np.unique(fitted[:20, 0])) > 10


def test_points_per_doubling_are_covered():
    """Of 2,000 sets of 200 problems: by chance alone 95 % come out within 0.5 points (one sigma).

    The sets share the draws of the bootstrap, whose scatter at 2,000 draws is as small.
    """
    x = 2.0 ** np.arange(7)
    for seed, chances in enumerate((0.3 + 0.06 * np.log2(x), 0.7 - 0.4 / x)):
        slope = line_weights(np.log2(x))[1]
        outcomes = right_or_wrong(chances, 200, 2000, seed)
        limits = bca_limits((outcomes @ slope).T, 2000, seed)
        truth = chances @ slope
        covered = ((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean()
        assert 0.93 <= covered <= 0.97
    alone = slope_limits(outcomes[0], np.log2(x), 2000, seed)
    assert alone == pytest.approx(tuple(limits[0]), abs=0.002), "but for ties of draws"


def test_a_slope_that_all_problems_share_is_not_certain():
    z = np.log2(X)
    flat = np.ones((10, len(X)))
    low, high = slope_limits(flat, z, 500, 0)
    assert low < 0 < high
    wider = slope_limits(flat[:5], z, 500, 0)
    assert wider[0] < low
    assert wider[1] > high


def test_true_lines_mostly_hold_and_others_do_not():
    """Of 100 sets 6 % are given up by chance, with a sigma of 2.4 points."""
    x, held = 2.0 ** np.arange(8), {}
    truths = {"logarithmic": 0.3 + 0.05 * np.log2(x), "linear": 0.3 + 0.4 * x / x[-1]}
    for true, chances in truths.items():
        for number, values in enumerate(right_or_wrong(chances, 200, 100, 8)):
            drawn = resampled_means(values, 300, 1000 + number)
            for line in LINES:
                apart = np.eye(len(x)) - forecast_matrix(place(x, line), place(x, line))
                holds = form_holds(apart @ values.mean(axis=0), drawn @ apart.T)
                held.setdefault((true, line), []).append(holds)
    for (true, line), each in held.items():
        assert (np.mean(each) >= 0.86) if true == line else (np.mean(each) <= 0.6)
    assert form_holds(np.zeros(3), np.zeros((5, 3)))
    assert not form_holds(np.ones(3), np.ones((5, 3)))
