"""Comparison and control tables as rows of dots, published beside measured."""

import matplotlib.style
import polars as pl
import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.curves.tables import Comparison
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.tableio import empty_table
from tests.figure_rows import ABLATIONS, CONTROL, comparison, control


def drawn(kind: str, table: pl.DataFrame):
    entry = {
        "title": "",
        "status": "new",
        "caption": "",
        "panels": [{"kind": kind, "title": "The table", "table": "made_up"}],
    }
    with matplotlib.style.context("config/figures.mplstyle"):
        canvas = draw_figure(Figure.model_validate(entry), FigureData(tables={"made_up": table}))
        canvas.draw_without_rendering()
    return canvas


def dots(axes, *, hollow: bool) -> list[tuple[float, float]]:
    """Places of the dots that are hollow, or filled, rounded."""
    found = [
        (round(float(x), 4), round(float(y), 2))
        for line in axes.lines
        if line.get_marker() != "None" and (line.get_markerfacecolor() == "white") == hollow
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]
    return sorted(found, key=lambda place: place[1])


def bars(axes) -> list[tuple[float, float, float]]:
    """Left end, right end and row of every interval bar, rounded."""
    segments = [s for c in axes.collections for s in c.get_segments()]
    return sorted(
        ((round(s[0][0], 4), round(s[1][0], 4), round(s[0][1], 2)) for s in segments),
        key=lambda bar: bar[2],
    )


def names(axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_every_curve_has_a_row_with_its_accuracy_and_difference():
    left, right = drawn("comparison", comparison()).axes
    assert names(left) == [label for label, *_ in ABLATIONS.values()]
    assert dots(left, hollow=False) == [
        (round(accuracy, 4), row) for row, (_, accuracy, *_) in enumerate(ABLATIONS.values())
    ]
    apart = [(round(a - 0.64, 4), row) for row, (_, a, *_) in enumerate(ABLATIONS.values())]
    assert dots(right, hollow=False) == apart[1:]
    assert bars(right)[0] == (-0.16, -0.02, 1)
    assert len(bars(right)) == 8  # four measured, four published
    assert left.get_ylim()[0] > left.get_ylim()[1], "the first row stands on top"
    assert right.get_xlabel() == "difference to s1 (points)"


def test_published_rows_stand_hollow_beside_the_curve_that_they_replicate():
    left, right = drawn("comparison", comparison()).axes
    published = [row[3] for row in ABLATIONS.values()]
    hollow = dots(left, hollow=True)
    assert [x for x, _ in hollow] == published
    assert all(row < y < row + 0.5 for row, (_, y) in enumerate(hollow))
    assert dots(right, hollow=True)[0] == (pytest.approx(-0.133), hollow[1][1])
    _, labels = left.get_legend_handles_labels()
    assert labels == ["chains, measured here", "aime24, published"]


def test_the_reference_is_named_instead_of_compared():
    right = drawn("comparison", comparison()).axes[1]
    assert [(t.get_text(), t.xy[0]) for t in right.texts] == [("reference", 0), ("reference", 0)]
    # A paper that gives no differences does not make its rows references.
    no_differences = comparison().with_columns(
        difference=pl.when(pl.col("origin") == "measured").then("difference")
    )
    right = drawn("comparison", no_differences).axes[1]
    assert len(right.texts) == 2
    assert dots(right, hollow=True) == []


def test_several_settings_of_a_curve_are_told_apart():
    table = comparison().filter(origin="measured")
    twice = pl.concat([table, table.tail(1).with_columns(setting=pl.lit("budget=64"))])
    shown = names(drawn("comparison", twice).axes[0])
    assert shown[-2:] == ["all that passed, auto", "all that passed, budget=64"]
    assert shown[0] == "s1"


def test_a_table_without_rows_is_refused_by_name():
    with pytest.raises(UserError, match="table made_up has no rows"):
        drawn("comparison", empty_table(Comparison))


def test_control_scaling_and_performance_stand_in_three_columns():
    canvas = drawn("control", control())
    control_axes, scaling, performance = canvas.axes
    assert names(control_axes) == [*(row[0] for row in CONTROL.values()), "budget forcing, s1-32B"]
    runs = [(row[1], place) for place, row in enumerate(CONTROL.values())]
    responses = [row[2] for row in CONTROL.values()]
    filled = dots(control_axes, hollow=False)
    assert filled[::2] == runs
    assert [x for x, _ in filled[1::2]] == responses
    assert [x for x, _ in dots(scaling, hollow=False)] == [row[3] for row in CONTROL.values()]
    assert [x for x, _ in dots(performance, hollow=False)] == [row[4] for row in CONTROL.values()]
    assert [x for x, _ in dots(scaling, hollow=True)] == [row[6] for row in CONTROL.values()] + [
        0.148
    ]
    assert bars(scaling)[0] == (0.08, 0.14, 0)
    assert "doubling" in scaling.get_xlabel()


def test_scaling_is_told_in_percentage_points():
    canvas = drawn("control", control())
    canvas.draw_without_rendering()
    scaling = canvas.axes[1]
    ticks = dict(zip(scaling.get_xticks().round(6), scaling.get_xticklabels(), strict=True))
    assert ticks[-0.2].get_text() == "-20"
    assert ticks[0.1].get_text() == "+10"


def test_what_was_computed_from_published_points_is_told_from_published_tables():
    canvas = drawn("control", control())
    _, labels = canvas.axes[1].get_legend_handles_labels()
    assert labels == [
        "chains, measured here",
        "aime24, computed from published points",
        "aime24, published",
        "control of single responses",
    ]


def test_an_interval_that_would_push_all_dots_together_goes_past_the_axis():
    wide = (pl.col("curve") == "control_tokens") & (pl.col("origin") == "measured")
    table = control().with_columns(
        low_scaling=pl.when(wide).then(-5.0).otherwise("low_scaling"),
        high_scaling=pl.when(wide).then(4.0).otherwise("high_scaling"),
    )
    scaling = drawn("control", table).axes[1]
    low, high = scaling.get_xlim()
    assert (low, high) == pytest.approx((-0.7, 0.7)), "twice the dot that lies furthest out"
    arrows = {
        line.get_marker(): line.get_xydata().tolist()
        for line in scaling.lines
        if line.get_marker() in "<>" and len(line.get_xydata())
    }
    assert arrows == {"<": [[low, 1.0]], ">": [[high, 1.0]]}
    assert "past the axis" in scaling.get_legend_handles_labels()[1]
    narrow = drawn("control", control()).axes[1]
    assert "past the axis" not in narrow.get_legend_handles_labels()[1]


def test_a_slope_that_no_accuracies_can_have_is_written_at_the_edge():
    steep = (pl.col("curve") == "control_tokens") & (pl.col("origin") == "measured")
    table = control().with_columns(
        scaling_per_doubling=pl.when(steep).then(-15.926).otherwise("scaling_per_doubling")
    )
    canvas = drawn("control", table)
    scaling = canvas.axes[1]
    assert scaling.get_xlim() == pytest.approx((-0.7, 0.7)), "as if that dot were not there"
    texts = {text.get_text(): text.xy for text in scaling.texts if text.get_text()}
    assert texts == {"-1,593": (-0.7, 1.0)}
    arrows = [line for line in scaling.lines if line.get_marker() == "<" and len(line.get_xdata())]
    assert [line.get_xydata().tolist() for line in arrows] == [[[-0.7, 1.0]]]
    canvas.draw_without_rendering()
    widths = [axes.get_position().width for axes in canvas.axes]
    assert max(widths) < 1.2 * min(widths)
