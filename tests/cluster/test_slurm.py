"""The micro study through `--profile slurm`, on a SLURM of this machine's own.

`make cluster` installs it, as root, and starts it; it is stopped in the end.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from polars.testing import assert_frame_equal

from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table
from tests.micro_study import RESULTS, STUDY, journal_keys, run_micro, tables
from tests.workspace import Workspace

pytestmark = pytest.mark.cluster

HERE = Path(__file__).parent
PATIENCE = 2700
"""Seconds that the study may take: its jobs start two programs each, on what cores there are."""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("slurm")
    control("start", folder)
    yield folder
    control("stop", folder)


def test_cancelled_killed_over_time_and_without_its_controller_the_tables_are_the_same(
    slurm: Path, tmp_path: Path
) -> None:
    local = run_micro()
    workspace = Workspace(tmp_path)
    shutil.copy(HERE / "site.yaml", tmp_path / "slurm/site.yaml")
    process = workspace.start("all", "--profile", "slurm", *STUDY)

    cancelled, _ = wait_for_job("decontaminate_questions")
    subprocess.run(["scancel", cancelled], check=True)

    late, pool = wait_for_job("sample_pool")
    program = program_of(workspace, "scripts.sample.", pool)
    program.suspend()
    limit = ["scontrol", "update", f"JobId={late}", "TimeLimit=1"]
    subprocess.run(limit, check=True)

    killed, labels = wait_for_job("label_steps")
    program_of(workspace, "scripts.search.label_steps", labels).kill()

    wait_for_job("search_pool")
    control("stop-controller", slurm)
    time.sleep(15)
    control("start-controller", slurm)

    assert process.wait(timeout=PATIENCE) == 0, workspace.log()
    log = workspace.log()
    assert not program.is_running()
    for job in (cancelled, late, killed):
        assert f"SLURM jobid {job} " in log
    made, expected = tables(workspace), tables(local)
    # Scores may differ in their last bits with what else was read beside a step.
    for name in [n for n in expected if n.startswith("pools/") and n.endswith("/steps.parquet")]:
        pair = [read_table(Step, one.folder / RESULTS / name) for one in (workspace, local)]
        assert_frame_equal(*pair, rel_tol=0.0, abs_tol=1e-9)
        del made[name], expected[name]
    # It tells how long trainings took.
    del made["tables/ledger.csv"], expected["tables/ledger.csv"]
    assert made == expected
    for pool, keys in journal_keys(workspace).items():
        assert len(keys) == len(set(keys)) > 0, pool


def control(command: str, folder: Path) -> None:
    """Start or stop the cluster, or only its controller."""
    subprocess.run([HERE / "slurm.sh", command, str(folder)], check=True)


def wait_for_job(rule: str) -> tuple[str, str]:
    """The number of a job of a rule, once one runs, and what it makes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        command = ["squeue", "--noheader", "--states", "RUNNING", "--format", "%i %k"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for line in told.splitlines():
            if f"rule_{rule}_" in line:
                return line.split()[0], line.rpartition("_wildcards_micro_")[2].strip()
        time.sleep(0.5)
    raise AssertionError(f"no job of {rule} runs")


def program_of(workspace: Workspace, name: str, made: str) -> psutil.Process:
    """The program of a job: its name begins so, and it is told what to make."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for process in psutil.process_iter():
            try:
                line, folder = process.cmdline(), process.cwd()
            except psutil.Error:
                continue
            named = any(flag == "-m" and word.startswith(name) for flag, word in pairwise(line))
            if Path(folder) == workspace.folder and named and made in line:
                return process
        time.sleep(0.2)
    raise AssertionError(f"no {name} of {made} runs in {workspace.folder}")
