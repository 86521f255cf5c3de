"""Control, scaling and performance of a curve, as a Fit table.

From the Outcome table of a curve they come with 95 % limits: each draw of a bootstrap takes
problems, and with them their tokens and accuracies at all points. Published points have none.
"""

import logging

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.curves import RejectionCurve
from scripts.lib.curves.length_metrics import (
    Counted,
    Values,
    known_thinking,
    length_of,
    metrics_of,
)
from scripts.lib.curves.limits import LengthCurve, limits_of, neutral_setting
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Fit
from scripts.lib.estimators.best_setting import best_setting
from scripts.lib.estimators.bootstrap import TAILS, problem_weights
from scripts.lib.estimators.length_control import performance
from scripts.lib.tableio import make_table

Floats = NDArray[np.float64]

FIT = "length_control"
NO_SAMPLES = "none: published points"
NO_SCATTER = "none: most draws tell nothing"
PRINTED = 5.1e-4
"""Half the last digit of an accuracy with three."""
Row = tuple[str, float, float | None, float | None, str]
"""Parameter, value, limits, and how these were made."""


def fits_of_outcomes(
    points: pl.DataFrame,
    outcomes: pl.DataFrame,
    curve: LengthCurve,
    name: str,
    bootstrap: Bootstrap,
) -> pl.DataFrame:
    """Metrics of a curve whose samples are at hand, with their limits on new problems.

    Args:
        points: its Point table.
        outcomes: its Outcome table.
        curve: what it was to keep to.
        name: of the curve.
        bootstrap: for the limits.

    Raises:
        CurveError: a problem lacks a setting.
    """
    values = _values_of_outcomes(points, outcomes, curve)
    counted = _counted(points, curve, values)
    _tell_unknown(name, values)
    problems = len(values.accuracy)
    draws = [
        metrics_of(values, counted, weights)
        for weights in problem_weights(problems, bootstrap.draws, bootstrap.seed)
    ]
    label = f"percentiles of {bootstrap.draws} bootstrap draws over problems"
    rows: list[Row] = []
    even = np.full((1, problems), 1 / problems)
    for parameter, value in _known(name, values, counted, even):
        limits = _quantiles(np.concatenate([draw[parameter] for draw in draws]))
        rows.append((parameter, value, *limits, NO_SCATTER if limits[0] is None else label))
    best = best_setting(values.accuracy[:, counted.places], bootstrap.draws, bootstrap.seed)
    again = f"{bootstrap.draws} bootstrap draws over problems, the best point chosen in each"
    rows.append(("performance", best.apparent, best.low, best.high, again))
    rows.append(("performance_corrected", best.accuracy, best.low, best.high, again))
    return _table(name, values, counted, rows, problems)


def fits_of_published(points: pl.DataFrame, curve: LengthCurve, name: str) -> pl.DataFrame:
    """Metrics of published points: no share of responses, and no limits.

    A paper rounds its accuracies; those that are whole problems but for that are taken as whole.

    Args:
        points: the curve's Point table.
        curve: what it was to keep to.
        name: of the curve.
    """
    known = points.drop_nulls("accuracy")
    thinking = _numbers(known["thinking_tokens"])
    values = Values(
        settings=list(known["setting"]),
        accuracy=_whole_problems(_numbers(known["accuracy"]), _numbers(known["problems"])),
        thinking=thinking,
        spent=_numbers(known["tokens"]),
        weights=np.ones_like(thinking),
        obeyed=np.full_like(thinking, np.nan),
    )
    counted = _counted(known, curve, values)
    _tell_unknown(name, values)
    rows: list[Row] = [
        (parameter, value, None, None, NO_SAMPLES)
        for parameter, value in _known(name, values, counted, np.ones((1, 1)))
    ]
    best = performance(values.accuracy[0, counted.places])
    rows.append(("performance", best, None, None, NO_SAMPLES))
    return _table(name, values, counted, rows, None)


