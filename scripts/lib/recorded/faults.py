"""What is wrong with a recording, collected and told all at once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from scripts.lib.errors import UserError

MOST_SHOWN = 20


class RecordingError(UserError):
    """A recording cannot be imported; the text lists every problem with its place in the file."""


@dataclass
class Faults:
    """Problems of one file. Only the first `MOST_SHOWN` are kept, the others are counted."""

    path: Path
    shown: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, where: str, text: str) -> None:
        """Note a problem; `where` is a line, row or key, "" for the file as a whole."""
        self.count += 1
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(f"{where}: {text}" if where else text)

    def check(self) -> None:
        """Raise a RecordingError if anything was noted."""
        if not self.count:
            return
        lines = [f"  - {text}" for text in self.shown]
        if self.count > len(self.shown):
            lines.append(f"  - and {self.count - len(self.shown)} more")
        raise RecordingError("\n".join([f"{self.path}: {self.count} problem(s)", *lines]))

    def stop(self, where: str, text: str) -> NoReturn:
        """Note a problem after which nothing more can be read, and raise."""
        self.add(where, text)
        self.check()
        raise AssertionError("check raises once a problem is noted")


def excerpt(value: object, length: int = 60) -> str:
    """`value` as it would be written in Python, cut to `length` characters."""
    text = repr(value[: length + 1] if isinstance(value, str) else value)
    return text if len(text) <= length else text[:length] + "..."
