"""Which commit the code is of, and what was changed since: asked while the program works."""

import subprocess
from pathlib import Path
from typing import Any

PARTS = ("Snakefile", "rules", "scripts", "config", "data", "envs", "slurm")
"""What results may depend on: a changed text elsewhere makes no checkout dirty."""
MOST_CHANGED = 50
PATIENCE_S = 10


class GitQuestion:
    """A running `git status` of the folder of the workflow."""

    def __init__(self, root: Path) -> None:
        # Only a checkout of its own: a folder unpacked inside another one is not part of that.
        self._missing = None if (root / ".git").exists() else "not a git checkout"
        if self._missing is None:
            self._start(root)

    def _start(self, root: Path) -> None:
        command = ["git", "-C", str(root), "--no-optional-locks", "status", "--porcelain=v2"]
        command += ["--branch", "--untracked-files=all", "-z", "--no-renames", "--", *PARTS]
        nothing = subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                command, stdin=nothing, stdout=subprocess.PIPE, stderr=nothing
            )
        except OSError as error:
            self._missing = f"git cannot be run: {error.strerror}"

    def answer(self) -> dict[str, Any]:
        """The commit and the changed files, or why they are not known."""
        if self._missing is not None:
            return {"unknown": self._missing}
        try:
            told, _ = self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return {"unknown": f"git did not answer within {PATIENCE_S} s"}
        if self._process.returncode:
            return {"unknown": "git refused to tell (try `git status`)"}
        return _read(told.decode("utf-8", "replace").split("\0"))


def _read(entries: list[str]) -> dict[str, Any]:
    """What `git status --porcelain=v2 --branch -z` says."""
    commit = next(e.split()[-1] for e in entries if e.startswith("# branch.oid "))
    # Ordinary changes have eight fields before the path, conflicts ten, untracked files one.
    fields = {"1": 8, "u": 10, "?": 1}
    changed = [e.split(" ", fields[e[0]])[-1] for e in entries if e[:1] in fields]
    return {
        "commit": commit,
        "changed": sorted(changed)[:MOST_CHANGED],
        "changed_files": len(changed),
    }
