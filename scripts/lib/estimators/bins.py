"""Problems in bins of like value, as even as equal values allow."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def quantile_bins(values: ArrayLike, bins: int) -> NDArray[np.int64]:
    """The bin of each value, from 1 (the largest values) to `bins`, shape (n,).

    Equal values are never parted: each of the bins - 1 cuts stands where the value changes, as near
    as can be to its quantile, and before it if two places are as near. So bins may differ in
    size, and be empty where many values are equal; without equal values they differ by one at most.

    Args:
        values: shape (n,).
        bins: how many.

    Raises:
        ValueError: a value is not a number.
    """
    column = np.asarray(values, dtype=np.float64)
    if np.isnan(column).any():
        raise ValueError("a value is not a number")
    levels, group, sizes = np.unique(-column, return_inverse=True, return_counts=True)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    # In whole numbers, bins times as large, so that two places are as near without rounding.
    wanted = len(column) * np.arange(1, bins)
    cuts = ends[np.abs(bins * ends[None, :] - wanted[:, None]).argmin(axis=1)]
    starts = ends[: len(levels)]
    return np.asarray((np.searchsorted(cuts, starts, side="right") + 1)[group], dtype=np.int64)
