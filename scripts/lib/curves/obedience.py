"""Fits of used against asked tokens, region by region, as a Fit table."""

import logging

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.curves import AskCurve
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Fit
from scripts.lib.estimators.obedience import Estimate, fit_points, fit_samples, regions
from scripts.lib.tableio import make_table

FROM_POINTS = "t interval of least squares on the points"
TOO_FEW = "none: fewer than 3 points"


def fits_of_points(points: pl.DataFrame, curve: AskCurve, name: str) -> pl.DataFrame:
    """Fit the points of a curve whose samples nobody has.

    Args:
        points: the curve's Point table.
        curve: with its obeyed region.
        name: of the curve.
    """
    known = points.drop_nulls(["asked", "tokens"]).filter(pl.col("tokens") > 0).sort("asked")
    _tell_dropped(points.height - known.height)
    asked, used = known["asked"].to_numpy(), known["tokens"].to_numpy()
    rows: list[dict[str, object]] = []
    for region, inside in regions(asked, curve.obeyed).items():
        if not inside.any():
            continue
        estimates = fit_points(asked[inside], used[inside])
        rows += _rows(name, region, asked[inside], estimates, FROM_POINTS, None)
    return make_table(Fit, rows)


def fits_of_samples(
    traces: pl.DataFrame, curve: AskCurve, name: str, bootstrap: Bootstrap
) -> pl.DataFrame:
    """Fit the means of a pool's samples, with a bootstrap over its problems.

    Args:
        traces: a Trace table; budgets at which a sample's tokens are unknown are left out.
        curve: with its obeyed region and its wording.
        name: of the curve.
        bootstrap: for the intervals.

    Raises:
        CurveError: no trace has the curve's wording.
    """
    chosen = traces
    if curve.wording is not None:
        chosen = traces.filter(pl.col("wording") == curve.wording)
        if chosen.is_empty():
            there = traces["wording"].unique().sort().to_list()
            raise CurveError(f"no sample has wording {curve.wording!r}; there are: {there}")
    budgets = (
        chosen.drop_nulls("asked")
        .group_by("asked")
        .agg(
            known=pl.col("generated_tokens").is_not_null().all()
            & (pl.col("generated_tokens").sum() > 0)
        )
    )
    known = budgets.filter("known")["asked"].sort()
    _tell_dropped(chosen["asked"].n_unique() - len(known))
    used = (
        chosen.filter(pl.col("asked").is_in(known.to_list()))
        .group_by("problem_id", "asked", maintain_order=True)
        .agg(pl.col("generated_tokens").mean())
        .pivot("asked", index="problem_id", values="generated_tokens", maintain_order=True)
    )
    asked = known.to_numpy()
    table = used.select(
        pl.col(str(budget)).cast(pl.Float64).fill_null(np.nan) for budget in asked
    ).to_numpy()
    rows: list[dict[str, object]] = []
    label = f"percentiles of {bootstrap.draws} bootstrap draws over problems"
    for region, inside in regions(asked, curve.obeyed).items():
        if not inside.any():
            continue
        estimates = fit_samples(asked[inside], table[:, inside], bootstrap.draws, bootstrap.seed)
        rows += _rows(name, region, asked[inside], estimates, label, used.height)
    return make_table(Fit, rows)


def _tell_dropped(settings: int) -> None:
    if settings:
        logging.warning("%d settings without asked or used tokens are left out", settings)


def _rows(
    curve: str,
    region: str,
    asked: NDArray[np.int64],
    estimates: list[Estimate],
    interval: str,
    problems: int | None,
) -> list[dict[str, object]]:
    return [
        {
            "curve": curve,
            "fit": "obedience",
            "region": region,
            "first_x": float(asked.min()),
            "last_x": float(asked.max()),
            "parameter": estimate.parameter,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "points": estimate.points,
            "problems": problems,
            "interval": TOO_FEW if estimate.low is None else interval,
        }
        for estimate in estimates
    ]
