"""The limit of voting: how often the right answer is the most frequent one."""

import numpy as np

from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.voted import Voters, votes_of_all
from scripts.lib.estimators.answer_prior import LAWS, counts_of, fitted_prior, fixed_prior
from scripts.lib.estimators.bootstrap import problem_weights
from scripts.lib.estimators.intervals import near_edge, wilson
from scripts.lib.estimators.vote_future import (
    Floats,
    limits_of_votes,
    mean_limits,
    new_answer_chance,
)

DECIDED = 0.95


def limit_row(voters: Voters, bootstrap: Bootstrap) -> dict[str, object]:
    """The row of a VoteLimit table, without the curve's label.

    Args:
        voters: the samples of the curve.
        bootstrap: number and seed of the draws, of posterior and of problems.
    """
    generator = np.random.default_rng(bootstrap.seed)
    tallies = voters.first()
    problems = [counts_of(one) for one in tallies]
    each = max(bootstrap.draws // LAWS, 1)
    prior = fitted_prior(problems, LAWS, generator)
    draws = limits_of_votes(problems, prior, each, generator)
    fixed = limits_of_votes(problems, fixed_prior(len(problems)), each * LAWS, generator)
    chance = draws.mean(axis=(0, 1))
    low, high = new_problems_limits(draws, bootstrap)
    # New problems vary too: what is known of these problems cannot be less.
    narrow = mean_limits(draws.mean(axis=-1))
    return {
        "curve": voters.curve,
        "benchmark": voters.benchmark,
        "origin": voters.origin,
        "problems": len(problems),
        "n": voters.fewest,
        "seen": float(votes_of_all(tallies).mean()),
        "limit": float(chance.mean()),
        "low": min(low, narrow[0]),
        "high": max(high, narrow[1]),
        "low_benchmark": narrow[0],
        "high_benchmark": narrow[1],
        "limit_fixed": float(fixed.mean()),
        "decided": float(((chance > DECIDED) | (chance < 1 - DECIDED)).mean()),
        "decided_right": float((chance > DECIDED).mean()),
        "unseen": new_answer_chance(problems, prior),
    }


def new_problems_limits(draws: Floats, bootstrap: Bootstrap) -> tuple[float, float]:
    """Limits of the mean limit on new problems of the same kind.

    A draw takes one of the laws and problems with replacement, and throws for each of these whether
    its right answer wins, with its probability under that law. Bootstrapping the probabilities
    alone would be too narrow: the laws were fitted to the same problems, and move with them. Close
    to 0 or 1 Wilson's interval stands in.

    Args:
        draws: from `limits_of_votes`, shape (laws, each, problems).
        bootstrap: number and seed of the draws.
    """
    chances = draws.mean(axis=1)
    laws, problems = chances.shape
    mean = float(np.clip(chances.mean(), 0, 1))
    if near_edge(mean, problems):
        low, high = wilson(mean, problems)
        return float(low), float(high)
    weights = np.vstack(list(problem_weights(problems, bootstrap.draws, bootstrap.seed)))
    law = np.arange(len(weights)) % laws
    times = np.rint(weights * problems).astype(np.int64)
    generator = np.random.default_rng([bootstrap.seed, 1])
    won = generator.binomial(times, np.clip(chances[law], 0, 1))
    return mean_limits(won.sum(axis=1) / problems)
