"""What curves have at the same compute, and ratios of gains.

Lines join points in log2 of their compute, as figures draw them, and end with them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import bca_levels, resampled_means

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Compute that lies outside of a line by no more than this, in doublings, is that of its end."""


def weights_at(compute: ArrayLike, at: float) -> Floats | None:
    """How much each point of a line counts at some compute; None outside of its points.

    A line's accuracy there is the sum of its points' accuracies with these weights, and a
    problem's is the same sum of its own.

    Args:
        compute: of the points, in any order, shape (points,).
        at: where to look.

    Returns:
        Weights of one point or of two neighbours, which sum to 1, shape (points,).

    Raises:
        ValueError: there are no points, or compute is not above 0.
    """
    each = np.asarray(compute, dtype=np.float64)
    if not len(each) or not (each > 0).all() or not at > 0:
        raise ValueError("a line needs points with compute above 0")
    order = np.argsort(each, kind="stable")
    x, place = np.log2(each[order]), np.log2(at)
    if not x[0] - ROUNDING <= place <= x[-1] + ROUNDING:
        return None
    after = min(int(np.searchsorted(x, place)), len(x) - 1)
    weights = np.zeros(len(x))
    share = 1.0
    if after > 0:
        before = after - 1
        share = float(np.clip((place - x[before]) / (x[after] - x[before]), 0, 1))
        weights[order[before]] = 1 - share
    weights[order[after]] += share
    return weights


def ratio_of_means(
    numerator: ArrayLike, denominator: ArrayLike, draws: int, seed: int
) -> tuple[float, tuple[float, float] | None]:
    """A ratio of two means over the same problems, with BCa limits on new problems.

    The acceleration comes from the ratio's influence function, (u - r v) / mean(v) for values u
    and v of a problem (DiCiccio and Efron, 1996, "Bootstrap confidence intervals", on the delta
    method). Draws whose denominator is 0 are left out: take it for means that are not likely 0.

    Args:
        numerator: shape (problems,).
        denominator: of a mean that is not 0, shape (problems,).
        draws: of the bootstrap.
        seed: of the draws.

    Returns:
        The ratio and its limits; None for limits where nothing scatters.
    """
    u, v = (np.asarray(values, dtype=np.float64) for values in (numerator, denominator))
    ratio = float(u.mean() / v.mean())
    influence = (u - ratio * v) / v.mean()
    if np.ptp(influence) <= ROUNDING:
        return ratio, None
    means = resampled_means(np.column_stack([u, v]), draws, seed)
    kept = means[means[:, 1] != 0]
    ratios = kept[:, 0] / kept[:, 1]
    levels = bca_levels(ratios, ratio, influence)
    if levels is None:
        return ratio, None
    low, high = np.quantile(ratios, levels)
    return ratio, (float(low), float(high))
