"""Panels of a shape table: curves on a linear and on a logarithmic axis, with both fitted lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.gridspec import SubplotSpec

from scripts.lib.config.panels import POWERS_OF_TWO
from scripts.lib.config.shape_panels import ShapePanel
from scripts.lib.curves.shape_points import shape_points
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import (
    X_LABELS,
    accuracy_axis,
    fit_ticks,
    plain_numbers,
    put_legend,
    scale_axis,
)
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series
from scripts.lib.plotting.series import SeriesStyle

STEPS = 200
FITS = {"logarithmic": "-", "linear": "--", "saturating": ":"}
"""Lines of the forms, in the colour of each curve."""
NAMES = {
    "logarithmic": "line in log2 of compute",
    "linear": "line in compute",
    "saturating": "saturating curve",
}
SMALL, PLAIN = 10, 1e7
"""Between these, numbers are written out, on a linear axis too."""


def draw_shape(canvas: Canvas, place: SubplotSpec, panel: ShapePanel, data: FigureData) -> set[str]:
    """Draw the curves on both axes; return the origins shown.

    Raises:
        UserError: a curve is not in the table, or curves stand against different x.
    """
    rows = _rows(panel, data.tables[panel.table])
    x = rows[0]["x"]
    grid = place.subgridspec(1, 2)
    scales = "linear", "log2" if x in POWERS_OF_TWO else "log10"
    origins: set[str] = set()
    first: Axes | None = None
    for number, scale in enumerate(scales):
        axes = canvas.add_subplot(grid[number], sharey=first)
        scale_axis(axes, "x", scale)
        accuracy_axis(axes, *panel.accuracy)
        axes.set_xlabel(X_LABELS[x])
        for index, row in enumerate(rows):
            points = shape_points(data.points[row["curve"]], x)
            style = data.style(row["curve"], index)
            _draw_curve(axes, points, row, style)
            origins |= set(points["origin"])
            if first is None and points.height:
                name_series(axes, style, "none", points["origin"][0], _said(row, rows))
        if first is None:
            first = axes
            axes.set_title(f"{panel.title}\nlinear axis")
        else:
            _name_fits(axes, rows)
            axes.set_title("logarithmic axis")
            axes.tick_params(labelleft=False)
            axes.yaxis.label.set_visible(False)
        if scale != "linear":
            fit_ticks(axes, scale)
        elif axes.get_xlim()[1] < PLAIN:
            plain_numbers(axes)
        put_legend(axes)
    return origins


def _rows(panel: ShapePanel, table: pl.DataFrame) -> list[dict[str, Any]]:
    known = {row["curve"]: row for row in table.iter_rows(named=True)}
    lost = [name for name in panel.curves if name not in known]
    if lost:
        raise UserError(
            f"{panel.title!r}: {lost[0]} is no curve of table {panel.table}; there are: "
            f"{', '.join(known)}"
        )
    rows = [known[name] for name in panel.curves]
    against = {row["curve"]: row["x"] for row in rows}
    if len(set(against.values())) > 1:
        raise UserError(
            f"{panel.title!r}: curves stand against different x: {against}; take a panel for each"
        )
    return rows


def _draw_curve(axes: Axes, points: pl.DataFrame, row: dict[str, Any], style: SeriesStyle) -> None:
    x = row["x"]
    draw_bars(axes, points, x, ("low", "high"), style, 0.9)
    draw_markers(axes, points, x, "accuracy", style)
    if row["form"] is None:
        return
    ends = points[x].min(), points[x].max()
    steps = np.geomspace(*ends, STEPS)
    heights = {
        "logarithmic": row["intercept_logarithmic"] + row["points_per_doubling"] * np.log2(steps),
        "linear": row["intercept_linear"] + row["slope_linear"] * steps,
    }
    if row["limit"] is not None:
        rest = 2 ** (-np.log2(steps / ends[0]) / row["halving"])
        heights["saturating"] = row["limit"] - row["gain"] * rest
    for form, height in heights.items():
        axes.plot(steps, height, color=style.colour, linestyle=FITS[form], linewidth=1.2, zorder=2)


def _name_fits(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    saturated = any(row["limit"] is not None for row in rows)
    for form, what in NAMES.items():
        if form != "saturating" or saturated:
            axes.plot([], [], color="#555555", linestyle=FITS[form], linewidth=1.2, label=what)


def _said(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    """What the table says of a curve, for the legend."""
    label = row["label"]
    if [other["label"] for other in rows].count(label) > 1:
        label += f", {row['benchmark']}"
    if row["form"] is None:
        return f"{label}\n{row['why']}"
    low, high = (100 * row[f"{end}_points_per_doubling"] for end in ("low", "high"))
    text = f"{label}\n{_verdict(row)}"
    text += f"\n{100 * row['points_per_doubling']:+.2g} points a doubling [{low:+.2g}, {high:+.2g}]"
    if row["limit"] is not None:
        limit, low, high = (100 * row[name] for name in ("limit", "low_limit", "high_limit"))
        text += f"\nsaturates at {limit:.0f}% [{low:.0f}, {high:.0f}]"
        text += "" if row["holds_saturating"] else ", but does not hold"
    if row["gains_end"] is not None:
        start, size = _rounded(row["gains_end"]), 100 * row["smallest_gain"]
        text += f"\nfrom {start} on less than {size:g} points to gain"
    return text


def _verdict(row: dict[str, Any]) -> str:
    """The form in words. A line on one axis only is one where that form alone holds."""
    form = row["form"]
    held = {line: row[f"holds_{line}"] for line in ("linear", "logarithmic")}
    if form == "undecided":
        return "form undecided" if any(held.values()) else "form undecided, neither line holds"
    if not held[form]:
        return f"{form} is better, but does not hold"
    return f"{form} is better" if all(held.values()) else f"a line on the {form} axis only"


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if SMALL <= value < PLAIN else f"{value:.3g}"
