"""Accuracy against compute: paths of forcing, texts beside points, axes of any span."""

import itertools
from pathlib import Path

import matplotlib.style
import polars as pl
import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.curves.tables import Point, Reference
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.plotting.point_labels import LABEL
from scripts.lib.tableio import make_table, read_table
from tests.figure_tables import forcing, point, rejection, sft, vote

S1 = read_table(Reference, Path("data/reference/s1.csv"))
MODELS = {"first_50": (50, 0.45), "first_100": (100, 0.56), "first_200": (200, 0.64)}


def drawn(points: dict[str, pl.DataFrame], *panels: dict[str, object], **figure: object):
    """A figure of scaling panels; a panel without curves draws them all."""
    whole = [{"kind": "scaling", "title": "", "curves": list(points)} | panel for panel in panels]
    entry = {"title": "", "status": "new", "caption": "", "panels": whole} | figure
    with matplotlib.style.context("config/figures.mplstyle"):
        return draw_figure(
            Figure.model_validate(entry),
            FigureData(points=points, labels={name: name for name in points}, references=S1),
        )


def paths(axes) -> list[list[float]]:
    """Accuracies along each line that joins points, rounded."""
    lines = [
        line for line in axes.lines if line.get_linestyle() != "None" and len(line.get_xdata())
    ]
    return [[round(float(y), 3) for y in line.get_ydata()] for line in lines]


def texts(axes) -> dict[str, tuple[float, float]]:
    """Texts beside points and the points they belong to."""
    return {text.get_text(): text.xy for text in axes.texts if text.get_gid() == LABEL}


def test_waits_are_written_at_their_points_and_budgets_are_not():
    axes = drawn({"forcing_x": forcing("forcing_x")}, {"x": "thinking_tokens"}).axes[0]
    assert axes.get_xlabel() == "thinking tokens per problem"
    assert {text: round(x) for text, (x, _) in texts(axes).items()} == {
        "1x": 120,
        "2x": 147,
        "4x": 195,
        "6x": 235,
    }


def test_budgets_are_joined_and_waits_go_on_from_their_own_budget():
    table = forcing("forcing_x", waits=(1, 2))
    at_64 = [
        point(
            "forcing_x",
            0.5 + 0.01 * waits,
            setting=f"64, {waits} waits",
            budget=64,
            waits=waits,
            thinking_tokens=60.0 - waits,  # more waits, fewer tokens: not to be sorted by x
        )
        for waits in (1, 2)
    ]
    both = pl.concat([table, make_table(Point, at_64)]).sort("accuracy", descending=True)
    axes = drawn({"forcing_x": both}, {"x": "thinking_tokens"}).axes[0]
    assert paths(axes) == [
        [0.02, 0.08, 0.25, 0.48, 0.62, 0.64],
        [0.48, 0.51, 0.52],
        [0.64, 0.678, 0.692],
    ]


def test_waits_are_an_axis_of_whole_numbers():
    region = {"label": "more waits", "start": 1, "end": 4}
    panel = {"x": "waits", "regions": [region]}
    table = forcing("forcing_x", waits=(1, 2))
    canvas = drawn({"forcing_x": table}, panel)
    canvas.draw_without_rendering()
    axes = canvas.axes[0]
    assert axes.get_xlabel() == 'times "Wait" is appended'
    assert axes.get_xscale() == "linear"
    ticks = [text.get_text() for text in axes.get_xticklabels()]
    assert {"0", "1", "2"} <= set(ticks)
    assert all(text.isdecimal() for text in ticks if not text.startswith("\N{MINUS SIGN}"))
    # Budgets without waits lie above each other: only the waits of one budget are joined.
    assert paths(axes) == [[0.64, 0.678, 0.692]]
    assert not texts(axes)
    assert axes.get_legend_handles_labels()[1][0] == "forcing_x"
    logarithmic = drawn({"forcing_x": table}, panel | {"x_scale": "log2"}).axes[0]
    zero = table.height - 2
    told = f"forcing_x\n({zero} at 0, left of this axis)"
    assert logarithmic.get_legend_handles_labels()[1][0] == told
    named = next(text for text in axes.texts if text.get_text() == "more waits")
    assert named.get_position()[0] == 2.5


def test_the_path_goes_on_past_the_point_where_waits_hurt():
    table = forcing("forcing_x", waits=(1, 2, 4, 6, 8), budgets=False)
    (path,) = paths(drawn({"forcing_x": table}, {"x": "thinking_tokens"}).axes[0])
    assert path.index(max(path)) == 2
    assert path[-1] < path[0]


def test_settings_are_written_where_the_panel_asks_for_them():
    panel = {"x": "train_examples", "name_points": True, "joined": False}
    axes = drawn({"sft_x": sft("sft_x", MODELS)}, panel).axes[0]
    assert {name: x for name, (x, _) in texts(axes).items()} == {
        "first_50": 50,
        "first_100": 100,
        "first_200": 200,
    }
    assert paths(axes) == []
    assert axes.get_xlabel() == "training examples"
    assert not texts(drawn({"sft_x": sft("sft_x", MODELS)}, {"x": "train_flops"}).axes[0])


@pytest.mark.parametrize("x", ["thinking_tokens", "tokens"])
def test_no_text_lies_on_another_or_outside_the_axes(x):
    models = {f"model_{i}": (200, 0.5 + 0.03 * i) for i in range(4)}
    tables = {f"forcing_{i}": forcing(f"forcing_{i}") for i in range(2)}
    tables["forcing_1"] = tables["forcing_1"].with_columns(pl.col("accuracy") - 0.06)
    canvas = drawn(tables, {"x": x})
    canvas.draw_without_rendering()
    named = drawn({"sft_x": sft("sft_x", models)}, {"x": x, "name_points": True})
    named.draw_without_rendering()
    for axes in (canvas.axes[0], named.axes[0]):
        boxes = [t.get_window_extent() for t in axes.texts if t.get_gid() == LABEL]
        assert len(boxes) in (8, 4)
        assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]
        frame = axes.get_window_extent()
        assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)


