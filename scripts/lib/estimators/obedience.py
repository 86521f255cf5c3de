"""How a model obeys an asked token budget: log2 used = a + b log2 asked, region by region.

A slope b of 1 with a ratio of 1 is obedience; a slope of 0 is deafness. The ratio alone hides
which of the two a model shows, so both are fitted. Below the obeyed region a model is asked for
too little, above it for too much.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import linregress
from scipy.stats import t as student

from scripts.lib.estimators.bootstrap import TAILS, problem_weights

Floats = NDArray[np.float64]

PARAMETERS = ("slope", "intercept", "ratio_geometric")
FEWEST_POINTS = 3
"""A line through fewer points leaves nothing to tell its error from."""


@dataclass(frozen=True)
class Estimate:
    """One fitted parameter; limits are None where there are too few points to tell."""

    parameter: str
    value: float
    low: float | None
    high: float | None
    points: int


def regions(asked: ArrayLike, obeyed: tuple[int, int] | None) -> dict[str, NDArray[np.bool_]]:
    """Which asked budgets lie in which region, as masks; both ends belong to "obeyed"."""
    budgets = np.asarray(asked)
    everything: dict[str, NDArray[np.bool_]] = {"all": np.ones(len(budgets), dtype=bool)}
    if obeyed is None:
        return everything
    first, last = obeyed
    return {
        "too little": budgets < first,
        "obeyed": (budgets >= first) & (budgets <= last),
        "too much": budgets > last,
        **everything,
    }


def fit_points(asked: ArrayLike, used: ArrayLike) -> list[Estimate]:
    """Ordinary least squares on the points of one region, with 95 % t intervals.

    The points' own errors are taken as equal and independent, for want of the samples.

    Args:
        asked: budgets, shape (points,).
        used: mean tokens used at each, shape (points,), above 0.

    Returns:
        Slope, intercept and the geometric mean of used / asked; without slope and intercept
        for a single point, nothing for none.
    """
    x, y = np.log2(np.asarray(asked, dtype=np.float64)), np.log2(np.asarray(used, dtype=float))
    points = len(x)
    limits = np.full((3, 2), np.nan)
    if points >= FEWEST_POINTS:
        line = linregress(x, y)
        limits[0] = line.slope + student.ppf(TAILS, points - 2) * line.stderr
        limits[1] = line.intercept + student.ppf(TAILS, points - 2) * line.intercept_stderr
        error = (y - x).std(ddof=1) / np.sqrt(points)
        limits[2] = 2 ** ((y - x).mean() + student.ppf(TAILS, points - 1) * error)
    return _estimates(_parameters(x, y[None, :])[0], limits, points)


def fit_samples(asked: ArrayLike, used: ArrayLike, draws: int, seed: int) -> list[Estimate]:
    """The same fit on means over problems, with 95 % percentile limits over problems.

    Each draw of the bootstrap resamples problems, takes the mean at each budget, and fits.

    Args:
        asked: budgets, shape (points,).
        used: mean tokens of each problem at each budget, shape (problems, points); not a
            number where a problem has no sample at a budget.
        draws: draws of the bootstrap.
        seed: of the draws.

    Returns:
        As `fit_points`.
    """
    x = np.log2(np.asarray(asked, dtype=np.float64))
    table = np.asarray(used, dtype=np.float64)
    there = ~np.isnan(table)
    filled = np.where(there, table, 0.0)
    values = _parameters(x, np.log2(filled.sum(axis=0) / there.sum(axis=0))[None, :])[0]
    limits = np.full((3, 2), np.nan)
    if len(x) >= FEWEST_POINTS:
        fits = []
        for weights in problem_weights(len(table), draws, seed):
            with np.errstate(invalid="ignore", divide="ignore"):
                means = (weights @ filled) / (weights @ there)
            # A draw may miss every problem that has samples at a budget: it says nothing.
            whole = np.isfinite(means).all(axis=1) & (means > 0).all(axis=1)
            fits.append(_parameters(x, np.log2(means[whole])))
        limits = np.quantile(np.vstack(fits), TAILS, axis=0).T
    return _estimates(values, limits, len(x))


def _parameters(x: Floats, y: Floats) -> Floats:
    """Slope, intercept and ratio of each row of `y`, shape (rows, 3)."""
    result = np.full((len(y), 3), np.nan)
    if len(x) > 1:
        apart = x - x.mean()
        result[:, 0] = y @ apart / (apart**2).sum()
        result[:, 1] = y.mean(axis=1) - result[:, 0] * x.mean()
    if len(x) > 0:
        result[:, 2] = 2 ** (y - x).mean(axis=1)
    return result


def _estimates(values: Floats, limits: Floats, points: int) -> list[Estimate]:
    """Parameters that are known, with their limits where these are."""
    return [
        Estimate(
            name,
            float(value),
            None if np.isnan(low) else float(low),
            None if np.isnan(high) else float(high),
            points,
        )
        for name, value, (low, high) in zip(PARAMETERS, values, limits, strict=True)
        if not np.isnan(value)
    ]
