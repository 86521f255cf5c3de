"""Panels of how far a verifier's scores can be taken as probabilities."""

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.search_panels import VerifierPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import percent_ticks, put_legend
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_markers, name_series

SHARE, SCORE = "bin: share right", "bin: mean score"
AUC = "auc"


def draw_calibration(axes: Axes, panel: VerifierPanel, data: FigureData) -> set[str]:
    """Draw the share of right steps against the mean score of each bin; return the origins.

    The legend states the AUC with its interval; on the diagonal, scores are probabilities.

    Raises:
        UserError: the table measures nothing against the panel's basis.
    """
    table = data.tables[panel.table].filter(judge="score", basis=panel.basis)
    if table.is_empty():
        raise UserError(f"table {panel.table} has no measures against {panel.basis} to draw")
    axes.plot([0, 1], [0, 1], color="#777777", linestyle=(0, (1, 2)), label="score = share right")
    for index, name in enumerate(table["verifier"].unique(maintain_order=True)):
        own = table.filter(verifier=name)
        style = data.style(name, index)
        shares = own.filter(metric=SHARE).select("bin", share="value")
        bins = own.filter(metric=SCORE).select("bin", score="value").join(shares, on="bin")
        drawn = bins.sort("score").with_columns(origin=pl.lit("measured"))
        axes.plot(drawn["score"], drawn["share"], color=style.colour, linestyle=style.line)
        draw_markers(axes, drawn, "score", "share", style)
        label = f"{name}: {_told(own.filter(metric=AUC))}"
        name_series(axes, style, style.line, "measured", label)
    axes.set_title(panel.title)
    axes.set_xlabel("mean score of the steps in a bin")
    axes.set_ylabel("share of right steps")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    percent_ticks(axes)
    put_legend(axes)
    return {"measured"}


def _told(rows: pl.DataFrame) -> str:
    """An AUC as the legend states it."""
    if rows.is_empty() or rows["value"][0] is None:
        return "no AUC, all steps are alike"
    row = rows.row(0, named=True)
    limits = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    return f"AUC {row['value']:.2f}{limits}, {row['steps']:,} steps"
