"""What kind of machine a program runs on: nothing that tells whose it is."""

import os
import platform
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

DRIVER = Path("/proc/driver/nvidia")
"""Where NVIDIA's driver tells of itself."""


def host() -> dict[str, Any]:
    """System, processor, cores, memory, GPUs and their driver."""
    names = gpus()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return {
        "system": f"{os.uname().sysname} {os.uname().machine}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "usable_cores": usable or os.cpu_count(),
        "memory_gib": round(_memory() / 2**30, 1),
        "gpus": names,
        "driver": driver_version() if names else None,
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


def gpus(driver: Path = DRIVER) -> list[str]:
    """Names of the GPUs that the program used, or else of as many as it could have used.

    Nothing is started for it: that takes longer than many a program.
    """
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())]
    names = []
    for path in sorted(driver.glob("gpus/*/information")):
        with suppress(OSError):
            found = re.search(r"^Model:\s*(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            names += [found[1].strip()] if found else []
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return names if visible is None else names[: len([one for one in visible.split(",") if one])]


def driver_version(driver: Path = DRIVER) -> str | None:
    """Version of the GPUs' driver."""
    with suppress(OSError):
        text = (driver / "version").read_text(encoding="utf-8")
        found = re.search(r"\s(\d+\.\d+(\.\d+)?)\s", text)
        return found[1] if found else None
    return None
