"""Panels of used tokens against asked tokens."""

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.panels import ObediencePanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import put_legend, scale_axis
from scripts.lib.plotting.data import FigureData, series_rows
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series
from scripts.lib.plotting.series import SeriesStyle

FITTED_REGION = "obeyed"
BAR_WIDTH = 1.5


def draw_obedience(axes: Axes, panel: ObediencePanel, data: FigureData) -> set[str]:
    """Draw used against asked tokens with the fitted line of each curve; return the origins shown.

    The line is drawn over the region that obeys; the legend states its slope and the geometric
    mean of used over asked tokens, with 95 % intervals.

    Raises:
        UserError: a curve has no asked budgets in the panel's range.
    """
    scale_axis(axes, "x", "log2")
    scale_axis(axes, "y", "log2")
    axes.set_title(panel.title)
    axes.set_xlabel("tokens asked for")
    axes.set_ylabel("tokens used, mean per sample")
    origins: set[str] = set()
    for index, name in enumerate(panel.curves):
        curve = data.points[name].drop_nulls(["asked", "tokens"]).sort("asked")
        if panel.asked:
            curve = curve.filter(pl.col("asked").is_between(*panel.asked))
        if curve.is_empty():
            raise UserError(f"curve {name} has no asked budgets to draw in {panel.title!r}")
        origins |= set(curve["origin"])
        style = data.style(name, index)
        draw_markers(axes, curve, "asked", "tokens", style)
        draw_bars(axes, curve, "asked", ("low_tokens", "high_tokens"), style, BAR_WIDTH)
        label = data.labels[name] + _draw_fit(axes, data.fits[name], curve, style)
        name_series(axes, style, style.line, curve["origin"][0], label)
    _draw_ratio(axes, 1.0, "used = asked", "#777777", (0, (1, 2)))
    for reference in panel.references:
        ratio = series_rows(reference, data.references)["y"][0]
        label = f"{reference.label}: used = {ratio:g} times asked"
        _draw_ratio(axes, ratio, label, "#444444", (0, (4, 4)))
    put_legend(axes)
    return origins


def _draw_fit(axes: Axes, fit: pl.DataFrame, curve: pl.DataFrame, style: SeriesStyle) -> str:
    """Draw the fitted line of the obeying region; say its slope and ratio."""
    regions = set(fit["region"])
    region = FITTED_REGION if FITTED_REGION in regions else "all"
    values = {
        row["parameter"]: row
        for row in fit.filter(pl.col("region") == region).iter_rows(named=True)
    }
    if "slope" not in values:
        return ""
    slope = values["slope"]
    drawn = curve["asked"].to_numpy()
    asked = np.clip([slope["first_x"], slope["last_x"]], drawn.min(), drawn.max())
    used = 2 ** (values["intercept"]["value"] + slope["value"] * np.log2(asked))
    axes.plot(asked, used, color=style.colour, linestyle=style.line, zorder=2)
    return (
        f"\nslope {_with_interval(slope)}, used/asked {_with_interval(values['ratio_geometric'])}"
    )


def _with_interval(row: dict[str, float | None]) -> str:
    text = f"{row['value']:.2f}"
    if row["low"] is not None and row["high"] is not None:
        text += f" [{row['low']:.2f}, {row['high']:.2f}]"
    return text


def _draw_ratio(axes: Axes, ratio: float, label: str, colour: str, line: object) -> None:
    """A line of constant used over asked, within what the points span."""
    limits = axes.get_xlim(), axes.get_ylim()
    ends = np.array([1.0, 2.0**40])
    style: Any = {"color": colour, "linestyle": line, "linewidth": 1}
    axes.plot(ends, ratio * ends, label=label, zorder=1, **style)
    axes.set_xlim(*limits[0])
    axes.set_ylim(*limits[1])
