"""Lines of accuracy against compute: what they have at some compute, and where they reach what.

Lines join points in log2 of their compute, as figures draw them, and end with them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Compute that lies outside of a line by no more than this, in doublings, is that of its end."""


def doublings(compute: ArrayLike) -> Floats:
    """log2 of the compute of a line's points.

    Raises:
        ValueError: there are no points, or compute is not above 0.
    """
    each = np.asarray(compute, dtype=np.float64)
    if not each.size or not (each > 0).all():
        raise ValueError("a line needs points with compute above 0")
    return np.log2(each)


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
    each = doublings(compute)
    order = np.argsort(each, kind="stable")
    x, place = each[order], doublings([at])[0]
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


def weights_reaching(
    x: ArrayLike, y: ArrayLike, accuracy: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """How much each point of a line counts where the line first has an accuracy.

    The place lies between the first point, in the order of compute, that has it and the point
    before, so that the line has just this accuracy there. A point that is worse than a cheaper
    one counts as it is: a line through the best so far would have the accuracy of no points
    that were measured, and of noisy ones always the luckiest.

    Args:
        x: log2 of the compute of its points, in any order, shape (draws, points).
        y: their accuracies, the same shape.
        accuracy: to be reached.

    Returns:
        Weights of one point or of two neighbours, which sum to 1, or all 0 where the line never
        has it, shape (draws, points); whether its first point has it already, shape (draws,).
    """
    places, heights = (np.asarray(values, dtype=np.float64) for values in (x, y))
    order = np.lexsort((heights, places))
    sorted_heights = np.take_along_axis(heights, order, axis=1)
    has: NDArray[np.bool_] = np.greater_equal(sorted_heights, accuracy)
    rows, after = np.arange(len(has)), has.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    low, high = sorted_heights[rows, before], sorted_heights[rows, after]
    share = np.where(after > 0, (accuracy - low) / np.where(after > 0, high - low, 1), 1)
    weights = np.zeros(has.shape)
    weights[rows, order[rows, before]] = 1 - share
    weights[rows, order[rows, after]] += share
    return weights * has.any(axis=1, keepdims=True), has[:, 0]
