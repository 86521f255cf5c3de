"""95 % intervals of accuracies: on new problems, and on the same problems with new samples."""

import numpy as np
import scipy  # its parts load when they are used
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import NORMAL, bca_limits

Floats = NDArray[np.float64]

LEVEL = 0.95
ROUNDING = 1e-9
FEWEST_OFF_EDGE = 5
"""With fewer problems' worth of right or of wrong answers, a bootstrap knows too little of the
rarer kind: 30 problems at 97 % hold one wrong answer, which a third of all draws miss."""


def wilson(accuracy: ArrayLike, n: int) -> Floats:
    """Wilson's score interval of a proportion of `n`, shape (..., 2).

    Wilson (1927), "Probable inference, the law of succession, and statistical inference". The
    proportion need not be a whole number of `n`: values within [0, 1] vary at most as much as
    right and wrong answers of the same mean, so that the interval errs on the wide side.
    """
    p = np.asarray(accuracy, dtype=np.float64)
    z2 = NORMAL.inv_cdf((1 + LEVEL) / 2) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # Rounding would put the ends a little short of 0 and 1.
    low, high = np.where(p <= 0, 0, centre - half), np.where(p >= 1, 1, centre + half)
    return np.asarray(np.clip(np.stack([low, high], axis=-1), 0, 1))


def clopper_pearson(right: int, n: int) -> tuple[float, float]:
    """The exact interval of `right` out of `n`: it covers at least 95 %, often more."""
    tail = (1 - LEVEL) / 2
    low = scipy.special.betaincinv(right, n - right + 1, tail) if right else 0
    high = scipy.special.betaincinv(right + 1, n - right, 1 - tail) if right < n else 1
    return float(low), float(high)


def new_problems_interval(values: ArrayLike, draws: int, seed: int) -> Floats:
    """Interval of the mean accuracy on new problems of the same kind.

    Wilson's interval where every problem is right or wrong (one answer per problem), where the
    values do not vary, and close to 0 or 1; a BCa bootstrap over problems elsewhere.

    Args:
        values: accuracy of each problem at each setting, shape (problems, settings).
        draws: draws of the bootstrap.
        seed: of the draws.

    Returns:
        Low and high, shape (settings, 2).
    """
    table = np.asarray(values, dtype=np.float64)
    problems = len(table)
    mean = np.clip(table.mean(axis=0), 0, 1)
    score = wilson(mean, problems)
    few = near_edge(mean, problems)
    # A vote of whole pools is 0 or 1 but for rounding.
    whole = (np.minimum(np.abs(table), np.abs(1 - table)) < ROUNDING).all(axis=0)
    fallback = few | whole
    if fallback.all():
        return score
    limits = np.clip(bca_limits(table, draws, seed), 0, 1)
    return np.where(fallback[:, None] | np.isnan(limits), score, limits)


def near_edge(accuracy: ArrayLike, problems: int) -> NDArray[np.bool_]:
    """Whether a mean accuracy is too close to 0 or 1 for a bootstrap over so many problems."""
    mean = np.asarray(accuracy, dtype=np.float64)
    return np.asarray(problems * np.minimum(mean, 1 - mean) < FEWEST_OFF_EDGE)


def unseen_share(n: int) -> float:
    """Largest share of a kind that `n` independent looks may have missed (Clopper-Pearson)."""
    return clopper_pearson(0, n)[1]


def same_problems_interval(
    accuracy: ArrayLike, chance: ArrayLike, n: ArrayLike, ks: ArrayLike
) -> Floats | None:
    """Interval of the mean accuracy on these problems, if their samples were drawn again.

    A vote or pass@k of k out of n samples is a U-statistic of order k. Its variance is at most
    k/n times that of one draw of k (Hoeffding, 1948, "A class of statistics with asymptotically
    normal distribution", theorem 5.2), and a draw worth between 0 and 1 with mean u varies by at
    most u (1 - u). Both hold with equality for k = 1, where n - 1 in place of n makes the
    estimate unbiased. Problems are independent: their variances add up. The limits are those of
    a normal distribution. In simulations (tests/benchmarks/bench_intervals.py) they are on the
    wide side, but for votes that are almost never right, of which they cover some 85 %.

    Args:
        accuracy: mean over problems at each k, shape (ks,).
        chance: u of each problem from `plausible_chance`, shape (problems, ks), taken at
            `chance_sizes(n, ks)`.
        n: samples of each problem, a number or shape (problems,).
        ks: sizes of the draw, shape (ks,).

    Returns:
        Low and high, shape (ks, 2); None if a problem has only one sample, which tells nothing
        of its scatter. Where nothing scatters, the interval allows for the share of other
        samples that could have gone unseen.
    """
    mean = np.asarray(accuracy, dtype=np.float64)
    u = np.asarray(chance, dtype=np.float64)
    problems = len(u)
    samples = np.broadcast_to(np.asarray(n, dtype=np.int64), (problems,))
    if (samples < 2).any():
        return None
    variance = (np.asarray(ks) / (samples[:, None] - 1) * u * (1 - u)).sum(axis=0) / problems**2
    half = NORMAL.inv_cdf((1 + LEVEL) / 2) * np.sqrt(variance)
    share = unseen_share(int(samples.sum()))
    low = np.where(half > 0, mean - half, mean - share * mean)
    high = np.where(half > 0, mean + half, mean + share * (1 - mean))
    return np.asarray(np.clip(np.stack([low, high], axis=-1), 0, 1))


def chance_sizes(n: ArrayLike, ks: ArrayLike) -> list[int]:
    """Sizes of the draw at which `same_problems_interval` wants each problem's chance u.

    That is k, but no more than half the pool: near k = n the value of the pool itself is too
    sure of itself (at k = n it is 0 or 1). Half samples scatter as much about the pool as the
    pool does about the truth (Shao and Wu, 1989, "A general theory for jackknife variance
    estimation", on deleting half of a sample).
    """
    half = max(int(np.min(n)) // 2, 1)
    return [int(k) for k in np.minimum(ks, half)]


def plausible_chance(seen: ArrayLike, one_right: ArrayLike, one_wrong: ArrayLike) -> Floats:
    """A problem's chance of a right draw, drawn in from 0 and 1 by half an imagined sample.

    A few samples that all agree would have no scatter at all. Half the weight goes to the pool
    as it is, half to the pool with one sample more, right or wrong with even chances; for k = 1
    this is close to (c + 1/4) / (n + 1/2).

    Args:
        seen: values of the pool as it is.
        one_right: the same with one more right sample.
        one_wrong: the same with one more sample that is not right.
    """
    more = (np.asarray(one_right, dtype=np.float64) + np.asarray(one_wrong)) / 2
    return np.asarray((np.asarray(seen) + more) / 2)
