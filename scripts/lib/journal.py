"""The journal: every finished response on disk before anyone uses it.

A pool's journal is a folder of JSON-lines files. A job reads all of them and appends to one of
its own, so that jobs may run side by side and a killed one loses only what was in flight. One
line holds the request's key, which sample it is, how it was asked, and the response. The first
line with a key counts. A torn last line is dropped; any other broken line is an error.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.lib.engines.base import Request, Response
from scripts.lib.journal_files import JournalFiles, read_lines

ADVICE = "It may hold a paid response: repair it, or delete that line to ask for it again"


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
        for _, _, entry in read_lines(path, _entry, ADVICE):
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

    Responses stay on disk: memory holds only where each key's line stands. See JournalFiles for
    what is written where.

    `visit` is called with every line that is read, repeated keys included.

    Raises:
        JournalError: a line that is not the last of its file cannot be read.
    """

    def __init__(self, folder: Path, visit: Callable[[Entry], None] | None = None):
        self.folder = folder
        self._places: dict[str, tuple[Path, int]] = {}
        self._files = JournalFiles(folder)
        for path, start, entry in self._files.read(_entry, ADVICE):
            self._places.setdefault(entry.key, (path, start))
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
        parts = {name: vars(getattr(entry, name)) for name in ("sample", "asked", "response")}
        text = json.dumps(vars(entry) | parts, default=str, separators=(",", ":"))
        self._places.setdefault(entry.key, self._files.append(text))

    def sync_due(self) -> bool:
        """True when it is time for the next `sync`."""
        return self._files.sync_due()

    def sync(self) -> None:
        """Return when every appended line is on disk."""
        self._files.sync()

    def close(self) -> None:
        """Sync, and let other jobs have the file."""
        self._files.close()


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
