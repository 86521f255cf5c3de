"""JSON-lines files that jobs append to side by side, each to its own, so that a killed job loses
no line that it has written. A torn last line is dropped; any other broken line is an error.
"""  # noqa: D205

import fcntl
import hashlib
import itertools
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import TypeVar

from scripts.lib.errors import UserError

LONGEST_SYNC_WAIT_S = 0.05
"""A written line waits at most this long for the next fsync while more lines come in."""

_STARTED = Path("/proc/sys/kernel/random/boot_id")

T = TypeVar("T")


class JournalError(UserError):
    """A journal file is broken; the text names file and line."""


class JournalFiles:
    """The files of one folder: reads them all, and appends to one.

    Nothing is created until the first `append`. A file is locked by the process that writes it; a
    job goes on with an unlocked file of its own machine, so that restarts do not leave a file each.
    Locks need not reach other machines: no two write files of the same names.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sizes: dict[Path, int] = {}
        self._ends: dict[Path, int] = {}
        self._file: FileIO | None = None
        self._synced_at = 0.0
        self._sync_took = 0.0
        self._dirty = False

    def read(self, parse: Callable[[bytes], T], advice: str) -> Iterator[tuple[Path, int, T]]:
        """File and beginning of each line, and what it says; to be read to the end once.

        Args:
            parse: reads a line, with ValueError, TypeError or KeyError for a broken one.
            advice: what to do about a broken line.

        Raises:
            JournalError: a line that is not the last of its file cannot be read.
        """
        for path in sorted(self.folder.glob("*.jsonl")):
            self._sizes[path] = path.stat().st_size
            for start, end, content in read_lines(path, parse, advice):
                self._ends[path] = end
                yield path, start, content

    def append(self, text: str) -> tuple[Path, int]:
        """Write one line; say where. It outlives the process at once, the machine after `sync`.

        Raises:
            JournalError: the disk does not take it.
        """
        if self._file is None:
            self._file = self._own_file()
        path, start = Path(self._file.name), self._file.seek(0, os.SEEK_END)
        line = text.encode() + b"\n"
        self._dirty = True
        try:
            whole = self._file.write(line) == len(line)
        except OSError as error:
            raise JournalError(f"{path}: cannot be written: {error.strerror}") from None
        if not whole:
            raise JournalError(f"{path}: cannot be written: the disk took only part of a line")
        return path, start

    def sync_due(self) -> bool:
        """True when it is time for the next `sync`: fsync may take a twentieth of the time."""
        pause = max(LONGEST_SYNC_WAIT_S, 20 * self._sync_took)
        return time.monotonic() - self._synced_at >= pause

    def sync(self) -> None:
        """Return when every appended line is on disk."""
        if self._file is not None and self._dirty:
            began = time.monotonic()
            os.fsync(self._file.fileno())
            self._synced_at = time.monotonic()
            self._sync_took = self._synced_at - began
            self._dirty = False

    def close(self) -> None:
        """Sync, and let other jobs have the file."""
        if self._file is not None:
            self.sync()
            path, end = Path(self._file.name), self._file.seek(0, os.SEEK_END)
            self._sizes[path] = self._ends[path] = end
            self._file.close()
            self._file = None

    def _own_file(self) -> FileIO:
        """Lock a file of this machine that nobody has written since it was read, or a new one."""
        host = _machine()
        for number in itertools.count():
            path = self.folder / f"{host}-{number:04d}.jsonl"
            if path.is_symlink():  # into DVC's cache, which is not to be written
                continue
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                file = _locked(path)
            except OSError as error:
                raise JournalError(f"{path}: cannot be opened: {error.strerror}") from None
            if file is None:
                continue
            if path.stat().st_size == self._sizes.get(path, 0):
                _mend_end(file, self._ends.get(path, 0))
                _sync_folder(self.folder)
                return file
            file.close()
        raise AssertionError("numbers do not end")


def read_lines(
    path: Path, parse: Callable[[bytes], T], advice: str
) -> Iterator[tuple[int, int, T]]:
    """Each line of a file with the places where it starts and ends; see `JournalFiles.read`."""
    start = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield start, start + len(line), parse(line)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                if not line.endswith(b"\n"):
                    logging.info("%s: dropped its torn last line (line %d)", path, number)
                    return
                raise JournalError(
                    f"{path}: line {number} is broken ({type(error).__name__}: {error}). {advice}"
                ) from None
            start += len(line)


def _machine() -> str:
    """What tells files of this machine from those of others on the same disk.

    Names alone may be the same on several nodes, as those of containers are; the number of a
    system's start is not, and all processes that share its locks share it.
    """
    started = _STARTED.read_text(encoding="ascii") if _STARTED.exists() else ""
    return hashlib.sha256(f"{socket.gethostname()} {started}".encode()).hexdigest()[:8]


def _locked(path: Path) -> FileIO | None:
    """Open a file, new or old, for this process alone; None if another one writes it."""
    try:
        file = path.open("r+b" if path.exists() else "xb", buffering=0)
    except FileExistsError:
        return None  # made by another job just now
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _mend_end(file: FileIO, end: int) -> None:
    """Cut off what is torn after `end`, and close the last whole line if it lacks its end."""
    file.truncate(end)
    file.seek(max(end - 1, 0))
    if end and file.read(1) != b"\n":
        file.write(b"\n")


def _sync_folder(folder: Path) -> None:
    """Make a new file's name as durable as its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
