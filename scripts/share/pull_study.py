"""Fetch what others have recorded of a study, and tell Snakemake that it is up to date.

DVC does not keep the times of files, by which Snakemake decides what to make again. Where DVC finds
nothing changed since the results were recorded, their times are therefore set in the order of the
workflow. Where code or settings have changed since, they are left, and Snakemake makes again what
follows from them.
"""

import argparse
import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.load import read_yaml
from scripts.lib.sharing import (
    TOUCH,
    SharingError,
    Stage,
    changes,
    check_free,
    check_remote,
    dvc,
    make_folders,
    snakemake,
    stages_of,
)
from scripts.lib.workflow import StudyFiles

SHOWN = 8


def main() -> None:
    """Pull, compare, set times."""
    arguments = _arguments()
    study = arguments.study
    check_free()
    check_remote()
    stages = [stage for stage in stages_of(study) if stage.recorded()]
    if not stages:
        raise SharingError(
            f"nobody has recorded {study} yet: run it, then `make record STUDY={study}`"
        )
    make_folders(stages)
    paths = wanted(study, stages, weights=arguments.weights)
    dvc("pull", *paths)
    check_whole(paths)
    found = changes(stages)
    if not found:
        set_times(study, stages)
        logging.info("pulled %s: nothing has changed since it was recorded", study)
        return
    for stage, lines in found.items():
        logging.warning("changed since %s was recorded: %s", stage, "; ".join(lines[:SHOWN]))
    logging.warning("Snakemake will make again what follows from these; `dvc status` says more")


def wanted(study: Path, stages: list[Stage], *, weights: bool) -> list[str]:
    """What to pull: all that is kept; of models, without weights, only what curves are made of."""
    outputs = [out for stage in stages for out in stage.cached]
    models = [out for out in outputs if out.endswith("/models")]
    if weights or not models or not any(stage.needs_gpus for stage in stages):
        return outputs
    files = StudyFiles(read_yaml(study), [str(study)]).shared_files()
    needed = [path for path in files if path.startswith(f"{models[0]}/")]
    return [out for out in outputs if out not in models] + needed


def check_whole(paths: list[str]) -> None:
    """Make sure that no link leads nowhere: DVC takes what is damaged out of its cache.

    Raises:
        SharingError: some do; these links are removed.
    """
    pulled = [path for top in map(Path, paths) for path in (top, *top.rglob("*"))]
    broken = [path for path in pulled if path.is_symlink() and not path.exists()]
    targets = {str(path): "/".join(path.readlink().parts[-2:]) for path in broken}
    for path in broken:
        path.unlink()
    if broken:
        names = "\n".join(f"  {path}: files/md5/{target}" for path, target in targets.items())
        raise SharingError(
            "damaged in the remote, and not taken; delete these objects there, and let whoever "
            f"recorded them run `make share` again:\n{names}"
        )


def set_times(study: Path, stages: list[Stage]) -> None:
    """Let Snakemake take what was pulled as made by the rules as they are."""
    named = ("--configfile", str(study))
    if not any(stage.needs_gpus for stage in stages):
        snakemake("all", "metrics", *TOUCH, *named)
        return
    snakemake("shared", *TOUCH, *named)
    snakemake("all", "metrics", *TOUCH, *named, "--config", "samples=pulled")


def _arguments() -> argparse.Namespace:
    arguments = cli.parser(__doc__)
    arguments.add_argument("--study", type=cli.existing, required=True, help="a study file")
    arguments.add_argument(
        "--weights", action="store_true", help="also the weights of models, to sample on with them"
    )
    return arguments.parse_args()


if __name__ == "__main__":
    cli.run(main)
