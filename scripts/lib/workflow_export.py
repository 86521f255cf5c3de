"""What the rule of tables for papers asks about a study."""

from typing import Any

from scripts.lib.config.panels import FUNNEL
from scripts.lib.workflow_curves import CurveFiles

FOLDERS = {"curves": "curve", "fits": "fit", "choices": "choice"}
"""Folders of tables of curves, and of which kind these are; those of `tables` are of several."""


class ExportFiles(CurveFiles):
    """The tables of one study as papers print them: a part of StudyFiles."""

    def printed(self, target: str | None = None, *, curves: bool = False) -> list[str]:
        """The tables of a target in Markdown and LaTeX; those of curves too if asked for."""
        tables = self.table_files(target)
        if curves:
            tables += self.curve_files(target)
        start = self.path("")
        stems = [table.removeprefix(start).removesuffix(".csv") for table in tables]
        return [self.path("export", f"{stem}.{kind}") for stem in stems for kind in ("md", "tex")]

    def printable(self) -> list[str]:
        """Names of all tables that can be printed."""
        return [*self.study.curves, *self.study.tables, FUNNEL]

    def printed_kind(self, wildcards: Any) -> str:
        """Of which kind a table is."""
        if wildcards.folder in FOLDERS:
            return FOLDERS[wildcards.folder]
        table = self.study.tables.get(wildcards.printed)
        return FUNNEL if table is None else table.kind

    def printed_title(self, wildcards: Any) -> str:
        """What stands above a table: its title, or what its curve is called."""
        name = wildcards.printed
        if wildcards.folder in FOLDERS:
            curve = self.study.curves.get(name)
            label = name if curve is None else curve.label or name
            kind = {"curves": "points", "fits": "fits", "choices": "choices"}[wildcards.folder]
            return f"{label}: {kind} of the curve {name}"
        table = self.study.tables.get(name)
        return "Questions that each step of the curation kept" if table is None else table.title
