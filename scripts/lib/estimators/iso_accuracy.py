"""What models that were trained more or less need of inference for the same accuracy.

A model's line joins its points in log2 of their inference compute. It rises nowhere but where a
point is better than all cheaper ones, so that each accuracy has one place on it; it ends with its
points.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import TAILS, bca_levels, problem_weights

Floats = NDArray[np.float64]

MOST_UNKNOWN = min(TAILS)
"""Largest share of draws that may not know a value which has limits."""


@dataclass(frozen=True)
class ModelLine:
    """Points of one model: of each problem its accuracy and inference FLOPs, (problems, points).

    `train` is what the training took, in FLOPs.
    """

    train: float
    accuracy: Floats
    compute: Floats

    @classmethod
    def of(cls, train: float, accuracy: ArrayLike, compute: ArrayLike) -> "ModelLine":
        """A line through points in any order.

        Raises:
            ValueError: there are no points, or compute is not above 0.
        """
        right, spent = (np.asarray(values, dtype=np.float64) for values in (accuracy, compute))
        means = spent.mean(axis=0)
        if not len(means) or not (means > 0).all() or not train > 0:
            raise ValueError("a line needs points with compute above 0, and a training")
        order = np.argsort(means, kind="stable")
        return cls(train, right[:, order], spent[:, order])

    def needed(self, weights: Floats, at: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
        """Where the line first has an accuracy, for draws of problems.

        Args:
            weights: of the problems, which sum to 1, shape (draws, problems).
            at: accuracies, shape (accuracies,).

        Returns:
            log2 of the compute, infinite where the line never has it, and whether its first point
            has it already, both of shape (draws, accuracies).
        """
        x = np.log2(weights @ self.compute)
        top = np.maximum.accumulate(weights @ self.accuracy, axis=1)
        columns = [_first_place(x, top, float(accuracy)) for accuracy in np.asarray(at)]
        places, first = zip(*columns, strict=True)
        return np.column_stack(places), np.column_stack(first)


def _first_place(x: Floats, top: Floats, accuracy: float) -> tuple[Floats, NDArray[np.bool_]]:
    has = top >= accuracy
    after = has.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    rows = np.arange(len(x))
    rise = top[rows, after] - top[rows, before]
    share = np.where(rise > 0, (accuracy - top[rows, before]) / np.where(rise > 0, rise, 1), 1.0)
    place = (1 - share) * x[rows, before] + share * x[rows, after]
    reached = has.any(axis=1)
    return np.where(reached, place, np.inf), reached & (after == 0)


@dataclass(frozen=True)
class Value:
    """A value and its 95 % limits on new problems, arrays of shape (accuracies,).

    Limits may be infinite; they are not numbers where they are unknown.
    """

    value: Floats
    low: Floats
    high: Floats


Statistic = Callable[[Floats], Floats]
"""From weights of problems (draws, problems) to values (draws, accuracies)."""


def with_limits(statistic: Statistic, problems: int, draws: int, seed: int) -> Value:
    """A statistic on the problems at hand, with BCa limits by a bootstrap over them.

    The jackknife gives the acceleration. Where more than MOST_UNKNOWN of the draws are not
    numbers, or nothing scatters, the limits are unknown.

    Args:
        statistic: what to compute.
        problems: how many there are.
        draws: of the bootstrap.
        seed: of the draws.
    """
    estimate = statistic(np.full((1, problems), 1 / problems))[0]
    drawn = np.vstack([statistic(weights) for weights in problem_weights(problems, draws, seed)])
    left_out = statistic((1 - np.eye(problems)) / (problems - 1))
    limits = np.full((2, len(estimate)), np.nan)
    for place in np.flatnonzero(np.isfinite(estimate)):
        column = drawn[:, place]
        known = column[~np.isnan(column)]
        if len(known) < (1 - MOST_UNKNOWN) * len(column) or len(np.unique(known)) < 2:
            continue
        with np.errstate(invalid="ignore"):
            influence = left_out[:, place].mean() - left_out[:, place]
        levels = bca_levels(known, estimate[place], influence)
        if levels is not None:
            limits[:, place] = np.quantile(known, levels, method="inverted_cdf")
    return Value(estimate, *limits)


def needed_log2(line: ModelLine, at: ArrayLike) -> Statistic:
    """log2 of the inference compute that an accuracy needs."""
    return lambda weights: line.needed(weights, at)[0]


def saved(less: ModelLine, more: ModelLine, at: ArrayLike) -> Statistic:
    """Inference FLOPs that a query saves with the model that was trained more."""
    return lambda weights: _difference(
        2 ** less.needed(weights, at)[0], 2 ** more.needed(weights, at)[0]
    )


def doublings_saved(less: ModelLine, more: ModelLine, at: ArrayLike) -> Statistic:
    """Doublings of inference that one doubling of training replaces, between two models.

    -d log2 inference / d log2 training at equal accuracy; its inverse is the rate of exchange
    -d log2 training / d log2 inference.
    """
    trained = np.log2(more.train) - np.log2(less.train)
    return lambda weights: (
        _difference(less.needed(weights, at)[0], more.needed(weights, at)[0]) / trained
    )


def doublings_saved_by_all(lines: Sequence[ModelLine], accuracy: float) -> Statistic:
    """The same through all models by least squares; not a number where one never reaches it."""
    x = np.log2([line.train for line in lines])
    apart = x - x.mean()
    slope = apart / (apart**2).sum()

    def statistic(weights: Floats) -> Floats:
        y = np.column_stack([line.needed(weights, [accuracy])[0][:, 0] for line in lines])
        known = np.where(np.isfinite(y), y, np.nan)
        return np.asarray(-(known * slope).sum(axis=1, keepdims=True))

    return statistic


def _difference(first: Floats, second: Floats) -> Floats:
    """Not a number where both are infinite: none of the two ever gets there."""
    with np.errstate(invalid="ignore"):
        return np.asarray(first - second)
