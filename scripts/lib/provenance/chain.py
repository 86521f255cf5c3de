"""Reading records: of one file, and of all that it was made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.errors import UserError
from scripts.lib.provenance.files import output_in, read_record, sha256_of
from scripts.lib.provenance.hiding import OUTSIDE
from scripts.lib.provenance.places import below, place_of


class NoRecordError(UserError):
    """Nothing is known of a file."""


@dataclass(frozen=True)
class Made:
    """A file with its record. `state`: whether the file is the one that the record is of."""

    path: Path
    state: str
    record: dict[str, Any] | None


@dataclass(frozen=True)
class Input:
    """What a job read, as its record has it. `state`: what became of the file since."""

    path: Path
    state: str
    recorded: dict[str, Any]


def find(path: Path) -> Made:
    """The record of a file, or of the first recorded file of a folder.

    Raises:
        NoRecordError: there is none.
    """
    inner = below(path)
    file = inner[0] if inner else path
    made = look(file)
    if made.record is None:
        there = "" if path.exists() else ", and there is no such file"
        raise NoRecordError(
            f"{path}: no record of it{there}. Records are of files below results/{{study}}/ and "
            "data/fetched/, made since programs keep them; `dvc pull` brings those of others"
        )
    return made


def look(file: Path) -> Made:
    """A file with its record, if it has one."""
    record = read_record(place_of(file))
    own = output_in(record, file)
    if own is None:
        return Made(file, "there is no record of it", None)
    if not file.exists():
        return Made(file, "the file is gone", record)
    same = sha256_of(file) == own["sha256"]
    return Made(file, "as it was made" if same else "CHANGED since it was made", record)


def inputs(record: dict[str, Any]) -> Iterator[Input]:
    """What a job read, and what became of it."""
    for one in record["inputs"]:
        path = Path(one["path"])
        yield Input(path, _since(path, one), one)


def chain(made: Made) -> Iterator[Made]:
    """A file and all that it was made of, nearest first, each once."""
    seen: set[Path] = set()
    waiting = [made]
    while waiting:
        one = waiting.pop(0)
        if one.path in seen or one.record is None:
            continue
        # What a job wrote besides has the same record.
        seen |= {Path(output["path"]) for output in one.record["outputs"]}
        yield one
        waiting += [look(i.path) for i in inputs(one.record) if i.path not in seen]


def _since(path: Path, recorded: dict[str, Any]) -> str:
    if path.parts[0] == OUTSIDE:
        return "from outside of the folder of the workflow"
    if not path.exists():
        return "gone since"
    if "files" in recorded:
        return f"{recorded['files']} files then"
    if recorded["sha256"] is None:
        same = path.stat().st_size == recorded["bytes"]
        return "too large to hash then; the size is the same" if same else "CHANGED since"
    return "the same" if sha256_of(path) == recorded["sha256"] else "CHANGED since"
