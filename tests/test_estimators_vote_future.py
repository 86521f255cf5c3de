"""Limits and forecasts of votes against closed forms, exact enumeration, and other samplers."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from scripts.lib.estimators.answer_prior import (
    BETA_GRID,
    Prior,
    counts_of,
    fitted_prior,
    fixed_prior,
    log_partitions,
    log_shares,
)
from scripts.lib.estimators.vote import Tally, expected_vote
from scripts.lib.estimators.vote_future import (
    limits_of_votes,
    mean_limits,
    new_answer_chance,
    votes_of_more,
)

DRAWS = 20_000
SURE = 4.5
"""Standard errors that draws may lie from the truth: one in 150,000 does not."""


def law(empty=(0.5, 0.5), right=(0.5, 0.5), concentration=1.0, discount=0.0):
    pairs = [tuple(np.array([float(x)]) for x in pair) for pair in (empty, right)]
    return Prior(*pairs, np.array([[float(concentration)]]), np.array([[float(discount)]]))


def limit(answers, prior, seed=0):
    """Draws of the limit of one problem."""
    generator = np.random.default_rng(seed)
    return limits_of_votes([counts_of(answers)], prior, DRAWS, generator).ravel()


def agree(draws, truth):
    error = math.sqrt(max(truth * (1 - truth), 1e-3) / len(draws))
    assert abs(draws.mean() - truth) < SURE * error


@pytest.mark.parametrize(("right", "wrong"), [(8, 8), (12, 9), (3, 7), (1, 1), (30, 14)])
def test_two_answers_have_the_limit_of_a_beta_law(right, wrong):
    """With next to no chance of a third answer the right one wins with a share above a half."""
    prior = law(right=(2, 3), concentration=1e-9)
    answers = Tally(((right, 1.0), (wrong, 0.0)), empty=5)
    agree(limit(answers, prior), stats.beta.sf(0.5, 2 + right, 3 + wrong))


def test_three_answers_have_the_limit_of_a_dirichlet_law():
    prior = law(right=(1, 4), concentration=1e-9)
    answers = Tally(((6, 1.0), (7, 0.0), (4, 0.0)))
    # The wrong share splits as Dirichlet(7, 4), whose parts are independent of the right one's.
    generator = np.random.default_rng(1)
    share = generator.beta(7, 15, 400_000)
    part = generator.beta(7, 4, 400_000)
    truth = (share > (1 - share) * np.maximum(part, 1 - part)).mean()
    agree(limit(answers, prior), truth)


@pytest.mark.parametrize(
    ("answers", "concentration"),
    [
        (Tally(((2, 1.0),)), 3.0),
        (Tally(((2, 1.0), (1, 0.0), (1, 0.0))), 4.0),
        (Tally((), 3), 0.7),
    ],
)
def test_unseen_answers_may_win_as_those_of_a_fine_dirichlet_law_do(answers, concentration):
    """A Dirichlet process is the limit of Dirichlet laws of ever more answers."""
    generator = np.random.default_rng(2)
    counts = counts_of(answers)
    many, draws = 400, 12_000
    shapes = np.concatenate([counts.wrong, np.full(many, concentration / many)])
    parts = generator.standard_gamma(shapes, size=(draws, len(shapes)))
    largest = parts.max(axis=1) / parts.sum(axis=1)
    share = generator.beta(0.5 + counts.right.sum(), 0.5 + counts.wrong.sum(), draws)
    truth = (share > (1 - share) * largest).mean()
    found = limit(answers, law(concentration=concentration))
    assert abs(found.mean() - truth) < SURE * math.sqrt(0.25 / DRAWS + 0.25 / draws)


def test_unseen_answers_of_a_long_tail_may_win():
    """Against 600 unseen answers written out, whose shares hardly fall from one to the next."""
    concentration, discount, seen, many, draws = 64.0, 0.9, 30, 600, 6000
    generator = np.random.default_rng(7)
    left = concentration + discount * (seen + np.arange(1, many + 1))
    broken = generator.beta(1 - discount, left, (draws, many))
    sticks = broken * np.cumprod(1 - broken, axis=1) / (1 - broken)
    unseen = generator.beta(concentration + discount * seen, seen * (1 - discount), draws)
    known = generator.dirichlet(np.full(seen, 1 - discount), draws).max(axis=1)
    largest = np.maximum(unseen * sticks.max(axis=1), (1 - unseen) * known)
    share = generator.beta(0.5 + 1, 0.5 + seen, draws)
    truth = (share > (1 - share) * largest).mean()
    answers = Tally(((1, 1.0), *[(1, 0.0)] * seen))
    found = limit(answers, law(concentration=concentration, discount=discount))
    assert abs(found.mean() - truth) < SURE * math.sqrt(0.25 / DRAWS + 0.25 / draws)


def next_answers(state, prior):
    """The chance of each next answer under the urn of the laws: empty, right, wrong, a new one."""
    empty, right, wrong = state
    (e0, e1), (r0, r1) = ((float(a[0]), float(b[0])) for a, b in (prior.empty, prior.right))
    theta, d = prior.concentration.item(), prior.discount.item()
    total = right + sum(wrong)
    is_empty = (e0 + empty) / (e0 + e1 + empty + total)
    is_right = (1 - is_empty) * (r0 + right) / (r0 + r1 + total)
    is_wrong = 1 - is_empty - is_right
    yield is_empty, (empty + 1, right, wrong)
    yield is_right, (empty, right + 1, wrong)
    for place, count in enumerate(wrong):
        more = (*wrong[:place], count + 1, *wrong[place + 1 :])
        yield is_wrong * (count - d) / (theta + sum(wrong)), (empty, right, more)
    new = (theta + d * len(wrong)) / (theta + sum(wrong))
    yield is_wrong * new, (empty, right, (*wrong, 1))


def exact_votes(state, more, prior):
    """The chance and the vote of each way in which some more answers may come."""
    if more == 0:
        empty, right, wrong = state
        classes = tuple((count, 0.0) for count in wrong)
        classes += ((right, 1.0),) if right else ()
        answers = Tally(classes, empty)
        yield 1.0, float(expected_vote(answers, [answers.n])[0])
        return
    for chance, after in next_answers(state, prior):
        for further, vote in exact_votes(after, more - 1, prior):
            yield chance * further, vote


@pytest.mark.parametrize(
    ("empty", "right", "wrong"),
    [(0, 1, (1,)), (2, 0, (1, 1)), (1, 2, (2, 1)), (3, 0, ()), (0, 3, ()), (0, 0, (3,))],
)
@pytest.mark.parametrize(
    ("concentration", "discount"), [(1.0, 0.0), (0.6, 0.4), (8.0, 0.8), (3, -1)]
)
def test_forecasts_are_those_of_all_ways_that_answers_may_come(
    empty, right, wrong, concentration, discount
):
    prior = law((0.4, 2), (0.7, 0.9), concentration, discount)
    classes = tuple((count, 0.0) for count in wrong) + (((right, 1.0),) if right else ())
    problem = counts_of(Tally(classes, empty))
    draws = votes_of_more([problem], [4], prior, DRAWS, np.random.default_rng(3))
    chances, votes = np.array(list(exact_votes((empty, right, wrong), 4, prior))).T
    truth = chances @ votes
    spread = math.sqrt(chances @ (votes - truth) ** 2)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert abs(draws.mean() - truth) < SURE * spread / math.sqrt(DRAWS) + 1e-12


@pytest.mark.parametrize(("concentration", "discount"), [(64.0, 0.8), (64.0, 0.0), (2.0, 0.6)])
def test_answers_of_a_long_tail_come_twice_as_often_as_their_urn_has_it(concentration, discount):
    """20 more wrong answers: a right one that came once ties with all, if no wrong one repeats."""
    prior = law((1e-9, 1), (0.5, 1e9), concentration, discount)
    problem, more = counts_of(Tally(((1, 1.0),))), 20
    draws = votes_of_more([problem], [more], prior, DRAWS, np.random.default_rng(6))
    come = np.arange(more)
    alone = np.prod((concentration + discount * come) / (concentration + come))
    agree(draws * (more + 1), alone)


def test_a_forecast_of_no_more_answers_is_the_vote():
    tied = Tally(((3, 1.0), (3, 0.0), (1, 0.0)), empty=2)
    mixed = Tally(((4, 0.25), (2, 0.75)))
    problems = [counts_of(one) for one in (tied, mixed)]
    draws = votes_of_more(problems, [0, 0], fixed_prior(2), 50, np.random.default_rng(0))
    assert (draws == [0.5, 0.25]).all()


def partitions(n):
    """All ways to put n things into classes, as labels that grow by one at most."""
    for labels in product(range(n), repeat=n):
        if all(one <= max(labels[:i], default=-1) + 1 for i, one in enumerate(labels)):
            yield labels


def test_partitions_have_the_probability_of_their_urn():
    urns = np.array([(0.5, 0.0), (3, 0.3), (0.5, 0.8), (2.0, -1), (6, -0.5)])
    total = sum(
        np.exp(log_partitions([np.bincount(labels)], urns)[:, 0]) for labels in partitions(5)
    )
    assert total == pytest.approx(np.ones(5))
    # 1, 1, 2, 1 by the urn: a new class, the same, a new one, the first.
    one = (1 - 0.3) / (3 + 1) * (3 + 0.3) / (3 + 2) * (2 - 0.3) / (3 + 3)
    found = log_partitions([np.array([3, 1]), np.array([], int), np.array([1, 1, 1])], urns)
    assert found[1, 0] == pytest.approx(math.log(one))
    assert found[:, 1].tolist() == [0] * 5
    assert np.isneginf(found[:, 2]).tolist() == [False, False, False, True, False]


def test_shares_have_the_probability_of_scipys_beta_binomial():
    grid = np.array([0.5, 2.0])
    right, wrong = np.array([3, 0]), np.array([1, 6])
    for (i, a), (j, b) in product(enumerate(grid), repeat=2):
        truth = stats.betabinom.logpmf(right, right + wrong, a, b)
        truth -= [math.log(math.comb(4, 3)), 0]
        assert log_shares(right, wrong, grid)[i, j] == pytest.approx(truth.sum())


def test_laws_are_found_in_the_answers_that_follow_them():
    generator = np.random.default_rng(5)
    problems = []
    for _ in range(400):
        share = generator.beta(2, 0.5)
        right = int(generator.binomial(30, share))
        wrong: list[int] = []
        for _ in range(30 - right):  # the urn of concentration 2, discount 0.5
            chances = [*(np.array(wrong) - 0.5), 2 + 0.5 * len(wrong)]
            place = generator.choice(len(chances), p=np.array(chances) / sum(chances))
            wrong = [*wrong, 0] if place == len(wrong) else wrong
            wrong[place] += 1
        classes = tuple((count, 0.0) for count in wrong) + (((right, 1.0),) if right else ())
        problems.append(counts_of(Tally(classes)))
    prior = fitted_prior(problems, 300, generator)
    assert [np.median(each) for each in prior.right] == pytest.approx([2, 0.5], rel=0.35)
    # Many urns are much alike; what they say of the next answer is not.
    new = (prior.concentration + 3 * prior.discount) / (prior.concentration + 6)
    assert new.mean() == pytest.approx((2 + 3 * 0.5) / (2 + 6), abs=0.06)
    assert np.median(prior.empty[0] / (prior.empty[0] + prior.empty[1])) < 0.01
    assert set(prior.right[0]) <= set(BETA_GRID)


def test_problems_that_leave_no_doubt_are_decided():
    same, never = Tally(((40, 1.0),)), Tally(((38, 0.0), (2, 0.0)))
    generator = np.random.default_rng(0)
    problems = [counts_of(one) for one in (same, never)]
    draws = limits_of_votes(problems, fixed_prior(2), 4000, generator).mean(axis=(0, 1))
    assert draws[0] > 0.999
    assert draws[1] < 0.001


def test_a_right_answer_that_nobody_gave_may_still_win_where_wrong_ones_scatter():
    scattered = Tally(tuple((1, 0.0) for _ in range(12)))
    favoured = Tally(((12, 0.0),))
    silent = Tally((), empty=12)
    assert 0.01 < limit(scattered, fixed_prior(1)).mean() < 0.5
    assert limit(favoured, fixed_prior(1)).mean() < 0.005
    assert 0.2 < limit(silent, fixed_prior(1)).mean() < 0.8
    assert limit(Tally(((12, 0.0),), empty=500), fixed_prior(1)).mean() < 0.005


def test_equal_counts_are_a_toss_up_and_more_empty_answers_change_nothing():
    tied = limit(Tally(((10, 1.0), (10, 0.0))), law(concentration=1e-9))
    agree(tied, 0.5)
    empty = limit(Tally(((10, 1.0), (10, 0.0)), empty=60), law(concentration=1e-9))
    agree(empty, 0.5)


def test_the_chance_of_a_new_answer_is_that_of_the_urn():
    prior = law((0.4, 2), (0.7, 0.9), 0.6, 0.4)
    *_, (new, _) = next_answers((1, 2, (2, 1)), prior)
    assert new_answer_chance([counts_of(Tally(((2, 1.0), (2, 0.0), (1, 0.0)), 1))], prior) == (
        pytest.approx(new)
    )
    chances = [chance for chance, _ in next_answers((1, 0, (2, 1)), prior)]
    unseen = new_answer_chance([counts_of(Tally(((2, 0.0), (1, 0.0)), 1))], prior)
    assert unseen == pytest.approx(chances[1] + chances[-1])


def test_limits_of_few_values_hold_about_as_much_as_they_say():
    """Of a mean of k tosses that are fair the limits hold 95 %, where whole tails hold 97 %."""
    held, whole = [], []
    for k in range(20, 60):
        values = stats.binom.ppf((np.arange(20_000) + 0.5) / 20_000, k, 0.5)
        low, high = (k * limit for limit in mean_limits(values / k))
        held.append(stats.binom.cdf(high + 0.1, k, 0.5) - stats.binom.cdf(low - 0.9, k, 0.5))
        low, high = np.quantile(values, [0.025, 0.975])
        whole.append(stats.binom.cdf(high, k, 0.5) - stats.binom.cdf(low - 1, k, 0.5))
    assert np.mean(held) == pytest.approx(0.95, abs=0.006)
    assert np.mean(whole) > 0.96
    assert mean_limits(np.full(50, 0.4)) == pytest.approx((0.4, 0.4))
    assert mean_limits(np.array([0.2, 0.8])) == (0.2, 0.8)
    assert mean_limits(np.array([0.5] * 99 + [0.4])) == pytest.approx((0.499, 0.5))
