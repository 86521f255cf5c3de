"""Which points of a curve are at the same budget."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

SAME = 0.01
"""Compute of one budget differs by this share at most.

Forced thinking that ends by itself below two of the budgets differs by less, and by chance alone.
"""


def budgets_of(x: ArrayLike) -> NDArray[np.int64]:
    """The number of each point's budget, from 0 on, shape (points,).

    Args:
        x: compute in rising order, shape (points,).
    """
    places = np.asarray(x, dtype=np.float64)
    numbers = np.zeros(len(places), dtype=np.int64)
    first = 0
    for point in range(1, len(places)):
        if places[point] > places[first] * (1 + SAME):
            first = point
            numbers[point:] += 1
    return numbers
