"""Accuracy as a line in compute ("linear") or in log2 of it ("logarithmic"), out of sample.

Both are least squares over the points, so that fitted values, errors and forecasts are fixed
matrices times the accuracies: one product serves all draws of a bootstrap. Compute is taken as
known.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scripts.lib.estimators.bootstrap import TAILS, bca_limits, resampled_means
from scripts.lib.estimators.intervals import LEVEL, unseen_share

Floats = NDArray[np.float64]
Line = Literal["linear", "logarithmic"]
LINES: tuple[Line, ...] = ("linear", "logarithmic")
ROUNDING = 1e-9


def place(x: ArrayLike, line: Line) -> Floats:
    """Compute as a form of line takes it: as it is, or its log2. Shape (points,)."""
    values = np.asarray(x, dtype=np.float64)
    return values if line == "linear" else np.log2(values)


def line_weights(z: ArrayLike) -> Floats:
    """What the intercept and the slope of a least-squares line take of each point, (2, points)."""
    places = np.asarray(z, dtype=np.float64)
    centred = places - places.mean()
    slope = centred / (centred**2).sum()
    return np.stack([1 / len(places) - places.mean() * slope, slope])


def forecast_matrix(z: ArrayLike, new: ArrayLike) -> Floats:
    """What a line's values at new places take of each point, shape (new, points)."""
    intercept, slope = line_weights(z)
    return np.asarray(intercept + np.outer(np.asarray(new, dtype=np.float64), slope))


def left_out_matrix(z: ArrayLike, budgets: ArrayLike) -> Floats:
    """What the error at each point takes of all, where the line is fitted to the other budgets.

    Shape (points, points).

    Args:
        z: places of the points.
        budgets: of the points, three or more, so that two are left in every fit.
    """
    places, numbers = np.asarray(z, dtype=np.float64), np.asarray(budgets)
    errors = np.eye(len(places))
    for number in np.unique(numbers):
        out = numbers == number
        errors[np.ix_(out, ~out)] = -forecast_matrix(places[~out], places[out])
    return errors


def half_errors(values: ArrayLike, z: ArrayLike, draws: int, seed: int) -> tuple[float, Floats]:
    """Root mean squared error of one half of the problems under the line of the other half.

    The line is fitted to the mean curve of a random half and scored on that of the other, both
    ways. Halves make both curves equally sure; and as fits are linear, the mean over all ways to
    halve the problems has a closed form, without draws of halves. With a of n problems in the
    first half, r = a / (n - a), H the matrix of fitted values, I the identity, and S the covariance
    of problems (divided by n), the expected squared error is that of the mean curve of all, plus
    the trace of (r I + H)' (r I + H) S / (r (n - 1)).

    Args:
        values: accuracy of each problem at each point, shape (problems, points); two or more.
        z: places of the points.
        draws: of a bootstrap over problems.
        seed: of the draws.

    Returns:
        The error on the problems at hand, and those in the draws, shape (draws,).
    """
    table = np.asarray(values, dtype=np.float64)
    n = len(table)
    hat = forecast_matrix(z, z)
    spread = np.zeros_like(hat)
    for half in (n // 2, n - n // 2):
        r = half / (n - half)
        both = r * np.eye(len(hat)) + hat
        spread += both.T @ both / (2 * r * (n - 1))
    own = ((table @ spread) * table).sum(axis=1)
    drawn = resampled_means(np.column_stack([table, own]), draws, seed)
    means = np.vstack([table.mean(axis=0), drawn[:, :-1]])
    squares = np.concatenate([[own.mean()], drawn[:, -1]])
    misfit = ((means - means @ hat.T) ** 2).sum(axis=1)
    noise = squares - ((means @ spread) * means).sum(axis=1)
    errors = np.sqrt(np.maximum(misfit + noise, 0) / len(hat))
    return float(errors[0]), errors[1:]


def form_holds(residuals: ArrayLike, drawn: ArrayLike) -> bool:
    """Whether no point surely departs from a form that is fitted to all of them.

    Residuals are studentised by their scatter in the draws; the form is given up where the largest
    lies beyond the 95 % quantile of the largest distance of drawn residuals from those seen
    (max-t). Better than another form, a form may still be far from true. In simulations of lines
    that are true it gives up 6 % of them over 200 problems, 9 % over 30.

    Args:
        residuals: of the curve, shape (points,).
        drawn: of draws of it, each with a fit of its own, shape (draws, points).
    """
    seen, others = np.asarray(residuals, dtype=np.float64), np.asarray(drawn, dtype=np.float64)
    scatter = others.std(axis=0)
    moved = scatter > ROUNDING
    if not moved.any():
        return bool((np.abs(seen) < ROUNDING).all())
    away = np.abs(others - seen)[:, moved] / scatter[moved]
    largest = float((np.abs(seen[moved]) / scatter[moved]).max())
    return largest <= float(np.quantile(away.max(axis=1), LEVEL))


def slope_limits(values: ArrayLike, z: ArrayLike, draws: int, seed: int) -> tuple[float, float]:
    """95 % limits of the slope of the mean curve on new problems.

    The slope of a mean curve is the mean of the problems' own slopes: BCa limits of that mean.
    Where all problems have the same slope, the interval allows for the share of other problems
    that could have gone unseen, with the steepest slopes that accuracies within 0 and 1 allow.

    Args:
        values: accuracy of each problem at each point, shape (problems, points).
        z: places of the points.
        draws: of the bootstrap.
        seed: of the draws.
    """
    table = np.asarray(values, dtype=np.float64)
    slope = line_weights(z)[1]
    own = table @ slope
    low, high = bca_limits(own[:, None], draws, seed)[0]
    if not np.isnan(low):
        return float(low), float(high)
    share, steepest = unseen_share(len(table)), float(np.maximum(slope, 0).sum())
    mean = float(own.mean())
    return mean - share * (mean + steepest), mean + share * (steepest - mean)


def middle(draws: ArrayLike) -> tuple[float, float]:
    """The 95 % range of draws."""
    low, high = np.quantile(np.asarray(draws, dtype=np.float64), TAILS)
    return float(low), float(high)


def root_mean_square(errors: ArrayLike) -> Floats:
    """Over the last axis."""
    return np.asarray(np.sqrt((np.asarray(errors, dtype=np.float64) ** 2).mean(axis=-1)))
