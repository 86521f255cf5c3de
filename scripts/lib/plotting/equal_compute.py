"""Panels of what methods have over brute force at equal compute."""

from typing import Any

import polars as pl
from matplotlib import ticker
from matplotlib.axes import Axes

from scripts.lib.config.panels import POWERS_OF_TWO
from scripts.lib.config.tradeoff_panels import EqualComputePanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import X_LABELS, fit_ticks, percent_ticks, put_legend, scale_axis
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_bars, draw_markers, name_series

APART = 0.012
"""How far the dots of curves stand apart at the same compute, as a part of the axis."""
SIDES = 1.5
"""How far an axis of samples goes on at both ends."""
ROOM = 0.06
"""Share of the range of what is drawn that is left free above and below."""
MOST = 1.0
"""Bars are drawn to their ends, but for so many times the range of all dots past these."""
COLUMNS = {"gain": "gain_over_votes", "share": "share"}
NAMES = {
    "gain": "gain over votes at equal compute (points)",
    "share": "share of the gain of a perfect verifier",
}
NONE: dict[str, Any] = {"color": "#000000", "linewidth": 1, "linestyle": (0, (4, 3)), "zorder": 1}


def draw_equal_compute(axes: Axes, panel: EqualComputePanel, data: FigureData) -> set[str]:
    """Draw a dot with its bar for each point of each curve; return the origins shown.

    Raises:
        UserError: no row of the table has what the panel shows.
    """
    table = data.tables[panel.table]
    column = COLUMNS[panel.shows]
    known = table.drop_nulls([column, "compute"])
    if known.is_empty():
        raise UserError(f"table {panel.table} has no {column} to draw in {panel.title!r}")
    x = str(known["x"][0])
    scale = "log2" if x in POWERS_OF_TWO else "log10"
    scale_axis(axes, "x", scale)
    names = table["curve"].unique(maintain_order=True).to_list()
    span = max(known["compute"]) / min(known["compute"])
    for index, name in enumerate(names):
        style = data.style(name, index)
        own = table.filter(curve=name)
        shift = span ** (APART * (index - (len(names) - 1) / 2))
        rows = known.filter(curve=name).with_columns(pl.col("compute") * shift)
        draw_bars(axes, rows, "compute", (f"low_{column}", f"high_{column}"), style, 1.2)
        draw_markers(axes, rows, "compute", column, style)
        named = own["label"][0] + ("" if rows.height else " (no point)")
        name_series(axes, style, "none", own["origin"][0], named)
    axes.axhline(0, **NONE)
    ends = [*known[column], 0.0]
    if panel.shows == "share":
        axes.axhline(1, **NONE)
        ends.append(1.0)
        percent_ticks(axes)
    else:
        axes.yaxis.set_major_locator(ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(_points))
    axes.set_ylim(*_range(ends, [*known[f"low_{column}"], *known[f"high_{column}"]]))
    axes.set_title(panel.title)
    lost = table.height - known.height
    axes.set_xlabel(X_LABELS[x])
    axes.set_ylabel(NAMES[panel.shows])
    if x == "n":
        _whole_numbers(axes, sorted(set(known["n"].drop_nulls())))
    else:
        fit_ticks(axes, scale)
    put_legend(axes, f"{lost} of {table.height} points cannot be compared" if lost else "")
    return set(known["origin"])


def _range(dots: list[float], bars: list[float | None]) -> tuple[float, float]:
    """The ends of an axis that shows all dots, and bars as far as they do not dwarf these."""
    least, most = min(dots), max(dots)
    beyond = MOST * (most - least)
    ends = [end for end in bars if end is not None]
    low = max(min([*ends, least]), least - beyond)
    high = min(max([*ends, most]), most + beyond)
    room = ROOM * (high - low) or ROOM
    return low - room, high + room


def _whole_numbers(axes: Axes, numbers: list[float]) -> None:
    """Ticks at numbers of samples, beside which the dots of several curves stand."""
    axes.set_xlim(numbers[0] / SIDES, numbers[-1] * SIDES)
    axes.set_xticks(numbers, [f"{number:,.10g}" for number in numbers])


def _points(value: float, _position: int | None = None) -> str:
    """A tick label such as +5."""
    return f"{100 * value:+.3g}" if value else "0"
