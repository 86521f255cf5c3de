"""What a scaling panel shows of its curves, however it is drawn."""

import polars as pl

from scripts.lib.config.panels import WAITS, Region, ScalingPanel
from scripts.lib.errors import UserError
from scripts.lib.estimators.gains import end_of_gains
from scripts.lib.plotting.data import Tables

MOST_MARKERS = 14


def drawable(name: str, curve: pl.DataFrame, panel: ScalingPanel) -> pl.DataFrame:
    """The points of a curve that a panel can show, along its x.

    Raises:
        UserError: there is none.
    """
    shown = known(curve, panel.x).filter((pl.col(panel.x) > 0) | pl.lit(panel.scale == "linear"))
    if shown.is_empty():
        raise UserError(
            f"curve {name} has no point with both accuracy and {panel.x}: "
            "choose another x for this panel or leave the curve out"
        )
    return shown.sort(panel.x)


def known(curve: pl.DataFrame, x: str) -> pl.DataFrame:
    """The points with an x and an accuracy; forcing that names no waits has none."""
    if x == WAITS:
        none = pl.col("waits").is_null() & (pl.col("method") == "forcing")
        curve = curve.with_columns(waits=pl.when(none).then(0).otherwise("waits"))
    return curve.drop_nulls([x, "accuracy"])


def paths_of(curve: pl.DataFrame, x: str) -> list[pl.DataFrame]:
    """Points that a line joins: along x; of budget forcing along budgets, and along waits.

    More waits do not always mean more tokens, nor does a budget that nothing reaches, so these
    are joined in the order in which they were forced. Along waits, budgets lie above each other.
    """
    if curve["method"][0] != "forcing":
        return [curve]
    forced = curve.with_columns(pl.col("waits").fill_null(0)).sort("budget", x, nulls_last=True)
    paths = [] if x == WAITS else [forced.filter(waits=0)]
    for _, same in forced.group_by("budget", maintain_order=True):
        if same["waits"].sum():
            paths.append(same.sort("waits"))
    return [path for path in paths if path.height > 1]


def marked(curve: pl.DataFrame) -> pl.DataFrame:
    """The points that have a marker: all, or those at doublings of n where they are many."""
    if curve.height <= MOST_MARKERS:
        return curve
    doublings = {2**power for power in range(40)} | {curve["n"].max()}
    return curve.filter(pl.col("n").is_in(list(doublings)) | pl.col("n").is_null())


def regions_of(panel: ScalingPanel, points: Tables) -> list[Region]:
    """The panel's regions: as named, or found in the points of its curves."""
    found = panel.regions
    if isinstance(found, list):
        return found
    asking = drawable(found.asking, points[found.asking], panel)[panel.x]
    voting = drawable(found.voting, points[found.voting], panel)
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
