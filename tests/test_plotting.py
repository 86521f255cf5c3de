"""Figures read in greyscale and under colour-vision deficiencies, and tell sources apart."""

import itertools
import json
import sys
import warnings
from pathlib import Path

import matplotlib.style
import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.text import Text

from scripts.figures.plot_figure import main
from scripts.lib.config.figures import Figure
from scripts.lib.config.load import load_study
from scripts.lib.config.panels import ObediencePanel, ScalingPanel
from scripts.lib.curves.tables import Point
from scripts.lib.errors import UserError
from scripts.lib.plotting.control import SINGLE_RESPONSES
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.plotting.series import COLOURS, MARKERS, panel_styles, series_style
from scripts.lib.tableio import write_table
from tests.figure_tables import doublings, figure_data

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import colour

STUDY_FILES = [
    Path(f"config/{name}.yaml") for name in ("tiny", "micro", "recorded", "paper", "search")
]
STUDIES = {path.stem: load_study(path) for path in STUDY_FILES if path.exists()}
FIGURES = [(study, name) for study, loaded in STUDIES.items() for name in loaded.figures]
APART = 20.0  # CIELAB units; about ten just noticeable differences
APART_GREY = 12.0  # CIELAB lightness


def seen_as(colours: list[str]) -> dict[str, np.ndarray]:
    """CIELAB of colours as seen with full vision and each colour-vision deficiency."""
    linear = colour.models.eotf_sRGB(np.array([to_rgb(c) for c in colours]))
    seen = {"full": linear}
    for deficiency in ("Protanomaly", "Deuteranomaly", "Tritanomaly"):
        seen[deficiency] = linear @ colour.matrix_cvd_Machado2009(deficiency, 1.0).T
    return {
        name: colour.XYZ_to_Lab(colour.RGB_to_XYZ(np.clip(rgb, 0, 1), "sRGB"))
        for name, rgb in seen.items()
    }


def too_close(colours: list[str]) -> list[str]:
    """Pairs of colours that some reader cannot tell apart."""
    lab = seen_as(colours)
    pairs = []
    for a, b in itertools.combinations(range(len(colours)), 2):
        for name, values in lab.items():
            if np.linalg.norm(values[a] - values[b]) < APART:
                pairs.append(f"{colours[a]} and {colours[b]} under {name}")
        if abs(lab["full"][a, 0] - lab["full"][b, 0]) < APART_GREY:
            pairs.append(f"{colours[a]} and {colours[b]} in greyscale")
    return pairs


def test_the_measure_finds_the_classic_pair():
    assert any("Deuteranomaly" in pair for pair in too_close(["#c83c3c", "#786e28"]))
    assert any("greyscale" in pair for pair in too_close(["#E69F00", "#56B4E9"]))


def test_the_colours_of_the_cycle_stay_apart():
    assert too_close(COLOURS) == []


def test_no_two_series_share_colour_and_line_or_a_marker():
    styles = [series_style(index) for index in range(len(MARKERS))]
    assert len({(s.colour, str(s.line)) for s in styles}) == len(styles)
    assert len({s.marker for s in styles}) == len(styles)
    with pytest.raises(UserError, match="use more panels"):
        series_style(len(MARKERS))


def test_a_series_keeps_its_style_from_panel_to_panel():
    first = panel_styles(["a", "b", "c"], [])
    second = panel_styles(["a", "d", "c"], [first])
    assert first == {"a": 0, "b": 1, "c": 2}
    assert second == {"a": 0, "d": 1, "c": 2}
    assert panel_styles(["b", "d", "e"], [first, second]) == {"b": 1, "d": 0, "e": 2}


def drawn(figure: Figure, study, origin: str = "measured"):
    with matplotlib.style.context("config/figures.mplstyle"):
        return draw_figure(figure, figure_data(figure, study, origin))


def named_ticks(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.get_yticklabels() if text.get_text()]


def cut_off(canvas: MatplotlibFigure) -> list[str]:
    """Titles, names of axes and series, and captions that do not fit the figure."""
    canvas.draw_without_rendering()
    told = {t.get_text() for t in canvas.texts}
    for axes in canvas.axes:
        told |= {axes.get_title(loc="left"), axes.get_title(), axes.get_xlabel(), axes.get_ylabel()}
        told |= set(axes.get_legend_handles_labels()[1])
    boxes = {t.get_text(): t.get_window_extent() for t in canvas.findobj(Text)}
    edge = canvas.bbox
    return [
        text
        for text in sorted(told & set(boxes) - {""})
        if boxes[text].x0 < edge.x0 or boxes[text].x1 > edge.x1
    ]


