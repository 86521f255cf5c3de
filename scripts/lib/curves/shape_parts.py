"""What a row of the shape table is made of: each function gives some of its columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.lib.curves.shape_points import ShapeData
from scripts.lib.estimators.bootstrap import TAILS
from scripts.lib.estimators.gains_end import remaining_gains, remaining_of_points
from scripts.lib.estimators.saturating import FEWEST as FEWEST_SATURATING
from scripts.lib.estimators.saturating import (
    fit_saturating,
    half_curves,
    left_out_errors,
)
from scripts.lib.estimators.shape import (
    LINES,
    forecast_matrix,
    form_holds,
    half_errors,
    left_out_matrix,
    line_weights,
    middle,
    place,
    root_mean_square,
    slope_limits,
)

Floats = NDArray[np.float64]
Row = dict[str, Any]

FEWEST = 3
"""Different budgets of which a shape can be told."""
FEWEST_TO_LEAVE_OUT = 4
"""Different budgets of which one can be left out and the rest tell a form."""
MOST_SCATTER = 3.0
"""Of the error at a point left out, in standard errors of points that are equally sure.

Where both lines are less sure of a budget left out, the others lie so close together that one
of the errors is the larger for where the points lie, not for their accuracies: in simulations one
flat curve in ten and more is given a form.
"""
FEWEST_TO_FORECAST = 2
SPLITS = 200
"""Halvings of the problems that a saturating curve is scored over."""
ROUNDING = 1e-9


def form_of(data: ShapeData) -> Row:
    """Out-of-sample errors of both lines, their difference, and which is better."""
    budgets = len(set(data.budgets))
    if budgets < FEWEST_TO_LEAVE_OUT:
        few = f"form: {budgets} different budgets; to leave one out takes {FEWEST_TO_LEAVE_OUT}"
        return {"form": "undecided", "why": few}
    left_out = {line: left_out_matrix(place(data.x, line), data.budgets) for line in LINES}
    if min(np.linalg.norm(each, axis=1).max() for each in left_out.values()) > MOST_SCATTER:
        return {"form": "undecided", "why": "form: all budgets but one lie close together"}
    errors: dict[str, dict[str, tuple[float, Floats]]] = {"points": {}}
    for line in LINES:
        z = place(data.x, line)
        own, drawn = (root_mean_square(y @ left_out[line].T) for y in (data.accuracy, data.drawn))
        errors["points"][line] = float(own), drawn
        if data.values is not None:
            found = half_errors(data.values, z, data.bootstrap.draws, data.bootstrap.seed)
            errors.setdefault("problems", {})[line] = found
    row: Row = {}
    signs = set()
    for way, both in errors.items():
        (linear, drawn_linear), (logarithmic, drawn_logarithmic) = (both[line] for line in LINES)
        low, high = middle(drawn_linear - drawn_logarithmic)
        signs.add(int(low > 0) - int(high < 0))
        row |= {
            f"rmse_{way}_linear": linear,
            f"rmse_{way}_logarithmic": logarithmic,
            f"difference_{way}": linear - logarithmic,
            f"low_difference_{way}": low,
            f"high_difference_{way}": high,
        }
    (sign,) = signs if len(signs) == 1 else (0,)
    return row | {"form": {1: "logarithmic", -1: "linear", 0: "undecided"}[sign]}


def lines_of(data: ShapeData) -> Row:
    """Both lines, whether they hold, and the limits of the logarithmic one's slope."""
    row: Row = {}
    for line in LINES:
        weights = line_weights(place(data.x, line))
        intercept, slope = (float(value) for value in weights @ data.accuracy)
        named = "points_per_doubling" if line == "logarithmic" else "slope_linear"
        row |= {f"intercept_{line}": intercept, named: slope}
        z = place(data.x, line)
        apart = np.eye(len(z)) - forecast_matrix(z, z)
        row[f"holds_{line}"] = form_holds(apart @ data.accuracy, data.drawn @ apart.T)
    z = place(data.x, "logarithmic")
    if data.values is None:
        low, high = middle(data.drawn @ line_weights(z)[1])
    else:
        low, high = slope_limits(data.values, z, data.bootstrap.draws, data.bootstrap.seed)
    return row | {"low_points_per_doubling": low, "high_points_per_doubling": high}


def end_of_curve(data: ShapeData, smallest: float) -> Row:
    """Where gains end, and what gain can be excluded anywhere."""
    if data.values is None:
        remaining = remaining_of_points(data.x, data.accuracy, data.drawn)
    else:
        bootstrap = data.bootstrap
        remaining = remaining_gains(data.x, data.values, bootstrap.draws, bootstrap.seed)
    row: Row = {"excluded_gain": float(np.nanmin(remaining.high))}
    end = remaining.end(smallest)
    if end is None:
        return row
    return row | {
        "gains_end": float(data.x[end]),
        "gains_end_setting": data.settings[end],
        "remaining_gain": float(remaining.gain[end]),
        "high_remaining_gain": float(remaining.high[end]),
    }


