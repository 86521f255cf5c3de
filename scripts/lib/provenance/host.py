"""What kind of machine a program runs on: nothing that tells whose it is."""

import os
import platform
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any


def host() -> dict[str, Any]:
    """System, processor, cores, memory, GPUs and their driver."""
    gpus = _gpus()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return {
        "system": f"{os.uname().sysname} {os.uname().machine}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "usable_cores": usable or os.cpu_count(),
        "memory_gib": round(_memory() / 2**30, 1),
        "gpus": gpus,
        "driver": _driver() if gpus else None,
    }


def _cpu() -> str:
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        for line in lines:  # not whole: that takes long where there are many cores
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory() -> int:
    """Bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _gpus() -> list[str]:
    """Names of the GPUs that the program used, or else of those that it could have.

    Nothing is started for it: that takes longer than many a program.
    """
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        return [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())]
    names = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            found = re.search(r"^Model:\s*(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            names += [found[1].strip()] if found else []
    return names


def _driver() -> str | None:
    with suppress(OSError):
        text = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8")
        found = re.search(r"\s(\d+\.\d+(\.\d+)?)\s", text)
        return found[1] if found else None
    return None
