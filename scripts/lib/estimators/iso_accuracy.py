"""What models that were trained more or less need of inference for the same accuracy.

A model's line ends with its points. Of an accuracy that its first point has already it is known
only that less will do, of one that it never has that more is needed, if anything will do. So each
number has two ends, the least and the most that it can be, which differ where a line leaves it
open. Limits on new problems are the lower one of the least and the upper one of the most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import TIED, bca_levels, problem_weights
from scripts.lib.estimators.line import doublings, weights_reaching

Floats = NDArray[np.float64]


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
        if not train > 0:
            raise ValueError("a line needs a training")
        order = np.argsort(doublings(spent.mean(axis=0)), kind="stable")
        return cls(train, right[:, order], spent[:, order])

    def needed(self, weights: Floats, at: ArrayLike) -> Floats:
        """Where the line first has an accuracy, for draws of problems.

        Args:
            weights: of the problems, which sum to 1, shape (draws, problems).
            at: accuracies, shape (accuracies,).

        Returns:
            log2 of the least and of the most compute, shape (2, draws, accuracies). They are
            equal between two points; they are minus infinity and the first point's where that has
            the accuracy, the last point's and infinity where the line never has it.
        """
        x, y = np.log2(weights @ self.compute), weights @ self.accuracy
        ends = []
        for accuracy in np.asarray(at, dtype=np.float64):
            there, first = weights_reaching(x, y, accuracy)
            never, place = ~there.any(axis=1), (there * x).sum(axis=1)
            least = np.where(first, -np.inf, np.where(never, x.max(axis=1), place))
            ends.append((least, np.where(never, np.inf, place)))
        return np.moveaxis(np.array(ends), 0, -1)


@dataclass(frozen=True)
class Value:
    """The least and the most that a value can be, and 95 % limits on new problems.

    Arrays of shape (accuracies,). All may be infinite; limits are not numbers where unknown.
    """

    least: Floats
    most: Floats
    low: Floats
    high: Floats


Statistic = Callable[[Floats], Floats]
"""From weights of problems (draws, problems) to the ends of values (2, draws, accuracies)."""


def with_limits(statistic: Statistic, problems: int, draws: int, seed: int) -> Value:
    """A statistic on the problems at hand, with BCa limits by a bootstrap over them.

    The jackknife gives the acceleration. Limits are unknown where the end itself is infinite, or
    nothing scatters.

    Args:
        statistic: what to compute.
        problems: how many there are.
        draws: of the bootstrap.
        seed: of the draws.
    """
    estimate = statistic(np.full((1, problems), 1 / problems))[:, 0]
    parts = [statistic(weights) for weights in problem_weights(problems, draws, seed)]
    drawn = np.concatenate(parts, axis=1)
    left_out = statistic((1 - np.eye(problems)) / (problems - 1))
    limits = np.full(estimate.shape, np.nan)
    for end, place in np.argwhere(np.isfinite(estimate)):
        column, value = drawn[end, :, place], estimate[end, place]
        if np.isclose(column, value, rtol=TIED, atol=TIED).all():
            continue
        with np.errstate(invalid="ignore"):
            influence = left_out[end, :, place].mean() - left_out[end, :, place]
        levels = bca_levels(column, value, influence)
        if levels is not None:
            limits[end, place] = np.quantile(column, levels[end], method="inverted_cdf")
    return Value(*estimate, *limits)


def needed_log2(line: ModelLine, at: ArrayLike) -> Statistic:
    """log2 of the inference compute that an accuracy needs."""
    return lambda weights: line.needed(weights, at)


def saved(less: ModelLine, more: ModelLine, at: ArrayLike) -> Statistic:
    """Inference FLOPs that a query saves with the model that was trained more."""
    return lambda weights: _difference(2 ** less.needed(weights, at), 2 ** more.needed(weights, at))


def doublings_saved(less: ModelLine, more: ModelLine, at: ArrayLike) -> Statistic:
    """Doublings of inference that one doubling of training replaces, between two models.

    -d log2 inference / d log2 training at equal accuracy; its inverse is the rate of exchange
    -d log2 training / d log2 inference.
    """
    trained = np.log2(more.train) - np.log2(less.train)
    return lambda weights: _difference(less.needed(weights, at), more.needed(weights, at)) / trained


def doublings_saved_by_all(lines: Sequence[ModelLine], accuracy: float) -> Statistic:
    """The same through all models, by least squares."""
    x = np.log2([line.train for line in lines])
    apart = x - x.mean()
    # What is rounding alone would make something of a line that leaves its place open.
    shares = np.where(np.abs(apart) > TIED, apart, 0) / (apart**2).sum()

    def statistic(weights: Floats) -> Floats:
        saved = np.zeros((2, len(weights), 1))
        for line, share in zip(lines, shares, strict=True):
            if share:
                ends = line.needed(weights, [accuracy])
                saved -= share * (ends[::-1] if share > 0 else ends)
        return saved

    return statistic


def _difference(first: Floats, second: Floats) -> Floats:
    """The least that a difference can be is the least of the one less the most of the other."""
    return first - second[::-1]
