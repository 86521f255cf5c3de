"""Intervals of limits and forecasts on problems whose chances are known.

An interval at 95 % is to cover 93 to 97 %. A share of `runs` simulations has a standard error of
sqrt(0.95 * 0.05 / runs): 2.2 points of 100, 5.6 of 15. SURE of them are allowed on top. What the
intervals cover, only the slow tests tell: the two quick ones are passed with 13 of 15, and are
there to find intervals that are far off.
"""

import math

import numpy as np
import pytest

from scripts.lib.curves.forecasts import forecast
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.vote_limit import limit_row
from scripts.lib.curves.voted import Voters, votes_of_all
from scripts.lib.estimators.answer_prior import counts_of, fitted_prior
from scripts.lib.estimators.vote_future import limits_of_votes
from tests.simulated_answers import limit_of_kind, tally_of, truths

PROBLEMS = 200
SURE = 2.0


def margin(runs):
    return SURE * math.sqrt(0.95 * 0.05 / runs)


def held_by_forecasts(kind, runs, draws, first=16, last=80):
    """Share of forecasts that hold the vote that came, and the mean error of their means."""
    held, errors = 0, []
    for run in range(runs):
        generator = np.random.default_rng(run)
        classes = [t.drawn(last, generator) for t in truths(kind, PROBLEMS, generator)]
        begun = [tally_of(one[:first]) for one in classes]
        seen = votes_of_all([tally_of(one) for one in classes]).mean()
        mean, low, high = forecast(begun, [last - first] * PROBLEMS, Bootstrap(draws, run))
        held += low - 1e-8 <= seen <= high + 1e-8
        errors.append(mean - seen)
    return held / runs, float(np.mean(errors))


def held_by_limits(kind, runs, draws, many, n=32):
    """Shares of intervals that hold the limit of their own problems, and that of many new ones."""
    expected = limit_of_kind(kind, many)
    same = new = 0
    for run in range(runs):
        generator = np.random.default_rng(run)
        problems = truths(kind, PROBLEMS, generator)
        answers = [t.drawn(n, generator) for t in problems]
        rows = [
            ([None if one < 0 else int(one) for one in each], [bool(one == 0) for one in each])
            for each in answers
        ]
        row = limit_row(Voters("vote_x", "numbers", "measured", rows), Bootstrap(draws, run))
        own = np.mean([one.limit for one in problems])
        same += row["low_benchmark"] - 1e-8 <= own <= row["high_benchmark"] + 1e-8
        new += row["low"] <= expected <= row["high"]
    return same / runs, new / runs


def test_forecasts_are_not_far_off_in_a_few_runs():
    """A smoke test: intervals that hold 80 % pass it four times in ten."""
    runs = 15
    held, error = held_by_forecasts("urn", runs, 200)
    assert held >= 0.93 - margin(runs)
    assert abs(error) < 0.01


def test_limits_are_not_far_off_in_a_few_runs():
    """A smoke test, as that of forecasts."""
    runs = 15
    same, new = held_by_limits("urn", runs, 200, many=10_000)
    assert same >= 0.93 - margin(runs)
    assert new >= 0.93 - margin(runs)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["middling", "scattered"])
def test_forecasts_hold_as_often_as_they_say(kind):
    runs = 100
    held, _ = held_by_forecasts(kind, runs, 400)
    assert 0.93 - margin(runs) <= held <= 0.97 + margin(runs)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["middling", "scattered"])
def test_limits_hold_as_often_as_they_say(kind):
    runs = 100
    same, new = held_by_limits(kind, runs, 400, many=200_000)
    assert 0.93 - margin(runs) <= same <= 0.97 + margin(runs)
    assert 0.93 - margin(runs) <= new <= 0.97 + margin(runs)


@pytest.mark.slow
def test_where_wrong_answers_follow_no_urn_the_limit_is_a_point_or_two_off():
    """Zipf's law gives every problem the same ladder of wrong answers, which no urn does."""
    runs, errors = 60, []
    for run in range(runs):
        generator = np.random.default_rng(run)
        problems = truths("uneven", PROBLEMS, generator)
        counts = [counts_of(tally_of(one.drawn(32, generator))) for one in problems]
        prior = fitted_prior(counts, 50, generator)
        found = limits_of_votes(counts, prior, 8, generator).mean()
        errors.append(found - np.mean([one.limit for one in problems]))
    assert abs(np.mean(errors)) < 0.02
