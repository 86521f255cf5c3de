"""What a program notes of its own run for the records beside its results.

What a record says changes no result. So only this part of it is imported by programs, and an edit
of the rest reruns nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

written: list[Path] = []
"""Files and folders that it wrote, whole."""
arguments: dict[str, Any] = {}
"""Its command line, as parsed."""
facts: dict[str, Any] = {}
"""What only the program knows, such as the engine that it opened."""


def note(name: str, value: Any) -> None:
    """Note a fact, which must be fit for JSON."""
    facts[name] = value


def wrote(path: Path) -> None:
    """Note a file or a folder that is whole now."""
    written.append(path)


def asked(namespace: Mapping[str, Any]) -> None:
    """Note the parsed command line."""
    arguments.update(namespace)


def forget() -> None:
    """Begin a run without notes."""
    for notes in (written, arguments, facts):
        notes.clear()
