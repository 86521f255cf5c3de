"""Files of data/sources.csv: from a mirror folder, by HTTP, or from the Hugging Face Hub.

A mirror folder holds files named by their sha256. Wherever a file comes from, its hash is
checked before it takes its place. A file without a hash in data/sources.csv (gated: nobody
may redistribute it) is trusted at its first fetch; its hash is then recorded beside it in
`{file}.json`, and a later change is refused.
"""

import difflib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.lib.atomic import write_text, written_whole
from scripts.lib.download import DownloadError, Patience, download
from scripts.lib.errors import UserError
from scripts.lib.hub import HubError, copy_from_hub, is_hub_url
from scripts.lib.provenance.notes import wrote
from scripts.lib.tableio import read_table
from scripts.lib.tables import Source

MIRROR_VARIABLE = "TTSCALE_MIRROR"

log = logging.getLogger(__name__)


class FetchError(UserError):
    """A file of data/sources.csv cannot be had; the text says which, why and what to do."""


@dataclass(frozen=True)
class SourceFile:
    """A row of data/sources.csv (see `tables.Source`)."""

    name: str
    url: str
    revision: str
    sha256: str | None
    bytes: int | None
    licence: str
    publish: str
    citation: str
    holds: str


def find_source(sources: Path, name: str) -> SourceFile:
    """The row of `sources` (data/sources.csv) with this name.

    Raises:
        FetchError: no such row; the text gives the nearest names.
    """
    rows = {row["name"]: row for row in read_table(Source, sources).iter_rows(named=True)}
    if name not in rows:
        near = difflib.get_close_matches(name, rows, n=3, cutoff=0.3) or sorted(rows)
        raise FetchError(f"{sources}: no source {name!r}; there is: {', '.join(near)}")
    return SourceFile(**rows[name])


def mirror_folders(folder: Path | None) -> list[Path]:
    """Folders to look at first: that of TTSCALE_MIRROR, then `folder`."""
    named = os.environ.get(MIRROR_VARIABLE)
    return [*([Path(named)] if named else []), *([folder] if folder else [])]


def fetch(
    source: SourceFile, target: Path, mirrors: Sequence[Path], patience: Patience | None = None
) -> None:
    """Put the file of `source` at `target`, whole and checked, or not at all.

    A damaged mirror file is named in a warning and passed over. What an interrupted download
    brought stays in `{target}.part`, from which the next one goes on.

    Raises:
        FetchError: the file cannot be had, or has the wrong content.
    """
    record = target.with_name(f"{target.name}.json")
    expected = source.sha256 or _recorded_hash(source, record)
    try:
        if target.exists() and sha256_of(target) == expected:
            log.info("%s: already there, its hash is right", target)
            return
        mirror_notes: list[str] = []
        if expected and _copy_from_mirror(expected, target, mirrors, mirror_notes):
            return
        try:
            if is_hub_url(source.url):
                _fetch_from_hub(source, target, expected, record)
            else:
                _fetch_from_web(source, target, patience)
        except (HubError, DownloadError) as error:
            lines = [f"{source.name}: {error}", *mirror_notes, _mirror_advice(expected)]
            raise FetchError("\n  ".join(lines)) from None
    except OSError as error:
        raise FetchError(f"{source.name}: cannot make {target}: {error}") from None


def sha256_of(path: Path) -> str:
    """Hash of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_from_mirror(sha256: str, target: Path, mirrors: Sequence[Path], notes: list[str]) -> bool:
    """Copy the file from the first mirror folder that has it; say in `notes` why one did not."""
    for folder in mirrors:
        path = folder / sha256
        if not folder.is_dir():
            notes.append(f"mirror folder {folder}: there is no such folder")
        elif not path.is_file():
            notes.append(f"mirror folder {folder}: holds no file {sha256}")
            continue
        elif (found := sha256_of(path)) != sha256:
            notes.append(f"mirror file {path}: damaged, its content has the sha256 {found}")
        else:
            with written_whole(target) as temporary:
                shutil.copyfile(path, temporary)
            log.info("%s: copied from the mirror folder %s", target, folder)
            return True
        log.warning("%s; passed over", notes[-1])
    return False


def _fetch_from_web(source: SourceFile, target: Path, patience: Patience | None) -> None:
    if source.sha256 is None:
        raise FetchError(
            f"{source.name}: has no sha256 in data/sources.csv, and only files of the Hugging "
            "Face Hub may lack one: add it"
        )
    part = target.with_name(f"{target.name}.part")
    log.info("%s: fetching %s", source.name, source.url)
    resumed = download(source.url, part, source.bytes, patience)
    if resumed and sha256_of(part) != source.sha256:
        log.warning("%s: the parts do not belong together; starting again", source.name)
        part.unlink()
        download(source.url, part, source.bytes, patience)
    _check(source, part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    wrote(target)
    log.info("%s: fetched, its hash is right", target)


def _check(source: SourceFile, part: Path) -> None:
    found, size = sha256_of(part), part.stat().st_size
    if found == source.sha256 and source.bytes in {None, size}:
        return
    part.unlink()
    raise FetchError(
        f"{source.name}: {source.url} brought the wrong content\n"
        f"  expected sha256 {source.sha256}, {source.bytes or '?'} bytes\n"
        f"  got      sha256 {found}, {size} bytes\n"
        "  What came was removed. If a second run brings the same, the file has changed at its "
        "source: take it from a mirror folder, or look at the new file and correct "
        "data/sources.csv"
    )


def _fetch_from_hub(source: SourceFile, target: Path, expected: str | None, record: Path) -> None:
    """Fetch beside `target` first, so that a file that changed never takes its place."""
    arrived = target.with_name(f"{target.name}.part")
    log.info("%s: fetching %s at %s", source.name, source.url, source.revision)
    copy_from_hub(source.url, source.revision, arrived)
    found, size = sha256_of(arrived), arrived.stat().st_size
    if expected is None:
        content = {
            "name": source.name,
            "url": source.url,
            "revision": source.revision,
            "sha256": found,
            "bytes": size,
        }
        write_text(record, json.dumps(content, indent=2) + "\n")
        log.info("%s: first fetch; its hash is recorded in %s", source.name, record)
    elif source.sha256:
        _check(source, arrived)
    elif found != expected:
        arrived.unlink()
        raise FetchError(
            f"{source.name}: {source.url} has changed since it was first fetched\n"
            f"  recorded sha256 {expected} in {record}\n"
            f"  got      sha256 {found}, {size} bytes\n"
            f"  What came was removed. Remove {record} only if the new file is to be used"
        )
    arrived.replace(target)
    wrote(target)


def _recorded_hash(source: SourceFile, record: Path) -> str | None:
    """The hash noted at the first fetch of this revision; None before that."""
    if not record.exists():
        return None
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        revision, sha256 = str(content["revision"]), str(content["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FetchError(
            f"{record}: not a record of a first fetch ({error!r}): remove it to fetch "
            f"{source.name} anew"
        ) from None
    if revision != source.revision:
        log.warning("%s: is of revision %s, not %s; not used", record, revision, source.revision)
        return None
    return sha256


def _mirror_advice(sha256: str | None) -> str:
    if sha256 is None:
        return "A mirror folder cannot help: data/sources.csv has no sha256 for this file"
    return (
        f"Without a network: put the file, under the name {sha256}, into a folder and name that "
        f"folder in the environment variable {MIRROR_VARIABLE} or as mirror in the study file"
    )
