"""The process that reads the Snakefile: its Python, its network, its container, its folder.

Imported when the Snakefile is read, so it stays free of heavy imports.
"""

import fcntl
import os
import sys
from pathlib import Path

from scripts.lib.config.check import ConfigError

IMAGE = "envs/ttscale.sif"
"""Container of all jobs, where they are to run in one."""


def check_image() -> None:
    """Make sure that the container is there.

    Raises:
        ConfigError: it has to be built first.
    """
    if not Path(IMAGE).exists():
        raise ConfigError(f"{IMAGE}: no such container; `make container` builds it (apptainer)")


def use_this_python() -> None:
    """Let jobs find the Python that runs Snakemake, also in an environment not activated."""
    folder = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "").split(os.pathsep)
    if path[0] != folder:
        os.environ["PATH"] = os.pathsep.join([folder, *path])


def stay_offline() -> None:
    """Let the jobs of this process load from the Hub's cache alone.

    A node without a network then says at once what is not there, and asks nobody for minutes.
    """
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


def hold_folder(lock: Path = Path(".snakemake/ttscale.lock")) -> None:
    """Keep other runs out of this folder while this process lives.

    The kernel lets go of the lock when the process ends, however it ends, so that the same
    command works again after a kill; Snakemake's own lock has to be removed by hand.

    Raises:
        ConfigError: another run holds the folder.
    """
    lock.parent.mkdir(exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode().strip()
        raise ConfigError(f"another run (process {holder}) works in this folder") from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
