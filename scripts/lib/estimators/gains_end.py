"""The smallest budget at which what is still to be gained is surely small."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import resampled_means
from scripts.lib.estimators.budgets import budgets_of

Floats = NDArray[np.float64]

SURE = 0.95


@dataclass(frozen=True)
class Remaining:
    """What larger budgets gain over each one, arrays of shape (points,) in the order of x.

    Not a number at the largest budget. `high` are upper limits that hold all at once.
    """

    gain: Floats
    high: Floats

    def end(self, smallest: float) -> int | None:
        """The first budget whose remaining gain is surely below `smallest`; None if there is none.

        All limits hold together with 95 % confidence, so that they hold where they were chosen.
        """
        found = np.flatnonzero(self.high < smallest)
        return int(found[0]) if len(found) else None


def remaining_gains(x: ArrayLike, values: ArrayLike, draws: int, seed: int) -> Remaining:
    """Remaining gains from the accuracy of each problem at each point, paired over problems.

    The limits are max-t bootstrap limits over all pairs of a budget and a larger one, after the
    quantile of the largest studentised difference of Romano and Wolf (2005, "Exact and approximate
    stepdown methods for multiple hypothesis testing"), but in a single step, with one scatter for
    all draws, and with the draws taken as they are, not turned over: gains of few problems are
    skewed to the right, and so is what they leave unknown. One more problem that gains all there is
    to gain is imagined in every pair, for n problems say little of gains that fewer than 1 of n
    would have. That all limits hold at once rests on simulations, not on the paper: those of
    tests/test_estimators_gains_end.py (test_all_limits_hold_at_once).

    Args:
        x: compute in rising order, shape (points,).
        values: shape (problems, points).
        draws: of the bootstrap.
        seed: of the draws.
    """
    table = np.asarray(values, dtype=np.float64)
    pairs = _pairs(x)
    apart = table[:, pairs[1]] - table[:, pairs[0]]
    unseen = np.vstack([apart, np.ones(apart.shape[1])])
    drawn = resampled_means(unseen, draws, seed)
    high = _high(unseen.mean(axis=0), drawn)
    return _remaining(pairs, apart.mean(axis=0), high, table.shape[1])


def remaining_of_points(x: ArrayLike, accuracy: ArrayLike, drawn: ArrayLike) -> Remaining:
    """The same from draws of the curve itself, where problems are unknown.

    Args:
        x: compute in rising order, shape (points,).
        accuracy: shape (points,).
        drawn: draws of it, shape (draws, points).
    """
    curve, curves = np.asarray(accuracy, dtype=np.float64), np.asarray(drawn, dtype=np.float64)
    pairs = _pairs(x)
    gain = curve[pairs[1]] - curve[pairs[0]]
    high = _high(gain, curves[:, pairs[1]] - curves[:, pairs[0]])
    return _remaining(pairs, gain, high, len(curve))


def _pairs(x: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each budget, and each that is larger."""
    budgets = budgets_of(x)
    first, second = np.triu_indices(len(budgets), k=1)
    larger = budgets[second] > budgets[first]
    return first[larger], second[larger]


def _high(gain: Floats, drawn: Floats) -> Floats:
    scatter = drawn.std(axis=0)
    moved = scatter > 0
    if not moved.any():
        return gain
    largest = ((drawn - gain)[:, moved] / scatter[moved]).max(axis=1)
    return np.asarray(np.minimum(gain + np.quantile(largest, SURE) * scatter, 1))


def _remaining(
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]], gain: Floats, high: Floats, points: int
) -> Remaining:
    most = np.full((2, points), -np.inf)
    for row, found in zip(most, (gain, high), strict=True):
        np.maximum.at(row, pairs[0], found)
    most[np.isinf(most)] = np.nan
    return Remaining(most[0], most[1])
