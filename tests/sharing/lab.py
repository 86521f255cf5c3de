"""People who share a study: each a Git clone with a DVC cache and results of its own."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import yaml

from tests.sharing.ssh import SSHServer
from tests.workspace import Workspace

STUDY = "config/small.yaml"
GIT = ("git", "-c", "user.name=Lab", "-c", "user.email=lab@example.org")
ENV = {**os.environ, "TTSCALE_WARM": "1", "DVC_NO_ANALYTICS": "1"}


class Clone(Workspace):
    """The folder of one person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: object, fails: bool = False, **env: str) -> str:
        """Run a command to its end; return all that it said."""
        done = subprocess.run(
            list(map(str, command)), cwd=self.folder, env={**ENV, **env},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert bool(done.returncode) is fails, said
        return said

    def dvc(self, *arguments: object, fails: bool = False) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments, fails=fails)

    def share(self, program: str, *options: str, fails: bool = False) -> str:
        """One of the programs behind `make pull`, `make record` and `make share`."""
        module = f"scripts.share.{program}"
        return self.run(sys.executable, "-m", module, "--study", STUDY, *options, fails=fails)

    def git(self, *arguments: object) -> str:
        return self.run(*GIT, *arguments)

    def clone(self, folder: Path) -> "Clone":
        """What a colleague gets: all that is committed, and nothing else."""
        self.run("git", "clone", "--quiet", self.folder, folder)
        other = Clone(folder)
        other._local()
        local = self.folder / ".dvc/config.local"
        if local.exists():  # the key, which is the colleague's own
            (folder / ".dvc/config.local").write_text(local.read_text())
        return other

    def hold_dvc_lock(self) -> IO[str]:
        """Hold what a running DVC holds, until it is closed."""
        lock = (self.folder / ".dvc/tmp/lock").open("a+")
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock

    def copy(self, folder: Path) -> "Clone":
        """All that this person has, at another place; but for what Snakemake has open."""
        ignored = shutil.ignore_patterns(".snakemake")
        shutil.copytree(self.folder, folder, symlinks=True, ignore=ignored)
        return Clone(folder)

    def lines(self, pool: str) -> int:
        """Lines in the journal of a pool."""
        files = (self.folder / f"results/small/journal/{pool}").glob("*.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in files)

    def tables(self) -> dict[str, bytes]:
        """What lies in the study's curves and fits."""
        results = self.folder / "results/small"
        paths = [*results.glob("curves/*.csv"), *results.glob("fits/*.csv")]
        return {str(path.relative_to(results)): path.read_bytes() for path in paths}

    def _local(self) -> None:
        """What is this machine's own, and never in Git."""
        (self.folder / ".venv").symlink_to(sys.prefix)
        with (self.folder / ".git/info/exclude").open("a") as file:
            file.write(".venv\n")


CLAIMS = """
votes_are_right:
  claim: Votes are right.
  source: nobody
  published: more than never
  evidence:
    - study: small
      about: the tiny model
      quantity: best accuracy, as plotted
      tables: {curve: curves/vote_published}
      sql: SELECT MAX(accuracy) AS value FROM curve
      interval: exact
      confirmed_if: {above: 0}
"""
"""Stages of a study with claims hold its verdicts."""


def author(folder: Path, base_url: str) -> Clone:
    """The study `small` in a repository of its own, with the stages of the search study."""
    Workspace(folder)
    text = Path("tests/sharing/small.yaml").read_text().replace("BASE_URL", base_url)
    (folder / STUDY).write_text(text)
    (folder / "config/claims.yaml").write_text(CLAIMS)
    (folder / "gpu").mkdir()
    for file in ("dvc.yaml", "gpu/dvc.yaml"):
        whole = yaml.safe_load(Path(file).read_text())
        plots = [plot for plot in whole.get("plots", []) if "results/search/curves" in plot]
        mine = {
            "stages": {"search": whole["stages"]["search"]},
            **({"plots": plots} if plots else {}),
        }
        told = json.loads(re.sub(r"\bsearch\b", "small", json.dumps(mine)))
        (folder / file).write_text(yaml.safe_dump(told, sort_keys=False))
    (folder / "gpu/dvc.lock").write_text(Path("gpu/dvc.lock").read_text())
    for file in (".gitignore", ".dvcignore", ".dvc/config", ".dvc/.gitignore"):
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(Path(file).read_text().replace("/paper/", "/small/"))
    made = Clone(folder)
    made.git("init", "--quiet")
    made._local()
    made.git("add", ".")
    made.git("commit", "--quiet", "-m", "A study")
    return made


def remote_over_ssh(person: Clone, server: SSHServer, folder: Path, name: str = "lab") -> None:
    """Name a folder behind SSH as the remote; the key stays out of Git."""
    url = f"ssh://root@127.0.0.1:{server.port}{folder}"
    person.dvc("remote", "add", "--force", "--default", name, url)
    person.dvc("remote", "modify", "--local", name, "keyfile", server.key)


def stored(folder: Path) -> dict[str, Path]:
    """Objects in a remote's folder, by their hash."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.parent.name + path.name: path for path in files}


def intact(folder: Path) -> int:
    """Number of objects of a remote or a cache, all of which hold what their name says.

    Folders are lists of their own, named by the hash of their text.
    """
    objects = {key: path for key, path in stored(folder).items() if len(key) in (32, 36)}
    for key, path in objects.items():
        held = hashlib.md5(path.read_bytes()).hexdigest()
        assert held == key.removesuffix(".dir"), f"{path} is not whole"
    return len(objects)


def reason(said: str, *parts: str) -> None:
    """Assert that all parts were said."""
    missing: list[Any] = [part for part in parts if part not in said]
    assert not missing, f"{missing} not in:\n{said}"
