"""The commands that README.md gives for rerunning a part: the jobs that they run, and no others.

That a larger pool draws only its new samples is tested in test_provenance.py, with a model.
"""

import re
import shlex
from pathlib import Path

import pytest

from tests.workspace import Workspace

RESULTS = "results/tiny"
Plan = dict[str, list[str]]


def documented() -> dict[str, list[str]]:
    """Arguments of Snakemake by what the command is for."""
    text = Path("README.md").read_text(encoding="utf-8")
    section = text.split("**Rerun a part.**")[1].split("\n**")[0]
    lines = re.findall(r"^    snakemake (.+?)\s+# (\w+ \w+)", section, re.MULTILINE)
    return {what: shlex.split(command) for command, what in lines}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The tiny study, as if it had run to its end."""
    workspace = Workspace(tmp_path_factory.mktemp("tiny"))
    workspace.pretend_done("all")
    return workspace


def plan(done: Workspace, what: str) -> Plan:
    # The workspace says itself how many cores there are.
    arguments = [word for word in documented()[what] if word != "-c4"]
    return done.plan(*arguments)


def names(plan: Plan, rule: str) -> set[str]:
    """What a rule would make: without the folders, endings, and the study's name."""
    return {name.removeprefix(f"{RESULTS}/") for name in plan.get(rule, [])}


def test_every_command_is_tried() -> None:
    tried = {"one curve", "one figure", "one model", "one search", "one seed", "twice the"}
    assert set(documented()) == tried


def test_one_curve_is_one_job(done: Workspace) -> None:
    assert plan(done, "one curve") == {"tabulate_curve": [f"{RESULTS}/curves/vote_base.csv"]}


def test_one_figure_is_one_job(done: Workspace) -> None:
    assert plan(done, "one figure") == {"plot_figure": [f"{RESULTS}/figures/regions.png"]}


def test_one_model_is_trained_again_with_what_rests_on_it(done: Workspace) -> None:
    jobs = plan(done, "one model")
    assert names(jobs, "train_sft") == {"models/s1k/model.safetensors"}
    assert {"train_base", "train_verifier", "select_questions"}.isdisjoint(jobs)
    sampled = names(jobs, "sample_pool")
    assert {"pools/s1k/traces.parquet", "pools/forced/traces.parquet"} <= sampled
    assert {"pools/plain/traces.parquet", "pools/random/traces.parquet"}.isdisjoint(sampled)
    curves = names(jobs, "tabulate_curve")
    assert "curves/forcing_s1k.csv" in curves
    assert "curves/vote_base.csv" not in curves


def test_one_search_is_run_again_with_what_is_drawn_on_it(done: Workspace) -> None:
    jobs = plan(done, "one search")
    assert names(jobs, "search_pool") == {"pools/beam/traces.parquet"}
    assert names(jobs, "grade_pool") == {"pools/beam/answers.parquet"}
    assert names(jobs, "account_search") == {"pools/beam/costs.parquet"}
    assert "curves/beam_base.csv" in names(jobs, "tabulate_curve")
    never = {"sample_pool", "train_base", "train_verifier", "label_steps", "train_sft"}
    assert never.isdisjoint(jobs)


def test_one_seed_is_one_training_and_its_samples(done: Workspace) -> None:
    assert plan(done, "one seed") == {
        "train_sft": [f"{RESULTS}/models/s1k_seed1/model.safetensors"],
        "sample_pool": [f"{RESULTS}/pools/s1k_seed1/traces.parquet"],
        "grade_pool": [f"{RESULTS}/pools/s1k_seed1/answers.parquet"],
    }


def test_twice_the_samples_of_a_pool_concern_what_is_drawn_on_it(done: Workspace) -> None:
    jobs = plan(done, "twice the")
    assert names(jobs, "sample_pool") == {"pools/plain/traces.parquet"}
    assert names(jobs, "grade_pool") == {"pools/plain/answers.parquet"}
    curves = names(jobs, "tabulate_curve")
    assert "curves/vote_base_plain.csv" in curves
    assert {"curves/vote_base.csv", "curves/forcing_s1k.csv"}.isdisjoint(curves)
    assert {"train_base", "train_sft", "search_pool"}.isdisjoint(jobs)
