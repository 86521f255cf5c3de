"""The best of k: which of k samples drawn without replacement from n is the largest.

The sample of rank r (1 is the best) is the best of a random k of n with probability
C(n - r, k - 1) / C(n, k): it is drawn, and the other k - 1 come from the n - r behind it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def rank_weights(n: int, ks: Sequence[int]) -> Floats:
    """Probability that the sample of each rank is the best of k, shape (ks, n).

    Raises:
        ValueError: a k is below 1 or above n.
    """
    if any(not 1 <= k <= n for k in ks):
        raise ValueError(f"k must lie within 1 to {n}, the number of samples: {list(ks)}")
    size = np.asarray(ks, dtype=np.float64)[:, None]
    rank = np.arange(1, n)
    # The first rank has k / n; each next one (n - r - k + 1) / (n - r) of the one before.
    ratios = np.clip((n - rank - size + 1) / (n - rank), 0, None)
    return np.asarray(np.cumprod(np.hstack([size / n, ratios]), axis=1))


def best_of_k(scores: ArrayLike, correct: ArrayLike, ks: Sequence[int]) -> Floats:
    """Expected correctness of the best-scored of k samples of one problem, shape (ks,).

    Samples of equal score share their ranks: each is as likely to be picked as the others.

    Args:
        scores: shape (n,), larger is better.
        correct: shape (n,), true or false, or a worth within [0, 1].
        ks: sizes of the draw.

    Raises:
        ValueError: a score is not a number, shapes differ, or a k is out of range.
    """
    score = np.asarray(scores, dtype=np.float64)
    worth = np.asarray(correct, dtype=np.float64)
    if score.shape != worth.shape or score.ndim != 1:
        raise ValueError(f"one score per sample: shapes {score.shape} and {worth.shape}")
    if np.isnan(score).any():
        raise ValueError("a score is not a number")
    _, level, sizes = np.unique(-score, return_inverse=True, return_counts=True)
    shared = np.bincount(level, weights=worth) / sizes
    return np.asarray(rank_weights(len(score), ks) @ np.repeat(shared, sizes))


def expected_maximum(values: ArrayLike, ks: Sequence[int]) -> Floats:
    """Expected largest of k of the values, drawn without replacement, shape (ks,).

    Raises:
        ValueError: a k is below 1 or above the number of values.
    """
    descending = np.sort(np.asarray(values, dtype=np.float64))[::-1]
    return np.asarray(rank_weights(len(descending), ks) @ descending)
