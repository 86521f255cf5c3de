"""What is taken for granted of a problem's answers before any is seen, fitted to all problems.

An answer is empty with a chance that has a Beta law over problems; of the others, it is right with
a chance that has another. Wrong answers follow a Pitman-Yor process (Pitman and Yor, 1997, "The
two-parameter Poisson-Dirichlet distribution derived from a stable subordinator"): after w wrong
answers in K classes, the next wrong one is of a class seen n_j times with probability
(n_j - discount) / (w + concentration), and new with the rest. Discount 0 is the Dirichlet process.

The six numbers of these laws are unknown too. Each pair has a grid that is even in logarithms (the
discount's: in itself), and its posterior over all problems is summed on that grid: pools that are
nearly always right, or whose wrong answers scatter widely, say so themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when they are used
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.vote import Tally

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BETA_GRID = 2.0 ** np.arange(-5, 5.25, 0.5)
CONCENTRATIONS = 2.0 ** np.arange(-4, 6.25, 0.5)
DISCOUNTS = np.arange(0, 0.95, 0.1)
RIGHT = 0.5
"""A class of answers counts as right from this worth on."""


@dataclass(frozen=True)
class Prior:
    """Laws of a problem's answers, one for each of several draws of their numbers.

    All arrays have shape (laws,). `empty` and `right` hold the two shapes of a Beta law.
    """

    empty: tuple[Floats, Floats]
    right: tuple[Floats, Floats]
    concentration: Floats
    discount: Floats

    @property
    def laws(self) -> int:
        """Number of draws."""
        return len(self.discount)


@dataclass(frozen=True)
class Counts:
    """Answers of one problem: right classes and wrong ones with their worths, and empty answers.

    `right` is one class that nobody has given (0 times, worth 1) where no right answer was seen.
    """

    right: Ints
    right_worth: Floats
    wrong: Ints
    wrong_worth: Floats
    empty: int


def counts_of(answers: Tally) -> Counts:
    """The classes of a problem, split into right and wrong ones."""
    right = [one for one in answers.classes if one[1] >= RIGHT] or [(0, 1.0)]
    wrong = [one for one in answers.classes if one[1] < RIGHT]
    return Counts(
        right=np.array([count for count, _ in right], dtype=np.int64),
        right_worth=np.array([worth for _, worth in right], dtype=np.float64),
        wrong=np.array([count for count, _ in wrong], dtype=np.int64),
        wrong_worth=np.array([worth for _, worth in wrong], dtype=np.float64),
        empty=answers.empty,
    )


def fixed_prior() -> Prior:
    """One law that no data chose: Jeffreys' for the shares, a Dirichlet process of concentration 1.

    Beside `fitted_prior` it shows how much a result rests on the law.
    """
    half, one = np.array([0.5]), np.array([1.0])
    return Prior((half, half), (half, half), one, np.array([0.0]))


def fitted_prior(problems: Sequence[Counts], laws: int, generator: np.random.Generator) -> Prior:
    """Laws drawn from their posterior, given the answers of all problems.

    Args:
        problems: with their counts.
        laws: number of draws.
        generator: of the draws.

    Returns:
        Laws in no order.
    """
    right = np.array([one.right.sum() for one in problems])
    wrong = np.array([one.wrong.sum() for one in problems])
    empty = np.array([one.empty for one in problems])

    def drawn(logs: Floats, *axes: Floats) -> tuple[Floats, Floats]:
        weights = np.exp(logs - logs.max()).ravel()
        cells = generator.choice(weights.size, size=laws, p=weights / weights.sum())
        first, second = np.unravel_index(cells, logs.shape)
        return axes[0][first], axes[1][second]

    concentration, discount = drawn(
        log_partitions([one.wrong for one in problems], CONCENTRATIONS, DISCOUNTS),
        CONCENTRATIONS,
        DISCOUNTS,
    )
    return Prior(
        drawn(log_shares(empty, right + wrong, BETA_GRID), BETA_GRID, BETA_GRID),
        drawn(log_shares(right, wrong, BETA_GRID), BETA_GRID, BETA_GRID),
        concentration,
        discount,
    )


def log_shares(first: ArrayLike, second: ArrayLike, grid: Floats) -> Floats:
    """Log probability of two counts per problem whose share has a Beta law over problems.

    Args:
        first: shape (problems,).
        second: shape (problems,).
        grid: values of both shapes of the Beta law.

    Returns:
        Shape (grid, grid), the shape that goes with `first` along the rows.
    """
    a, b = grid[:, None, None], grid[None, :, None]
    betaln = scipy.special.betaln
    each = betaln(a + np.asarray(first), b + np.asarray(second)) - betaln(a, b)
    return np.asarray(each.sum(axis=-1))


def log_partitions(classes: Sequence[Ints], concentrations: Floats, discounts: Floats) -> Floats:
    """Log probability of the class counts of all problems under Pitman-Yor processes.

    The exchangeable partition probability function (Pitman, 1995, "Exchangeable and partially
    exchangeable random partitions", proposition 9), summed over problems.

    Args:
        classes: for each problem how often each class was given; empty arrays where none was.
        concentrations: above 0.
        discounts: within 0 to 1, 1 left out.

    Returns:
        Shape (concentrations, discounts).
    """
    theta, d = concentrations[:, None, None], discounts[None, :, None]
    gammaln = scipy.special.gammaln
    each = np.concatenate([*classes, np.zeros(0, dtype=np.int64)])
    number = np.array([len(one) for one in classes if len(one)], dtype=np.int64)
    total = np.array([one.sum() for one in classes if len(one)], dtype=np.int64)
    shape = len(concentrations), len(discounts)
    later = np.log(theta + np.arange(1, number.max(initial=1)) * d)
    # Entry K - 1: what the K classes of a problem add, but for the first.
    begun = np.concatenate([np.zeros((*shape, 1)), np.cumsum(later, axis=-1)], axis=-1)
    logs = begun[..., number - 1].sum(axis=-1)
    logs = logs - (gammaln(theta + total) - gammaln(theta + 1)).sum(axis=-1)
    logs = logs + (gammaln(each - d) - gammaln(1 - d)).sum(axis=-1)
    return np.asarray(logs)
