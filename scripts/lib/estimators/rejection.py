"""Rejection sampling, exact from a pool: draw until a sample fits, at most so many times.

Of a problem's n samples f fit, m = n - f do not. Draws are without replacement, in random order,
so that q_j = C(m, j) / C(n, j) is the probability that the first j draws all fail to fit. One of
T draws is accepted with probability 1 - q_T, and it is any of the f with equal chances. Draw j is
thrown away if it and all before it fail to fit: T draws throw away q_1 + ... + q_T samples on
average, each of the m with equal chances. With g_j = q_j (n - j + 1) / (f + 1) each term is
g_j - g_(j+1), so that the sum is (m - (m - T) q_T) / (f + 1).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.passk import pass_at_k

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tries:
    """What up to T tries come to, a value per problem."""

    accepted: Floats
    """Probability that a sample is accepted."""
    rejected: Floats
    """Expected number of samples thrown away."""

    def spent(self, fitting: ArrayLike, failing: ArrayLike) -> Floats:
        """Expected cost of all tries: of those thrown away and of the accepted one.

        Args:
            fitting: mean cost of the samples that fit; anything where there are none.
            failing: mean cost of those that do not; anything where there are none.
        """
        thrown = np.where(self.rejected > 0, np.asarray(failing, dtype=np.float64), 0.0)
        kept = np.where(self.accepted > 0, np.asarray(fitting, dtype=np.float64), 0.0)
        return self.rejected * thrown + self.accepted * kept


def tries(n: ArrayLike, fitting: ArrayLike, most: int) -> Tries:
    """Acceptance and waste of at most `most` draws from each pool.

    Args:
        n: samples of each problem, a number or shape (problems,).
        fitting: how many of them fit, shape (problems,).
        most: T, at most the samples of any problem.

    Raises:
        ValueError: `most` is not within 1 to the samples of a problem.
    """
    fit = np.atleast_1d(np.asarray(fitting, dtype=np.int64))
    samples = np.broadcast_to(np.asarray(n, dtype=np.int64), fit.shape)
    accepted = pass_at_k(samples, fit, [most])[:, 0]
    failing = samples - fit
    return Tries(accepted, (failing - (failing - most) * (1 - accepted)) / (fit + 1))


def expected_accuracy(n: ArrayLike, fitting: ArrayLike, right: ArrayLike, most: int) -> Floats:
    """Probability that a sample is accepted and right, shape (problems,).

    Args:
        n: samples of each problem, a number or shape (problems,).
        fitting: how many of them fit, shape (problems,).
        right: how many fit and are right, shape (problems,).
        most: most draws.
    """
    fit = np.atleast_1d(np.asarray(fitting, dtype=np.int64))
    share = np.asarray(right, dtype=np.float64) / np.maximum(fit, 1)
    return np.asarray(tries(n, fit, most).accepted * share)
