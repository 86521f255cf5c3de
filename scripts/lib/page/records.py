"""Where what the page shows is from: the records beside results, each file once."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.lib.provenance.files import CHEAP_BYTES, output_in, read_record, sha256_of
from scripts.lib.provenance.places import place_of

MOST = 2000
"""Files that the page tells of."""

Data = dict[str, Any]


def told(paths: Iterable[Path]) -> list[Data]:
    """The records of files and of all that they were made of, nearest first.

    A file without a record is told of by its name alone, and those beyond MOST by their number, so
    that nothing goes silently.
    """
    found: list[Data] = []
    seen: set[Path] = set()
    waiting = list(dict.fromkeys(paths))
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        record = read_record(place_of(path))
        own = output_in(record, path)
        if record is None or own is None:
            found.append({"path": str(path), "state": "there is no record of it"})
            continue
        found.append(_row(path, record, own))
        recorded = (Path(one["path"]) for one in record["inputs"])
        waiting += [one for one in recorded if place_of(one) is not None and one not in seen]
    left = len(set(waiting) - seen)
    if left:
        more = {"path": f"{left:,} more, and what they were made of"}
        found.append(more | {"state": "not listed: their records lie beside them"})
    return found


def _row(path: Path, record: Data, own: Data) -> Data:
    git = record["git"] or {}
    inputs = [
        {name: one.get(name) for name in ("path", "sha256", "bytes")} for one in record["inputs"]
    ]
    return {
        "path": str(path),
        "state": _state(path, own),
        "sha256": own["sha256"],
        "bytes": own["bytes"],
        "commit": git.get("commit"),
        "changed_files": git.get("changed_files"),
        **{name: record.get(name) for name in ("program", "ended", "wall_s", "command")},
        **{name: record.get(name) for name in ("seeds", "facts", "packages", "host", "python")},
        "inputs": inputs,
    }


def _state(path: Path, own: Data) -> str:
    if not path.exists():
        return "gone since"
    if path.stat().st_size != own["bytes"]:
        return "CHANGED since it was made"
    if own["bytes"] > CHEAP_BYTES:
        return "too large to hash again; the size is the same"
    same = sha256_of(path) == own["sha256"]
    return "as it was made" if same else "CHANGED since it was made"
