"""A copy of the project to run Snakemake in, away from the working tree."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.preloaded import run_snakemake

PARTS = ("Snakefile", "rules", "scripts", "config", "data", "profiles", "envs", "slurm", "report")


class Workspace:
    """A folder with its own copy of the workflow and its own results."""

    @classmethod
    def here(cls) -> "Workspace":
        """The project itself: what is made there stays, and is made once for all suites."""
        workspace = cls.__new__(cls)
        workspace.folder = Path.cwd()
        return workspace

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            source = Path(part)
            if source.is_dir():
                ignored = shutil.ignore_patterns("fetched")
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy(source, folder / part)

    def snakemake(
        self, *arguments: str, env: Mapping[str, str] = os.environ
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake here and return what it said."""
        return run_snakemake(["--cores", "2", *arguments], self.folder, env)

    def start(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start Snakemake here in a process group of its own, to be killed as a whole."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        with (self.folder / "snakemake.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **(env or {})},
            )

    def log(self) -> str:
        """What the runs that were started here have said."""
        return (self.folder / "snakemake.log").read_text()

    def plan(self, *arguments: str) -> dict[str, list[str]]:
        """Outputs of the jobs that a dry run would run, by rule.

        Without the page, which follows from all that is shown: tests/test_reruns.py has that.
        """
        jobs = self.told_plan(*arguments)[0]
        return {rule: outputs for rule, outputs in jobs.items() if rule != "write_page"}

    def told_plan(self, *arguments: str) -> tuple[dict[str, list[str]], str]:
        """The same, and all that the dry run said."""
        run = self.snakemake("--dry-run", *arguments)
        said = run.stdout + run.stderr
        assert run.returncode == 0, said
        jobs: dict[str, list[str]] = {}
        rule = None
        for line in said.splitlines():
            if found := re.match(r"(?:local)?rule (\w+):", line):
                rule = found[1]
            elif (found := re.match(r"    output: (.*)", line)) and rule:
                jobs.setdefault(rule, []).append(found[1].split(", ")[0])
        return {name: sorted(outputs) for name, outputs in jobs.items()}, said

    def pretend_done(self, *arguments: str) -> None:
        """Put an empty file in the place of every output and let Snakemake record it as made."""
        summary = self.snakemake("--summary", *arguments)
        assert summary.returncode == 0, summary.stderr
        for line in summary.stdout.splitlines():
            name = line.split("\t")[0]
            if name.startswith(("results/", "data/")):
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        touched = self.snakemake("--touch", "--forceall", *arguments)
        assert touched.returncode == 0, touched.stderr

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def append(self, file: str, text: str) -> None:
        """Add a text at the end of a file."""
        with (self.folder / file).open("a", encoding="utf-8") as handle:
            handle.write(text)
