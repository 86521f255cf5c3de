"""Votes weighted by a score, for which there is no closed form: seeded random subsets."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SAME = 1e-9
"""Weights whose sums differ by no more than this share of the largest are a tie: a sum of
floating-point numbers depends on their order in its last places."""


def weighted_vote(
    answer_classes: Sequence[int | None],
    weights: ArrayLike,
    correct: ArrayLike,
    ks: Sequence[int],
    draws: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Expected weighted vote of k samples of one problem, and its Monte-Carlo error.

    Each draw is a random order of the samples, whose first k vote for every k, so that the
    values at different k share their noise. The class with the largest sum of weights wins;
    a tie of m classes gives 1/m if one of them is right; empty answers do not vote.

    Args:
        answer_classes: class of each sample's answer, None for an empty one.
        weights: shape (n,), not negative.
        correct: shape (n,), true or false.
        ks: sizes of the draw.
        draws: number of random orders, at least 2.
        seed: of the random orders.

    Returns:
        Means and their standard errors, both of shape (ks,).

    Raises:
        ValueError: a weight is negative or not a number, or a k is out of range.
    """
    weight = np.asarray(weights, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    n = len(weight)
    if not (weight >= 0).all():
        raise ValueError("weights must be numbers that are not negative")
    if any(not 1 <= k <= n for k in ks) or draws < 2:
        raise ValueError(f"k must lie within 1 to {n}, and there must be 2 draws or more")
    voting = np.array([answer_class is not None for answer_class in answer_classes])
    names = sorted({a for a in answer_classes if a is not None})
    ballot = np.zeros((n, len(names)))
    for sample, answer_class in enumerate(answer_classes):
        if answer_class is not None:
            ballot[sample, names.index(answer_class)] = 1.0
    if not names:
        return np.zeros(len(ks)), np.zeros(len(ks))
    worth = (ballot.T @ right) / ballot.sum(axis=0)
    orders = np.argsort(np.random.default_rng(seed).random((draws, n)), axis=1)
    places = np.argsort(orders, axis=1)
    means, errors = np.empty(len(ks)), np.empty(len(ks))
    for position, k in enumerate(ks):
        drawn = (places < k) & voting
        sums = drawn @ (ballot * weight[:, None])
        # A class of weight 0 that was drawn still voted; one that was not drawn did not.
        sums[drawn @ ballot == 0] = -np.inf
        best = sums.max(axis=1, keepdims=True)
        modes = (sums >= best - SAME * np.abs(best)) & np.isfinite(sums)
        votes = (modes @ worth) / np.maximum(modes.sum(axis=1), 1)
        means[position] = votes.mean()
        errors[position] = votes.std(ddof=1) / np.sqrt(draws)
    return means, errors
