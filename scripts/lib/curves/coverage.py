"""Fits of pass@k curves, and what they say of more samples than were drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.curves.rows import Bootstrap, Floats
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.values import values_of
from scripts.lib.estimators.bootstrap import TAILS, resampled_means
from scripts.lib.estimators.power_law import fit_power_laws

Row = dict[str, Any]
Ints = NDArray[np.int64]

HOLD_OUT = 4
"""Fits that are put to the test know k up to this part of the largest."""
FURTHER = (2, 4)
"""Forecasts, in times of the largest k."""
FEWEST_POINTS = 3


def coverage_rows(
    name: str, points: pl.DataFrame, outcomes: pl.DataFrame, bootstrap: Bootstrap
) -> list[Row]:
    """The rows of a Coverage table for one curve, without its label.

    Args:
        name: of the curve.
        points: its Point table, of method oracle.
        outcomes: its Outcome table.
        bootstrap: draws and seed, over problems.

    Raises:
        CurveError: a point has no n, or problems differ between points.
    """
    if points["n"].null_count():
        raise CurveError(f"{name}: a point has no number of samples, n")
    ordered = points.sort("n")
    ks = ordered["n"].to_numpy()
    values = values_of(outcomes, ordered["setting"].to_list())
    draws = resampled_means(values, bootstrap.draws, bootstrap.seed)
    mean = np.clip(values.mean(axis=0), 0, 1)
    largest, seen = int(ks[-1]), float(mean[-1])
    few = ks <= largest // HOLD_OUT
    further = [largest * times for times in FURTHER]
    (held_out,) = _fitted(ks[few], mean[few], draws[:, few], [largest])
    held_out["seen"] = seen
    if "coverage" in held_out:
        held_out["error"] = held_out["coverage"] - seen
    told: Row = {"curve": name, "benchmark": points["benchmark"][0], "problems": len(values)}
    told |= {"origin": points["origin"][0]}
    forecast = [{"what": "forecast"} | row for row in _fitted(ks, mean, draws, further)]
    return [told | row for row in [{"what": "held out"} | held_out, *forecast]]


def _fitted(ks: Ints, mean: Floats, draws: Floats, asked: Sequence[int]) -> list[Row]:
    """A row for each k asked for: the law of a curve at some k, with limits from draws of it.

    Args:
        ks: that the law is fitted to, in rising order, shape (ks,).
        mean: the curve, shape (ks,).
        draws: of it, shape (draws, ks).
        asked: numbers of samples.
    """
    row: Row = {"points": len(ks)}
    if len(ks) < FEWEST_POINTS:
        row["why"] = f"{len(ks)} points to fit a law to; it takes {FEWEST_POINTS}"
        return [row | {"k": k} for k in asked]
    row |= {"first_k": int(ks[0]), "last_k": int(ks[-1])}
    fit, drawn = fit_power_laws(ks, mean), fit_power_laws(ks, draws)
    if np.isnan(fit.b[0]):
        row["why"] = f"no power law passes through a coverage that is {mean[-1]:g} throughout"
        return [row | {"k": k} for k in asked]
    left = mean - np.array([fit.at(k)[0] for k in ks])
    row["fit_error"] = float(np.sqrt((left**2).mean()))
    law = ~np.isnan(drawn.b)
    for key in ("a", "b"):
        row[key] = float(getattr(fit, key)[0])
        if law.mean() >= TAILS[1]:
            row |= _limits(getattr(drawn, key)[law], f"_{key}")
    return [row | {"k": k, "coverage": float(fit.at(k)[0])} | _limits(drawn.at(k)) for k in asked]


def _limits(draws: Floats, of: str = "") -> Row:
    low, high = np.quantile(draws, TAILS)
    return {f"low{of}": float(low), f"high{of}": float(high)}
