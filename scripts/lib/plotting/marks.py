"""What panels draw of a series: its markers by origin, its intervals, its entry in the legend."""

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.plotting.series import SeriesStyle, marker_style


def draw_markers(axes: Axes, rows: pl.DataFrame, x: str, y: str, style: SeriesStyle) -> None:
    """A marker per row, in the style of where the row is from (its `origin`)."""
    for origin in rows["origin"].unique(maintain_order=True):
        part = rows.filter(pl.col("origin") == origin)
        axes.plot(
            part[x],
            part[y],
            color=style.colour,
            linestyle="none",
            marker=style.marker,
            zorder=3,
            **marker_style(style, origin),
        )


def draw_bars(
    axes: Axes,
    rows: pl.DataFrame,
    x: str,
    limits: tuple[str, str],
    style: SeriesStyle,
    width: float,
) -> None:
    """A vertical bar per row that has both limits."""
    bounded = rows.drop_nulls(list(limits))
    low, high = (bounded[name] for name in limits)
    axes.vlines(bounded[x], low, high, color=style.colour, linewidth=width, alpha=0.55)


def name_series(axes: Axes, style: SeriesStyle, line: object, origin: str, label: str) -> None:
    """An entry in the legend, with the marker of `origin`."""
    axes.plot(
        [],
        [],
        color=style.colour,
        linestyle=line,
        marker=style.marker,
        label=label,
        **marker_style(style, origin),
    )