def forecasts_of(data: ShapeData, held_out: int | float) -> Row:
    """The largest budgets, forecast from the smaller ones by each form.

    Args:
        data: of the curve.
        held_out: how many points, or their share; points at the same budget as the first of them
            are held out with it.
    """
    wanted = held_out if isinstance(held_out, int) else round(held_out * len(data.x))
    early = data.budgets < data.budgets[-min(max(wanted, 1), len(data.x))]
    late = ~early
    places = len(set(data.budgets[early]))
    if places < FEWEST_TO_FORECAST:
        lost = (
            f"{places} different budgets are left to forecast from; it takes {FEWEST_TO_FORECAST}"
        )
        return {"why": lost}
    row: Row = {"held_out": int(late.sum()), "seen": float(data.accuracy[-1])}
    curves = np.vstack([data.accuracy, data.drawn])
    for line in LINES:
        z = place(data.x, line)
        forecast = curves[:, early] @ forecast_matrix(z[early], z[late]).T
        row |= _forecast(line, forecast, curves[:, late])
    if places >= FEWEST_SATURATING:
        forecast = fit_saturating(data.x[early], curves[:, early]).at(data.x[late])
        row |= _forecast("saturating", forecast, curves[:, late])
    return row


def _forecast(form: str, forecast: Floats, seen: Floats) -> Row:
    """The first row holds the curve, the others draws of it; shape (1 + draws, held out).

    Were the form true, the error would scatter about 0 as errors in draws do about the seen one.
    """
    errors = seen - forecast
    low, high = np.quantile(errors[1:] - errors[0], TAILS, axis=0) + forecast[0]
    inside = (seen[0] >= low - ROUNDING) & (seen[0] <= high + ROUNDING)
    return {
        f"forecast_error_{form}": float(np.sqrt((errors[0] ** 2).mean())),
        f"inside_{form}": int(inside.sum()),
        f"forecast_{form}": float(forecast[0, -1]),
        f"low_forecast_{form}": float(low[-1]),
        f"high_forecast_{form}": float(high[-1]),
    }


def saturation_of(data: ShapeData, logarithmic_holds: bool) -> Row:
    """The saturating curve, where the data calls for one rather than for the logarithmic line.

    The line does not hold, and the curve is better out of sample: at budgets left out, the first
    aside, as a power law says nothing of what came before; and across halves of the problems, where
    these are known. It rises to a limit below 1, and the points do not surely fall from their best.
    """
    if logarithmic_holds or len(set(data.budgets)) <= FEWEST_SATURATING or _falls(data):
        return {}
    curves = np.vstack([data.accuracy, data.drawn])
    fits = fit_saturating(data.x, curves)
    z = place(data.x, "logarithmic")
    later = data.budgets > 0
    line = root_mean_square((left_out_matrix(z, data.budgets) @ data.accuracy)[later])
    curve = root_mean_square(left_out_errors(data.x, data.accuracy, data.budgets)[later])
    row: Row = {
        "rmse_later_points_logarithmic": float(line),
        "rmse_later_points_saturating": float(curve),
    }
    better = curve < line
    if data.values is not None:
        row["rmse_problems_saturating"] = _half_error(data.values, data)
        exact, _ = half_errors(data.values, z, 1, data.bootstrap.seed)
        better &= row["rmse_problems_saturating"] < exact
    if not better or fits.gain[0] <= 0 or fits.limit[0] >= 1:
        return {}
    residuals = curves - fits.at(data.x)
    low, high = middle(fits.limit[1:])
    return row | {
        "holds_saturating": form_holds(residuals[0], residuals[1:]),
        "limit": float(fits.limit[0]),
        "low_limit": low,
        "high_limit": high,
        "gain": float(fits.gain[0]),
        "halving": float(fits.halving[0]),
        "saturated_at": float(fits.saturated()[0]),
    }


def _falls(data: ShapeData) -> bool:
    """Whether the last point surely lies below the best."""
    best = int(data.accuracy.argmax())
    _, high = middle(data.drawn[:, -1] - data.drawn[:, best])
    return high < 0


def _half_error(values: Floats, data: ShapeData) -> float:
    """The saturating curve's error across halves of the problems.

    The line's over all halvings is exact: random halvings only tell how much the curve's differs.
    """
    z = place(data.x, "logarithmic")
    fitted, scored = half_curves(values, SPLITS, data.bootstrap.seed)
    curve = ((scored - fit_saturating(data.x, fitted).at(data.x)) ** 2).mean()
    line = ((scored - fitted @ forecast_matrix(z, z).T) ** 2).mean()
    exact, _ = half_errors(values, z, 1, data.bootstrap.seed)
    return float(np.sqrt(max(exact**2 + curve - line, 0)))
