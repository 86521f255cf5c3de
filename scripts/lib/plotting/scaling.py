"""Panels of accuracy against compute."""

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.panels import WAITS, Region, ScalingPanel
from scripts.lib.estimators.passk import pass_at_k_of_guesses
from scripts.lib.plotting.axes import (
    X_LABELS,
    accuracy_axis,
    fit_ticks,
    put_legend,
    scale_axis,
    whole_numbers,
)
from scripts.lib.plotting.data import FigureData, series_rows
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series
from scripts.lib.plotting.point_labels import write_beside
from scripts.lib.plotting.scaling_points import drawable, known, marked, paths_of, regions_of
from scripts.lib.plotting.series import SeriesStyle


def draw_scaling(axes: Axes, panel: ScalingPanel, data: FigureData) -> set[str]:
    """Draw a panel's curves and published series; return the origins of what it shows.

    Raises:
        UserError: a curve has no value for the panel's x, or a published series is not there.
    """
    scale_axis(axes, "x", panel.scale)
    accuracy_axis(axes, *panel.accuracy)
    # The names of regions stand between the axes and the title, where they hide no data.
    axes.set_title(panel.title, pad=18 if panel.regions else None)
    axes.set_xlabel(panel.x_label or X_LABELS[panel.x])
    origins: set[str] = set()
    index = 0
    for name in panel.curves:
        curve = drawable(name, data.points[name], panel)
        label = data.labels[name] + _left_out(data.points[name], curve, panel)
        _draw_curve(axes, curve, panel, data.style(name, index), label)
        origins |= set(curve["origin"])
        index += 1
    for reference in panel.references:
        rows = series_rows(reference, data.references).sort("x")
        style = data.style(reference.label, index)
        draw_markers(axes, rows, "x", "y", style)
        name_series(axes, style, "none", rows["origin"][0], reference.label)
        origins |= set(rows["origin"])
        index += 1
    for name in panel.to_beat:
        _draw_to_beat(axes, name, panel, data)
    for name, guess in panel.chance.items():
        _draw_chance(axes, drawable(name, data.points[name], panel), panel.x, guess)
    if panel.x_limits:
        axes.set_xlim(*panel.x_limits)
    _shade(axes, panel, regions_of(panel, data.points))
    fit_ticks(axes, panel.scale)
    if panel.x == WAITS and panel.scale == "linear":
        whole_numbers(axes)
    put_legend(axes)
    return origins


def _left_out(curve: pl.DataFrame, drawn: pl.DataFrame, panel: ScalingPanel) -> str:
    """What the legend says of points at 0, which a logarithmic axis cannot show."""
    zero = known(curve, panel.x).height - drawn.height
    return f"\n({zero} at 0, left of this axis)" if zero else ""


def _draw_curve(
    axes: Axes, curve: pl.DataFrame, panel: ScalingPanel, style: SeriesStyle, label: str
) -> None:
    """Lines through the points; markers and intervals on all, or at doublings if they are many."""
    marks = marked(curve)
    x = panel.x
    for path in paths_of(curve, x) if panel.joined else []:
        axes.plot(path[x], path["accuracy"], color=style.colour, linestyle=style.line, zorder=2)
    draw_bars(axes, marks, x, ("low", "high"), style, 0.9)
    draw_bars(axes, marks, x, ("low_benchmark", "high_benchmark"), style, 2.8)
    draw_markers(axes, marks, x, "accuracy", style)
    for row in marks.iter_rows(named=True):
        text = row["setting"] if panel.name_points else "" if x == WAITS else _waits(row)
        if text:
            write_beside(axes, row[x], row["accuracy"], text, style.colour)
    line = style.line if panel.joined else "none"
    name_series(axes, style, line, curve["origin"][0], label)


def _draw_to_beat(axes: Axes, name: str, panel: ScalingPanel, data: FigureData) -> None:
    """A line from the best point of a curve to all that is dearer: what lies below it has lost."""
    curve = drawable(name, data.points[name], panel)
    best = curve.sort("accuracy", descending=True, maintain_order=True).row(0, named=True)
    style = data.style(name, panel.curves.index(name))
    limits = axes.get_xlim()
    ends = [best[panel.x], max(limits[1], best[panel.x])]
    accuracy = [best["accuracy"]] * 2
    axes.plot(ends, accuracy, color=style.colour, linestyle=(0, (1, 1.5)), linewidth=1, zorder=1)
    axes.set_xlim(*limits)
    write_beside(axes, ends[0], accuracy[0], "to beat", style.colour)


def _draw_chance(axes: Axes, curve: pl.DataFrame, x: str, guess: float) -> None:
    """What as many guesses as a point has samples would reach."""
    drawn = curve.drop_nulls("n").sort(x)
    floor = pass_at_k_of_guesses(guess, drawn["n"].to_list())
    axes.plot(drawn[x], floor, color="#000000", linestyle=(0, (1, 1.5)), zorder=1, label="guessing")


def _waits(row: dict[str, object]) -> str:
    forced = row["method"] == "forcing" and row["waits"]
    return f"{row['waits']}x" if forced else ""


def _shade(axes: Axes, panel: ScalingPanel, regions: list[Region]) -> None:
    for number, region in enumerate(regions):
        if number % 2 == 0:
            axes.axvspan(region.start, region.end, color="#000000", alpha=0.06, linewidth=0)
        middle = (region.start + region.end) / 2
        if panel.scale != "linear":
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
