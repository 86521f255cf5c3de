"""Run a study to its end and let DVC record what it made.

What DVC keeps goes into its cache; its lock files and the tables that lie in Git are staged, to be
committed together: the lock files say which results belong to this state of the code.
"""

import argparse
import logging
import os
import subprocess
from pathlib import Path

from scripts.lib import cli
from scripts.lib.sharing import (
    TOUCH,
    SharingError,
    Stage,
    check_free,
    dvc,
    make_folders,
    snakemake,
    stages_of,
)


def main() -> None:
    """Run, record, stage."""
    arguments = _arguments()
    study = arguments.study
    check_free()
    stages = stages_of(study)
    check_weights(study, stages)
    cores = () if "SNAKEMAKE_PROFILE" in os.environ else ("--cores", arguments.cores)
    targets = ("all", "metrics", "shared") if len(stages) > 1 else ("all", "metrics")
    named = ("--configfile", str(study))
    snakemake(*targets, *cores, *named)
    for stage in stages:
        make_folders([stage])
        dvc("commit", "--force", stage.address)
    # DVC has put links in the place of files, whose times say nothing of what was made when.
    snakemake(*targets, *TOUCH, *named)
    if any(stage.needs_gpus for stage in stages):
        # Tables of a shared study lie in Git; those of others are made again in minutes.
        tracked = [out for stage in stages for out in stage.tracked if _holds(Path(out))]
        subprocess.run(["git", "add", "--", *tracked], check=True)
    subprocess.run(["git", "add", "--", *(str(stage.lock) for stage in stages)], check=True)
    logging.info("recorded %s: `git commit`, then `make share STUDY=%s`", study, study)


def check_weights(study: Path, stages: list[Stage]) -> None:
    """Make sure that no model would be recorded without its weights.

    Raises:
        SharingError: some were pulled without.
    """
    for models in (
        Path(out) for stage in stages for out in stage.cached if out.endswith("/models")
    ):
        trained = {path.parent for path in models.glob("*/training.csv")}
        lacking = sorted(p.name for p in trained if not (p / "model.safetensors").exists())
        if lacking:
            raise SharingError(
                f"{models}: the weights of {', '.join(lacking)} are not here, and what is recorded "
                f"without them is lost to others: first `make pull STUDY={study} WEIGHTS=yes`"
            )


def _holds(path: Path) -> bool:
    return path.is_file() or any(path.iterdir())


def _arguments() -> argparse.Namespace:
    arguments = cli.parser(__doc__)
    arguments.add_argument("--study", type=cli.existing, required=True, help="a study file")
    arguments.add_argument("--cores", default="all", help="for Snakemake, where no profile says")
    return arguments.parse_args()


if __name__ == "__main__":
    cli.run(main)
