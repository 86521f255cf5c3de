"""Where the points of a curve stop gaining."""

import numpy as np
from numpy.typing import ArrayLike


def end_of_gains(compute: ArrayLike, accuracy: ArrayLike, least_gain: float) -> float:
    """The smallest compute from which no larger one gains `least_gain` or more.

    Args:
        compute: shape (points,), in any order.
        accuracy: in [0, 1], shape (points,).
        least_gain: smaller gains count as none.

    Raises:
        ValueError: there are no points.
    """
    order = np.argsort(np.asarray(compute, dtype=np.float64), kind="stable")
    if not len(order):
        raise ValueError("no points")
    sizes = np.asarray(compute, dtype=np.float64)[order]
    values = np.asarray(accuracy, dtype=np.float64)[order]
    # The best of what is still to come; at the last point that is the point itself.
    best = np.maximum.accumulate(values[::-1])[::-1]
    return float(sizes[np.flatnonzero(best - values < least_gain)[0]])
