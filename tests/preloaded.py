"""Snakemake in a process that has its libraries loaded, which is half of what a start takes.

The process is forked from one that did nothing but load them, and runs Snakemake as
`python -m snakemake` does, in its own folder, environment and output.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

LIBRARIES = ("snakemake.cli", "snakemake_executor_plugin_slurm", "pydantic")

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(list(LIBRARIES))


def run_snakemake(
    arguments: list[str], folder: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in `folder` and return what it said."""
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        process = _FORKS.Process(target=_main, args=(arguments, folder, dict(env), out, err))
        process.start()
        process.join()
        assert process.exitcode is not None
        command = ["snakemake", *arguments]
        return subprocess.CompletedProcess(
            command, process.exitcode, out.read_text(), err.read_text()
        )


def _main(arguments: list[str], folder: Path, env: dict[str, str], out: Path, err: Path) -> None:
    for path, number in ((out, 1), (err, 2)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(env)
    # Programs of the project are those of the folder, as for all that is started there.
    here = {str(Path.cwd()), str(Path(__file__).parents[1]), ""}
    sys.path[:] = ["", *[path for path in sys.path if path not in here]]
    os.chdir(folder)
    sys.argv = ["snakemake", *arguments]
    runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
