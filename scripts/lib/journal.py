"""The journal: every finished response on disk before anyone uses it.

A pool's journal is a folder of JSON-lines files. A job reads all of them and appends to one of
its own, so that jobs may run side by side and a killed one loses only what was in flight. One
line holds the request's key, which sample it is, how it was asked, and the response. The first
line with a key counts. A torn last line is dropped; any other broken line is an error.
"""

import fcntl
import hashlib
import itertools
import json
import logging
import os
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from scripts.lib.engines.base import Request, Response
from scripts.lib.errors import UserError

LONGEST_SYNC_WAIT_S = 0.05
"""A written line waits at most this long for the next fsync while more lines come in."""


class JournalError(UserError):
    """A journal file is broken; the text names file and line."""


@dataclass(frozen=True)
class Sample:
    """Which sample of a pool a response is: the columns that identify it in the Trace table."""

    benchmark: str
    problem_id: str
    wording: str
    asked: int | None
    effort: str | None
    sample: int
    budget: int | None = None
    waits: int | None = None
    beams: int | None = None


@dataclass(frozen=True)
class Asked:
    """How a sample was asked for; `prompt_bound` is an upper bound of the prompt's tokens."""

    prompt_sha256: str
    prompt_bound: int
    seed: int
    max_tokens: int
    temperature: float
    top_p: float


@dataclass(frozen=True)
class Entry:
    """One line of a journal. `started` is when its job began to ask, `when` it was written."""

    key: str
    sample: Sample
    asked: Asked
    engine: dict[str, Any]
    response: Response
    started: str
    when: str


def asked_of(request: Request, prompt_bound: int) -> Asked:
    """What the journal keeps of a request beside its key."""
    return Asked(
        prompt_sha256=prompt_hash(request),
        prompt_bound=prompt_bound,
        seed=request.seed,
        max_tokens=request.max_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
    )


def prompt_hash(request: Request) -> str:
    """The sha256 of what the model is shown: the prompt's text, or the token ids."""
    shown = request.prompt if request.prompt is not None else json.dumps(request.context)
    return hashlib.sha256(shown.encode()).hexdigest()


def read_entries(folder: Path) -> Iterator[Entry]:
    """All lines of a journal, file by file in the order of their names; keys may repeat.

    Raises:
        JournalError: a line that is not the last of its file cannot be read.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for _, _, entry in _read_file(path):
            yield entry


def job_seconds(entries: Iterable[Entry]) -> float:
    """Seconds of all jobs of a journal, each from its beginning to its last line."""
    last: dict[str, str] = {}
    for entry in entries:
        last[entry.started] = max(entry.when, last.get(entry.started, ""))
    moment = datetime.fromisoformat
    return sum((moment(end) - moment(start)).total_seconds() for start, end in last.items())


def now() -> str:
    """The present moment in UTC, as the journal writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Journal:
    """The journal of one pool: looks up responses by key, and appends new ones.

    Responses stay on disk: memory holds only where each key's line stands. Nothing is created
    until the first `append`. A file is locked by the process that writes it; a job goes on
    with an unlocked file of its own host, so that restarts do not leave a file each.

    `visit` is called with every line that is read, repeated keys included.

    Raises:
        JournalError: a line that is not the last of its file cannot be read.
    """

    def __init__(self, folder: Path, visit: Callable[[Entry], None] | None = None):
        self.folder = folder
        self._places: dict[str, tuple[Path, int]] = {}
        self._sizes: dict[Path, int] = {}
        self._ends: dict[Path, int] = {}
        self._file: FileIO | None = None
        self._synced_at = 0.0
        self._sync_took = 0.0
        self._dirty = False
        for path in sorted(folder.glob("*.jsonl")):
            self._sizes[path] = path.stat().st_size
            for start, end, entry in _read_file(path):
                self._places.setdefault(entry.key, (path, start))
                self._ends[path] = end
                if visit is not None:
                    visit(entry)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def response(self, key: str) -> Response:
        """The journaled response of `key`."""
        path, start = self._places[key]
        with path.open("rb") as file:
            file.seek(start)
            return _entry(file.readline()).response

    def append(self, entry: Entry) -> None:
        """Write one line. It outlives the process at once, and the machine after `sync`.

        Raises:
            JournalError: the disk does not take it.
        """
        if self._file is None:
            self._file = self._own_file()
        path, start = Path(self._file.name), self._file.seek(0, os.SEEK_END)
        parts = {name: vars(getattr(entry, name)) for name in ("sample", "asked", "response")}
        text = json.dumps(vars(entry) | parts, default=str, separators=(",", ":"))
        line = text.encode() + b"\n"
        self._dirty = True
        try:
            whole = self._file.write(line) == len(line)
        except OSError as error:
            raise JournalError(f"{path}: cannot be written: {error.strerror}") from None
        if not whole:
            raise JournalError(f"{path}: cannot be written: the disk took only part of a line")
        self._places.setdefault(entry.key, (path, start))

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
        """Lock a file of this host that nobody has written since it was read, or a new one."""
        host = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
        for number in itertools.count():
            path = self.folder / f"{host}-{number:04d}.jsonl"
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


def _read_file(path: Path) -> Iterator[tuple[int, int, Entry]]:
    """Each line of a file with the places where it starts and ends."""
    start = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield start, start + len(line), _entry(line)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                if not line.endswith(b"\n"):
                    logging.info("%s: dropped its torn last line (line %d)", path, number)
                    return
                raise JournalError(
                    f"{path}: line {number} is broken ({type(error).__name__}: {error}). It may "
                    "hold a paid response: repair it, or delete that line to ask for it again"
                ) from None
            start += len(line)


def _entry(line: bytes) -> Entry:
    content = json.loads(line)
    if not isinstance(content, dict) or set(content) != {f.name for f in fields(Entry)}:
        raise ValueError("not a journal entry")
    if not re.fullmatch("[0-9a-f]{64}", content["key"]):
        raise ValueError(f"key {content['key']!r} is no sha256")
    response = content["response"]
    ids = response.get("token_ids")
    response["token_ids"] = None if ids is None else tuple(ids)
    content["sample"] = Sample(**content["sample"])
    content["asked"] = Asked(**content["asked"])
    content["response"] = Response(**response)
    return Entry(**content)


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
