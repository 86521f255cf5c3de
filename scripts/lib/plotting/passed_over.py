"""Panels of right answers that were there and that a verifier passed over."""

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.search_panels import PassedOverPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import X_LABELS, fit_ticks, percent_ticks, put_legend, scale_axis
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series


def draw_passed_over(axes: Axes, panel: PassedOverPanel, data: FigureData) -> set[str]:
    """Draw the share of problems in which it happened, against N, for each curve of the table.

    Raises:
        UserError: the table has no rows.
    """
    table = data.tables[panel.table].with_columns(origin=pl.lit("measured"))
    if table.is_empty():
        raise UserError(f"table {panel.table} has no rows to draw")
    scale_axis(axes, "x", "log2")
    for index, name in enumerate(table["curve"].unique(maintain_order=True)):
        rows = table.filter(curve=name).sort("n")
        style = data.style(name, index)
        axes.plot(rows["n"], rows["passed_over"], color=style.colour, linestyle=style.line)
        draw_bars(axes, rows, "n", ("low_passed_over", "high_passed_over"), style, 0.9)
        draw_markers(axes, rows, "n", "passed_over", style)
        name_series(axes, style, style.line, "measured", rows["label"][0])
    axes.set_title(panel.title)
    axes.set_xlabel(X_LABELS["n"])
    axes.set_ylabel("problems with a right answer passed over")
    axes.set_ylim(bottom=0)
    percent_ticks(axes)
    fit_ticks(axes, "log2")
    put_legend(axes)
    return {"measured"}
