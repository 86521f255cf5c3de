"""Curves of the micro study, sampled with vLLM by the workflow's own jobs."""

from pathlib import Path

import pytest

from scripts.lib.curves.tables import Point
from scripts.lib.journal import read_entries
from scripts.lib.tableio import read_table
from scripts.lib.tables import Cost, Trace
from tests.micro_study import RESULTS, STUDY, WARM, copy_base
from tests.workspace import Workspace

CURVES = ("vote_base_plain", "oracle_base_plain")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = Workspace(tmp_path_factory.mktemp("study"))
    copy_base(workspace)
    old = "    dtype: float64\n    batch_size: 64\n"
    new = "    dtype: float32\n    batch_size: 64\n    vllm: {cache_gib: 1, eager: true}\n"
    workspace.edit("config/micro.yaml", old, new)
    targets = [f"{RESULTS}/curves/{name}.csv" for name in CURVES]
    run = workspace.snakemake(*targets, *STUDY, env=WARM)
    assert run.returncode == 0, run.stdout + run.stderr
    return workspace.folder / RESULTS


def test_every_sample_is_vllm_s(study: Path) -> None:
    entries = list(read_entries(study / "journal/plain"))
    assert entries
    assert {entry.engine["engine"] for entry in entries} == {"vllm"}
    traces = read_table(Trace, study / "pools/plain/traces.parquet")
    assert traces["token_ids"].null_count() == 0
    costs = read_table(Cost, study / "pools/plain/costs.parquet")
    generated = sum(entry.response.generated_tokens or 0 for entry in entries)
    assert costs["generated_tokens"].sum() == traces["generated_tokens"].sum() == generated


def test_the_model_answers_as_well_as_ever(study: Path) -> None:
    """It solves half of these problems and more with transformers."""
    points = {name: read_table(Point, study / "curves" / f"{name}.csv") for name in CURVES}
    assert points["vote_base_plain"]["accuracy"][0] > 0.3
    assert points["oracle_base_plain"]["accuracy"][-1] > 0.8
