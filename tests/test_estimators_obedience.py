import numpy as np
import pytest
from scipy.stats import linregress, t

from scripts.lib.estimators.obedience import fit_points, fit_samples, regions

ASKED = [16, 32, 64, 128, 256, 512, 1024, 2048]
O1_MINI = [363.467, 420.4, 470.6, 1106.3, 2193.733, 5355.2, 8668.3, 11103.567]


def by_name(estimates):
    return {estimate.parameter: estimate for estimate in estimates}


def test_regions_hold_their_ends():
    masks = regions([8, 16, 64, 2048, 4096], (16, 2048))
    assert {name: mask.tolist() for name, mask in masks.items()} == {
        "too little": [True, False, False, False, False],
        "obeyed": [False, True, True, True, False],
        "too much": [False, False, False, False, True],
        "all": [True] * 5,
    }
    assert list(regions([8, 16], None)) == ["all"]


def test_an_exact_law_is_found_again():
    used = 2.0**3.5 * np.array(ASKED, dtype=float) ** 0.7
    for estimates in (fit_points(ASKED, used), fit_samples(ASKED, [used] * 4, 50, 0)):
        fit = by_name(estimates)
        assert fit["slope"].value == pytest.approx(0.7)
        assert fit["intercept"].value == pytest.approx(3.5)
        assert fit["slope"].low == pytest.approx(0.7)
        assert fit["ratio_geometric"].value == pytest.approx(
            2 ** np.mean(3.5 - 0.3 * np.log2(ASKED))
        )


def test_the_published_o1_mini_points():
    fit = by_name(fit_points(ASKED, O1_MINI))
    x, y = np.log2(ASKED), np.log2(O1_MINI)
    line = linregress(x, y)
    reach = t.ppf(0.975, 6) * line.stderr
    assert fit["slope"].value == pytest.approx(0.80802, abs=1e-5)
    assert (fit["slope"].low, fit["slope"].high) == pytest.approx(
        (line.slope - reach, line.slope + reach)
    )
    assert fit["ratio_geometric"].value == pytest.approx(9.6945, abs=1e-4)
    assert (fit["ratio_geometric"].low, fit["ratio_geometric"].high) == pytest.approx(
        (6.7766, 13.8688), abs=1e-4
    )


def test_t_intervals_cover_a_known_slope():
    generator = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        used = 2 ** (4 + 0.8 * np.log2(ASKED) + generator.normal(0, 0.4, len(ASKED)))
        slope = by_name(fit_points(ASKED, used))["slope"]
        hits += slope.low <= 0.8 <= slope.high
    assert 0.92 <= hits / 400 <= 0.98


def test_a_bootstrap_over_problems_covers_a_known_slope():
    generator = np.random.default_rng(2)
    # Means over problems follow the mean of the powers, not the power of the mean slope.
    many = generator.normal(0.8, 0.05, 20_000)
    means = (2 ** (4 + many[:, None] * np.log2(ASKED))).mean(axis=0)
    truth = linregress(np.log2(ASKED), np.log2(means)).slope
    hits = 0
    for seed in range(150):
        slopes = generator.normal(0.8, 0.05, 40)
        used = 2 ** (4 + slopes[:, None] * np.log2(ASKED)) * generator.lognormal(0, 0.1, (40, 8))
        slope = by_name(fit_samples(ASKED, used, 300, seed))["slope"]
        hits += slope.low <= truth <= slope.high
    assert hits / 150 > 0.88


def test_problems_without_a_budget_are_left_out_of_its_mean():
    used = np.full((3, 3), 100.0)
    used[0, 1] = np.nan
    fit = by_name(fit_samples([10, 20, 40], used, 100, 0))
    assert fit["slope"].value == pytest.approx(0)
    assert np.isfinite([fit["slope"].low, fit["slope"].high]).all()


@pytest.mark.parametrize(
    ("points", "names"),
    [(0, []), (1, ["ratio_geometric"]), (2, ["slope", "intercept", "ratio_geometric"])],
)
def test_too_few_points_have_no_interval(points, names):
    used = [30.0, 60.0][:points]
    for estimates in (
        fit_points([8, 16][:points], used),
        fit_samples([8, 16][:points], np.array([used, used]), 100, 0),
    ):
        assert [estimate.parameter for estimate in estimates] == names
        assert all(estimate.low is None and estimate.high is None for estimate in estimates)
        assert all(estimate.points == points for estimate in estimates)
