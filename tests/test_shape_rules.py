"""What the rules of a table of shapes and its panel ask about a study."""

import json
from types import SimpleNamespace

import pytest

from scripts.lib.config.check import ConfigError
from scripts.lib.workflow import StudyFiles
from scripts.lib.workflow_pulled import WhatIsThere
from tests.studies import micro


def with_shapes(**change):
    study = micro()
    study["curves"]["ask_paper"] = {
        "method": "ask",
        "label": "paper",
        "published": {"paper": "p", "figure": "f", "series": "s", "benchmark": "chains",
                      "model": "o1-mini", "problems": 9},
    }  # fmt: skip
    entry = {"kind": "shape", "title": "t", "curves": ["vote_base", "ask_paper"]}
    study["tables"]["shapes"] = entry | change
    return study


def test_a_table_of_shapes_reads_curves_and_the_outcomes_of_samples():
    files = StudyFiles(with_shapes(), [])
    inputs = files.compared_inputs(SimpleNamespace(table="shapes"))
    assert inputs == {
        "points": [f"results/micro/curves/{name}.csv" for name in ("vote_base", "ask_paper")],
        "outcomes": ["results/micro/outcomes/vote_base.parquet"],
    }
    assert json.loads(files.table_labels(SimpleNamespace(table="shapes")))["ask_paper"] == "paper"
    assert files.tables("shape")[-1] == "shapes"
    made_of = WhatIsThere(files).leaves(["results/micro/tables/shapes.csv"])
    assert [path for path in made_of if "/pools/" in path] == [
        f"results/micro/pools/about/{part}.parquet" for part in ("answers", "costs", "traces")
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"curves": ["none"]}, r"shapes\.curves: 'none' is not defined"),
        ({"x_of": {"beam_base": "n"}}, "x_of: 'beam_base' is not among curves"),
        ({"x": "waits"}, "tables.shapes"),
        ({"held_out": 0}, "held_out"),
        ({"held_out": 1.5}, "held_out"),
    ],
)
def test_tables_of_shapes_that_do_not_fit_are_named(change, told):
    with pytest.raises(ConfigError, match=told):
        StudyFiles(with_shapes(**change), [])


def test_a_panel_of_shapes_draws_curves_of_its_table():
    study = with_shapes()
    panel = {"kind": "shape", "title": "t", "table": "shapes", "curves": ["vote_base"]}
    study["figures"]["shapes"] = {"title": "t", "status": "new", "caption": "c", "panels": [panel]}
    files, wildcards = StudyFiles(study, []), SimpleNamespace(figure="shapes")
    assert files.figure_tables(wildcards) == ["results/micro/tables/shapes.csv"]
    assert files.figure_points(wildcards) == ["results/micro/curves/vote_base.csv"]
    panel["curves"] = ["beam_base"]
    with pytest.raises(ConfigError, match=r"panels\.0\.curves: 'beam_base' is not defined"):
        StudyFiles(study, [])
    panel |= {"curves": ["vote_base"], "table": "control"}
    with pytest.raises(ConfigError, match=r"panels\.0\.table: 'control' is not defined"):
        StudyFiles(study, [])
