"""Bootstrap over problems: seeded, vectorised, with BCa limits.

A draw takes as many problems as there are, with replacement. Draws are rows of problem counts, so
that the resampled means of all settings are one matrix product, and two settings always see the
same draws: their differences are paired.

Normal quantiles are those of the standard library: scipy takes half a second to import, in every
program.
"""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TAILS = (0.025, 0.975)
NORMAL = NormalDist()
TIED = 1e-9
"""Draws that are nearer than this share of their range are equal; so are values, of their size."""
CHUNK = 1000
"""Draws held in memory at once."""


def problem_weights(problems: int, draws: int, seed: int) -> Iterator[Floats]:
    """Weights of the problems in each draw, rows that sum to 1, in chunks (chunk, problems)."""
    generator = np.random.default_rng(seed)
    even = np.full(problems, 1 / problems)
    for start in range(0, draws, CHUNK):
        counts = generator.multinomial(problems, even, size=min(CHUNK, draws - start))
        yield counts / problems


def resampled_means(values: ArrayLike, draws: int, seed: int) -> Floats:
    """Means over resampled problems.

    Args:
        values: shape (problems, settings).
        draws: number of draws.
        seed: of the draws.

    Returns:
        Array of shape (draws, settings).
    """
    table = np.asarray(values, dtype=np.float64)
    return np.vstack([weights @ table for weights in problem_weights(len(table), draws, seed)])


def bca_limits(values: ArrayLike, draws: int, seed: int) -> Floats:
    """Bias-corrected and accelerated 95 % limits of the means over problems.

    DiCiccio and Efron (1996), "Bootstrap confidence intervals", on the BCa method: the
    quantiles taken from the draws are moved by the bias z0 and the acceleration a. For a mean,
    the jackknife's a is the skewness of the values over 6 sqrt(problems).

    Args:
        values: shape (problems, settings).
        draws: number of draws.
        seed: of the draws.

    Returns:
        Low and high, shape (settings, 2); not a number where a setting's values do not vary.
    """
    table = np.asarray(values, dtype=np.float64)
    means = resampled_means(table, draws, seed)
    estimate = table.mean(axis=0)
    apart = table - estimate
    # A mean of equal values may come out a rounding error away from them, and so may they.
    moved = np.ptp(table, axis=0) > TIED * np.abs(table).max(axis=0)
    limits = np.full((table.shape[1], 2), np.nan)
    for setting in np.flatnonzero(moved):
        column = means[:, setting]
        levels = bca_levels(column, estimate[setting], apart[:, setting])
        if levels is not None:
            limits[setting] = np.quantile(column, levels)
    return limits


def bca_levels(draws: Floats, estimate: float, influence: Floats) -> list[float] | None:
    """Which quantiles of a statistic's draws are its BCa limits, low and high.

    Args:
        draws: of the statistic; may be infinite, but numbers, shape (draws,).
        estimate: its value on the problems at hand.
        influence: what each problem adds to it, up to a factor, shape (problems,); for a mean the
            values less their mean, for others the jackknife's. Not all 0; where they are not
            finite, limits are not accelerated.

    Returns:
        None where all draws lie on one side of the estimate.
    """
    known = draws[np.isfinite(draws)]
    # Draws that are equal to the estimate but for rounding count half, as those that are equal.
    near = TIED * np.ptp(known) if len(known) else 0.0
    tied = np.abs(draws - estimate) <= near
    below = ((draws < estimate) & ~tied).mean() + tied.mean() / 2
    if not 0 < below < 1:
        return None
    bias, skew = NORMAL.inv_cdf(below), 0.0
    if np.isfinite(influence).all():
        skew = float((influence**3).sum() / (6 * (influence**2).sum() ** 1.5))
    shifted = [bias + NORMAL.inv_cdf(tail) for tail in TAILS]
    return [NORMAL.cdf(bias + shift / (1 - skew * shift)) for shift in shifted]