def _values_of_outcomes(points: pl.DataFrame, outcomes: pl.DataFrame, curve: LengthCurve) -> Values:
    settings = list(points["setting"])
    problems = outcomes["problem_id"].unique(maintain_order=True).to_frame()
    columns: dict[str, list[Floats]] = {}
    for setting in settings:
        own = problems.join(
            outcomes.filter(pl.col("setting") == setting).with_columns(here=pl.lit(1)),
            on="problem_id",
            how="left",
            maintain_order="left",
        )
        lost = own.filter(pl.col("here").is_null())["problem_id"].to_list()
        if lost:
            raise CurveError(f"setting {setting!r} lacks {len(lost)} problems: {lost[:3]}")
        for column in ("accuracy", "thinking_tokens", "tokens", "obeyed"):
            columns.setdefault(column, []).append(_numbers(own[column])[0])
    tables = {column: np.column_stack(parts) for column, parts in columns.items()}
    thinking, weights = tables["thinking_tokens"], np.ones_like(tables["accuracy"])
    if isinstance(curve, RejectionCurve):
        # Where nothing fits nothing is accepted: such a problem has no length.
        weights = tables["obeyed"]
        thinking = np.where(weights == 0, 0.0, thinking)
    return Values(
        settings, tables["accuracy"], thinking, tables["tokens"], weights, tables["obeyed"]
    )


def _counted(points: pl.DataFrame, curve: LengthCurve, values: Values) -> Counted:
    neutral = neutral_setting(points, curve)
    limits = limits_of(points, curve)
    return Counted(
        [place for place, name in enumerate(values.settings) if name != neutral],
        {place: limits[name] for place, name in enumerate(values.settings) if name in limits},
        isinstance(curve, RejectionCurve),
    )


def _known(
    curve: str, values: Values, counted: Counted, problems: Floats
) -> list[tuple[str, float]]:
    """The metrics that can be told, on one weighting of the problems, shape (1, problems)."""
    found = {name: float(each[0]) for name, each in metrics_of(values, counted, problems).items()}
    for name in [name for name, value in found.items() if np.isnan(value)]:
        logging.warning("%s: %s is left out: too little is known of tokens or limits", curve, name)
    return [(name, value) for name, value in found.items() if not np.isnan(value)]


def _tell_unknown(curve: str, values: Values) -> None:
    """Warn where thinking tokens are unknown, with what that does to the metrics."""
    unknown = np.isnan(values.thinking).sum(axis=0)
    if not unknown.any():
        return
    if known_thinking(values) == "unknown":
        logging.warning("%s: thinking tokens are unknown; all tokens count in their place", curve)
        return
    settings = ", ".join(
        f"{name} ({count} of {len(values.thinking)} problems)"
        for name, count in zip(values.settings, unknown, strict=True)
        if count
    )
    logging.warning(
        "%s: thinking tokens are unknown of a part: %s; nothing is said of control and scaling",
        curve,
        settings,
    )


def _quantiles(draws: Floats) -> tuple[float, float] | tuple[None, None]:
    """The 95 % range of the draws that tell something; None if half or more do not."""
    told = draws[np.isfinite(draws)]
    if 2 * len(told) <= len(draws):
        return None, None
    low, high = np.quantile(told, TAILS)
    return float(low), float(high)


def _whole_problems(accuracy: Floats, problems: Floats) -> Floats:
    """Accuracies as whole problems where they round to what is printed."""
    whole = np.round(accuracy * problems) / problems
    return np.where(np.abs(whole - accuracy) <= PRINTED, whole, accuracy)


def _numbers(column: pl.Series) -> Floats:
    """One row of values, not a number where they are null, shape (1, values)."""
    return np.asarray(column.cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)[None]


def _table(
    name: str, values: Values, counted: Counted, rows: list[Row], problems: int | None
) -> pl.DataFrame:
    even = values.weights.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        thinking = (values.weights * values.thinking).mean(axis=0) / even
    length = length_of(values, thinking, values.spent.mean(axis=0))
    ends = length[counted.places][np.isfinite(length[counted.places])]
    points = {"control_runs": int(np.isfinite(length[list(counted.limits)]).sum())}
    points["control_responses"] = len(counted.limits)
    return make_table(
        Fit,
        [
            {
                "curve": name,
                "fit": FIT,
                "region": "all",
                "first_x": float(ends.min()) if len(ends) else None,
                "last_x": float(ends.max()) if len(ends) else None,
                "parameter": parameter,
                "value": value,
                "low": low,
                "high": high,
                "points": points.get(parameter, len(counted.places)),
                "problems": problems,
                "interval": interval,
            }
            for parameter, value, low, high, interval in rows
        ],
    )
