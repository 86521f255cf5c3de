"""Panels of a verifier's scores along right and wrong solutions."""

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.search_panels import ScoresPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import put_legend, whole_numbers
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series
from scripts.lib.plotting.series import SeriesStyle, series_style

SIDE = 0.14
"""Of right solutions to the left and of wrong ones to the right, in parts."""
NAMES = {True: "right solutions", False: "wrong solutions"}


def draw_scores(axes: Axes, panel: ScoresPanel, data: FigureData) -> set[str]:
    """Draw medians, quartiles and outer tenths in each part of a solution; return the origins.

    Of a search the largest N is drawn.

    Raises:
        UserError: the curve has no rows.
    """
    rows = data.tables[panel.table].filter(curve=panel.curve)
    if rows.is_empty():
        raise UserError(f"table {panel.table} has no scores of {panel.curve} to draw")
    most = rows["beams"].max()
    rows = rows.filter(pl.col("beams").eq_missing(most)).with_columns(origin=pl.lit("measured"))
    for index, (correct, name) in enumerate(NAMES.items()):
        style = series_style(index)
        _draw(axes, rows.filter(correct=correct), -SIDE if correct else SIDE, style, name)
    axes.set_title(panel.title)
    axes.set_xlabel("part of the solution, first to last step")
    axes.set_ylabel("score of a step (median, quartiles, tenths)")
    axes.set_ylim(-0.03, 1.03)
    whole_numbers(axes)
    put_legend(axes)
    return {"measured"}


def _draw(axes: Axes, rows: pl.DataFrame, shift: float, style: SeriesStyle, name: str) -> None:
    beside = rows.with_columns(x=pl.col("part") + shift)
    draw_bars(axes, beside, "x", ("low", "high"), style, 0.9)
    draw_bars(axes, beside, "x", ("quarter", "three_quarters"), style, 4.5)
    draw_markers(axes, beside, "x", "median", style)
    # A solution has a row in each part that holds a step of it: every one in the last.
    solutions = rows.sort("part")["samples"].to_list()[-1:] or [0]
    name_series(axes, style, "none", "measured", f"{solutions[0]:,} {name}")
