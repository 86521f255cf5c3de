"""Tables as rows of dots: one row a curve, published dots hollow beside the measured ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from matplotlib import ticker
from matplotlib.axes import Axes

from scripts.lib.config.panels import ComparisonPanel, ControlPanel
from scripts.lib.errors import UserError
from scripts.lib.origins import PUBLISHED, READ_OFF
from scripts.lib.plotting.axes import name_rows, put_legend
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.marks import draw_markers, name_series
from scripts.lib.plotting.point_labels import write_beside
from scripts.lib.plotting.series import SeriesStyle, series_style

COMPUTED = "computed from published points"
LARGEST = 1.0
"""The largest difference of two accuracies."""
FURTHEST = 2.0
"""Where `bound_axis` ends an axis, in the value of the dot that lies furthest out."""
APART = 0.36
"""Between the dots of one curve, in rows."""


@dataclass(frozen=True)
class Column:
    """One column of dots: a value of the table, and its limits if it has any."""

    value: str
    limits: tuple[str, str] | None = None
    marker: str | None = None
    """Another marker than the table's, to tell two values on one axis apart."""
    shift: float = 0.0
    """Rows down from the place of the curve's dot."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table by place: names from the top down, and the dots that stand in them.

    `groups` are the sorts of dots that the legend tells apart (a benchmark, measured or
    published), each with its style and its part of the table; there, `row` is the place on the
    y axis.
    """

    names: list[str]
    groups: list[tuple[str, SeriesStyle, pl.DataFrame]]


def table_to_draw(panel: ComparisonPanel | ControlPanel, data: FigureData) -> pl.DataFrame:
    """The table of a panel.

    Raises:
        UserError: it is empty.
    """
    table = data.tables[panel.table]
    if table.is_empty():
        raise UserError(f"table {panel.table} has no rows to draw in {panel.title!r}")
    return table


def place_rows(table: pl.DataFrame, name: Callable[[dict[str, object]], str]) -> Rows:
    """Give every curve of a table a row, in order, and what is published of it a place beside.

    A published row goes to the curve that it bears the name of, whatever its setting; a curve
    that only a paper has gets a row of its own.

    Args:
        table: with the columns curve, benchmark and origin, and basis where it has one.
        name: what a row is called on the axis.
    """
    said = dict.fromkeys((*PUBLISHED, *READ_OFF), "published")
    said |= {"measured": "measured here", "recorded": "from recorded samples"}
    sorts = table.with_columns(sort=pl.col("origin").replace_strict(said))
    if "basis" in table.columns:
        points = pl.col("basis") == "published points"
        sorts = sorts.with_columns(sort=pl.when(points).then(pl.lit(COMPUTED)).otherwise("sort"))
    published = pl.col("sort") == "published"
    sorts = pl.concat([sorts.filter(~published), sorts.filter(published)])
    names: list[str] = []
    first: dict[object, int] = {}
    beside: dict[int, int] = {}
    places: list[float] = []
    for row in sorts.iter_rows(named=True):
        if row["sort"] == "published" and row["curve"] in first:
            place = first[row["curve"]]
            beside[place] = beside.get(place, 0) + 1
        else:
            place = len(names)
            names.append(name(row))
            first.setdefault(row["curve"], place)
        places.append(place + APART * beside.get(place, 0))
    placed = sorts.with_columns(row=pl.Series(places, dtype=pl.Float64))
    groups = [
        (f"{benchmark}, {sort}", series_style(index), rows)
        for index, ((sort, benchmark), rows) in enumerate(
            placed.group_by(["sort", "benchmark"], maintain_order=True)
        )
    ]
    return Rows(names, groups)


def draw_column(axes: Axes, rows: Rows, columns: Sequence[Column], title: str, label: str) -> None:
    """Draw one or more values of every row that has them, with their limits."""
    name_rows(axes, rows.names)
    axes.set_title(title)
    axes.set_xlabel(label)
    for _, style, group in rows.groups:
        for column in columns:
            known = group.drop_nulls(column.value).with_columns(pl.col("row") + column.shift)
            shown = SeriesStyle(style.colour, column.marker or style.marker, style.line)
            if column.limits is not None:
                bounded = known.drop_nulls(list(column.limits))
                low, high = (bounded[limit] for limit in column.limits)
                axes.hlines(bounded["row"], low, high, color=style.colour, linewidth=1.2)
            draw_markers(axes, known, column.value, "row", shown)


def name_groups(axes: Axes, rows: Rows, extra: Sequence[tuple[str, str]] = ()) -> None:
    """The legend: which dots are measured on which benchmark, and which are published.

    Args:
        axes: the legend goes below them.
        rows: the table.
        extra: further markers and what they mean.
    """
    for what, style, group in rows.groups:
        name_series(axes, style, "none", group["origin"][0], what)
    for marker, what in extra:
        name_series(axes, SeriesStyle("#555555", marker, "none"), "none", "measured", what)
    put_legend(axes)


def percent_axis(axes: Axes, ends: tuple[float, float] | None = None) -> None:
    """Shares on the x axis, in percent; from end to end with a little room, if given."""
    if ends is not None:
        room = 0.04 * (ends[1] - ends[0])
        axes.set_xlim(ends[0] - room, ends[1] + room)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(ticker.PercentFormatter(1.0, decimals=0))


def bound_axis(axes: Axes, rows: Rows, column: Column) -> bool:
    """End the x axis where the dots stay apart; arrows show what lies or goes on past it.

    Accuracies differ by LARGEST at most: a larger value, which slopes between points that lie
    close together take, tells no more than that. It is written beside its arrow.

    Returns:
        Whether there is anything past the axis.
    """
    if column.limits is None:
        return False
    parts = [(style, group.drop_nulls(column.value)) for _, style, group in rows.groups]
    sizes = np.abs(np.concatenate([part[column.value].to_numpy() for _, part in parts]))
    end = min(LARGEST, FURTHEST * sizes[sizes <= LARGEST].max(initial=0.0) or LARGEST)
    past = False
    for style, part in parts:
        for limit, side, arrow in zip(column.limits, (-1, 1), ("<", ">"), strict=True):
            outside = side * pl.col(column.value) > end
            for row, value in part.filter(outside).select("row", column.value).iter_rows():
                write_beside(axes, side * end, row, _points(value), style.colour)
            goes_on = (side * pl.col(limit) > end).fill_null(value=False)
            beyond = part.filter(outside | goes_on)["row"]
            if beyond.is_empty():
                continue  # a line without points would stand in the layout's way, at the corner
            past = True
            axes.plot(
                [side * end] * len(beyond),
                beyond,
                linestyle="none",
                marker=arrow,
                markersize=5,
                color=style.colour,
                clip_on=False,
            )
    if past:
        axes.set_xlim(-end, end)
    return past


def difference_axis(axes: Axes) -> None:
    """Differences of shares on the x axis, in percentage points, with a line at none."""
    axes.axvline(0, color="#000000", linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(_points))


def _points(value: float, _position: int | None = None) -> str:
    if abs(value) >= LARGEST:
        return f"{100 * value:+,.0f}"
    return f"{100 * value:+.3g}" if value else "0"
