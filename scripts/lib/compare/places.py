"""Where results to be compared lie: in a folder, or at a commit, in Git and in DVC."""

import hashlib
import io
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.errors import UserError
from scripts.lib.tableio import read_table

CURVES, OUTCOMES = "curves", "outcomes"
COMPARED = (CURVES, OUTCOMES, "fits", "choices", "tables")
"""Folders of tables that are the same, byte for byte, where nothing changed."""


class CompareError(UserError):
    """Two results cannot be compared; the text says what is missing where."""


@dataclass(frozen=True)
class Results:
    """The tables of one study, by curve."""

    name: str
    points: dict[str, pl.DataFrame]
    outcomes: dict[str, pl.DataFrame]
    hashes: dict[str, str]
    """sha256 of each table, by its path in the folder."""


def read_results(text: str, scratch: Path) -> Results:
    """The results that a command line names.

    Args:
        text: a folder such as `results/tiny`, or such a folder at a commit,
            `COMMIT:results/paper`.
        scratch: an empty folder, for what comes out of Git and DVC.

    Raises:
        CompareError: there is no such folder or commit, or no curve in it.
        UserError: a table is not valid.
    """
    folder = Path(text)
    if not folder.is_dir():
        commit, found, inside = text.partition(":")
        if not (found and commit and inside):
            raise CompareError(
                f"{text}: no such folder; name one that holds curves/, such as results/tiny, or "
                "COMMIT:results/tiny"
            )
        folder = _at_commit(commit, inside.rstrip("/"), scratch)
    points = {path.stem: read_table(Point, path) for path in sorted(folder.glob(f"{CURVES}/*.csv"))}
    if not points:
        raise CompareError(f"{text}: holds no curves (there is no {CURVES}/*.csv in it)")
    outcomes = {
        path.stem: read_table(Outcome, path)
        for path in sorted(folder.glob(f"{OUTCOMES}/*.parquet"))
    }
    files = [path for part in COMPARED for path in sorted(folder.glob(f"{part}/*.*"))]
    hashes = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix in (".csv", ".parquet")
    }
    return Results(text, points, outcomes, hashes)


def _at_commit(commit: str, inside: str, scratch: Path) -> Path:
    """Take a folder of results as it was at a commit out of Git, and what DVC has of it."""
    done = subprocess.run(
        ["git", "archive", "--format=tar", commit, "--", inside], capture_output=True, check=False
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise CompareError(f"{commit}:{inside}: Git has no such folder ({' '.join(said[-1:])})")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(scratch, filter="data")
    folder = scratch / inside
    for part in (CURVES, OUTCOMES):
        if not (folder / part).is_dir() and _knows_dvc(commit):
            _from_dvc(commit, f"{inside}/{part}", folder / part)
    return folder


def _knows_dvc(commit: str) -> bool:
    """Whether DVC recorded anything at a commit: to ask it takes seconds."""
    named = ["git", "ls-tree", "-r", "--name-only", commit, "--", "dvc.lock", "gpu/dvc.lock"]
    listed = subprocess.run(
        [*named, "results"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return any(name.endswith((".lock", ".dvc")) for name in listed)


def _from_dvc(commit: str, path: str, target: Path) -> None:
    """What DVC recorded of a folder at a commit, if it is in the cache or on the remote."""
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "dvc", "get", "--quiet", ".", path]
    subprocess.run(
        [*command, "--rev", commit, "--out", str(target)], capture_output=True, check=False
    )
