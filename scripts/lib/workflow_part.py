"""What all parts of a study's files share: the study, and where its results lie."""

from typing import Any

from pydantic import BaseModel

from scripts.lib.config.needs import Needs
from scripts.lib.config.study import Study


class StudyPart:
    """A part of StudyFiles."""

    study: Study
    whole_study: Study
    """The study before what is not published is left out (`weights`, `data`)."""
    missing = Needs()
    """Names of what `samples: pulled` leaves out: neither there nor to be made."""
    file = "..."
    """The study's own file, as a command line names it."""
    pull = "make pull"
    """The command that gets it."""

    def verdict_files(self) -> list[str]:
        """The table of verdicts, of a study that judges claims."""
        return []

    def path(self, *parts: str) -> str:
        """A file of the study's results."""
        return "/".join(["results", self.study.study, *parts])

    def benchmarks(self, kind: type[BaseModel]) -> dict[str, Any]:
        """Benchmarks of one kind."""
        return {n: b for n, b in self.study.benchmarks.items() if isinstance(b, kind)}

    def pools(self, kind: type[BaseModel]) -> dict[str, Any]:
        """Pools of one kind."""
        return {n: p for n, p in self.study.pools.items() if isinstance(p, kind)}
