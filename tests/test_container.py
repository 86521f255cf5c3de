"""The container of jobs is used where it is asked for, and nowhere else."""

import os
from pathlib import Path

import pytest

from tests.workspace import Workspace

CURVE = "results/recorded/curves/ask_o1_mini.csv"
STUDY = ("--configfile", "config/recorded.yaml")
IMAGE = "envs/ttscale.sif"
# In the place of apptainer: it writes down what it is asked, and does it here.
STAND_IN = """#!/bin/bash
if [ "$1" = --version ]; then echo "apptainer version 1.4.0"; exit; fi
echo "$@" >> asked.txt
while [ "$1" != sh ] && [ "$1" != bash ]; do shift; done
exec "$@"
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace on a machine that has apptainer."""
    program = tmp_path / "bin/apptainer"
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TTSCALE_WARM", "1")  # which no job in a container may heed
    folder = tmp_path / "work"
    folder.mkdir()
    return Workspace(folder)


def test_jobs_run_in_the_container_only_where_that_is_asked_for(workspace: Workspace) -> None:
    asked = workspace.folder / "asked.txt"
    missing = workspace.snakemake(CURVE, "--dry-run", "--sdm", "apptainer", *STUDY)
    assert missing.returncode != 0
    assert f"{IMAGE}: no such container; `make container`" in missing.stdout + missing.stderr

    plain = workspace.snakemake(CURVE, *STUDY)
    assert plain.returncode == 0, plain.stderr
    assert not asked.exists()

    (workspace.folder / IMAGE).touch()
    again = workspace.snakemake(CURVE, "--dry-run", "--sdm", "apptainer", *STUDY)
    assert "Nothing to be done" in again.stdout + again.stderr
    inside = workspace.snakemake(CURVE, "--force", "--sdm", "apptainer", *STUDY)
    assert inside.returncode == 0, inside.stderr
    (command,) = asked.read_text().splitlines()
    assert f" {IMAGE} bash -c" in command
    assert "python -m scripts.analyse.tabulate_published" in command
    assert "warm" not in command
