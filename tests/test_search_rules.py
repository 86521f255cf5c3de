"""The rules of verifiers and searches: what a study runs, and what fits together."""

from types import SimpleNamespace

import pytest

from scripts.lib.config.check import ConfigError
from scripts.lib.workflow import StudyFiles
from tests.studies import micro
from tests.workspace import Workspace

FILE = "config/micro.yaml"
SEARCHES = ["beam", "dvts", "lookahead", "rebase", "rebase_forced"]


def test_every_search_and_score_has_its_job(tmp_path):
    jobs = Workspace(tmp_path).plan("all", "--configfile", FILE)
    results = "results/micro"
    assert jobs["label_steps"] == [f"{results}/labels/steps.parquet"]
    assert len(jobs["train_verifier"]) == 2
    assert jobs["search_pool"] == [f"{results}/pools/{m}/traces.parquet" for m in SEARCHES]
    assert jobs["score_pool"] == [
        f"{results}/scores/plain/{name}.parquet" for name in ("orm", "prm")
    ]
    assert jobs["account_search"] == [f"{results}/pools/{m}/costs.parquet" for m in SEARCHES]
    assert f"{results}/pools/beam/costs.parquet" not in jobs["account_pool"]
    assert jobs["tabulate_verifier"] == [f"{results}/tables/verifiers.csv"]
    assert jobs["tabulate_passed_over"] == [f"{results}/tables/passed_over.csv"]
    assert jobs["tabulate_scores"] == [f"{results}/tables/scores.csv"]


@pytest.mark.parametrize(
    ("section", "name", "change", "complaint"),
    [
        ("models", "prm", {"base": "orm"}, r"models\.prm\.base: 'orm' is a verifier"),
        ("models", "prm", {"labels": "none"}, r"models\.prm\.labels: 'none'"),
        ("pools", "beam", {"verifier": "base"}, r"pools\.beam\.verifier: 'base'"),
        ("pools", "beam", {"model": "prm"}, r"pools\.beam\.model: 'prm' is a verifier"),
        ("labels", "steps", {"pool": "beam"}, r"labels\.steps\.pool: a pool of kind sampled"),
        ("labels", "steps", {"pool": "plain"}, r"labels\.steps\.pool: the pool asks 'chains', and"),
        ("labels", "steps", {"search": "bisect"}, r"models\.prm\.target: bisection tries few"),
        ("pools", "beam", {"repeats": 2}, r"curves\.oracle_beam\.pool: pool 'beam' repeats each"),
        ("tables", "verifiers", {"verifiers": ["base"]}, r"tables\.verifiers\.verifiers: 'base'"),
        ("tables", "scores", {"curves": ["oracle_beam"]}, r"tables\.scores\.curves: 'oracle_beam'"),
        (
            "tables",
            "scores",
            {"curves": ["beam_base"]},
            r"panels\.1\.curve: 'best_of_n_base'",
        ),
    ],
)
def test_what_does_not_fit_is_named(section, name, change, complaint):
    study = micro()
    study[section][name] |= change
    with pytest.raises(ConfigError, match=complaint):
        StudyFiles(study, [])


def test_problems_to_train_on_are_none_that_test():
    study = micro()
    study["benchmarks"]["practice"] = study["benchmarks"]["chains"] | {"training": True}
    study["pools"]["practice"] = study["pools"]["plain"] | {"benchmark": "practice"}
    study["labels"]["steps"]["pool"] = "practice"
    files = StudyFiles(study, [])
    excluded = files.problems_to_exclude(SimpleNamespace(benchmark="practice"))
    assert excluded == ["results/micro/problems/chains.parquet"]
    assert files.problems_to_exclude(SimpleNamespace(benchmark="chains")) == []


def test_labels_of_others_tell_no_truth():
    study = micro()
    study["labels"]["steps"] = {"kind": "imported", "format": "prm800k", "path": "steps.jsonl"}
    StudyFiles(study, [])
    study["models"]["prm"] |= {"target": "truth"}
    with pytest.raises(ConfigError, match=r"models\.prm\.target: nothing can check the steps of"):
        StudyFiles(study, [])
