"""The data of a figure, read off what was drawn: every marker, line, bar and interval.

Nothing is computed a second time: what stands here is what the axes hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator

from scripts.lib.pandera_polars import pa
from scripts.lib.plotting.point_labels import LABEL
from scripts.lib.tableio import make_table
from scripts.lib.tables import Table

WIDE = 2.0
"""Points from which on an interval's line is a thick one: the inner of two."""
SAME = 1e-9
NOTHING = (None, "None", "none", "", " ")
Row = dict[str, Any]


class Drawn(Table):
    """One thing that a figure shows.

    `panel` numbers the axes of a figure from 1. `mark` says what is drawn: a `marker`, a vertex of
    a `line` (in their order; `line` numbers those of a series), a `bar` from `low` to `high`, or a
    shaded `region` of x from `low` to `high`. `low` and `high` of a marker are the ends of its
    interval, those of a thick one `inner_low` and `inner_high`; they lie along y, or along x in
    panels whose rows are named. `row` is the name of the row or column that something stands in,
    `label` the text beside it.
    """

    panel: int = pa.Field(ge=1)
    title: str
    x_axis: str
    y_axis: str
    series: str = pa.Field(nullable=True)
    mark: str = pa.Field(isin=["marker", "line", "bar", "region"])
    line: int = pa.Field(nullable=True, ge=1)
    x: float = pa.Field(nullable=True)
    y: float = pa.Field(nullable=True)
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    inner_low: float = pa.Field(nullable=True)
    inner_high: float = pa.Field(nullable=True)
    row: str = pa.Field(nullable=True)
    label: str = pa.Field(nullable=True)


class _Legend:
    """What the legend calls things: each series is drawn first, and named then.

    Args:
        axes: whose lines are to be named.
        others: the figure's axes; columns of dots share the legend of one of them.
    """

    def __init__(self, axes: Axes, others: Sequence[Axes]) -> None:
        self._places = {id(line): place for place, line in enumerate(axes.lines)}
        self._own = [line for line in axes.lines if _is_named(line)]
        self._all = [line for one in others for line in one.lines if _is_named(line)]

    def name(self, line: Line2D, *, marked: bool) -> str | None:
        """The series of a line, or of markers: by colour and shape, the next that is named."""
        here, look = self._places[id(line)], _look(line, marked)
        alike = [one for one in self._own if _look(one, marked) == look]
        after = [one for one in alike if self._places[id(one)] >= here]
        shared = [one for one in self._all if _look(one, marked) == look]
        coloured = [one for one in self._own if _colour(one) == look[0]]
        shaped = [one for one in self._all if marked and _look(one, marked)[1] == look[1]]
        found = (*after, *alike[-1:], *([] if self._own else shared), *coloured[-1:], *shaped)
        chosen = next(iter(found), None)
        return None if chosen is None else _line(str(chosen.get_label()))


def _is_named(line: Line2D) -> bool:
    return not str(line.get_label()).startswith("_")


def _look(line: Line2D, marked: bool) -> tuple[str, object]:
    return _colour(line), line.get_marker() if marked else line.get_linestyle()


def drawn_table(canvas: Canvas) -> pl.DataFrame:
    """A Drawn table of all axes of a figure."""
    rows: list[Row] = []
    for number, axes in enumerate(canvas.axes, start=1):
        rows += _rows(number, axes, _Legend(axes, canvas.axes))
    return make_table(Drawn, rows)


def _rows(number: int, axes: Axes, legend: _Legend) -> Iterator[Row]:
    about = {
        "panel": number,
        "title": _line(axes.get_title(loc="left") or axes.get_title()),
        "x_axis": _line(axes.get_xlabel()),
        "y_axis": _line(axes.get_ylabel()),
    }
    names = _named_rows(axes)
    labels = [text for text in axes.texts if isinstance(text, Annotation)]
    for row in _marks(axes, legend):
        place = row.get("y" if names.along_y else "x")
        if place is not None:
            row["row"] = names.at(place)
        row["label"] = _beside(row, labels)
        if row["mark"] == "region":
            row["label"] = _above(row, axes)
        yield about | row