@pytest.mark.parametrize(("study", "name"), FIGURES)
def test_every_figure_of_every_study_can_be_read_by_everyone(study, name):
    loaded = STUDIES[study]
    figure = loaded.figures[name]
    canvas = drawn(figure, loaded)
    assert cut_off(canvas) == []
    for axes in canvas.axes:
        # Bars that bear their numbers need no axis for them.
        assert axes.get_xlabel() or not len(axes.get_xticks())
        beside = axes.get_shared_y_axes().get_siblings(axes)
        assert any(each.get_ylabel() or named_ticks(each) for each in beside)
        handles, labels = axes.get_legend_handles_labels()
        series = [h for h, text in zip(handles, labels, strict=True) if "used = " not in text]
        assert len(set(labels)) == len(labels), "two series bear the same name"
        if (legend := axes.get_legend()) and axes.get_xlabel():
            label = axes.xaxis.label.get_window_extent()
            assert legend.get_window_extent().y1 <= label.y0, "the legend hides what the axis is"
        marks = [(h.get_marker(), h.get_fillstyle()) for h in series]
        marked = [mark for mark in marks if mark[0] != "None"]
        assert len(set(marked)) == len(marked)
        by_line: dict[str, list[str]] = {}
        for handle in series:
            by_line.setdefault(str(handle.get_linestyle()), []).append(handle.get_color())
        colours = list(
            dict.fromkeys(h.get_color() for h in series if SINGLE_RESPONSES not in h.get_label())
        )
        assert not colours or too_close(colours) == []
        assert all(len(set(group)) == len(group) for group in by_line.values())
    if {panel.kind for panel in figure.panels} <= {"scaling", "obedience"}:
        for axes, panel in zip(canvas.axes, figure.panels, strict=True):
            _, labels = axes.get_legend_handles_labels()
            series = [text for text in labels if "used = " not in text]
            scaling = isinstance(panel, ScalingPanel)
            beside = [*panel.references, *panel.chance] if scaling else []
            assert len(series) == len(panel.curves) + len(beside)


def test_measured_recorded_and_published_points_look_different():
    study = STUDIES["recorded"]
    figure = study.figures["o1_regions"]
    faces = {}
    for origin in ("measured", "log", "digitised"):
        line = drawn(figure, study, origin).axes[0].get_legend_handles_labels()[0][0]
        faces[origin] = (
            str(line.get_markerfacecolor()),
            line.get_markersize(),
            line.get_markeredgewidth(),
        )
    assert faces["measured"][0] != faces["log"][0]
    assert len(set(faces.values())) == 3


def test_every_measured_point_has_its_interval():
    study = STUDIES["recorded"]
    canvas = drawn(study.figures["o1_regions"], study)
    axes = canvas.axes[0]
    markers = sum(
        len(line.get_xdata()) for line in axes.lines if line.get_marker() not in ("None", "", None)
    )
    bars = sum(len(collection.get_segments()) for collection in axes.collections)
    assert bars == markers > 0


def test_the_caption_says_what_the_figure_is_and_what_the_markers_mean():
    study = STUDIES["recorded"]
    caption = drawn(study.figures["o1_regions"], study, "digitised").get_supxlabel()
    assert caption.startswith("Reconstruction.")
    assert "read off a published figure" in " ".join(caption.split())


def test_regions_are_found_where_asking_and_gains_end():
    figure = STUDIES["tiny"].figures["regions"]
    panel = figure.panels[0]
    accuracy = [0.3, 0.5, 0.6, 0.7, 0.704, 0.706, 0.7, 0.7]
    voting = doublings("vote_base", "vote", "measured").with_columns(
        tokens=pl.col("tokens") * 4, accuracy=pl.Series(accuracy)
    )
    tables = {
        "ask_base": doublings("ask_base", "ask", "measured").head(4),
        "vote_base": voting,
        "oracle_base": doublings("oracle_base", "oracle", "measured"),
    }
    alone = figure.model_copy(update={"panels": [panel]})
    labels = {name: name for name in tables}
    axes = draw_figure(alone, FigureData(points=tables, labels=labels)).axes[0]
    names = {text.get_text(): text.get_position()[0] for text in axes.texts}
    assert names == {
        "asking": pytest.approx((100 * 800) ** 0.5),
        "voting": pytest.approx((800 * 3200) ** 0.5),
        "gains < 1 point": pytest.approx((3200 * 51200) ** 0.5),
    }


def test_a_curve_without_the_wanted_axis_is_refused_by_name():
    study = STUDIES["recorded"]
    figure = study.figures["o1_regions"].model_copy(deep=True)
    panel = figure.panels[0].model_copy(update={"x": "usd"})
    empty = doublings("ask_o1_mini", "ask", "log").with_columns(usd=pl.lit(None, dtype=pl.Float64))
    with pytest.raises(
        UserError, match="curve ask_o1_mini has no point with both accuracy and usd"
    ):
        draw_figure(
            figure.model_copy(update={"panels": [panel]}),
            FigureData(
                points=dict.fromkeys(panel.curves, empty),
                labels={name: name for name in panel.curves},
            ),
        )


def test_the_fit_is_told_with_its_interval():
    study = STUDIES["recorded"]
    figure = study.figures["o1_asked_vs_used"]
    assert isinstance(figure.panels[0], ObediencePanel)
    _, labels = drawn(figure, study).axes[0].get_legend_handles_labels()
    assert any("slope 0.80 [0.70, 0.90]" in text for text in labels)
    assert any("used/asked 9.70 [9.60, 9.80]" in text for text in labels)


def test_figures_come_out_byte_for_byte_the_same(tmp_path, monkeypatch):
    study = STUDIES["recorded"]
    spec = study.figures["o1_regions"].model_dump_json()
    for name in ("ask_o1_mini", "vote_o1_mini"):
        write_table(Point, doublings(name, name.split("_")[0], "log"), tmp_path / f"{name}.csv")
    outputs = []
    for turn in ("first", "second"):
        out = [tmp_path / turn / "f.png", tmp_path / turn / "f.svg"]
        arguments = [
            "--spec",
            spec,
            "--labels",
            json.dumps({"ask_o1_mini": "a", "vote_o1_mini": "v"}),
        ]
        arguments += ["--points", *map(str, sorted(tmp_path.glob("*.csv")))]
        arguments += ["--style", "config/figures.mplstyle", "--output", *map(str, out)]
        monkeypatch.setattr(sys, "argv", ["plot_figure", *arguments])
        main()
        outputs.append([path.read_bytes() for path in out])
    assert outputs[0] == outputs[1]
