"""95 % intervals of differences: paired with few problems apart, unpaired, or of means of runs."""

import math

import numpy as np
import scipy  # its parts load when they are used
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import TAILS, bca_limits
from scripts.lib.estimators.intervals import ROUNDING, unseen_share, wilson

Floats = NDArray[np.float64]

FEWEST_APART = 6
"""With fewer problems apart a sign test never rejects that chance decided which way (5 all one way
are one in 16), but the draws of a bootstrap hold these few problems alone, and so would."""


def mean_differences(values: ArrayLike, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Mean of differences by problem, paired, and its interval on new problems.

    A bootstrap over problems. Where fewer than FEWEST_APART are apart, Wilson's limits of what one
    way adds and of what the other takes, put together as in `score_difference`. Where all differ
    by the same, the interval allows for the share of other problems that could have gone unseen.

    Args:
        values: difference of each problem, within -1 and 1, shape (problems, settings). What is
            rounding alone is no difference.
        draws: draws of the bootstrap.
        seed: of the draws.

    Returns:
        Means, shape (settings,), and low and high, shape (settings, 2).
    """
    apart = np.asarray(values, dtype=np.float64)
    apart = np.where(np.abs(apart) < ROUNDING, 0, apart)
    problems, mean = len(apart), apart.mean(axis=0)
    unseen = unseen_share(problems)
    constant = np.stack([mean - unseen * (1 + mean), mean + unseen * (1 - mean)], axis=-1)
    limits = bca_limits(apart, draws, seed)
    limits = np.where(np.isnan(limits), constant, limits)
    few = np.count_nonzero(apart, axis=0) < FEWEST_APART
    for setting in np.flatnonzero(few):
        gained, lost = (np.clip(sign * apart[:, setting], 0, 1).mean() for sign in (1, -1))
        limits[setting] = score_difference(gained, lost, problems)
    return mean, np.clip(limits, -1, 1)


def mean_difference(values: ArrayLike, draws: int, seed: int) -> tuple[float, float, float]:
    """The same of one setting, values of shape (problems,): mean, low, high."""
    column = np.asarray(values, dtype=np.float64)[:, None]
    mean, limits = mean_differences(column, draws, seed)
    return float(mean[0]), float(limits[0, 0]), float(limits[0, 1])


def closest_pairing(first: float, second: float) -> float:
    """Correlation of two kinds of answers that are right on the same problems as far as can be.

    Args:
        first: share of right answers.
        second: that of the other.

    Returns:
        The phi coefficient; 0 where one of them is always or never right.
    """
    spread = first * (1 - first) * second * (1 - second)
    return (min(first, second) - first * second) / math.sqrt(spread) if spread > 0 else 0.0


def difference_limits(
    first: ArrayLike, second: ArrayLike, correlation: float = 0.0
) -> tuple[Floats, Floats]:
    """Limits of first - second from the limits of each.

    The distances of the limits add up in their squares (Zou and Donner, 2008, "Construction of
    confidence limits about effect measures: a general approach"), less twice their product times
    the correlation.

    Args:
        first: value, low and high, three numbers or arrays.
        second: those of the other.
        correlation: of the two estimates; 0 where they are independent.

    Returns:
        Low and high.
    """
    (a, low_a, high_a), (b, low_b, high_b) = (np.asarray(one, float) for one in (first, second))
    below, above = (
        np.sqrt(np.maximum(one**2 - 2 * correlation * one * other + other**2, 0))
        for one, other in ((a - low_a, high_b - b), (high_a - a, b - low_b))
    )
    return a - b - below, a - b + above


def score_difference(
    first: float, second: float, problems: int, correlation: float = 0.0
) -> tuple[float, float]:
    """Score interval of the difference of two accuracies on as many problems.

    Wilson's limits of both, put together by `difference_limits`. Without a correlation it is the
    hybrid score interval of Newcombe (1998), "Interval estimation for the difference between
    independent proportions: comparison of eleven methods", which is the wider for answers that
    tend to be right on the same problems. With one it is that of his "Improved confidence
    intervals for the difference between binomial proportions based on paired data", of the same
    year, with phi as it is, not corrected for continuity.

    Args:
        first: share of right answers.
        second: that of the other.
        problems: how many problems.
        correlation: phi of right answers over problems.
    """
    one, other = ((share, *wilson(share, problems)) for share in (first, second))
    low, high = np.clip(difference_limits(one, other, correlation), -1, 1)
    return float(low), float(high)


def runs_difference(
    first: float, first_sd: float, second: float, second_sd: float, runs: int
) -> tuple[float, float]:
    """Welch's interval of the difference of two means over as many independent runs.

    Args:
        first: mean of the runs.
        first_sd: their standard deviation.
        second: mean of the other's.
        second_sd: their standard deviation.
        runs: how many of each.

    Raises:
        ValueError: fewer than two runs, or runs that do not scatter, have no interval.
    """
    half = welch_half_width((first_sd, second_sd), (runs, runs)) if runs > 1 else 0.0
    if not half > 0:
        raise ValueError(f"{runs} runs with standard deviations {first_sd} and {second_sd}")
    return first - second - half, first - second + half


def welch_half_width(deviations: tuple[float, float], runs: tuple[int, int]) -> float:
    """Half the 95 % interval of the difference of two means over independent runs.

    Welch (1947), "The generalization of 'Student's' problem when several different population
    variances are involved".

    Args:
        deviations: standard deviations of the runs of both.
        runs: how many of each, two or more.

    Returns:
        0 where nothing scatters.
    """
    errors = np.square(deviations) / runs
    if not errors.any():
        return 0.0
    freedom = errors.sum() ** 2 / (errors**2 / (np.array(runs) - 1)).sum()
    return float(scipy.special.stdtrit(freedom, TAILS[1]) * np.sqrt(errors.sum()))
