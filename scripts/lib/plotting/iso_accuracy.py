"""Panels of training against inference compute at equal accuracy."""

from typing import Any

import polars as pl
from matplotlib import ticker
from matplotlib.axes import Axes

from scripts.lib.config.tradeoff_panels import IsoAccuracyPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import X_LABELS, fit_ticks, percent, put_legend, scale_axis
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series
from scripts.lib.plotting.series import SeriesStyle, series_style

MEASURED: dict[str, Any] = {"color": "#000000", "marker": "+", "markersize": 4, "zorder": 1}
HALF: dict[str, Any] = {"fillstyle": "bottom", "markerfacecoloralt": "white", "markersize": 7}
"""Half filled: hollow ones are published."""
ROOM = {"lines": 1.5, "queries": 3.0}
"""How far an axis goes on past its dots; bars may go on past it."""
APART = 0.01
"""How far lines stand apart at a model, as a part of the axis: else their bars hide each other."""
STEP = ("curve", "model", "against", "against_model")


def draw_iso_accuracy(axes: Axes, panel: IsoAccuracyPanel, data: FigureData) -> set[str]:
    """Draw iso-accuracy lines, or the queries that pay for training; return the origins shown.

    Raises:
        UserError: no model reaches any of the table's accuracies.
    """
    table = data.tables[panel.table]
    axes.set_title(panel.title)
    if panel.shows == "lines":
        _lines(axes, panel, data, table)
        put_legend(axes)
    else:
        _queries(axes, table)
    return set(table["origin"])


def _lines(axes: Axes, panel: IsoAccuracyPanel, data: FigureData, table: pl.DataFrame) -> None:
    """A line an accuracy, through what each model needs of inference for it."""
    known = table.filter(what="model").drop_nulls("flops").sort("at", "train_flops")
    if known.is_empty():
        raise UserError(f"table {panel.table}: no model reaches any of its accuracies")
    scale_axis(axes, "x", "log10")
    scale_axis(axes, "y", "log10")
    points = [data.points[name].drop_nulls(["train_flops", "flops"]) for name in panel.curves]
    for place, rows in enumerate(points):
        label = "measured: a model, a number of samples" if place == 0 else None
        axes.plot(rows["train_flops"], rows["flops"], linestyle="none", label=label, **MEASURED)
    dots = [y for rows in (known, *points) for y in rows["flops"]]
    ends = min(dots) / ROOM["lines"], max(dots) * ROOM["lines"]
    every = known["at"].unique(maintain_order=True)
    span = max(known["train_flops"]) / min(known["train_flops"])
    for index, at in enumerate(every):
        shift = span ** (APART * (index - (len(every) - 1) / 2))
        style, rows = series_style(index), known.filter(at=at)
        rows = rows.with_columns(pl.col("train_flops") * shift)
        _bars(axes, rows, "train_flops", "flops", style, ends)
        _joined(axes, rows, "train_flops", "flops", style)
        name_series(axes, style, style.line, "measured", f"accuracy {percent(at)}")
    _name_bounds(axes, known, "its first point has more: needs less")
    axes.set_ylim(*ends)
    axes.set_xlabel(X_LABELS["train_flops"])
    axes.set_ylabel(X_LABELS["flops"])
    fit_ticks(axes, "log10")


def _queries(axes: Axes, table: pl.DataFrame) -> None:
    """Queries that pay for each step of training, over accuracy; words where none has any."""
    every = table.filter(what="step")
    known = every.drop_nulls("queries")
    axes.set_xlabel("accuracy")
    axes.set_ylabel("queries at which more training pays")
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(percent))
    if known.is_empty():
        middle: dict[str, Any] = {"ha": "center", "va": "center", "transform": axes.transAxes}
        axes.text(0.5, 0.5, "no step of training is known to save inference", fontsize=8, **middle)
        axes.set_yticks([])
        return
    scale_axis(axes, "y", "log10")
    ends = min(known["queries"]) / ROOM["queries"], max(known["queries"]) * ROOM["queries"]
    for index, step in enumerate(every.unique(STEP, maintain_order=True).iter_rows(named=True)):
        style = series_style(index)
        own = known.filter(pl.col(column) == step[column] for column in STEP)
        _bars(axes, own, "at", "queries", style, ends)
        _joined(axes, own, "at", "queries", style)
        named = f"{step['against_label']} to {step['label']}"
        name_series(axes, style, style.line, "measured", named)
    _name_bounds(axes, known, "the first point has more: fewer queries")
    axes.set_ylim(*ends)
    lost = every.height - known.height
    put_legend(axes, f"{lost} of {every.height} have no number" if lost else "")


def _bars(
    axes: Axes, rows: pl.DataFrame, x: str, y: str, style: SeriesStyle, ends: tuple[float, float]
) -> None:
    """Intervals; where one limit alone is known the other has no end, and goes out of the axis."""
    low, high = limits = f"low_{y}", f"high_{y}"
    known = rows.filter(pl.any_horizontal(pl.col(limits).is_not_null())).with_columns(
        pl.col(low).fill_null(0).clip(lower_bound=ends[0] / 2),
        pl.col(high).fill_null(2 * ends[1]),
    )
    draw_bars(axes, known, x, limits, style, 1.2)


def _joined(axes: Axes, rows: pl.DataFrame, x: str, y: str, style: SeriesStyle) -> None:
    """Markers and a line through what lies between points; bounds stand alone, half filled."""
    known, bounds = (rows.filter(reached=where) for where in ("between points", "first point"))
    axes.plot(known[x], known[y], color=style.colour, linestyle=style.line)
    draw_markers(axes, known, x, y, style)
    shape: dict[str, Any] = {"color": style.colour, "marker": style.marker, "zorder": 3}
    axes.plot(bounds[x], bounds[y], linestyle="none", **shape, **HALF)


def _name_bounds(axes: Axes, rows: pl.DataFrame, what: str) -> None:
    """An entry in the legend for bounds, if there are any."""
    if rows.filter(reached="first point").height:
        axes.plot([], [], color="#555555", linestyle="none", marker="o", label=what, **HALF)
