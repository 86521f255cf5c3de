"""The best of several strategies for each bin of problems, fitted on one half, scored on the other.

Two-fold cross-validation within each bin, as in Snell et al. (2024), "Scaling LLM Test-Time Compute
Optimally can be More Effective than Scaling Model Parameters", arXiv:2408.03314, section 3.2: what
is best for one half of a bin's problems is scored on its other half, and the other way round, so
that every problem is scored once, by a choice that has not seen it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import problem_weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDING = 1e-9
"""Accuracies this near are equal, and so is a cost that is above a budget by this share."""


@dataclass(frozen=True)
class Part:
    """One half of a bin that is scored, and what its strategy is fitted on.

    `scored` and `fitted` are positions of problems; they have none in common. `own_bin` is false
    where the bin's other half is empty: then the other half of all problems stands in.
    """

    bin: int
    half: int
    scored: Ints
    fitted: Ints
    own_bin: bool


@dataclass(frozen=True)
class Optimum:
    """What was chosen: the position of a strategy for each budget and part, (budgets, parts)."""

    parts: list[Part]
    budgets: Floats
    choices: Ints

    def scored(self, table: Floats) -> Floats:
        """Values of the chosen strategies, from (problems, strategies) to (problems, budgets).

        Each problem's is that of the choice which was fitted without it.
        """
        values = np.full((len(table), len(self.budgets)), np.nan)
        for place, part in enumerate(self.parts):
            values[part.scored] = table[part.scored][:, self.choices[:, place]]
        return values


def halves(problems: Sequence[str], bins: ArrayLike) -> Ints:
    """Half 0 or 1 of each problem: within a bin, in the order of their hashes, by turns.

    Args:
        problems: ids, which alone decide the order.
        bins: of the problems, shape (problems,).
    """
    hashes = [hashlib.sha256(problem.encode()).digest() for problem in problems]
    bin_of = np.asarray(bins, dtype=np.int64)
    half = np.zeros(len(bin_of), dtype=np.int64)
    for one in np.unique(bin_of):
        members = sorted(np.flatnonzero(bin_of == one), key=lambda place: hashes[place])
        half[members] = np.arange(len(members)) % 2
    return half


def parts_of(bins: ArrayLike, half: ArrayLike) -> list[Part]:
    """All halves of bins that hold problems.

    Args:
        bins: of the problems, shape (problems,).
        half: 0 or 1, shape (problems,).

    Raises:
        ValueError: all problems are in one half, so that there is nothing to fit on.
    """
    bin_of, half_of = np.asarray(bins, dtype=np.int64), np.asarray(half, dtype=np.int64)
    parts = []
    for one in np.unique(bin_of):
        for side in (0, 1):
            scored = np.flatnonzero((bin_of == one) & (half_of == side))
            own = np.flatnonzero((bin_of == one) & (half_of != side))
            fitted = own if len(own) else np.flatnonzero(half_of != side)
            if not len(fitted):
                raise ValueError("a choice is fitted on other problems than it is scored on")
            if len(scored):
                parts.append(Part(int(one), side, scored, fitted, own_bin=len(own) > 0))
    return parts


def budget_grid(cost: Floats, parts: Sequence[Part]) -> Floats:
    """Powers of two, from the first that every part has a strategy within, to the first for all.

    Args:
        cost: of each problem under each strategy, shape (problems, strategies).
        parts: from `parts_of`.
    """
    means = np.array([cost[part.fitted].mean(axis=0) for part in parts])
    ends = np.log2(np.maximum([means.min(axis=1).max(), means.max()], 1.0))
    first, last = np.ceil(ends - ROUNDING).astype(np.int64)
    return np.asarray(2.0 ** np.arange(first, last + 1))


def choose(accuracy: Floats, cost: Floats, budget: float) -> Ints:
    """The strategy of the best accuracy among those within the budget, in each row, shape (rows,).

    Of equally good ones the cheapest. Where none is within the budget, the cheapest of all.

    Args:
        accuracy: shape (rows, strategies).
        cost: the same shape.
        budget: most cost.
    """
    within = cost <= budget * (1 + ROUNDING)
    among = np.where(within, accuracy, -1.0)
    best = within & (among >= among.max(axis=1, keepdims=True) - ROUNDING)
    chosen = np.where(best, cost, np.inf).argmin(axis=1)
    return np.asarray(np.where(within.any(axis=1), chosen, cost.argmin(axis=1)))


def optimum(accuracy: Floats, cost: Floats, parts: Sequence[Part], budgets: Floats) -> Optimum:
    """The best strategy for each part at each budget.

    Args:
        accuracy: of each problem under each strategy, shape (problems, strategies).
        cost: the same of its cost.
        parts: from `parts_of`.
        budgets: most mean cost of a problem, shape (budgets,).
    """
    choices = np.empty((len(budgets), len(parts)), dtype=np.int64)
    for place, part in enumerate(parts):
        right, spent = (table[part.fitted].mean(axis=0)[None, :] for table in (accuracy, cost))
        choices[:, place] = [choose(right, spent, budget)[0] for budget in budgets]
    return Optimum(list(parts), budgets, choices)


def resampled_optima(
    accuracy: Floats, cost: Floats, parts: Sequence[Part], budgets: Floats, draws: int, seed: int
) -> Floats:
    """Accuracies at each budget over resampled problems, with all choices made anew in each draw.

    A problem keeps its bin and its half, however often it is drawn, so that no draw scores what
    it was fitted on. A draw without any problem to fit a part on takes the choice that all of them
    give. Arguments are those of `optimum`, and those of a bootstrap.

    Returns:
        Array of shape (draws, budgets).
    """
    chunks = []
    for weights in problem_weights(len(accuracy), draws, seed):
        total = np.zeros((len(weights), len(budgets)))
        for part in parts:
            right, spent = (
                _means(weights[:, part.fitted], t[part.fitted]) for t in (accuracy, cost)
            )
            scored = weights[:, part.scored] @ accuracy[part.scored]
            for place, budget in enumerate(budgets):
                chosen = choose(right, spent, budget)
                total[:, place] += np.take_along_axis(scored, chosen[:, None], axis=1)[:, 0]
        chunks.append(total)
    return np.vstack(chunks)


def _means(weights: Floats, table: Floats) -> Floats:
    """Weighted means of a table's columns for each row of weights; plain ones where all are 0."""
    total = weights.sum(axis=1, keepdims=True)
    even = np.full_like(weights, 1 / len(table))
    return np.where(total > 0, weights / np.where(total > 0, total, 1), even) @ table