def _marks(axes: Axes, legend: _Legend) -> list[Row]:
    """Everything in the order in which it was drawn, markers with their intervals."""
    lines: dict[str | None, int] = {}
    found: list[Row] = []
    markers: list[tuple[str, Row]] = []
    for artist in axes.get_children():
        if isinstance(artist, Line2D) and _is_data(artist, axes):
            points = _points(artist)
            if artist.get_marker() not in NOTHING:
                told = {"series": legend.name(artist, marked=True), "mark": "marker"}
                rows = [{**told, "x": x, "y": y} for x, y in points]
                markers += [(_colour(artist), row) for row in rows]
                found += rows
            if artist.get_linestyle() not in NOTHING and len(points) > 1:
                name = legend.name(artist, marked=False)
                lines[name] = lines.get(name, 0) + 1
                about = {"series": name, "mark": "line", "line": lines[name]}
                found += [{**about, "x": x, "y": y} for x, y in points]
        elif isinstance(artist, Rectangle) and artist is not axes.patch:
            found.append(_bar(artist, axes))
    for collection in axes.collections:
        if isinstance(collection, LineCollection):
            colour = to_hex(np.asarray(collection.get_color())[0].tolist())
            _attach(collection, [row for one, row in markers if one == colour])
    return found


def _is_data(line: Line2D, axes: Axes) -> bool:
    """Not a line across the panel, nor an arrow at its edge."""
    return line.get_transform() == axes.transData and line.get_clip_on()


def _attach(collection: LineCollection, rows: Sequence[Row]) -> None:
    """Give markers the intervals that were drawn through them, of the same colour."""
    width = float(np.max(collection.get_linewidth()))
    low, high = ("inner_low", "inner_high") if width >= WIDE else ("low", "high")
    for segment in collection.get_segments():
        (x0, y0), (x1, y1) = np.asarray(segment)[[0, -1]]
        upright = abs(x0 - x1) <= SAME * max(1.0, abs(x0))
        at, ends, along, across = ((x0, (y0, y1), "y", "x") if upright else
                                   (y0, (x0, x1), "x", "y"))  # fmt: skip
        for row in rows:
            here = abs(row[across] - at) <= SAME * max(1.0, abs(at))
            if here and low not in row and min(ends) <= row[along] <= max(ends):
                row[low], row[high] = float(min(ends)), float(max(ends))
                break


def _bar(bar: Rectangle, axes: Axes) -> Row:
    """A bar along x, or a shaded stretch of it."""
    x, width = float(bar.get_x()), float(bar.get_width())
    if bar.get_transform() != axes.transData and bar.get_y() == 0 and bar.get_height() == 1:
        return {"mark": "region", "low": x, "high": x + width}
    return {
        "mark": "bar",
        "y": float(bar.get_y() + bar.get_height() / 2),
        "low": x,
        "high": x + width,
    }


@dataclass(frozen=True)
class _Names:
    """Names of the rows (along y) or columns (along x) of a panel; none in most."""

    along_y: bool
    names: dict[int, str]

    def at(self, place: float) -> str | None:
        return self.names.get(round(place))


def _named_rows(axes: Axes) -> _Names:
    for along_y, axis in ((True, axes.yaxis), (False, axes.xaxis)):
        if isinstance(axis.get_major_locator(), FixedLocator):
            places = [float(place) for place in axis.get_majorticklocs()]
            texts = map(_line, axis.get_major_formatter().format_ticks(places))
            return _Names(along_y, dict(zip(map(round, places), texts, strict=True)))
    return _Names(along_y=True, names={})


def _above(region: Row, axes: Axes) -> str | None:
    """The name of a region, which stands over its middle."""
    over = [text for text in axes.texts if not isinstance(text, Annotation)]
    inside = [t for t in over if region["low"] <= float(t.get_position()[0]) <= region["high"]]
    return _line(inside[0].get_text()) if inside else None


def _beside(row: Row, labels: Sequence[Annotation]) -> str | None:
    x, y = row.get("x", row.get("high")), row.get("y")
    if row["mark"] not in ("marker", "bar") or x is None or y is None:
        return None
    said = [label for label in labels if label.get_gid() == LABEL or row["mark"] == "bar"]
    for label in said:
        if np.allclose(np.asarray(label.xy, dtype=float), [x, y], rtol=SAME, atol=SAME):
            return _line(label.get_text())
    return None


def _points(line: Line2D) -> list[tuple[float, float]]:
    x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _colour(line: Line2D) -> str:
    return str(to_hex(line.get_color()))


def _line(text: str) -> str:
    return " ".join(text.split())
