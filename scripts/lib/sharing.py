"""DVC as the programs that share results use it: its stages, its remote, and its lock.

Snakemake decides what runs; DVC keeps and carries bytes. A study that is shared has a stage of its
name in dvc.yaml, and one in gpu/dvc.yaml where it needs GPUs or a key.
"""

import fcntl
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.config.load import load_study, read_yaml
from scripts.lib.errors import UserError

PIPELINES = (Path("gpu/dvc.yaml"), Path("dvc.yaml"))
"""What makes samples goes first: what is made of them depends on its lock file."""
TOUCH = ("--touch", "--forceall", "--cores", "1", "--quiet", "all")
"""Let Snakemake take files as made by the rules as they are, in the order of the workflow."""
LOCK = Path(".dvc/tmp/lock")


class SharingError(UserError):
    """Results cannot be shared or fetched; the text says what to do."""


@dataclass(frozen=True)
class Stage:
    """A stage of a study.

    `address` is what DVC calls it, `cached` are the outputs that DVC keeps, `tracked` those that
    lie in Git.
    """

    address: str
    lock: Path
    name: str
    cached: list[str]
    tracked: list[str]

    @property
    def needs_gpus(self) -> bool:
        """True of what makes models and samples."""
        return self.lock.parent != Path()

    def recorded(self) -> bool:
        """True once somebody has recorded it."""
        told = read_yaml(self.lock) if self.lock.exists() else {}
        return self.name in told.get("stages", {})


def stages_of(study_file: Path) -> list[Stage]:
    """The stages of a study, what makes samples first.

    Raises:
        ConfigError: the study is broken.
        SharingError: it has none; the text names the studies that have.
    """
    name = load_study(study_file).study
    known = {path: read_yaml(path)["stages"] for path in PIPELINES}
    found = [_stage(path, name, stages[name]) for path, stages in known.items() if name in stages]
    if not found:
        shared = ", ".join(known[Path("dvc.yaml")])
        raise SharingError(f"{study_file}: dvc.yaml has no stage {name!r}; it has {shared}")
    return found


def _stage(path: Path, name: str, entry: dict[str, Any]) -> Stage:
    outputs = {
        out: settings
        for part in ("outs", "metrics")
        for one in entry.get(part, [])
        for out, settings in one.items()
    }
    cached = [out for out, settings in outputs.items() if settings.get("cache", True)]
    return Stage(
        address=name if path.parent == Path() else f"{path}:{name}",
        lock=path.with_suffix(".lock"),
        name=name,
        cached=cached,
        tracked=[out for out in outputs if out not in cached],
    )


def make_folders(stages: list[Stage]) -> None:
    """Make the folders that the stages fill, also those that stay empty: Git keeps none of them."""
    for stage in stages:
        for out in stage.cached + stage.tracked:
            if not Path(out).suffix:
                Path(out).mkdir(parents=True, exist_ok=True)


def check_remote() -> None:
    """Make sure that there is somewhere to push to and to pull from, whose files are verified.

    Left alone DVC trusts that a remote holds what was sent, and hands on what was damaged there.

    Raises:
        SharingError: no remote is configured.
    """
    remote = _said("config", "core.remote").strip()
    if not remote:
        raise SharingError(
            "no DVC remote is configured. Name one, and commit .dvc/config:\n"
            "  .venv/bin/dvc remote add --default lab ssh://you@host/folder   (a machine by SSH)\n"
            "  .venv/bin/dvc remote add --default lab /mnt/shared/folder      (a folder)\n"
            "What S3 and others need: https://dvc.org/doc/user-guide/data-management/remote-storage"
        )
    if _said("config", f"remote.{remote}.verify").strip() != "true":
        dvc("remote", "modify", "--local", remote, "verify", "true")


def check_free() -> None:
    """Make sure that no other DVC works in this folder: one process at a time.

    Raises:
        SharingError: another one does.
    """
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise SharingError(
                f"another DVC process ({holder}) works in this folder: wait until it is done"
            ) from None


def dvc(*arguments: str) -> None:
    """Run a DVC command; it shows its own progress.

    Raises:
        SharingError: it failed.
    """
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], check=False)
    if done.returncode:
        damaged = "a damaged object is named by `dvc pull -v`: delete it in the remote, and let "
        raise SharingError(
            f"`dvc {arguments[0]}` failed (exit status {done.returncode}); why stands above. "
            "What it had finished is kept: the same command goes on from there"
            + (f"; {damaged}whoever recorded it push again" if arguments[0] == "pull" else "")
        )


def changes(stages: list[Stage]) -> dict[str, Any]:
    """What `dvc status` finds changed, by stage; outputs that were not all pulled are no change."""
    told = json.loads(_said("status", "--json", *(stage.address for stage in stages)))
    found: dict[str, Any] = {}
    for stage, entries in told.items():
        lines = [
            f"{kind.removeprefix('changed ')} {path} ({how})"
            for entry in entries
            for kind, paths in (entry.items() if isinstance(entry, dict) else [(entry, {"": ""})])
            for path, how in (paths.items() if isinstance(paths, dict) else [("", paths)])
            if not (kind == "changed outs" and path.endswith("/models"))
        ]
        if lines:
            found[stage] = lines
    return found


def snakemake(*arguments: str) -> None:
    """Run Snakemake; it shows what it does.

    Raises:
        SharingError: it failed.
    """
    done = subprocess.run([sys.executable, "-m", "snakemake", *arguments], check=False)
    if done.returncode:
        raise SharingError("Snakemake failed; why stands above")


def _said(*arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 251) and arguments[0] != "config":
        raise SharingError(f"`dvc {arguments[0]}` failed: {done.stderr.strip()}")
    return done.stdout
