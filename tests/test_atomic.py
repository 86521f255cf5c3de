"""Files that appear whole or not at all, and what a killed writer leaves."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from scripts.lib.atomic import folder_written_whole, write_text, written_whole

KILLED = """
import os, signal
from pathlib import Path
from scripts.lib.atomic import folder_written_whole, written_whole
with {writer}(Path({path!r})) as temporary:
    {write}
    os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_a_writer(path: Path, writer: str, write: str) -> None:
    code = KILLED.format(path=str(path), writer=writer, write=write)
    run = subprocess.run([sys.executable, "-c", code], check=False)
    assert run.returncode == -signal.SIGKILL


def test_a_block_that_raises_changes_nothing(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), written_whole(path) as temporary:
        divmod(temporary.write_text("half"), 0)
    assert [one.name for one in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "old"


def test_what_a_killed_writer_left_is_cleared_by_the_next(tmp_path):
    path = tmp_path / "table[1].csv"
    others = [
        tmp_path / name
        for name in (".table[1].csv", ".table[1].csv.kept", ".table1.csv.abcdefgh.csv")
    ]
    for other in others:
        other.write_text("somebody's")
    for _ in range(2):
        kill_a_writer(path, "written_whole", "temporary.write_text('half')")
    assert len(list(tmp_path.iterdir())) == len(others) + 1, "the second did not clear the first's"
    assert not path.exists()
    write_text(path, "whole")
    assert sorted(tmp_path.iterdir()) == sorted([*others, path])


def test_a_folder_that_a_killed_writer_left_is_cleared_by_the_next(tmp_path):
    path = tmp_path / "model"
    kill_a_writer(path, "folder_written_whole", "(temporary / 'half').write_text('half')")
    assert not path.exists()
    with folder_written_whole(path) as temporary:
        (temporary / "whole").write_text("whole")
    assert list(tmp_path.iterdir()) == [path]
    assert [one.name for one in path.iterdir()] == ["whole"]


def test_two_writers_at_once_leave_each_other_alone(tmp_path):
    path = tmp_path / "table.csv"
    with written_whole(path) as slow:
        slow.write_text("slow")
        write_text(path, "quick")
        assert path.read_text() == "quick"
    assert path.read_text() == "slow"
    assert list(tmp_path.iterdir()) == [path]


def test_all_can_read_what_is_written(tmp_path):
    write_text(tmp_path / "table.csv", "whole")
    with folder_written_whole(tmp_path / "model") as folder:
        save_file({"weight": torch.zeros(2)}, folder / "model.safetensors")
    for path in (tmp_path / "table.csv", tmp_path / "model/model.safetensors"):
        assert path.stat().st_mode & 0o777 == 0o644
