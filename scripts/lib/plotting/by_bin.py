"""Panels of accuracy by difficulty."""

from itertools import product

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.search_panels import ByBinPanel
from scripts.lib.errors import UserError
from scripts.lib.estimators.intervals import new_problems_interval
from scripts.lib.plotting.axes import accuracy_axis, put_legend
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series
from scripts.lib.plotting.series import series_style

DRAWS, SEED = 2000, 0
"""Of the bootstrap of intervals on new problems."""
SPREAD = 0.5
"""Width over which the curves of a bin stand side by side, in bins."""


def draw_by_bin(axes: Axes, panel: ByBinPanel, data: FigureData) -> set[str]:
    """Draw the accuracy of each curve, or each setting of one, in each bin; return the origins.

    Raises:
        UserError: a curve has no such setting, or no problem of the bins.
    """
    bins = data.bins[panel.bins].select("problem_id", "bin")
    drawn: set[str] = set()
    series = list(product(panel.curves, panel.settings))
    for index, (name, setting) in enumerate(series):
        drawn |= set(data.outcomes[name]["problem_id"])
        rows = _of_bins(name, setting, data.outcomes[name], bins)
        place = (index - (len(series) - 1) / 2) * SPREAD / max(1, len(series) - 1)
        shifted = rows.with_columns(x=pl.col("bin") + place)
        style = data.style(name, index) if len(panel.settings) == 1 else series_style(index)
        axes.plot(
            shifted["x"], shifted["accuracy"], color=style.colour, linestyle=style.line, alpha=0.5
        )
        draw_bars(axes, shifted, "x", ("low", "high"), style, 0.9)
        draw_markers(axes, shifted, "x", "accuracy", style)
        label = data.labels[name] if len(panel.settings) == 1 else setting.replace(",", ", ")
        name_series(axes, style, style.line, "measured", label)
    own = bins.filter(pl.col("problem_id").is_in(list(drawn)))
    counts = own.group_by("bin").len().sort("bin")
    ticks = [f"{number} ({size})" for number, size in counts.rows()]
    axes.set_xticks(counts["bin"].to_list(), ticks)
    axes.set_title(panel.title)
    axes.set_xlabel("bin of difficulty, 1 the easiest (its problems)")
    accuracy_axis(axes, 0, 1)
    one_setting = len(panel.settings) == 1
    put_legend(axes, panel.settings[0] if one_setting else data.labels[panel.curves[0]])
    return {"measured"}


def _of_bins(name: str, setting: str, outcomes: pl.DataFrame, bins: pl.DataFrame) -> pl.DataFrame:
    """Mean accuracy and its limits in each bin that holds a problem of the curve."""
    chosen = outcomes.filter(setting=setting).drop_nulls("accuracy")
    if chosen.is_empty():
        there = ", ".join(outcomes["setting"].unique(maintain_order=True))
        raise UserError(f"curve {name} has no setting {setting!r} to draw; there is: {there}")
    known = chosen.join(bins, on="problem_id")
    if known.is_empty():
        raise UserError(f"curve {name} has no problem of the bins; both take one benchmark")
    rows = []
    for (number,), group in known.sort("bin").group_by("bin", maintain_order=True):
        values = group["accuracy"].to_numpy()
        low, high = new_problems_interval(values[:, None], DRAWS, SEED)[0]
        rows.append((number, float(np.mean(values)), float(low), float(high), "measured"))
    schema = ["bin", "accuracy", "low", "high", "origin"]
    return pl.DataFrame(rows, schema=schema, orient="row")
