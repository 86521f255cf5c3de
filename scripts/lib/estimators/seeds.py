"""Accuracy over several trainings that differ in their seed: both seeds and problems vary.

A value y[s, i], the accuracy of problem i under seed s, is taken as m + a_s + b_i + e_si: an
effect of the seed, one of the problem, and the rest, which holds the scatter of samples. Its mean
squares tell the variances apart (Searle, Casella and McCulloch, 1992, "Variance components",
chapter 4, two-way crossed classification). A bootstrap of a handful of seeds would be far too
narrow; a t interval with seeds - 1 degrees of freedom is not.
"""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when they are used
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import TAILS
from scripts.lib.estimators.differences import difference_limits, welch_half_width
from scripts.lib.estimators.intervals import new_problems_interval

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeedShare:
    """How much of the scatter of an accuracy is the seed's."""

    deviation: float
    """Standard deviation of the seed's effect on the mean accuracy."""
    share: float
    """The seed's share of the variance of the mean accuracy of one training on new problems."""
    low: float
    high: float


def seeds_half_width(values: ArrayLike) -> float:
    """Half the 95 % t interval of the mean over seeds, on these problems.

    The means of seeds scatter by their trainings and by their samples, so that both are counted.

    Args:
        values: accuracy of each problem under each seed, shape (problems, seeds).

    Raises:
        ValueError: there are fewer than two seeds.
    """
    table = _table(values)
    means, seeds = table.mean(axis=0), table.shape[1]
    return float(scipy.special.stdtrit(seeds - 1, TAILS[1]) * means.std(ddof=1) / np.sqrt(seeds))


def seeds_difference_half_width(first: ArrayLike, second: ArrayLike) -> float:
    """Half the 95 % interval of the difference of two means over seeds, on these problems.

    The trainings of the two are independent: it is Welch's, and 0 where nothing scatters.

    Args:
        first: accuracy of each problem under each seed, shape (problems, seeds).
        second: the same of the other, which may have another number of seeds.

    Raises:
        ValueError: there are fewer than two seeds.
    """
    means = [_table(values).mean(axis=0) for values in (first, second)]
    first_sd, second_sd = (float(each.std(ddof=1)) for each in means)
    return welch_half_width((first_sd, second_sd), (len(means[0]), len(means[1])))


def seeds_interval(values: ArrayLike, draws: int, seed: int) -> tuple[float, float]:
    """95 % interval of the mean accuracy on new problems, and with new seeds.

    The interval on new problems of the means over seeds and the t interval over seeds are put
    together as the sum of two independent errors, by `difference_limits`. The scatter of samples
    stands in both, so that the result is rather too wide than too narrow
    (tests/benchmarks/bench_seeds.py).

    Args:
        values: accuracy of each problem under each seed, shape (problems, seeds).
        draws: draws of the bootstrap over problems.
        seed: of the draws.

    Raises:
        ValueError: there are fewer than two seeds.
    """
    table = _table(values)
    each = table.mean(axis=1)
    low, high = new_problems_interval(each[:, None], draws, seed)[0]
    return widened(float(each.mean()), (float(low), float(high)), seeds_half_width(table))


def widened(
    mean: float, limits: tuple[float, float], half: float, least: float = 0.0
) -> tuple[float, float]:
    """Limits with an independent error of `half` to both sides put to them, in `least` to 1."""
    low, high = np.clip(difference_limits((mean, *limits), (0, -half, half)), least, 1)
    return float(low), float(high)


def seed_share(values: ArrayLike) -> SeedShare:
    """The seed's part in the variance of an accuracy measured with one training.

    That variance is var(a) + (var(b) + var(e)) / problems. The limits are those that the F
    distribution sets to the seed's mean square, with the other components at their estimates;
    with few seeds they are far apart. Components that come out below 0 count as 0.

    Args:
        values: accuracy of each problem under each seed, shape (problems, seeds).

    Raises:
        ValueError: there are fewer than two seeds or problems.
    """
    table = _table(values)
    problems, seeds = table.shape
    if problems < 2:
        raise ValueError("the seed's share needs at least two problems")
    whole, by_seed, by_problem = table.mean(), table.mean(axis=0), table.mean(axis=1)
    rest = table - by_seed[None, :] - by_problem[:, None] + whole
    freedom = (seeds - 1, (seeds - 1) * (problems - 1))
    square_seed = problems * by_seed.var(ddof=1)
    square_problem = seeds * by_problem.var(ddof=1)
    square_rest = (rest**2).sum() / freedom[1]
    of_problems = max(square_problem - square_rest, 0.0) / seeds
    others = (of_problems + square_rest) / problems
    low, high = (
        max(square_seed / quantile - square_rest, 0.0) / problems
        for quantile in scipy.special.fdtri(*freedom, TAILS[::-1])
    )
    variance = max(square_seed - square_rest, 0.0) / problems
    return SeedShare(float(np.sqrt(variance)), *(_share(v, others) for v in (variance, low, high)))


def _share(variance: float, others: float) -> float:
    return float(variance / (variance + others)) if variance > 0 else 0.0


def _table(values: ArrayLike) -> Floats:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError("the scatter of seeds shows in two or more of them")
    return table
