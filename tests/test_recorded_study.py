"""The recorded study's own entries, through the programs that its rules run."""

import itertools
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from scripts.analyse import (
    fit_length_control,
    tabulate_control,
    tabulate_published,
    tabulate_shape,
)
from scripts.lib.config.curves import ForcingCurve
from scripts.lib.config.load import read_yaml
from scripts.lib.curves.length_control import fits_of_published
from scripts.lib.curves.shape_tables import ShapeRow
from scripts.lib.curves.tables import ControlRow, Point
from scripts.lib.slices import as_json
from scripts.lib.tableio import read_table
from scripts.lib.workflow import StudyFiles

STUDY = Path("config/recorded.yaml")
REFERENCE = "data/reference/s1.csv"
BUDGET_FORCING = "forcing_s1_aime24"


@pytest.fixture(scope="module")
def study() -> StudyFiles:
    return StudyFiles(read_yaml(STUDY), [str(STUDY)])


@pytest.fixture(scope="module")
def made(study, tmp_path_factory) -> Path:
    """A folder with curves, fits and the control table of s1, as the rules make them."""
    folder = tmp_path_factory.mktemp("recorded")
    names = study.study.tables["control_s1"].curves
    for name in names:
        own = ["--curve", name, "--spec", study.curve_spec(SimpleNamespace(curve=name))]
        points, fit = folder / f"curves/{name}.csv", folder / f"fits/{name}.csv"
        program(tabulate_published, *own, "--reference", REFERENCE, "--output", points)
        program(fit_length_control, *own, "--points", points, "--output", fit)
    table = SimpleNamespace(table="control_s1")
    program(
        tabulate_control,
        *("--spec", study.table_spec(table), "--labels", study.table_labels(table)),
        *("--points", *(folder / f"curves/{name}.csv" for name in names)),
        *("--fits", *(folder / f"fits/{name}.csv" for name in names)),
        *("--reference", REFERENCE, "--output", folder / "control_s1.csv"),
    )
    return folder


def program(module, *arguments):
    """Run a program's main on command line arguments, in this process to spare its imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
        module.main()


def scaling(table: pl.DataFrame, basis: str, column: str = "scaling_per_doubling") -> dict:
    rows = table.filter(basis=basis)
    return dict(zip(rows["curve"], 100 * rows[column], strict=True))


def test_the_control_table_of_s1_is_what_the_paper_prints_but_per_doubling(made):
    table = read_table(ControlRow, made / "control_s1.csv")
    ours = scaling(table, "published points")
    printed = {
        "control_s1_tcc_aime24": -24,
        "control_s1_tcc_forced_aime24": 13,
        "control_s1_scc_aime24": 3,
        "control_s1_scc_forced_aime24": 6,
        "control_s1_ccc_aime24": 25,
    }
    assert {name: round(ours[name]) for name in printed} == printed
    said = scaling(table, "published table")
    assert {name: said[name] for name in printed} == pytest.approx(printed)
    as_printed = scaling(table, "published points", "scaling_per_1000_tokens")
    assert all(abs(as_printed[name] - said[name]) > 1.5 for name in printed)


def test_every_five_points_of_budget_forcing_scale_about_as_printed(study, made):
    points = read_table(Point, made / f"curves/{BUDGET_FORCING}.csv")
    curve = study.study.curves[BUDGET_FORCING]
    assert isinstance(curve, ForcingCurve)
    assert points.height == 7
    found = []
    for chosen in itertools.combinations(range(7), 5):
        fits = fits_of_published(points[list(chosen)], curve, BUDGET_FORCING)
        found.append(100 * fits.filter(parameter="scaling_per_doubling")["value"].item())
    assert round(min(found), 1) == 13.9
    assert round(max(found), 1) == 15.6


def test_votes_of_figure_4b_are_counted_per_problem(study, tmp_path):
    name = "vote_s1_gpqa_diamond"
    spec = study.curve_spec(SimpleNamespace(curve=name))
    arguments = ["--curve", name, "--spec", spec, "--reference", REFERENCE]
    program(tabulate_published, *arguments, "--output", tmp_path / "vote.csv")
    points = read_table(Point, tmp_path / "vote.csv")
    # The figure's axis counts all 198 problems: one sample of each takes 127,000 tokens.
    assert points["tokens"][0] == pytest.approx(127_000 / 198)


def test_the_shapes_of_published_curves(study, tmp_path):
    """The study's table of shapes, of its published curves: no samples are fetched for them."""
    entry = study.study.tables["shapes"]
    names = [name for name in entry.curves if study.study.curves[name].published]
    for name in names:
        curve = SimpleNamespace(curve=name)
        told = ["--curve", name, "--spec", study.curve_spec(curve)]
        told += ["--reference", study.curve_reference(curve)]
        program(tabulate_published, *told, "--output", tmp_path / f"{name}.csv")
    labels = study.table_labels(SimpleNamespace(table="shapes"))
    part = entry.model_copy(update={"curves": names})
    program(
        tabulate_shape,
        *("--spec", as_json(part, exclude={"target"}), "--labels", labels),
        *("--points", *(tmp_path / f"{name}.csv" for name in names)),
        *("--bootstrap", 1000, "--output", tmp_path / "shapes.csv"),
    )
    rows = {row["curve"]: row for row in read_table(ShapeRow, tmp_path / "shapes.csv").to_dicts()}
    assert set(rows) == set(names) >= {"ask_o1_mini", "vote_o1_mini", "forcing_s1_math500"}
    assert {row["interval"] for row in rows.values()} == {"binomial"}
    assert all(row["why"] is None for row in rows.values())
    long = rows["forcing_s1_math500"]
    points = read_table(Point, tmp_path / "forcing_s1_math500.csv")
    slope, _ = np.polyfit(np.log2(points["thinking_tokens"]), points["accuracy"], 1)
    assert long["points_per_doubling"] == pytest.approx(slope)
    assert (long["form"], long["x"]) == ("logarithmic", "thinking_tokens")
    assert long["low_points_per_doubling"] > 0
    # 30 problems tell neither the form of asking nor whether larger votes gain anything.
    assert (rows["ask_o1_mini"]["form"], rows["vote_o1_mini"]["form"]) == ("undecided",) * 2
    assert rows["vote_o1_mini"]["low_points_per_doubling"] < 0
    assert rows["vote_o1_mini"]["gains_end"] is None
