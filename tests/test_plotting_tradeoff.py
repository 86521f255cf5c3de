"""Panels of equal compute and of iso-accuracy."""

import matplotlib.style
import numpy as np
import polars as pl
import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.curves.tables import Point
from scripts.lib.curves.tradeoff_tables import EqualCompute
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.equal_compute import APART
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.plotting.series import series_style
from scripts.lib.tableio import empty_table, make_table
from tests.figure_tradeoff import compared, needs


def drawn(kind, table, points=None, **panel):
    panel = {"kind": kind, "title": "T", "table": "made_up"} | panel
    entry = {"title": "", "status": "new", "caption": "", "panels": [panel]}
    with matplotlib.style.context("config/figures.mplstyle"):
        data = FigureData(tables={"made_up": table}, points=points or {})
        canvas = draw_figure(Figure.model_validate(entry), data)
        canvas.draw_without_rendering()
    (axes,) = canvas.axes
    return axes


def dots(axes, colour=None, *, half=False):
    """Places of filled or half filled markers, of one colour if it is given."""
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_marker() not in ("None", "+")
        and (line.get_fillstyle() == "bottom") == half
        and colour in (None, line.get_color())
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def bars(axes):
    return sorted(
        tuple(round(float(v), 6) for v in (s[0][0], s[0][1], s[1][1]))
        for c in axes.collections
        for s in c.get_segments()
    )


def test_each_point_is_a_dot_with_its_bar_beside_its_own_compute():
    axes = drawn("equal_compute", compared())
    aside = 16 ** (APART / 2)
    beam, forcing = (np.array(dots(axes, series_style(i).colour)) for i in (0, 1))
    assert beam.ravel().tolist() == pytest.approx([1e9 / aside, 0.1, 4e9 / aside, 0.2])
    expected = [1e9 * aside, -0.3, 4e9 * aside, -0.4, 1.6e10 * aside, 0.05]
    assert forcing.ravel().tolist() == pytest.approx(expected)
    assert len(bars(axes)) == 5
    assert (round(1e9 * aside, 6), -0.35, -0.25) in bars(axes)
    low, high = axes.get_ylim()
    assert all(low < start and end < high for _, start, end in bars(axes))
    assert axes.get_xlabel() == "FLOPs per problem"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["BEAM", "FORCING"]
    assert axes.get_legend().get_title().get_text() == "1 of 6 points cannot be compared"
    assert axes.yaxis.get_major_formatter()(0.05, None) == "+5"


def test_curves_without_a_comparison_are_named_as_such():
    gone = pl.when(pl.col("curve") != "beam").then("gain_over_votes").alias("gain_over_votes")
    legend = drawn("equal_compute", compared().with_columns(gone)).get_legend()
    assert [t.get_text() for t in legend.get_texts()] == ["BEAM (no point)", "FORCING"]


def test_curves_at_the_same_numbers_of_samples_stand_apart():
    axes = drawn("equal_compute", compared("n"), shows="share")
    beam, forcing = (dots(axes, series_style(i).colour) for i in (0, 1))
    assert [y for _, y in beam] == [0.2, 0.4]
    assert beam[0][0] < 1 < forcing[0][0] < 1.1
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "4", "16"]
    assert {float(line.get_ydata()[0]) for line in axes.lines if line.get_linestyle() == "--"} == {
        0,
        1,
    }


def test_lines_of_equal_accuracy_join_models():
    row = {"curve": "a", "method": "vote", "benchmark": "chains", "model": "a", "setting": "k=1"}
    row |= {"train_flops": 1e12, "flops": 5e8, "problems": 9, "origin": "measured"}
    points = {"a": make_table(Point, [row])}
    axes = drawn("iso_accuracy", needs(), points, curves=["a"])
    lines = {tuple(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) == 2}
    assert (8e9, 2e9) in lines
    assert (1.6e10, 1e9) not in lines, "a line to a bound is none of equal accuracy"
    # Three accuracies stand a little apart, the one in the middle at its models.
    left = 4**-0.01
    first = dots(axes, series_style(0).colour)
    assert np.array(first) == pytest.approx(np.array([(1e12 * left, 8e9), (4e12 * left, 2e9)]))
    assert dots(axes, half=True) == [(4e12, 1e9)], "less would do: its first point has more"
    crosses = [line for line in axes.lines if line.get_marker() == "+" and len(line.get_xdata())]
    assert [(list(c.get_xdata()), list(c.get_ydata())) for c in crosses] == [([1e12], [5e8])]
    assert axes.get_ylim()[0] < 5e8
    texts = [t.get_text() for t in axes.get_legend().get_texts()]
    assert texts[1:4] == ["accuracy 30%", "accuracy 40%", "accuracy 60%"]
    assert texts[4:] == ["its first point has more: needs less"]


def test_limits_without_an_end_go_out_of_the_axis():
    table = needs().with_columns(
        low_flops=pl.when(pl.col("train_flops") < 2e12).then(pl.col("flops") / 2),
        high_flops=pl.when(pl.col("train_flops") > 2e12).then(pl.col("flops") * 2),
    )
    axes = drawn("iso_accuracy", table, {"a": empty_table(Point)}, curves=["a"])
    low, high = axes.get_ylim()
    open_above, open_below = bars(axes)[:2], bars(axes)[2:]
    assert all(end > high for *_, end in open_above)
    assert [start for _, start, _ in open_above] == [4e9, 8e9]
    assert all(start < low for _, start, _ in open_below)
    assert [end for *_, end in open_below] == [4e9, 2e9, 8e9]


def test_queries_that_pay_stand_over_accuracy():
    axes = drawn("iso_accuracy", needs(), shows="queries")
    assert dots(axes) == [(0.3, pytest.approx(500))]
    assert dots(axes, half=True) == [(0.4, pytest.approx(200))]
    top = axes.get_ylim()[1]
    assert all(high > top for _, _, high in bars(axes)), "a limit without an end"
    texts = [t.get_text() for t in axes.get_legend().get_texts()]
    assert texts == ["A to B", "the first point has more: fewer queries"]
    assert axes.get_legend().get_title().get_text() == "1 of 3 have no number"


def test_where_training_never_pays_the_panel_says_so():
    lost = needs().with_columns(queries=pl.lit(None, dtype=pl.Float64))
    axes = drawn("iso_accuracy", lost, shows="queries")
    assert [t.get_text() for t in axes.texts] == ["no step of training is known to save inference"]
    assert dots(axes) == []


def test_tables_with_nothing_to_draw_are_refused_by_name():
    with pytest.raises(UserError, match="table made_up has no share to draw in 'T'"):
        drawn("equal_compute", empty_table(EqualCompute), shows="share")
    with pytest.raises(UserError, match="made_up: no model reaches"):
        drawn("iso_accuracy", needs().filter(what="step"))
