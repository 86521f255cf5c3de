"""Running the real evaluation tools, offline."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROBLEMS = [
    {"problem": "start 1 add 2 times 3", "answer": "009"},
    {"problem": "start 3 add 4 times 7", "answer": "049"},
    {"problem": "start 5 take 2 times 9", "answer": "027"},
]


def write_problems(path: Path) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in PROBLEMS), encoding="utf-8")
    return path


def run_tool(folder: Path, *command: str, **environment: str) -> None:
    """Run a Python module in `folder`, which also takes its caches; its output shows on failure."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    caches = {name: str(folder / name) for name in ("HF_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=os.environ | offline | caches | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
