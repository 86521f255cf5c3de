"""Files that appear whole or not at all."""

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.lib.provenance.notes import wrote

# Characters that `tempfile` puts between prefix and suffix.
_RANDOM = 8
_READABLE = 0o644


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it into place when the block succeeds.

    A block that raises leaves neither the temporary file nor a changed `path`; one that is killed
    leaves the temporary file, which the next writer of `path` clears. Two writers at once, as two
    runs that fetch the same file, leave each other alone: what the last one wrote stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}."
    for left_over in path.parent.glob(f"{glob.escape(prefix)}*{glob.escape(path.suffix)}"):
        if len(left_over.name) == len(prefix) + _RANDOM + len(path.suffix):
            _clear(left_over)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=path.suffix)
    temporary = Path(name)
    try:
        with suppress(OSError):  # a file system without locks: nothing is cleared there
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(_READABLE)
        temporary.replace(path)
        wrote(path)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path`; move it into place when the block succeeds.

    What stood at `path` is replaced. A block that raises leaves `path` as it was; one that is
    killed leaves the folder beside it, which the next writer of `path` clears.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    old = path.with_name(f".{path.name}.old")
    for left_over in (partial, old):
        shutil.rmtree(left_over, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        for file in partial.rglob("*"):
            if file.is_file():
                with file.open("rb") as opened:
                    os.fsync(opened.fileno())
                # Weights come for their owner's eyes alone; a laboratory reads one folder.
                file.chmod(_READABLE)
        if path.exists():
            path.replace(old)
        partial.replace(path)
        wrote(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` in UTF-8, whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _clear(left_over: Path) -> None:
    """Remove a temporary file that no living process holds."""
    with suppress(OSError), left_over.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left_over.unlink()
