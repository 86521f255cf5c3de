"""Accuracy that saturates in compute: c - (c - a) 2^(-(log2 x - log2 x0) / h).

Every h doublings of compute halve what is left of the gain from a, at the smallest compute x0, to
the limit c. As 2^(-log2(x / x0) / h) is (x / x0)^(-1/h), this is a power law with a limit, the form
"pow3" among learning curves (Domhan, Springenberg and Hutter, 2015, "Speeding up automatic
hyperparameter optimization of deep neural networks by extrapolation of learning curves", table 1).
For a given h the rest is least squares; h is the best of a fixed grid. Limits lie within 0 and 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

HALVINGS = np.geomspace(0.125, 64, 121)
"""Doublings that halve the rest of the gain: neighbours differ by 5 %."""
MOST = 0.95
"""Share of the gain at which a curve counts as saturated."""
CELLS = 500_000
"""Numbers of one array held in memory at once."""
FEWEST = 4
"""Points that a fit of three parameters takes at least."""


@dataclass(frozen=True)
class Saturating:
    """Fits, arrays of shape (draws,); `start` is the x0 of all."""

    start: float
    limit: Floats
    gain: Floats
    """c - a: from the smallest compute to the limit."""
    halving: Floats

    def at(self, x: ArrayLike) -> Floats:
        """Accuracies at some compute, shape (draws, points)."""
        doublings = np.log2(np.asarray(x, dtype=np.float64) / self.start)
        rest = 2 ** (-doublings[None, :] / self.halving[:, None])
        return np.asarray(self.limit[:, None] - self.gain[:, None] * rest)

    def saturated(self) -> Floats:
        """Compute at which MOST of the gain is reached, shape (draws,)."""
        return np.asarray(self.start * (1 - MOST) ** -self.halving)


def fit_saturating(x: ArrayLike, y: ArrayLike) -> Saturating:
    """Fit many curves over the same compute.

    Args:
        x: compute above 0 with at least three different values, shape (points,).
        y: accuracies, shape (draws, points).
    """
    places, curves = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    start = float(places.min())
    rest = 2 ** (-np.log2(places / start)[:, None] / HALVINGS)
    rows = max(1, CELLS // len(HALVINGS))
    parts = [_fit(rest, curves[at : at + rows]) for at in range(0, len(curves), rows)]
    limit, gain, halving = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Saturating(start, limit, gain, halving)


def _fit(rest: Floats, curves: Floats) -> tuple[Floats, Floats, Floats]:
    """Limit, gain and halving; `rest` is what is left of the gain, shape (points, halvings)."""
    centred = rest - rest.mean(axis=0)
    mean = curves.mean(axis=1, keepdims=True)
    slope = (curves - mean) @ centred / (centred**2).sum(axis=0)
    limit = mean - slope * rest.mean(axis=0)
    inside = np.clip(limit, 0, 1)
    # With the limit held at 0 or 1, only the gain is left to fit.
    total, crossed, squares = rest.sum(axis=0), curves @ rest, (rest**2).sum(axis=0)
    gain = np.where(inside == limit, -slope, (inside * total - crossed) / squares)
    apart = curves - mean
    level = inside - mean
    # Sums of squares of (apart - level + gain * rest), expanded to keep arrays small.
    error = (
        (apart**2).sum(axis=1, keepdims=True)
        + len(rest) * level**2
        + gain**2 * squares
        + 2 * gain * (apart @ rest - level * total)
    )
    best = error.argmin(axis=1)
    rows = np.arange(len(curves))
    return inside[rows, best], gain[rows, best], HALVINGS[best]


def left_out_errors(x: ArrayLike, accuracy: ArrayLike, budgets: ArrayLike) -> Floats:
    """Errors at points of budgets left out one at a time, with fits to the rest, shape (points,).

    Args:
        x: compute.
        accuracy: shape (points,).
        budgets: of the points, at least four.
    """
    places, curve = np.asarray(x, dtype=np.float64), np.asarray(accuracy, dtype=np.float64)
    errors, numbers = np.empty_like(curve), np.asarray(budgets)
    for number in np.unique(numbers):
        out = numbers == number
        fitted = fit_saturating(places[~out], curve[None, ~out])
        errors[out] = curve[out] - fitted.at(places[out])[0]
    return errors


def half_curves(values: ArrayLike, splits: int, seed: int) -> tuple[Floats, Floats]:
    """Mean curves of random halves of the problems, and of the other halves.

    Both ways: every half stands once among the first, once among the second, so that a form can be
    fitted to the first and scored on the second. Shape (2 * splits, points) each.
    """
    table = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    half = len(table) // 2
    chosen = np.zeros((splits, len(table)))
    for row in chosen:
        row[generator.permutation(len(table))[:half]] = 1
    ones = chosen @ table / half
    others = (1 - chosen) @ table / (len(table) - half)
    return np.vstack([ones, others]), np.vstack([others, ones])
