"""The micro study, run where the project lies: once for all suites that compare with it."""

import hashlib
import os
from pathlib import Path

import polars as pl

from tests.workspace import Workspace

STUDY = ("--configfile", "config/micro.yaml")
RESULTS = "results/micro"
WARM = {**os.environ, "TTSCALE_WARM": "1"}


def run_micro() -> Workspace:
    """The project with the micro study up to date."""
    workspace = Workspace.here()
    run = workspace.snakemake("all", *STUDY, env=WARM)
    assert run.returncode == 0, run.stdout + run.stderr
    return workspace


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
