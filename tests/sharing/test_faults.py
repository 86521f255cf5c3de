"""Sharing that goes wrong: a clear error, and nothing half-written that is taken for whole."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sharing.lab import ENV, STUDY, Clone, intact, reason, remote_over_ssh, stored
from tests.sharing.ssh import SSHServer

pytestmark = pytest.mark.sharing

MADE = "results/small/models/base"
SHARDS = 20


@pytest.fixture(scope="module")
def heavy(shared, tmp_path_factory) -> Clone:
    """The author's folder with 40 MB more to push, as weights would be."""
    made = shared.copy(tmp_path_factory.mktemp("heavy") / "copy")
    for number in range(SHARDS):
        (made.folder / MADE / f"shard-{number}.safetensors").write_bytes(os.urandom(2 * 2**20))
    made.dvc("commit", "--force", "gpu/dvc.yaml:small")
    made.git("commit", "--quiet", "-am", "Shards")
    return made


def held(folder: Path, person: Clone) -> int:
    """How many of a person's shards lie in a remote or cache."""
    names = set(stored(folder))
    shards = (person.folder / MADE).glob("shard-*")
    return sum(hashlib.md5(path.read_bytes()).hexdigest() in names for path in shards)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of this size, mounted while the block runs."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    subprocess.run(command, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_damaged_object_is_not_taken(shared, ssh, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(shared.folder.parent / "store", store)
    name = "results/small/pools/local/traces.parquet"
    content = (shared.folder / name).read_bytes()
    key = hashlib.md5(content).hexdigest()
    damaged = stored(store)[key]
    damaged.chmod(0o644)
    damaged.write_bytes(content[:100] + bytes(4) + content[104:])
    other = shared.clone(tmp_path / "clone")
    other.dvc("config", "--local", "cache.type", "symlink")
    remote_over_ssh(other, ssh, store)
    said = other.share("pull_study", fails=True)
    reason(said, "damaged in the remote", f"{name}: files/md5/{key[:2]}/{key[2:]}")
    assert "Traceback" not in said
    assert not (other.folder / name).is_symlink()
    assert not (other.folder / name).exists()
    assert not list((other.folder / ".dvc/cache/files/md5" / key[:2]).glob(key[2:]))
    damaged.write_bytes(content)
    reason(other.share("pull_study"), "nothing has changed since it was recorded")
    assert (other.folder / name).read_bytes() == content


def test_a_server_that_vanishes_while_pushed_to_holds_nothing_half(heavy, tmp_path):
    (tmp_path / "ssh").mkdir()
    (tmp_path / "store").mkdir()
    server = SSHServer(tmp_path / "ssh")
    with server:
        remote_over_ssh(heavy, server, tmp_path / "store")
        heavy.dvc("remote", "modify", "--local", "lab", "verify", "true")
        command = [sys.executable, "-m", "scripts.share.push_study", "--study", STUDY]
        process = subprocess.Popen(
            command, cwd=heavy.folder, env=ENV, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while len(stored(tmp_path / "store")) < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
        server.vanish()
        said, _ = process.communicate(timeout=240)
    assert process.returncode == 1, said
    reason(said, "`dvc push` failed", "goes on from there")
    before = intact(tmp_path / "store")
    with server:
        heavy.share("push_study")
    assert before < intact(tmp_path / "store")
    heavy.git("commit", "--quiet", "-am", "A remote")
    other = heavy.clone(tmp_path / "other")
    other.share("pull_study", "--weights", fails=True)  # the server is gone again
    with server:
        other.share("pull_study", "--weights")
    names = {path.name for path in (heavy.folder / MADE).iterdir()}
    assert {path.name for path in (other.folder / MADE).iterdir()} == names


def test_a_full_disk_there_keeps_what_was_intact(heavy, ssh, tmp_path):
    with small_disk(tmp_path / "full", "12m") as disk:
        remote_over_ssh(heavy, ssh, disk)
        said = heavy.share("push_study", fails=True)
        reason(said, "`dvc push` failed")
        assert intact(disk)
        assert held(disk, heavy) < SHARDS
        subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
        heavy.share("push_study")
        assert intact(disk)
        assert held(disk, heavy) == SHARDS


def test_a_full_disk_here_leaves_nothing_half(heavy, ssh, tmp_path):
    (tmp_path / "store").mkdir()
    remote_over_ssh(heavy, ssh, tmp_path / "store")
    heavy.share("push_study")
    heavy.git("commit", "--quiet", "-am", "A remote")
    other = heavy.clone(tmp_path / "other")
    with small_disk(tmp_path / "full", "12m") as disk:
        other.dvc("cache", "dir", "--local", disk)
        reason(other.share("pull_study", "--weights", fails=True), "`dvc pull` failed")
        assert intact(disk / "files/md5")
        assert held(disk, heavy) < SHARDS
        for path in (other.folder / MADE).glob("shard-*"):
            assert path.read_bytes() == (heavy.folder / MADE / path.name).read_bytes()
        subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
        other.share("pull_study", "--weights")
    assert len(list((other.folder / MADE).glob("shard-*"))) == SHARDS
