"""What files were when a program read or wrote them."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

CHEAP_BYTES = 64 * 2**20
"""Inputs up to this size are hashed where their own record does not tell."""


def written_file(path: Path) -> dict[str, Any]:
    """A result: its hash is always there, for that is how a record is known to be its own."""
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def read_file(path: Path, record: Path | None) -> dict[str, Any]:
    """An input; `sha256` is null where it is not known cheaply.

    Args:
        path: a file.
        record: where its own record lies, if it can have one.
    """
    status = path.stat()
    told: dict[str, Any] = {"path": str(path), "bytes": status.st_size}
    own = output_in(read_record(record), path)
    if own is not None and own["bytes"] == status.st_size and _older(status, record):
        return told | {"sha256": own["sha256"]}
    return told | {"sha256": sha256_of(path) if status.st_size <= CHEAP_BYTES else None}


def _older(status: os.stat_result, record: Path | None) -> bool:
    """Whether a file is older than its record: then it is the one that was recorded."""
    return record is not None and status.st_mtime_ns <= record.stat().st_mtime_ns


def read_folder(path: Path) -> dict[str, Any]:
    """An input that is a folder of growing files, such as a journal: how much it holds."""
    sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file()]
    return {"path": str(path), "files": len(sizes), "bytes": sum(sizes)}


def sha256_of(path: Path) -> str:
    """Hash of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_record(place: Path | None) -> dict[str, Any] | None:
    """A record; None where there is none that is whole."""
    try:
        record = json.loads(place.read_text(encoding="utf-8")) if place else None
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and "outputs" in record else None


def output_in(record: dict[str, Any] | None, path: Path) -> dict[str, Any] | None:
    """What a record says of a file that it is the record of."""
    outputs = record["outputs"] if record else []
    return next((one for one in outputs if one["path"] == str(path)), None)
