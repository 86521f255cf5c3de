"""The shape table: form, points per doubling, end of gains and forecasts of each curve."""

from collections.abc import Mapping

import polars as pl

from scripts.lib.config.study_tables import ShapeTable
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.shape_parts import (
    FEWEST,
    Row,
    end_of_curve,
    forecasts_of,
    form_of,
    lines_of,
    saturation_of,
)
from scripts.lib.curves.shape_points import shape_data, shape_points
from scripts.lib.curves.shape_tables import ShapeRow
from scripts.lib.estimators.budgets import budgets_of
from scripts.lib.tableio import make_table


def shape_table(
    table: ShapeTable,
    points: Mapping[str, pl.DataFrame],
    outcomes: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    bootstrap: Bootstrap,
) -> pl.DataFrame:
    """A row for each curve.

    Args:
        table: its entry in the study.
        points: Point tables by curve.
        outcomes: Outcome tables of those that have samples.
        labels: what curves are called.
        bootstrap: draws and seed of all limits.

    Raises:
        CurveError: the compute of a curve is unknown, or its problems differ between points.
    """
    rows = [
        _row(table, points[name], outcomes.get(name), bootstrap)
        | {"curve": name, "label": labels[name]}
        for name in table.curves
    ]
    return make_table(ShapeRow, rows)


def _row(
    table: ShapeTable, points: pl.DataFrame, outcomes: pl.DataFrame | None, bootstrap: Bootstrap
) -> Row:
    first = points.row(0, named=True)
    x = table.x_of.get(str(first["curve"]), table.x)
    known = shape_points(points, x)
    row: Row = {
        "benchmark": first["benchmark"],
        "origin": first["origin"],
        "x": x,
        "points": known.height,
        "problems": first["problems"],
        "interval": "binomial" if outcomes is None else "problems",
        "smallest_gain": table.smallest_gain,
    }
    places = len(set(budgets_of(known[x])))
    if places < FEWEST:
        few = f"{places} different values of {x} with an accuracy; it takes {FEWEST}"
        return row | {"why": few}
    if known["problems"].min() == 1:
        return row | {"why": "one problem tells nothing of others"}
    data = shape_data(known, x, outcomes, bootstrap)
    lines = lines_of(data)
    form, forecasts = form_of(data), forecasts_of(data, table.held_out)
    return (
        row
        | form
        | lines
        | end_of_curve(data, table.smallest_gain)
        | forecasts
        | saturation_of(data, lines["holds_logarithmic"])
        | {"why": "; ".join(part["why"] for part in (form, forecasts) if "why" in part) or None}
    )
