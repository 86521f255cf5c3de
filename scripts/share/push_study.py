"""Send what was recorded of a study to the DVC remote."""

import argparse
import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.sharing import SharingError, check_free, check_remote, dvc, stages_of


def main() -> None:
    """Push."""
    study: Path = _arguments().study
    check_free()
    check_remote()
    stages = stages_of(study)
    unrecorded = [stage.address for stage in stages if not stage.recorded()]
    if unrecorded:
        names = ", ".join(unrecorded)
        raise SharingError(f"not recorded yet: {names}; `make record STUDY={study}` does it")
    dvc("push", *(stage.address for stage in stages))
    logging.info("shared %s; push the commit with its lock files too", study)


def _arguments() -> argparse.Namespace:
    arguments = cli.parser(__doc__)
    arguments.add_argument("--study", type=cli.existing, required=True, help="a study file")
    return arguments.parse_args()


if __name__ == "__main__":
    cli.run(main)
