"""How well scores tell right steps from wrong ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.lib.estimators.bootstrap import TAILS, problem_weights

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

THRESHOLD = 0.5
"""A step with a lower score counts as found wrong."""
BINS = 10


def auc(scores: Floats, right: Truths, weights: Floats | None = None) -> float:
    """Chance that a right step scores above a wrong one, ties half (Mann and Whitney 1947).

    Args:
        scores: shape (steps,).
        right: whether each step is right.
        weights: of each step; all 1 if left out.

    Returns:
        Not a number where all steps are right, or all wrong.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    values, place = np.unique(scores, return_inverse=True)
    good = np.bincount(place, weights * right, len(values))
    bad = np.bincount(place, weights * ~right, len(values))
    pairs = good.sum() * bad.sum()
    if not pairs:
        return float("nan")
    below = np.cumsum(bad) - bad
    return float((good * (below + bad / 2)).sum() / pairs)


def auc_limits(
    scores: Floats, right: Truths, problems: Sequence[int], draws: int, seed: int
) -> tuple[float, float]:
    """Percentile limits of the AUC at 95 %, with problems drawn anew, not steps.

    Args:
        scores: shape (steps,).
        right: whether each step is right.
        problems: number of each step's problem, from 0.
        draws: draws of the bootstrap; those without right or without wrong steps tell nothing.
        seed: of the draws.

    Returns:
        Not numbers where the AUC is none, of the steps or of every draw.
    """
    owner = np.asarray(problems)
    count = int(owner.max()) + 1 if len(owner) else 0
    if np.isnan(auc(scores, right)):
        return float("nan"), float("nan")
    values, place = np.unique(scores, return_inverse=True)
    # Right and wrong steps of each problem at each value, so that a draw is a matrix product.
    good = np.zeros((count, len(values)))
    bad = np.zeros((count, len(values)))
    np.add.at(good, (owner, place), right)
    np.add.at(bad, (owner, place), ~right)
    found = []
    for weights in problem_weights(count, draws, seed):
        drawn_good, drawn_bad = weights @ good, weights @ bad
        below = np.cumsum(drawn_bad, axis=1) - drawn_bad
        pairs = drawn_good.sum(axis=1) * drawn_bad.sum(axis=1)
        known = pairs > 0
        above = (drawn_good * (below + drawn_bad / 2)).sum(axis=1)
        found.append(above[known] / pairs[known])
    drawn = np.concatenate(found)
    if not len(drawn):
        return float("nan"), float("nan")
    low, high = np.quantile(drawn, TAILS)
    return float(low), float(high)


def accuracy(scores: Floats, right: Truths) -> float:
    """Share of the steps that are right and not found wrong, or wrong and found so."""
    return float(((scores >= THRESHOLD) == right).mean())


@dataclass(frozen=True)
class FirstError:
    """First errors found (ProcessBench, arXiv:2412.06559, section 3.4).

    `erroneous`: share of the solutions with a wrong step whose first wrong step is also the first
    that is found wrong. `correct`: share of those without one in which none is found. `f1`: their
    harmonic mean. Not a number where there are no such solutions.
    """

    erroneous: float
    correct: float
    f1: float


def first_error(solutions: Sequence[tuple[Floats, Truths]]) -> FirstError:
    """Whether the first step that scores below THRESHOLD is the first wrong one.

    Args:
        solutions: scores and truths of the steps of each, in order.
    """
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for scores, right in solutions:
        wrong = np.flatnonzero(~right)
        found = np.flatnonzero(scores < THRESHOLD)
        first = found[0] if len(found) else None
        hits[bool(len(wrong))].append(first == (wrong[0] if len(wrong) else None))
    erroneous, correct = (
        float(np.mean(hits[which])) if hits[which] else float("nan") for which in (True, False)
    )
    total = erroneous + correct
    return FirstError(erroneous, correct, 2 * erroneous * correct / total if total else 0.0)


@dataclass(frozen=True)
class Bin:
    """Steps whose scores lie in a bin: its lower end, how many, their mean score, right ones."""

    low: float
    steps: int
    score: float
    right: float


def calibration(scores: Floats, right: Truths) -> list[Bin]:
    """Of each tenth of the scores that holds steps: their mean score, and how many are right."""
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        Bin(
            float(at / BINS),
            int((place == at).sum()),
            float(scores[place == at].mean()),
            float(right[place == at].mean()),
        )
        for at in range(BINS)
        if (place == at).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error (Naeini et al. 2015): mean of |right - score| over the steps."""
    steps = sum(one.steps for one in bins)
    return sum(one.steps * abs(one.right - one.score) for one in bins) / steps


def brier(scores: Floats, right: Truths) -> float:
    """Mean squared distance of the scores from 1 for right steps and 0 for wrong ones."""
    return float(((scores - right) ** 2).mean())
