"""Votes weighted by a score, for which there is no closed form: seeded random subsets."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

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
    a tie of m classes gives 1/m if one of them is right; empty answers do not vote. One sample,
    and all of them, are exact: their errors are 0.

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
    numbers: dict[int | None, int] = {}
    for one in answer_classes:
        if one is not None:
            numbers.setdefault(one, len(numbers))
    # Empty answers are the last class, which is not among those that can win.
    ballots = np.array([numbers.get(one, len(numbers)) for one in answer_classes], dtype=np.int64)
    votes, rights = _sums(ballots[None], right, len(numbers))
    worth = (rights / votes)[0]
    voting = ballots < len(numbers)
    means, errors = np.zeros(len(ks)), np.zeros(len(ks))
    between = sorted({k for k in ks if 1 < k < n})
    found = _drawn_votes(ballots, weight, worth, between, draws, seed) if between else {}
    for position, k in enumerate(ks):
        if k == 1:
            means[position] = (right * voting).mean()
        elif k == n:
            means[position] = worth_of_modes(_sums(ballots[None], weight, len(worth)), worth)[0]
        else:
            means[position] = found[k].mean()
            errors[position] = found[k].std(ddof=1) / np.sqrt(draws)
    return means, errors


def _drawn_votes(
    ballots: Integers, weight: Floats, worth: Floats, ks: Sequence[int], draws: int, seed: int
) -> dict[int, Floats]:
    """For each k, in rising order, the vote of the first k of every random order."""
    generator = np.random.default_rng(seed)
    orders = generator.permuted(np.tile(np.arange(len(weight)), (draws, 1)), axis=1)[:, : ks[-1]]
    sums: tuple[Floats, Floats] = (np.zeros((draws, len(worth))),) * 2
    found, begin = {}, 0
    for k in ks:
        new = orders[:, begin:k]
        more = _sums(ballots[new], weight[new], len(worth))
        sums, begin = (sums[0] + more[0], sums[1] + more[1]), k
        found[k] = worth_of_modes(sums, worth)
    return found


def _sums(ballots: Integers, weight: Floats, classes: int) -> tuple[Floats, Floats]:
    """Number and weight of the votes of each class in each row, shape (rows, classes)."""
    shape = (len(ballots), classes + 1)
    flat = (ballots + shape[1] * np.arange(shape[0])[:, None]).ravel()
    each = (np.ones(flat.size), weight.ravel())
    votes, weights = (
        np.bincount(flat, w, shape[0] * shape[1]).reshape(shape)[:, :-1] for w in each
    )
    return np.asarray(votes, dtype=np.float64), np.asarray(weights, dtype=np.float64)


def worth_of_modes(sums: tuple[Floats, Floats], worth: Floats) -> Floats:
    """Mean worth of the classes with the largest weight in each row; 0 where none voted."""
    votes, weights = sums
    if not worth.size:
        return np.zeros(len(votes))
    # A class of weight 0 that was drawn still voted; one that was not drawn did not.
    reached = np.where(votes > 0, weights, -1.0)
    best = reached.max(axis=1, keepdims=True)
    modes = (reached >= best - SAME * np.abs(best)) & (votes > 0)
    return np.asarray((modes @ worth) / np.maximum(modes.sum(axis=1), 1))
