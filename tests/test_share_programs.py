"""What the programs behind make pull, make record and make share find out before they start."""

import json
import sys
from pathlib import Path

import pytest

from scripts.analyse import summarise_curves
from scripts.lib.curves.tables import Point
from scripts.lib.sharing import SharingError, make_folders, stages_of
from scripts.lib.tableio import write_table
from scripts.share.pull_study import check_whole, wanted
from scripts.share.record_study import check_weights
from tests.figure_tables import doublings

PAPER = Path("config/paper.yaml")


def test_samples_come_before_what_is_made_of_them():
    stages = stages_of(PAPER)
    assert [stage.address for stage in stages] == ["gpu/dvc.yaml:paper", "paper"]
    assert [stage.needs_gpus for stage in stages] == [True, False]
    assert "results/paper/journal" in stages[0].cached
    assert "results/paper/curves" in stages[1].tracked
    assert not stages[0].recorded()


def test_a_study_that_is_not_shared_is_named_with_those_that_are():
    with pytest.raises(SharingError, match=r"no stage 'micro'; it has paper, search, recorded"):
        stages_of(Path("config/micro.yaml"))


def test_weights_are_pulled_only_where_curves_need_them():
    for name, verifiers in (("paper", 0), ("search", 3)):
        study = Path(f"config/{name}.yaml")
        paths = wanted(study, stages_of(study), weights=False)
        assert f"results/{name}/pools" in paths
        assert f"results/{name}/models" not in paths
        files = [Path(path) for path in paths if path.startswith(f"results/{name}/models/")]
        assert len([path for path in files if path.suffix == ".safetensors"]) == verifiers
        assert {path.name for path in files if path.suffix == ".csv"}
        assert f"results/{name}/models" in wanted(study, stages_of(study), weights=True)


def test_a_model_without_its_weights_is_not_recorded(tmp_path, monkeypatch):
    stages = stages_of(PAPER)
    monkeypatch.chdir(tmp_path)
    make_folders(stages)
    model = Path("results/paper/models/s1_32b")
    model.mkdir()
    (model / "training.csv").touch()
    with pytest.raises(SharingError, match=r"weights of s1_32b are not here.*WEIGHTS=yes"):
        check_weights(PAPER, stages)
    (model / "model.safetensors").touch()
    check_weights(PAPER, stages)


def test_a_link_that_leads_nowhere_is_named_and_removed(tmp_path):
    (tmp_path / "whole").touch()
    (tmp_path / "kept").symlink_to("whole")
    (tmp_path / "lost").symlink_to("cache/files/md5/ab/cdef")
    with pytest.raises(SharingError, match=r"lost: files/md5/ab/cdef"):
        check_whole([str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {"whole", "kept"}


def summarise(monkeypatch, *arguments) -> None:
    monkeypatch.setattr(sys, "argv", ["summarise_curves", *map(str, arguments)])
    summarise_curves.main()


def test_a_curve_is_summed_up_by_its_best_point(tmp_path, monkeypatch):
    table = doublings("vote", "vote", "measured")
    write_table(Point, table, tmp_path / "vote.csv")
    out = tmp_path / "metrics.json"
    summarise(monkeypatch, "--points", tmp_path / "vote.csv", "--output", out)
    told = json.loads(out.read_text())["vote"]
    best = table.sort("accuracy").row(-1, named=True)
    assert told["points"] == table.height
    assert told["accuracy"] == best["accuracy"]
    assert told["setting"] == best["setting"]
    summarise(monkeypatch, "--points", "--output", out)
    assert json.loads(out.read_text()) == {}
