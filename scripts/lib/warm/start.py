"""Starting the server of a workflow, and letting its jobs use it."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.lib.warm.client import ADDRESS

VARIABLE = "TTSCALE_WARM"
"""Environment variable that asks for it."""

FUNCTION = 'python() {{ command python -S scripts/lib/warm/client.py "$@"; }}; '
"""What stands before every command of a job, in the shell; braces are doubled for Snakemake."""


def wanted() -> bool:
    """Whether jobs on this machine shall be started from a warm process."""
    return os.environ.get(VARIABLE) == "1" and Path("/proc/self/task").exists()


def start_server() -> "subprocess.Popen[bytes]":
    """Start it; it ends when this process does."""
    Path(ADDRESS).parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "scripts.lib.warm.server"]
    # Threads that a library starts when it is loaded would be missing in every copy.
    single = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMEXPR")}
    return subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, **single})
