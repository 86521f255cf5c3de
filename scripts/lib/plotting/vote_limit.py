"""Panels of the limit of voting: a row per curve, with forecast, value seen, and limit."""

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.forecast_panels import VoteLimitPanel
from scripts.lib.curves.forecast_tables import ALL
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import name_rows, put_legend
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_markers, name_series
from scripts.lib.plotting.series import SeriesStyle, series_style
from scripts.lib.plotting.table_rows import percent_axis

APART = 0.25
THIN, THICK = 1.0, 2.6


def draw_vote_limit(axes: Axes, panel: VoteLimitPanel, data: FigureData) -> set[str]:
    """Draw the rows of a vote_limit table, with forecasts if the panel names some.

    Raises:
        UserError: a table is empty, or there is no such forecast.
    """
    table = data.tables[panel.table]
    if table.is_empty():
        raise UserError(f"table {panel.table} has no rows to draw in {panel.title!r}")
    table = table.with_row_index("row").with_columns(pl.col("row").cast(pl.Float64))
    name_rows(axes, table["label"].to_list())
    first, forecasts = _forecasts(panel, data)
    styles = [series_style(index) for index in range(3)]
    if forecasts is not None:
        placed = forecasts.join(table.select("curve", "row"), on="curve", maintain_order="left")
        placed = placed.with_columns(pl.col("row") - APART)
        _bars(axes, placed, ("low_forecast", "high_forecast"), styles[1], THICK)
        draw_markers(axes, placed, "forecast", "row", styles[1])
    draw_markers(axes, table, "seen", "row", styles[0])
    lower = table.with_columns(pl.col("row") + (APART if forecasts is not None else 0.4))
    _bars(axes, lower, ("low", "high"), styles[2], THIN)
    _bars(axes, lower, ("low_benchmark", "high_benchmark"), styles[2], THICK)
    draw_markers(axes, lower, "limit", "row", styles[2])
    origin = table["origin"][0]
    if forecasts is not None:
        name = f"vote of all samples, forecast from the first {first}"
        name_series(axes, styles[1], "none", origin, name)
    name_series(axes, styles[0], "none", origin, "vote of all samples, seen")
    name_series(axes, styles[2], "none", origin, "limit of voting")
    axes.set_title(panel.title)
    axes.set_xlabel("accuracy of the majority vote")
    percent_axis(axes)
    put_legend(axes)
    return set(table["origin"])


def _bars(
    axes: Axes, rows: pl.DataFrame, limits: tuple[str, str], style: SeriesStyle, width: float
) -> None:
    low, high = (rows[name] for name in limits)
    axes.hlines(rows["row"], low, high, color=style.colour, linewidth=width, alpha=0.7)


def _forecasts(panel: VoteLimitPanel, data: FigureData) -> tuple[int, pl.DataFrame | None]:
    """The forecasts of all samples to draw, and from how many they are."""
    if panel.forecasts is None:
        return 0, None
    table = data.tables[panel.forecasts].drop_nulls("forecast").filter(to=ALL)
    there = table["from_k"].unique().sort().to_list()
    if not there or (panel.from_ is not None and panel.from_ not in there):
        asked = "" if panel.from_ is None else f" from {panel.from_}"
        raise UserError(
            f"table {panel.forecasts} holds no forecasts of all samples{asked}; from: {there}"
        )
    first = panel.from_ or there[0]
    return first, table.filter(from_k=first)
