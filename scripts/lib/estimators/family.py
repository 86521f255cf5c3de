"""Many paired differences looked at together: p values that hold for all of them at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
CHUNK = 1000
"""Draws held in memory at once."""
ROUNDING = 1e-12


def family_p_values(differences: ArrayLike, draws: int, seed: int) -> Floats:
    """The p values of mean differences, adjusted so that none is wrong in 95 of 100 families.

    Westfall and Young (1993), "Resampling-based multiple testing", the step-down maxT procedure
    (algorithm 4.1), with the signs of whole problems flipped at random: if neither of two results
    is better at a problem, either sign was as likely. All settings see the same flips, so that
    what they share is not counted twice. The statistic is the sum of the differences over the root
    of the sum of their squares, which flips leave as it is.

    Args:
        differences: of each problem at each setting, shape (problems, settings), 0 where a setting
            lacks the problem.
        draws: numbers of flips; the smallest p value is 1 / (draws + 1).
        seed: of the flips.

    Returns:
        Shape (settings,); not a number where no problem differs.
    """
    table = np.asarray(differences, dtype=np.float64)
    found = np.full(table.shape[1], np.nan)
    norms = np.sqrt((table**2).sum(axis=0))
    differ = np.flatnonzero(norms > 0)
    if not differ.size:
        return found
    scaled = table[:, differ] / norms[differ]
    observed = np.abs(scaled.sum(axis=0))
    order = np.argsort(-observed, kind="stable")
    generator = np.random.default_rng(seed)
    exceeded = np.zeros(len(order))
    for start in range(0, draws, CHUNK):
        flips = generator.integers(0, 2, size=(min(CHUNK, draws - start), len(table))) * 2.0 - 1
        drawn = np.abs(flips @ scaled)[:, order]
        # The largest of a setting and of all that are less remarkable than it.
        largest = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
        exceeded += (largest >= observed[order] - ROUNDING).sum(axis=0)
    adjusted = np.maximum.accumulate((exceeded + 1) / (draws + 1))
    found[differ[order]] = adjusted
    return found