def test_rejection_can_be_drawn_against_accepted_and_against_all_tokens():
    tables = {"rejection_x": rejection("rejection_x")}
    kept, spent = drawn(tables, {"x": "thinking_tokens"}, {"x": "tokens"}).axes
    assert paths(kept)[0] == paths(spent)[0][::-1]
    assert paths(kept)[0][0] > paths(kept)[0][-1]


def test_tokens_go_by_powers_of_two_and_all_else_by_powers_of_ten():
    tables = {"forcing_x": forcing("forcing_x")}
    many = make_table(
        Point,
        [
            point("sft_x", 0.5, setting=f"{n}", train_examples=n, train_flops=1e9 * n)
            for n in (10, 100, 1000)
        ],
    )
    for x, base in {"thinking_tokens": 2, "tokens": 2, "serial_tokens": 2}.items():
        assert drawn(tables, {"x": x}).axes[0].xaxis.get_transform().base == base
    for x in ("train_examples", "train_flops"):
        assert drawn({"sft_x": many}, {"x": x}).axes[0].xaxis.get_transform().base == 10
    linear = drawn(tables, {"x": "tokens", "x_scale": "linear"}).axes[0]
    assert linear.get_xscale() == "linear"


def shown_ticks(axes) -> list[str]:
    low, high = axes.get_xlim()
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    return [label.get_text() for at, label in ticks if low <= at <= high]


def test_an_axis_of_few_powers_has_round_ticks():
    canvas = drawn({"sft_x": sft("sft_x", MODELS)}, {"x": "train_flops"})
    canvas.draw_without_rendering()
    ticks = shown_ticks(canvas.axes[0])
    assert len(ticks) >= 3
    assert r"$3.2\times10^{12}$" in ticks


def test_a_single_point_stands_inside_its_axis():
    canvas = drawn({"sft_x": sft("sft_x", {"only": (50, 0.5)})}, {"x": "train_flops"})
    canvas.draw_without_rendering()
    low, high = canvas.axes[0].get_xlim()
    assert low * 1.01 < 3.1e12 + 1.1e9 * 50 < high / 1.01
    assert shown_ticks(canvas.axes[0])


def test_points_at_zero_are_told_where_the_axis_cannot_show_them():
    zero = make_table(Point, [point("forcing_x", 0.01, setting="0", budget=0, thinking_tokens=0.0)])
    table = pl.concat([zero, forcing("forcing_x")])
    tables = {"forcing_x": table}
    log, linear = drawn(
        tables, {"x": "thinking_tokens"}, {"x": "thinking_tokens", "x_scale": "linear"}
    ).axes
    assert log.get_legend_handles_labels()[1] == ["forcing_x\n(1 at 0, left of this axis)"]
    assert linear.get_legend_handles_labels()[1] == ["forcing_x"]


def test_many_points_without_a_number_of_samples_are_all_marked():
    rows = [
        point("vote_x", 0.5, setting=f"{i}", tokens=10.0 * i, n=None, origin="digitised")
        for i in range(1, 21)
    ]
    table = make_table(Point, rows)
    axes = drawn({"vote_x": table}, {"x": "tokens"}).axes[0]
    marked = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert sum(len(line.get_xdata()) for line in marked) == 20


def test_panels_of_a_row_can_share_their_accuracy_axis():
    tables = {"vote_x": vote("vote_x")}
    canvas = drawn(tables, *[{}] * 5, share_accuracy=True)
    canvas.draw_without_rendering()
    places = [axes.get_subplotspec() for axes in canvas.axes]
    assert [(p.rowspan.start, p.colspan.start) for p in places] == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
    ]
    labelled = [axes.yaxis.label.get_visible() for axes in canvas.axes]
    assert labelled == [True, False, False, True, False]
    ticked = [bool(axes.yaxis.get_tick_params()["labelleft"]) for axes in canvas.axes]
    assert ticked == labelled
    assert len({axes.get_ylim() for axes in canvas.axes}) == 1


@pytest.mark.parametrize(
    ("count", "columns", "shape"),
    [(4, None, (1, 4)), (5, None, (2, 3)), (6, None, (2, 3)), (4, 2, (2, 2)), (1, 3, (1, 1))],
)
def test_panels_wrap(count, columns, shape):
    canvas = drawn({"vote_x": vote("vote_x")}, *[{}] * count, columns=columns)
    assert canvas.axes[0].get_gridspec().get_geometry() == shape
    assert len(canvas.axes) == count


def test_published_series_are_drawn_for_one_benchmark():
    series = {"paper": "s1", "figure": "Figure 1", "label": "s1-32B (published)"}
    series |= {"series": "s1-32B, budget forcing", "benchmark": "aime24"}
    panel = {"x": "thinking_tokens", "references": [series]}
    table = {"forcing_x": forcing("forcing_x")}
    axes = drawn(table, panel).axes[0]
    published = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    tokens = [float(x) for line in published for x in line.get_xdata()]
    assert tokens == [500, 1000, 2000, 3933.2, 5300.3, 6657, 7319.7]
    several = {"x": "tokens", "references": [series | {"benchmark": None}]}
    with pytest.raises(UserError, match=r"name one benchmark of .*'aime24'"):
        drawn(table, several)
    with pytest.raises(UserError, match="no published series"):
        drawn(table, {"references": [series | {"figure": "Figure 99"}]})
