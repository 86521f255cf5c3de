"""Jobs of the micro study through `--profile slurm`, on a SLURM of this machine's own.

`make cluster` installs it, as root, and starts it; it is stopped in the end.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace import Workspace

pytestmark = pytest.mark.cluster

HERE = Path(__file__).parent
STUDY = ("--profile", "slurm", "--configfile", "config/micro.yaml")
PROBLEMS = "results/micro/problems/chains.parquet"
BASE = "results/micro/models/base/model.safetensors"


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = str(tmp_path_factory.mktemp("slurm"))
    subprocess.run([HERE / "slurm.sh", "start", folder], check=True)
    yield
    subprocess.run([HERE / "slurm.sh", "stop", folder], check=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    shutil.copy(HERE / "site.yaml", tmp_path / "slurm/site.yaml")
    # Some twenty seconds of training: what is tested is how it gets there.
    made.edit("config/micro.yaml", "examples: 10000", "examples: 1500")
    return made


@pytest.mark.usefixtures("slurm")
def test_a_job_of_the_cluster_makes_what_a_local_one_makes(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = workspace.snakemake(BASE, *STUDY)
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(re.findall(r"has been submitted with SLURM jobid", run.stdout + run.stderr)) == 2
    local = Workspace(tmp_path_factory.mktemp("local"))
    local.edit("config/micro.yaml", "examples: 10000", "examples: 1500")
    run = local.snakemake(BASE, "--configfile", "config/micro.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    for name in (PROBLEMS, BASE):
        assert (workspace.folder / name).read_bytes() == (local.folder / name).read_bytes()


@pytest.mark.usefixtures("slurm")
def test_a_cancelled_job_is_tried_again(workspace: Workspace) -> None:
    process = workspace.start(BASE, *STUDY)
    job = wait_for_job("train_base")
    subprocess.run(["scancel", job], check=True)
    assert process.wait(timeout=300) == 0
    log = (workspace.folder / "snakemake.log").read_text()
    tried = re.findall(r"Job \d+ has been submitted with SLURM jobid (\d+)", log)
    assert len(tried) == 3, "the problems, and the training twice"
    assert job in tried[:-1]
    assert (workspace.folder / BASE).exists()


def wait_for_job(rule: str) -> str:
    """The number of the job of a rule, once it runs."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        command = ["squeue", "--noheader", "--states", "RUNNING", "--format", "%i %k"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for line in told.splitlines():
            if f"rule_{rule}_" in line:
                return line.split()[0]
        time.sleep(0.5)
    raise AssertionError(f"no job of {rule} runs")
