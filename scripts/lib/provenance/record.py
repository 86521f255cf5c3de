"""The record of a run: beside every result, who made it, of what, with what, on what.

Programs do not import this (see scripts.lib.provenance.notes); scripts.lib.cli loads it by name.
"""

import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from scripts.lib.provenance import notes
from scripts.lib.provenance.files import read_file, read_folder, written_file
from scripts.lib.provenance.git import GitQuestion
from scripts.lib.provenance.hiding import OUTSIDE, hidden
from scripts.lib.provenance.host import host
from scripts.lib.provenance.packages import packages
from scripts.lib.provenance.places import below, place_of

ROOT = Path(__file__).resolve().parents[3]
"""Folder of the code."""
FORMAT = 1
"""Of the record; a reader may find keys that it does not know."""


class Run:
    """A program from its start to its records."""

    def __init__(self) -> None:
        notes.forget()
        self._imported_s = _age()
        self._started = time.time() - self._imported_s
        self._git = GitQuestion(ROOT)

    def write_records(self) -> list[Path]:
        """Write a record for each file that the program wrote; say where they lie."""
        outputs = [path for path in _outputs() if place_of(path) is not None]
        # Of several processes of a training the first writes, results and records.
        if not outputs or int(os.environ.get("RANK", "0")):
            return []
        record = hidden(self._record(outputs))
        text = json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n"
        places = [place for path in outputs if (place := place_of(path)) is not None]
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all, but not synced: a record that a power cut takes is no loss of
            # results.
            partial = place.with_name(f".{place.name}.{os.getpid()}")
            partial.write_text(text, encoding="utf-8")
            partial.replace(place)
        return places

    def _record(self, outputs: list[Path]) -> dict[str, Any]:
        ended = time.time()
        config = {name: _plain(value) for name, value in notes.arguments.items()}
        config = {name: value for name, value in config.items() if value not in (None, [], {})}
        used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        code, edited = _code(self._started)
        return {
            "record": FORMAT,
            "outputs": [written_file(path) for path in outputs],
            "program": _program(),
            "command": ["python", "-m", _program(), *sys.argv[1:]],
            "config": config,
            "seeds": dict(_seeds(config)),
            "facts": notes.facts,
            "git": self._git.answer(),
            "code": {"sha256": code, "edited_since_start": edited},
            "python": ".".join(map(str, sys.version_info[:3])),
            "packages": packages(),
            "host": host(),
            "processes": int(os.environ.get("WORLD_SIZE", "1")),
            "started": _moment(self._started),
            "ended": _moment(ended),
            "wall_s": round(ended - self._started, 3),
            "imports_s": round(self._imported_s, 3),
            "cpu_s": round(sum(one.ru_utime + one.ru_stime for one in used), 3),
            "inputs": list(_inputs(outputs)),
        }


def _outputs() -> list[Path]:
    """The files that were written and are still there, relative to the folder of the workflow."""
    found = []
    for path in notes.written:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [Path(os.path.relpath(file)) for file in files if file.is_file()]
    return list(dict.fromkeys(found))


def _inputs(outputs: list[Path]) -> Iterator[dict[str, Any]]:
    """What the command line names and is there, but for what the program wrote itself."""
    for told in _named(outputs):
        path = Path(told["path"])
        yield told | ({"path": f"{OUTSIDE}/{path.name}"} if path.parts[0] == ".." else {})


def _named(outputs: list[Path]) -> Iterator[dict[str, Any]]:
    folders = {output.parent for output in outputs}
    named = [word for option in sys.argv[1:] for word in (option, option.partition("=")[2])]
    for path in dict.fromkeys(Path(os.path.relpath(word)) for word in named if _is_path(word)):
        if path in outputs or path in folders or not path.exists():
            continue
        if path.is_dir() and path.parts[0] == "..":
            yield {"path": str(path)}  # who knows how much is in there
            continue
        recorded = [file for file in below(path) if file.is_file()]
        if path.is_dir() and not recorded:
            yield read_folder(path)
        for file in recorded:
            yield read_file(file, place_of(file))


def _is_path(word: str) -> bool:
    return bool(word) and not word.startswith(("{", "[", "-")) and len(word) < 1024


def _plain(value: Any) -> Any:
    """An argument as JSON has it; paths are no part of the config."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain for one in value if (plain := _plain(one)) is not None]
    return value if isinstance(value, str | bool | int | float) else None


def _seeds(part: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every seed in the config, by its dotted name."""
    for key, value in part.items() if isinstance(part, dict) else ():
        if key in {"seed", "seeds"}:
            yield f"{name}{key}", value
        yield from _seeds(value, f"{name}{key}.")


def _program() -> str:
    main = sys.modules["__main__"]
    spec = main.__spec__
    return spec.name if spec is not None else Path(sys.argv[0]).stem


def _code(started: float) -> tuple[str, list[str]]:
    """One hash of all the files of this project that are loaded, and those edited since."""
    loaded = {n: m for n, m in sys.modules.items() if n.partition(".")[0] == "scripts"}
    loaded["__main__"] = sys.modules["__main__"]
    files = {Path(file) for module in loaded.values() if (file := getattr(module, "__file__", ""))}
    digest, edited = hashlib.sha256(), []
    for path in sorted(files):
        name = os.path.relpath(path, ROOT)
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        edited += [name] if path.stat().st_mtime > started else []
    return digest.hexdigest(), edited


def _age() -> float:
    """Seconds since the process began; 0 where the system does not tell."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks = int(fields[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
        return max(age, 0.0)
    except (OSError, AttributeError, IndexError, ValueError):
        return 0.0


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
