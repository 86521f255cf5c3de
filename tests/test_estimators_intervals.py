import numpy as np
import pytest
from scipy import stats

from scripts.lib.estimators.best_setting import best_setting
from scripts.lib.estimators.bootstrap import bca_limits, resampled_means
from scripts.lib.estimators.intervals import (
    chance_sizes,
    clopper_pearson,
    new_problems_interval,
    plausible_chance,
    same_problems_interval,
    wilson,
)
from scripts.lib.estimators.passk import pass_at_k
from scripts.lib.estimators.vote import Tally, expected_votes


@pytest.mark.parametrize("n", [1, 7, 30])
def test_wilson_and_clopper_pearson_are_those_of_scipy(n):
    for right in range(n + 1):
        test = stats.binomtest(right, n)
        expected = test.proportion_ci(0.95, method="wilson")
        assert wilson(right / n, n) == pytest.approx([expected.low, expected.high], abs=1e-12)
        exact = test.proportion_ci(0.95, method="exact")
        assert clopper_pearson(right, n) == pytest.approx((exact.low, exact.high))


def test_bca_limits_are_those_of_scipy():
    values = np.random.default_rng(3).beta(0.6, 0.3, size=30)
    reference = stats.bootstrap(
        (values,), np.mean, n_resamples=40_000, method="BCa", rng=np.random.default_rng(5)
    ).confidence_interval
    limits = bca_limits(values[:, None], 40_000, seed=7)[0]
    width = reference.high - reference.low
    assert limits == pytest.approx([reference.low, reference.high], abs=0.02 * width)
    assert not np.allclose(limits, np.quantile(values, [0.025, 0.975]), atol=0.02 * width)


def test_draws_depend_on_the_seed_alone_and_are_shared_by_settings():
    values = np.random.default_rng(0).random((12, 2))
    both = resampled_means(values, 2500, seed=4)
    assert both.shape == (2500, 2)
    assert (both == resampled_means(values, 2500, seed=4)).all()
    assert (both != resampled_means(values, 2500, seed=5)).any()
    assert both[:, :1] == pytest.approx(resampled_means(values[:, :1], 2500, seed=4))
    assert both[:700] == pytest.approx(resampled_means(values, 700, seed=4))


def test_one_answer_per_problem_gets_the_score_interval():
    values = np.array([[1.0]] * 18 + [[0.0]] * 12)
    assert new_problems_interval(values, 200, 0)[0] == pytest.approx(wilson(0.6, 30))
    rounded = np.clip(values - 1e-15, 0, 1)
    assert new_problems_interval(rounded, 200, 0)[0] == pytest.approx(wilson(0.6, 30))


@pytest.mark.parametrize("level", [0.0, 0.03, 0.98, 1.0])
def test_near_the_edge_the_bootstrap_gives_way_to_the_score_interval(level):
    values = np.clip(np.random.default_rng(1).normal(level, 0.01, (30, 1)), 0, 1)
    expected = wilson(values.mean(), 30)
    assert new_problems_interval(values, 200, 0)[0] == pytest.approx(expected)
    assert expected[1] - expected[0] > 0.1


def test_values_that_do_not_vary_get_the_score_interval():
    assert new_problems_interval(np.full((30, 1), 0.4), 200, 0)[0] == pytest.approx(wilson(0.4, 30))


def test_settings_keep_their_places():
    values = np.random.default_rng(2).random((40, 3))
    values[:, 1] = 1.0
    limits = new_problems_interval(values, 500, 0)
    assert limits[1] == pytest.approx(wilson(1.0, 40))
    assert limits[0] == pytest.approx(new_problems_interval(values[:, :1], 500, 0)[0])
    assert ((limits[:, 0] < values.mean(axis=0)) & (values.mean(axis=0) <= limits[:, 1])).all()


def test_new_problems_are_covered():
    generator = np.random.default_rng(11)
    hits = 0
    for seed in range(300):
        values = generator.binomial(16, generator.beta(0.5, 0.5, 40))[:, None] / 16
        low, high = new_problems_interval(values, 400, seed)[0]
        hits += low <= 0.5 <= high
    assert hits / 300 > 0.91


def vote_values(counts, sizes):
    tallies = [
        Tally(tuple((int(c), float(a == 0)) for a, c in enumerate(row[:-1]) if c), int(row[-1]))
        for row in counts
    ]
    return [
        expected_votes(pools, sizes)
        for pools in (
            tallies,
            [t.with_one_more(True) for t in tallies],
            [t.with_one_more(False) for t in tallies],
        )
    ]


