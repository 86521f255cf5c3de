"""Fits of pass@k curves, and what they say of more samples than were drawn."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.curves.rows import Bootstrap, Floats
from scripts.lib.curves.samples import CurveError
from scripts.lib.estimators.bootstrap import TAILS, resampled_means
from scripts.lib.estimators.power_law import PowerLaws, fit_power_laws

Row = dict[str, object]
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
        CurveError: a point has no n, or there are too few points.
    """
    ks, values = _values(name, points, outcomes)
    largest = int(ks[-1])
    few = ks <= largest // HOLD_OUT
    if few.sum() < FEWEST_POINTS:
        raise CurveError(
            f"{name}: {FEWEST_POINTS} points up to k = {largest // HOLD_OUT} are needed, a part of "
            f"1 in {HOLD_OUT} of the largest; there are {few.sum()}. Draw more samples"
        )
    draws = resampled_means(values, bootstrap.draws, bootstrap.seed)
    mean = np.clip(values.mean(axis=0), 0, 1)
    told: Row = {"curve": name, "benchmark": points["benchmark"][0], "problems": len(values)}
    told |= {"origin": points["origin"][0]}
    held_out = _fitted(ks[few], mean[few], draws[:, few])
    row = told | {"what": "held out", "seen": float(mean[-1])} | held_out.told()
    row |= held_out.at(largest)
    if "coverage" in row:
        row["error"] = row["coverage"] - row["seen"]  # type: ignore[operator]
    whole = _fitted(ks, mean, draws)
    further = [largest * times for times in FURTHER]
    return [row, *(told | {"what": "forecast"} | whole.told() | whole.at(k) for k in further)]


@dataclass(frozen=True)
class _Fitted:
    """The fit to some points of a curve, and those to all draws of its problems."""

    ks: Ints
    mean: Floats
    fit: PowerLaws
    draws: PowerLaws

    def told(self) -> Row:
        """What was fitted, and the parameters with their limits."""
        row: Row = {"first_k": int(self.ks[0]), "last_k": int(self.ks[-1])}
        row |= {"points": len(self.ks)}
        if np.isnan(self.fit.a[0]):
            return row
        left = self.mean - np.array([self.fit.at(k)[0] for k in self.ks])
        row["fit_error"] = float(np.sqrt((left**2).mean()))
        for key in ("a", "b"):
            low, high = np.nanquantile(getattr(self.draws, key), TAILS)
            row |= {key: float(getattr(self.fit, key)[0])}
            row |= {f"low_{key}": float(low), f"high_{key}": float(high)}
        return row

    def at(self, k: int) -> Row:
        """Coverage at one k with its limits."""
        if np.isnan(self.fit.a[0]):
            return {"k": k}
        low, high = np.nanquantile(self.draws.at(k), TAILS)
        return {
            "k": k,
            "coverage": float(self.fit.at(k)[0]),
            "low": float(low),
            "high": float(high),
        }


def _fitted(ks: Ints, mean: Floats, draws: Floats) -> _Fitted:
    return _Fitted(ks, mean, fit_power_laws(ks, mean), fit_power_laws(ks, draws))


def _values(name: str, points: pl.DataFrame, outcomes: pl.DataFrame) -> tuple[Ints, Floats]:
    """The k of a curve in rising order, and pass@k of each problem, shape (problems, ks)."""
    if points["n"].null_count():
        raise CurveError(f"{name}: a point has no number of samples, n")
    ordered = points.sort("n")
    wide = outcomes.pivot("setting", index="problem_id", values="accuracy")
    values = wide.select(ordered["setting"].to_list()).to_numpy()
    return ordered["n"].to_numpy(), np.asarray(values, dtype=np.float64)
