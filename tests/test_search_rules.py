"""The rules of verifiers and searches: what a study runs, in which order, and its end to end."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from scripts.lib.config.check import ConfigError
from scripts.lib.search.tables import HeldOut, Spent, Step, StepLabel, VerifierRow
from scripts.lib.tableio import read_table
from scripts.lib.tables import Cost, Point, Trace
from scripts.lib.workflow import StudyFiles
from tests.studies import searched_micro
from tests.workspace import Workspace

FILE = "config/searched.yaml"
METHODS = ["beam", "lookahead", "dvts", "rebase"]


def workspace(folder: Path) -> Workspace:
    space = Workspace(folder)
    (space.folder / FILE).write_text(yaml.safe_dump(searched_micro()), encoding="utf-8")
    return space


def test_every_search_and_score_has_its_job(tmp_path):
    jobs = workspace(tmp_path).plan("all", "--configfile", FILE)
    results = "results/micro"
    assert jobs["label_steps"] == [f"{results}/labels/steps.parquet"]
    assert len(jobs["train_verifier"]) == 2
    assert jobs["search_pool"] == sorted(f"{results}/pools/{m}/traces.parquet" for m in METHODS)
    assert jobs["score_pool"] == [
        f"{results}/scores/plain/{name}.parquet" for name in ("orm", "prm")
    ]
    assert jobs["account_search"] == sorted(f"{results}/pools/{m}/costs.parquet" for m in METHODS)
    assert jobs["account_pool"] == [f"{results}/pools/plain/costs.parquet"]
    assert jobs["tabulate_verifier"] == [f"{results}/tables/verifiers.csv"]
    assert jobs["tabulate_passed_over"] == [f"{results}/tables/passed_over.csv"]


@pytest.mark.parametrize(
    ("section", "name", "change", "complaint"),
    [
        ("models", "prm", {"base": "orm"}, r"models\.prm\.base: 'orm' is a verifier"),
        ("models", "prm", {"labels": "none"}, r"models\.prm\.labels: 'none'"),
        ("pools", "beam", {"verifier": "base"}, r"pools\.beam\.verifier: 'base'"),
        ("pools", "beam", {"model": "prm"}, r"pools\.beam\.model: 'prm' is a verifier"),
        ("labels", "steps", {"pool": "beam"}, r"labels\.steps\.pool: a pool of kind sampled"),
        ("labels", "steps", {"search": "bisect"}, r"models\.prm\.target: bisection tries few"),
        ("tables", "verifiers", {"verifiers": ["base"]}, r"tables\.verifiers\.verifiers: 'base'"),
    ],
)
def test_what_does_not_fit_is_named(section, name, change, complaint):
    study = searched_micro()
    study[section][name] |= change
    with pytest.raises(ConfigError, match=complaint):
        StudyFiles(study, [])


@pytest.mark.slow
def test_a_study_of_searches_from_end_to_end(tmp_path):
    space = workspace(tmp_path)
    run = space.snakemake("all", "--configfile", FILE)
    assert run.returncode == 0, run.stdout + run.stderr
    folder = space.folder / "results/micro"
    labels = read_table(StepLabel, folder / "labels/steps.parquet")
    assert labels["truth"].null_count() < len(labels) / 5
    assert read_table(HeldOut, folder / "models/prm/held_out.csv").height
    measured = read_table(VerifierRow, folder / "tables/verifiers.csv")
    # Some 80 solutions teach a verifier little; that it learns is shown in test_train_verifier.py.
    told = measured.filter(metric="auc").select("verifier", "judge", "basis").rows()
    bases = [("score", "rollouts"), ("score", "truth"), ("labels", "truth")]
    assert told == [(name, *basis) for name in ("prm", "orm") for basis in bases]
    for name in METHODS:
        pool = folder / "pools" / name
        traces = read_table(Trace, pool / "traces.parquet")
        assert len(traces) == 12 * (1 + 4 + 8)
        costs = read_table(Cost, pool / "costs.parquet")
        spent = read_table(Spent, pool / "spent.parquet")
        assert costs["generated_tokens"].to_list() == spent["generated_tokens"].to_list()
        alone = costs.filter(beams=1)
        assert alone["verifier_tokens"].sum() == 0
        assert costs.filter(beams=8)["verifier_flops"].sum() > 0
        steps = read_table(Step, pool / "steps.parquet")
        assert set(steps["beams"]) == {4, 8}
        points = read_table(Point, folder / "curves" / f"{name}_naive.csv")
        assert points["n"].to_list() == [1, 4, 8]
        assert (points["flops"] > points["verifier_flops"]).all()
    best = read_table(Point, folder / "curves/best_of_n_naive.csv")
    assert best["n"].to_list() == [1, 2, 4, 8]
    oracle = read_table(Point, folder / "curves/oracle_plain.csv")
    assert (best["accuracy"] <= oracle["accuracy"] + 1e-9).all()
    again = space.snakemake("all", "--configfile", FILE, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
    assert pl.read_csv(folder / "tables/passed_over.csv").height
