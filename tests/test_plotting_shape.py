"""Panels of a shape table: the same curves and lines on two axes."""

import matplotlib.style
import numpy as np
import polars as pl
import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.config.study_tables import ShapeTable
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.shape import shape_table
from scripts.lib.curves.tables import Point
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.tableio import make_table
from tests.figure_tables import doublings, vote

NAMES = ["vote_x", "ask_x"]
POINTS = {"vote_x": vote("vote_x"), "ask_x": doublings("ask_x", "ask", "measured")}


def table(points=POINTS, **entry):
    spec = {"kind": "shape", "title": "t", "curves": list(points)} | entry
    labels = {name: name.upper() for name in points}
    return shape_table(ShapeTable.model_validate(spec), points, {}, labels, Bootstrap(300, 0))


def drawn(made: pl.DataFrame, curves=NAMES, points=POINTS):
    panel = {"kind": "shape", "title": "Votes", "table": "shapes", "curves": curves}
    entry = {"title": "", "status": "new", "caption": "", "panels": [panel]}
    data = FigureData(points=points, tables={"shapes": made}, labels={n: n for n in curves})
    with matplotlib.style.context("config/figures.mplstyle"):
        canvas = draw_figure(Figure.model_validate(entry), data)
        canvas.draw_without_rendering()
    return canvas.axes


def lines(axes) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Line style and places of what is drawn without markers."""
    return [
        (line.get_linestyle(), np.asarray(line.get_xdata()), np.asarray(line.get_ydata()))
        for line in axes.lines
        if line.get_marker() == "None" and len(line.get_xdata())
    ]


def test_both_axes_show_the_points_and_both_lines():
    made = table()
    axes = drawn(made)
    assert [each.get_xscale() for each in axes] == ["linear", "log"]
    assert axes[0].get_shared_y_axes().joined(*axes)
    for each in axes:
        placed = [
            sorted(zip(line.get_xdata(), line.get_ydata(), strict=True))
            for line in each.lines
            if line.get_linestyle() == "None" and len(line.get_xdata()) > 1
        ]
        wanted = [POINTS[name].select("tokens", "accuracy").rows() for name in NAMES]
        assert placed == wanted
        fits = lines(each)
        assert [style for style, *_ in fits] == ["-", "--"] * 2
        for row, solid, dashed in zip(
            made.iter_rows(named=True), fits[::2], fits[1::2], strict=True
        ):
            slope, intercept = np.polyfit(np.log2(solid[1]), solid[2], 1)
            assert slope == pytest.approx(row["points_per_doubling"])
            assert intercept == pytest.approx(row["intercept_logarithmic"])
            slope, _ = np.polyfit(dashed[1], dashed[2], 1)
            assert slope == pytest.approx(row["slope_linear"])
            ends = POINTS[row["curve"]]["tokens"]
            assert (solid[1][0], solid[1][-1]) == pytest.approx((ends.min(), ends.max()))


def test_the_legend_says_what_the_table_does():
    held = {"holds_linear": False, "holds_logarithmic": False}
    told = {
        "form": ["logarithmic", "undecided"],
        "points_per_doubling": [0.051, -0.002],
        "low_points_per_doubling": [0.04, -0.01],
        "high_points_per_doubling": [0.06, 0.006],
        "gains_end": [1600.0, None],
    }
    made = table().with_columns(
        *(pl.Series(name, values) for name, values in told.items()),
        *(pl.lit(value).alias(name) for name, value in held.items()),
    )
    left, right = drawn(made)
    assert left.get_legend_handles_labels()[1] == [
        "VOTE_X\nlogarithmic is better, but does not hold\n+5.1 points a doubling [+4, +6]\n"
        "from 1,600 on less than 2 points to gain",
        "ASK_X\nform undecided, neither line holds\n-0.2 points a doubling [-1, +0.6]",
    ]
    assert right.get_legend_handles_labels()[1] == ["line in log2 of compute", "line in compute"]
    only, better = "a line on the logarithmic axis only", "logarithmic is better"
    for linear, said in ((False, only), (True, better)):
        held = made.with_columns(holds_logarithmic=pl.lit(True), holds_linear=pl.lit(linear))
        labels = drawn(held)[0].get_legend_handles_labels()[1]
        assert [text.split("\n")[1] for text in labels] == [said, "form undecided"]


def test_a_saturating_curve_is_drawn_where_the_table_has_one():
    told = {"limit": 0.8, "low_limit": 0.7, "high_limit": 0.9, "gain": 0.2, "halving": 2.0}
    told |= {"holds_saturating": True}
    made = table().with_columns(*(pl.Series(key, [value, None]) for key, value in told.items()))
    left, right = drawn(made)
    (dotted,) = [line for line in lines(right) if line[0] == ":"]
    assert dotted[2][0] == pytest.approx(0.6)
    assert dotted[2] == pytest.approx(0.8 - 0.2 * 2 ** (-np.log2(dotted[1] / 96) / 2))
    assert left.get_legend_handles_labels()[1][0].endswith("saturates at 80% [70, 90]")
    assert right.get_legend_handles_labels()[1][-1] == "saturating curve"


def test_a_curve_of_too_few_points_has_no_lines():
    points = {"vote_x": vote("vote_x").head(2)}
    left, right = drawn(table(points), ["vote_x"], points)
    assert lines(left) == lines(right) == []
    assert left.get_legend_handles_labels()[1] == [
        "VOTE_X\n2 different values of tokens with an accuracy; it takes 3"
    ]


def test_curves_of_one_label_are_told_apart_by_their_benchmark():
    made = table().with_columns(label=pl.lit("same"), benchmark=pl.Series(["one", "two"]))
    named = [text.split("\n")[0] for text in drawn(made)[0].get_legend_handles_labels()[1]]
    assert named == ["same, one", "same, two"]


def test_what_cannot_stand_on_one_axis_is_refused():
    with pytest.raises(UserError, match="ask_x is no curve of table shapes; there are: vote_x"):
        drawn(table({"vote_x": POINTS["vote_x"]}))
    points = {name: make_table(Point, frame.to_dicts()) for name, frame in POINTS.items()}
    mixed = table(points, x_of={"ask_x": "n"})
    with pytest.raises(UserError, match=r"curves stand against different x: .*'ask_x': 'n'"):
        drawn(mixed)
