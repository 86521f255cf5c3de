"""Where the record of a result lies."""

from pathlib import Path

FOLDER = "provenance"
"""Of records, in results/{study}/ and in data/fetched/: outputs of no rule."""


def place_of(path: Path) -> Path | None:
    """The record of a file below results/{study}/ or data/fetched/; None for any other.

    Args:
        path: relative to the folder of the workflow.
    """
    home, rest = path.parts[:2], path.parts[2:]
    if not rest or ".." in rest or (home[0] != "results" and home != ("data", "fetched")):
        return None
    return Path(*home, FOLDER, *rest[:-1], f"{rest[-1]}.json")


def below(path: Path) -> list[Path]:
    """The files that have records in a folder, by the places of these; itself for a file."""
    if not path.is_dir():
        return [path]
    place = place_of(path / "any")
    found = sorted(place.parent.rglob("*.json")) if place else []
    return [path / record.relative_to(place.parent).with_suffix("") for record in found if place]
