"""What the page's charts draw is what the drawn figures show."""

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import matplotlib.style
import polars as pl
import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.curves.tables import Point
from scripts.lib.page.charts import curve_data, figure_data
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.tableio import make_table
from tests.figure_search import passed_over
from tests.page_study import point

mpl.use("agg")
mpl.style.use(Path("config/figures.mplstyle"))


def table(points) -> pl.DataFrame:
    return make_table(Point, points)


def figure(*panels: dict) -> Figure:
    shown = [{"kind": "scaling", "title": "A", **panel} for panel in panels]
    return Figure(title="T", status="new", caption="C", panels=shown)


def test_points_joined_and_marked_by_axis():
    settings = [(8, 0, 10.0), (None, 0, 40.0), (16, 0, 20.0), (None, 2, 30.0)]
    forced = [{"method": "forcing", "budget": b, "waits": w, "tokens": t} for b, w, t in settings]
    points = table([point(str(n), 0.5, **one) for n, one in enumerate(forced)])
    data = curve_data("forced", points)
    assert data["axes"]["tokens"]["order"] == [0, 2, 3, 1]
    assert data["axes"]["tokens"]["paths"] == [[0, 2, 1], [1, 3]]
    assert "usd" not in data["axes"], "what is not known is no axis"
    assert data["usd"] == [None] * 4


@pytest.mark.parametrize(
    ("method", "counts"),
    [("vote", "samples (n)"), ("rejection", "most tries"), ("dvts", "candidates (N)")],
)
def test_a_point_says_what_its_n_counts(method, counts):
    assert curve_data("c", table([point("1", 0.5, method=method)]))["counts"] == counts


def test_many_points_are_marked_at_doublings():
    points = table([point(str(n), 0.5, n=n, tokens=float(n)) for n in range(1, 65)])
    axis = curve_data("vote", points)["axes"]["n"]
    assert len(axis["order"]) == 64
    assert axis["marked"] == [0, 1, 3, 7, 15, 31, 63]


def test_a_panel_offers_the_axes_that_are_known():
    points = {"a": table([point("1", 0.5, n=1)]), "b": table([point("1", 0.5, n=1, usd=0.1)])}
    shown = figure_data(
        figure({"curves": ["a", "b"], "x": "n"}), FigureData(points=points, labels={})
    )
    assert shown["panels"][0]["axes"] == ["n", "tokens", "serial_tokens", "flops", "usd"]
    del points["b"]
    shown = figure_data(figure({"curves": ["a"], "x": "n"}), FigureData(points=points, labels={}))
    assert shown["panels"][0]["axes"] == ["n", "tokens", "serial_tokens", "flops"]


def test_series_look_as_in_the_drawn_figure():
    names = ["a", "b", "c", "d", "e", "f"]
    points = {n: table([point("1", 0.5), point("2", 0.6, tokens=200.0)]) for n in names}
    labels = {n: n.upper() for n in names}
    spec = figure({"curves": names}, {"curves": ["c", "a"]})
    data = FigureData(points=points, labels=labels)
    canvas = draw_figure(spec, data)
    for panel, axes in zip(figure_data(spec, data)["panels"], canvas.axes, strict=True):
        drawn = {line.get_label(): line for line in axes.get_legend().legend_handles}
        assert len(drawn) == len(panel["series"])
        for series in panel["series"]:
            line = drawn[labels[series["curve"]]]
            style = series["style"]
            assert (line.get_color(), line.get_marker()) == (style["colour"], style["marker"])
            width = line.get_linewidth()
            told = [float(length) * width for length in style["line"].split()]
            assert told == pytest.approx(line._dash_pattern[1] or [])


def test_styles_follow_the_tables_of_the_panels_before():
    spec = Figure(title="T", status="new", caption="C", panels=[
        {"kind": "passed_over", "title": "A", "table": "lost"},
        {"kind": "scaling", "title": "B", "curves": ["b", "a"]},
    ])  # fmt: skip
    points = {n: table([point("1", 0.5)]) for n in "ab"}
    data = FigureData(points, labels={n: n for n in "ab"}, tables={"lost": passed_over("a", "b")})
    drawn = {
        line.get_label(): line.get_color()
        for line in draw_figure(spec, data).axes[1].get_legend().legend_handles
    }
    shown = figure_data(spec, data)
    found = {one["curve"]: one["style"]["colour"] for one in shown["panels"][0]["series"]}
    assert found == drawn
    assert figure_data(spec, replace(data, tables={}))["left_out"].startswith(
        "Not here, so not drawn: table lost."
    )


def test_curves_that_are_not_here_are_named():
    points = {"a": table([point("1", 0.5)])}
    spec = figure({"curves": ["a", "gone"]}, {"curves": ["gone"]})
    data = FigureData(points=points, labels={"gone": "the lost one"})
    shown = figure_data(spec, data, "make pull")
    told = "Not here, so not drawn: the lost one. To get what has been measured: make pull"
    assert shown["left_out"] == told
    assert [len(panel["series"]) for panel in shown["panels"]] == [1]
    assert shown["whole"]


def test_a_figure_with_other_panels_is_not_whole():
    points = {"a": table([point("1", 0.5)])}
    spec = Figure(title="T", status="new", caption="C", panels=[
        {"kind": "scaling", "title": "A", "curves": ["a"]},
        {"kind": "training", "title": "B", "models": ["m"]},
    ])  # fmt: skip
    shown = figure_data(spec, FigureData(points=points, labels={}))
    assert not shown["whole"]
    assert len(shown["panels"]) == 1
