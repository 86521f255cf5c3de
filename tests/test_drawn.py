"""The data that lies beside a figure is what the figure shows."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import polars as pl
import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.config.study import Study
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.drawn import Drawn, drawn_table
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.tableio import read_table
from tests.figure_tables import figure_data
from tests.test_config_figures import PANELS, figure, study
from tests.test_plot_figure import written

PLAIN = {"lengths": {"references": []}}


def shown(kind: str, **columns: pl.Expr) -> tuple[pl.DataFrame, FigureData]:
    """The data of a figure of one panel, and what it was drawn from, with columns of its own."""
    spec = Figure.model_validate(figure({**PANELS[kind], **PLAIN.get(kind, {})}))
    data = figure_data(spec, Study.model_validate(study()))
    points = {name: curve.with_columns(**columns) for name, curve in data.points.items()}
    data = replace(data, points=points)
    return drawn_table(draw_figure(spec, data)), data


def test_markers_of_a_curve_are_its_points_with_both_intervals():
    inner = {
        "low_benchmark": pl.col("accuracy") - 0.01,
        "high_benchmark": pl.col("accuracy") + 0.01,
    }
    table, data = shown("scaling", **inner)
    points = data.points["sft_x"].sort("train_flops")
    marks = table.filter(mark="marker")
    assert marks["series"].unique().to_list() == ["sft_x"]
    assert marks["x_axis"].unique().to_list() == ["training FLOPs"]
    for column, name in {
        "x": "train_flops",
        "y": "accuracy",
        "low": "low",
        "high": "high",
        "inner_low": "low_benchmark",
        "inner_high": "high_benchmark",
    }.items():
        assert marks[column].to_list() == pytest.approx(points[name].to_list()), column
    line = table.filter(mark="line")
    assert line.select("x", "y").rows() == marks.select("x", "y").rows()


def test_regions_stand_by_name():
    regions = [{"label": name, "start": start, "end": end}
               for name, start, end in (("a", 1e12, 4e12), ("b", 4e12, 16e12))]  # fmt: skip
    spec = Figure.model_validate(figure({**PANELS["scaling"], "regions": regions}))
    data = figure_data(spec, Study.model_validate(study()))
    shaded = drawn_table(draw_figure(spec, data)).filter(mark="region")
    assert shaded.select("low", "high", "label").rows() == [(1e12, 4e12, "a")]


def test_rows_of_a_comparison_have_their_names_and_intervals():
    table, data = shown("comparison")
    rows = data.tables["ablations"]
    measured = rows.filter(origin="measured")
    left = table.filter(panel=1, mark="marker", series="chains, measured here")
    assert left["row"].to_list() == measured["label"].to_list()
    assert left["x"].to_list() == pytest.approx(measured["accuracy"].to_list())
    assert left["low"].to_list() == pytest.approx(measured["low"].to_list())
    published = table.filter(panel=1, mark="marker", series="aime24, published")
    assert published.height == rows.filter(origin="table").height
    right = table.filter(panel=2, mark="marker", series="chains, measured here")
    known = measured.drop_nulls("difference")
    assert right["x"].to_list() == pytest.approx(known["difference"].to_list())
    assert right["high"].to_list() == pytest.approx(known["high_difference"].to_list())
    assert right["row"].to_list() == known["label"].to_list()


def test_columns_of_dots_share_a_legend_and_arrows_are_no_data():
    table, data = shown("control")
    rows = data.tables["lengths"]
    assert table["series"].null_count() == 0
    single = table.filter(panel=1, series="control of single responses")
    known = rows["control_responses"].drop_nulls()
    assert sorted(single["x"]) == pytest.approx(sorted(known))
    scaling = table.filter(panel=2)
    assert scaling.height == rows["scaling_per_doubling"].drop_nulls().len()


def test_bars_of_the_funnel_stand_by_name_with_their_counts():
    table, data = shown("funnel")
    bars = table.filter(mark="bar")
    kept = data.tables["funnel"].filter(pl.col("reason").is_null())
    own = bars.filter(pl.col("row").is_in([s.replace("_", " ") for s in kept["step"]]))
    assert own["high"].to_list() == kept["questions"].to_list()
    assert own["label"].to_list() == [f"{count:,}" for count in kept["questions"]]


@pytest.mark.parametrize("kind", PANELS)
def test_every_kind_of_panel_leaves_data(kind):
    table, _ = shown(kind)
    assert table.height
    values = table.select(pl.max_horizontal(pl.col("x", "y", "low").is_not_null()))
    assert values.to_series().all()


def test_files_of_two_processes_are_the_same_and_say_how_they_were_made(tmp_path):
    """With another seed of Python's hashes, at another time: the same bytes."""
    tables = written(tmp_path, "scaling", "comparison")
    spec = json.dumps(figure(PANELS["scaling"], PANELS["comparison"]))
    made = []
    for seed in ("1", "2"):
        out = [tmp_path / seed / f"f.{kind}" for kind in ("png", "svg", "pdf")]
        data, about = tmp_path / seed / "f.csv", tmp_path / seed / "f.txt"
        options = [
            *("--spec", spec, "--labels", json.dumps({"sft_x": "x"}), *tables),
            *("--style", "config/figures.mplstyle", "--output", *map(str, out)),
            *("--data", str(data), "--about", str(about), "--made-by", "snakemake f.pdf"),
        ]
        program = [sys.executable, "-m", "scripts.figures.plot_figure", *options]
        env = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(program, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        made.append([path.read_bytes() for path in (*out, data)])
        assert read_table(Drawn, data).height
        said = about.read_text(encoding="utf-8")
        assert "\n    snakemake f.pdf\n" in said
        assert "    python -m scripts.figures.plot_figure --spec " in said
        assert "Files: f.png, f.svg, f.pdf, f.csv" in said
    assert made[0] == made[1]
    pdf = made[0][2]
    assert b"/CreationDate" not in pdf
    assert b"/TrueType" in pdf or b"/Type0" in pdf
    assert b"/Type3" not in pdf
    assert not list((tmp_path / "2").glob(".*"))
