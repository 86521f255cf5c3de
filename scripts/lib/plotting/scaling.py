"""Panels of accuracy against compute."""

from collections.abc import Mapping

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.figures import ReferenceSeries, Region, ScalingPanel
from scripts.lib.errors import UserError
from scripts.lib.estimators.gains import end_of_gains
from scripts.lib.plotting.axes import X_LABELS, accuracy_axis, put_legend, scale_axis
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series
from scripts.lib.plotting.series import SeriesStyle, series_style

MOST_MARKERS = 14


def draw_scaling(
    axes: Axes,
    panel: ScalingPanel,
    points: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    references: pl.DataFrame,
) -> set[str]:
    """Draw a panel's curves and published series; return the origins of what it shows.

    Args:
        axes: where to draw.
        panel: what to draw.
        points: Point tables by curve name.
        labels: what the legend calls each curve.
        references: Reference rows of all papers that the panel names.

    Raises:
        UserError: a curve has no value for the panel's x, or a published series is not there.
    """
    scale_axis(axes, "x", panel.x_scale)
    accuracy_axis(axes, *panel.accuracy)
    # The names of regions stand between the axes and the title, where they hide no data.
    axes.set_title(panel.title, pad=18 if panel.regions else None)
    axes.set_xlabel(panel.x_label or X_LABELS[panel.x])
    origins: set[str] = set()
    index = 0
    for name in panel.curves:
        curve = _drawable(name, points[name], panel)
        _draw_curve(axes, curve, panel.x, series_style(index), labels[name])
        origins |= set(curve["origin"])
        index += 1
    for reference in panel.references:
        rows = series_rows(reference, references)
        style = series_style(index)
        draw_markers(axes, rows, "x", "y", style)
        name_series(axes, style, "none", rows["origin"][0], reference.label)
        origins |= set(rows["origin"])
        index += 1
    if panel.x_limits:
        axes.set_xlim(*panel.x_limits)
    _shade(axes, panel, _regions(panel, points))
    put_legend(axes)
    return origins


def series_rows(reference: ReferenceSeries, references: pl.DataFrame) -> pl.DataFrame:
    """The rows of a published series, by x.

    Raises:
        UserError: there is no such series; the text lists those there are.
    """
    wanted = (reference.paper, reference.figure, reference.series)
    keys = zip(("paper", "figure", "series"), wanted, strict=True)
    rows = references.filter(*(pl.col(name) == value for name, value in keys))
    if rows.is_empty():
        there = references.select("paper", "figure", "series").unique(maintain_order=True).rows()
        raise UserError(f"no published series {wanted}; there is: {there}")
    return rows.sort("x")


def _drawable(name: str, curve: pl.DataFrame, panel: ScalingPanel) -> pl.DataFrame:
    known = curve.drop_nulls([panel.x, "accuracy"]).filter(
        (pl.col(panel.x) > 0) | pl.lit(panel.x_scale == "linear")
    )
    if known.is_empty():
        raise UserError(
            f"curve {name} has no point with both accuracy and {panel.x}: "
            "choose another x for this panel or leave the curve out"
        )
    return known.sort(panel.x)


def _draw_curve(axes: Axes, curve: pl.DataFrame, x: str, style: SeriesStyle, label: str) -> None:
    """A line through all points; markers and intervals on all, or at doublings if they are many."""
    marks = _marked(curve)
    axes.plot(curve[x], curve["accuracy"], color=style.colour, linestyle=style.line, zorder=2)
    draw_bars(axes, marks, x, ("low", "high"), style, 0.9)
    draw_bars(axes, marks, x, ("low_benchmark", "high_benchmark"), style, 2.8)
    draw_markers(axes, marks, x, "accuracy", style)
    name_series(axes, style, style.line, curve["origin"][0], label)


def _marked(curve: pl.DataFrame) -> pl.DataFrame:
    if curve.height <= MOST_MARKERS:
        return curve
    doublings = {2**power for power in range(40)} | {curve["n"].max()}
    return curve.filter(pl.col("n").is_in(list(doublings)))


def _regions(panel: ScalingPanel, points: Mapping[str, pl.DataFrame]) -> list[Region]:
    """The panel's regions: as named, or found in the points of its curves."""
    found = panel.regions
    if isinstance(found, list):
        return found
    asking = _drawable(found.asking, points[found.asking], panel)[panel.x]
    voting = _drawable(found.voting, points[found.voting], panel)
    asked = float(asking.to_numpy().max())
    ended = max(asked, end_of_gains(voting[panel.x], voting["accuracy"], found.least_gain))
    last = max(asked, float(voting[panel.x].to_numpy().max()))
    borders = [float(asking.to_numpy().min()), asked, ended, last]
    percent = 100 * found.least_gain
    names = ["asking", "voting", f"gains < {percent:g} point{'s' * (percent > 1)}"]
    return [
        Region(label=name, start=start, end=end)
        for name, start, end in zip(names, borders, borders[1:], strict=False)
        if end > start
    ]


def _shade(axes: Axes, panel: ScalingPanel, regions: list[Region]) -> None:
    for number, region in enumerate(regions):
        if number % 2 == 0:
            axes.axvspan(region.start, region.end, color="#000000", alpha=0.06, linewidth=0)
        middle = (region.start + region.end) / 2
        if panel.x_scale != "linear":
            middle = (region.start * region.end) ** 0.5
        axes.text(
            middle,
            1.01,
            region.label,
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=8,
        )
