"""How a training is started on the nodes of a SLURM job."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.train.launch import NodesError, command_for

TWO = Path("config/accelerate/fsdp_16xh100.yaml")
JOB = {"SLURM_JOB_ID": "40123", "SLURM_JOB_NUM_NODES": "2", "SLURM_JOB_NODELIST": "gpu[07-08]"}
PROGRAM = ["-m", "scripts.train.train_sft", "--spec", "{}", "--main", "an option of its own"]


def test_outside_slurm_it_is_accelerate_s_own_launch() -> None:
    plain = ["accelerate", "launch", "--config_file", str(TWO), *PROGRAM]
    assert command_for(TWO, None, PROGRAM, {}) == plain


def test_one_machine_needs_no_srun(tmp_path: Path) -> None:
    one = tmp_path / "one.yaml"
    one.write_text("num_machines: 1\nnum_processes: 8\n")
    assert command_for(one, None, PROGRAM, JOB)[0] == "accelerate"


def test_each_node_starts_its_rank_at_one_meeting_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`srun`, `scontrol` and `accelerate` are scripts here that say what they were told."""
    write(tmp_path / "scontrol", 'echo "gpu07\ngpu08"')
    write(tmp_path / "srun", 'while [ "$1" != python ]; do echo "$1"; shift; done\nexec "$@"')
    write(tmp_path / "accelerate", 'for word in "$@"; do echo "$word"; done')
    path = os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    command = ["python", "-m", "scripts.train.launch", "--config-file", str(TWO), *PROGRAM]
    env = {**os.environ, **JOB, "SLURM_NODEID": "1"}
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    lines = told.stdout.splitlines()
    nodes = lines.index("--nodes")
    assert lines[nodes : nodes + 2] == ["--nodes", "2"]
    assert lines[lines.index("launch") :] == [
        *("launch", "--config_file", str(TWO), "--machine_rank", "1"),
        *("--main_process_ip", "gpu07", "--main_process_port", "20123", *PROGRAM),
    ]


def test_other_nodes_than_asked_for_are_refused() -> None:
    with pytest.raises(NodesError, match=r"num_machines is 2, and SLURM gave 3 node\(s\)"):
        command_for(TWO, None, PROGRAM, JOB | {"SLURM_JOB_NUM_NODES": "3"})


def write(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)
