"""Tables of compute tradeoffs in a study: names that meet, and the files that their jobs read."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from scripts.lib.config.check import ConfigError
from scripts.lib.config.load import load_study
from scripts.lib.config.tradeoff_tables import IsoAccuracyTable
from scripts.lib.slices import as_json
from scripts.lib.workflow import StudyFiles
from tests.studies import micro

EQUAL = {"kind": "equal_compute", "title": "t", "x": "flops", "vote": "vote_base_plain",
         "oracle": "oracle_base_plain", "curves": ["beam_base", "sft_paper"]}  # fmt: skip
ISO = {
    "kind": "iso_accuracy",
    "title": "t",
    "curves": ["vote_base_plain", "sft_models"],
    "at": [0.5],
}
PUBLISHED = {"paper": "p", "figure": "f", "series": "s", "benchmark": "chains", "problems": 9}


def with_tables(**changes):
    study = micro()
    study["curves"]["sft_paper"] = {"method": "sft", "published": PUBLISHED | {"model": "m"}}
    study["tables"] |= {"equal": EQUAL, "iso": ISO}
    for table, change in changes.items():
        study["tables"][table] = study["tables"][table] | change
    return study


def test_jobs_read_their_curves_and_the_outcomes_that_there_are():
    files = StudyFiles(with_tables(), [])
    equal = SimpleNamespace(table="equal")
    names = ["vote_base_plain", "oracle_base_plain", "beam_base", "sft_paper"]
    assert files.compared_inputs(equal) == {
        "points": [f"results/micro/curves/{name}.csv" for name in names],
        "outcomes": [f"results/micro/outcomes/{name}.parquet" for name in names[:3]],
    }
    assert json.loads(files.table_labels(equal))["beam_base"] == "beam search"
    iso = SimpleNamespace(table="iso")
    assert files.compared_inputs(iso)["points"] == [
        f"results/micro/curves/{name}.csv" for name in ISO["curves"]
    ]
    told = files.table_spec(iso)
    assert IsoAccuracyTable.model_validate_json(told) == files.study.tables["iso"]
    assert files.table_spec(equal) == as_json(files.study.tables["equal"], exclude={"target"})


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("equal", {"curves": ["none"]}, r"equal\.curves: 'none' is not defined"),
        ("equal", {"vote": "none"}, r"equal\.vote: 'none' is not defined"),
        ("equal", {"oracle": "vote_base"}, "'vote_base' is of method vote, not oracle"),
        ("equal", {"vote": "beam_base", "curves": ["sft_s1k"]}, "of method beam, not vote"),
        ("equal", {"curves": ["vote_base_plain"]}, "'vote_base_plain' is what they are compared"),
        ("equal", {"x": "waits"}, "x: "),
        ("equal", {"at": []}, "at: "),
        ("iso", {"curves": ["none"]}, r"iso\.curves: 'none' is not defined"),
        ("iso", {"curves": ["sft_paper"]}, "'sft_paper' has no training FLOPs"),
        ("iso", {"at": [1.0]}, r"at\.0: "),
    ],
)
def test_tables_that_do_not_fit_are_named(table, change, told):
    with pytest.raises(ConfigError, match=told):
        StudyFiles(with_tables(**{table: change}), [])


def test_the_tiny_studys_surface_is_a_target_of_its_own():
    """Its trainings, samples, table and figure are no part of `all`."""
    files = StudyFiles(yaml.safe_load(Path("config/tiny.yaml").read_text(encoding="utf-8")), [])
    assert "surface" in files.targets()
    made = files.target_files("surface")
    tables = {n: t for n, t in files.study.tables.items() if t.target == "surface"}
    assert {f"results/tiny/tables/{table}.csv" for table in tables} < set(made)
    assert "results/tiny/figures/surface.png" in made
    everything = {*files.figure_files(), *files.curve_files(), *files.table_files()}
    assert everything.isdisjoint(made)
    entry = tables["surface"]
    sizes = {
        files.study.models[files.study.pools[files.study.curves[name].pool].model].corpus.examples
        for name in entry.curves
    }
    assert len(sizes) == len(entry.curves) >= 4
    sampled = {files.study.curves[name].pool for name in entry.curves}
    ordinary = {
        c.pool for c in files.study.curves.values() if c.target is None and hasattr(c, "pool")
    }
    assert len(sampled - ordinary) >= 3, "pools that nothing else is drawn on"


@pytest.mark.parametrize("name", ["tiny", "recorded"])
def test_tables_of_equal_compute_are_drawn(name):
    study = load_study(Path(f"config/{name}.yaml"))
    tables = {n for n, t in study.tables.items() if t.kind == "equal_compute"}
    drawn = {t for figure in study.figures.values() for t in figure.needs().tables}
    assert tables
    assert tables <= drawn
