"""The micro study, run where the project lies: once for all suites that compare with it."""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

import polars as pl

from tests.workspace import Workspace

STUDY = ("--configfile", "config/micro.yaml")
RESULTS = "results/micro"
WARM = {**os.environ, "TTSCALE_WARM": "1"}


def run_micro(target: str = "all") -> Workspace:
    """The project with the micro study, or a part of it, up to date."""
    workspace = Workspace.here()
    results = workspace.folder / RESULTS
    results.mkdir(parents=True, exist_ok=True)
    with (results / "tests.lock").open("w") as lock:  # two suites may ask at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = workspace.snakemake(target, *STUDY, env=WARM)
    assert run.returncode == 0, run.stdout + run.stderr
    return workspace


def copy_base(workspace: Workspace) -> None:
    """Give a copy of the project, just made, the base of the micro study, which takes a minute."""
    micro = run_micro(f"{RESULTS}/models/base/model.safetensors")
    for part in ("problems", "models/base"):
        # Younger than all code, and the base than its problems: nothing else tells that they stand.
        old, new = micro.folder / RESULTS / part, workspace.folder / RESULTS / part
        shutil.copytree(old, new, copy_function=shutil.copyfile)


def tables(workspace: Workspace) -> dict[str, str]:
    """The sha256 of every table that the study made."""
    folder = workspace.folder / RESULTS
    kinds = (
        *("problems/*.parquet", "pools/*/*.parquet", "outcomes/*.parquet"),
        *("labels/*.parquet", "models/*/held_out.csv", "scores/*/*.parquet"),
        *("curves/*.csv", "fits/*.csv", "tables/*.csv"),
    )
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in kinds
        for path in sorted(folder.glob(kind))
    }


def journal_keys(workspace: Workspace) -> dict[Path, list[str]]:
    """Keys of all responses that a run of the study journaled, by journal."""
    folder = workspace.folder / RESULTS / "journal"
    found: dict[Path, list[str]] = {}
    for path in sorted(folder.rglob("*.jsonl")):
        keys = pl.read_ndjson(path, infer_schema_length=None)["key"].to_list()
        found.setdefault(path.parent.relative_to(folder), []).extend(keys)
    return found