def pass_values(counts, sizes):
    n, right = counts[0].sum(), counts[:, 0]
    return [
        pass_at_k(n, right, sizes),
        pass_at_k(n + 1, right + 1, sizes),
        pass_at_k(n + 1, right, sizes),
    ]


@pytest.mark.parametrize(("evaluate", "pools"), [(vote_values, 80), (pass_values, 400)])
def test_new_samples_of_the_same_problems_are_covered(evaluate, pools):
    generator = np.random.default_rng(13)
    n, ks = 8, [1, 4, 8]
    chances = generator.dirichlet(np.full(5, 0.4), size=30)
    chances[:8] = [1, 0, 0, 0, 0]
    means, limits = [], []
    for _ in range(pools):
        counts = np.array([generator.multinomial(n, chance) for chance in chances])
        mean = evaluate(counts, ks)[0].mean(axis=0)
        chance = plausible_chance(*evaluate(counts, chance_sizes(n, ks)))
        means.append(mean)
        limits.append(same_problems_interval(mean, chance, n, ks))
    # The values are unbiased: their mean over many pools is the truth.
    truth = np.mean(means, axis=0)
    low, high = np.array(limits)[:, :, 0], np.array(limits)[:, :, 1]
    assert (((low <= truth) & (truth <= high)).mean(axis=0) >= 0.92).all()
    # Wide enough, but not idle: at most three times what the values scatter.
    assert ((high - low).mean(axis=0) < 3 * 3.92 * np.std(means, axis=0)).all()


def test_one_sample_cannot_tell_its_scatter():
    assert same_problems_interval([0.5], [[0.5], [0.5]], [1, 8], [1]) is None


def test_the_same_problems_interval_of_single_samples_is_the_stratified_one():
    n, right = 50, np.array([10, 25, 40])
    mean = (right / n).mean()
    low, high = same_problems_interval([mean], (right / n)[:, None], n, [1])[0]
    unbiased = (right / n * (1 - right / n) / (n - 1)).sum() / 9
    assert (high - low) / 2 == pytest.approx(1.959964 * np.sqrt(unbiased), rel=1e-6)
    assert (high + low) / 2 == pytest.approx(mean)


def test_samples_that_all_agree_still_leave_an_interval():
    low, high = same_problems_interval([1.0], np.ones((30, 1)), 8, [1])[0]
    assert (low, high) == pytest.approx((0.025 ** (1 / 240), 1.0))


def test_the_best_of_many_equal_settings_is_not_taken_at_its_word():
    generator = np.random.default_rng(23)
    apparent, corrected, hits = [], [], 0
    for seed in range(60):
        values = (generator.random((30, 8)) < 0.5).astype(float)
        best = best_setting(values, 400, seed)
        apparent.append(best.apparent)
        corrected.append(best.accuracy)
        hits += best.low <= 0.5 <= best.high
    assert np.mean(apparent) > 0.6
    assert np.mean(corrected) == pytest.approx(0.5, abs=0.05)
    assert hits >= 51


def test_a_clearly_best_setting_is_nearly_always_chosen():
    values = np.random.default_rng(29).random((200, 1)) / 4 + np.array([[0.2, 0.5, 0.3]])
    best = best_setting(values, 300, 0)
    assert best.position == 1
    assert best.chosen == pytest.approx([0, 1, 0])
    assert best.low < best.accuracy < best.high


@pytest.mark.parametrize("right", [0, 1])
def test_the_best_of_settings_without_scatter_has_an_interval_all_the_same(right):
    values = np.full((30, 3), float(right))
    values[:20, 1:] = 0
    best = best_setting(values, 300, 0)
    expected = wilson(right, 30)
    assert best.accuracy == right
    assert (best.low, best.high) == pytest.approx(tuple(expected))
    assert best.high - best.low > 0.1


def test_rounding_breaks_no_ties_with_the_estimate():
    """Few values a problem, so that many draws are equal to the mean: scaled, they still are."""
    values = np.random.default_rng(0).integers(0, 5, (40, 3)) / 4
    scaled = bca_limits(0.1 * values + 0.3, 500, 1)
    assert scaled == pytest.approx(0.1 * bca_limits(values, 500, 1) + 0.3)
