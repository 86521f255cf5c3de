"""What the rule of figures asks about a study: the files that each figure draws, and no more."""

import json
import shlex
from typing import Any

from scripts.lib.config.needs import Needs
from scripts.lib.slices import as_json, reference_file
from scripts.lib.workflow_anatomy import AnatomyFiles

FORMATS = ("png", "svg", "pdf", "csv", "txt")
"""Of each figure: three pictures, the data that they show, and how they are made."""


class FigureFiles(AnatomyFiles):
    """The figures of one study: a part of StudyFiles."""

    def figure_files(self, target: str | None = None) -> list[str]:
        """The figures of a target; those of `all` if none is named."""
        return [
            self.path("figures", f"{name}.{suffix}")
            for name, figure in self.study.figures.items()
            if figure.target == target
            for suffix in FORMATS
        ]

    def figure_command(self, wildcards: Any) -> str:
        """The command that makes a figure, from nothing if need be."""
        name = self.path("figures", f"{wildcards.figure}.pdf")
        return f"snakemake --cores all {name} --configfile {self.file}"

    def figure_needs(self, wildcards: Any) -> Needs:
        """Names of all that a figure draws, less what is neither there nor can be made."""
        return self.study.figures[wildcards.figure].needs() - self.missing

    def figure_missing(self, wildcards: Any) -> str:
        """The options that tell a figure what it has to leave out, and how to get it; if any."""
        figure = self.study.figures[wildcards.figure].needs() & self.missing
        names = {kind: left_out for kind, left_out in vars(figure).items() if left_out}
        if not names:
            return ""
        return f"--missing {shlex.quote(json.dumps(names))} --pull {shlex.quote(self.pull)}"

    def figure_points(self, wildcards: Any) -> list[str]:
        """Curve tables of a figure."""
        return [self.path("curves", f"{n}.csv") for n in self.figure_needs(wildcards).curves]

    def figure_fits(self, wildcards: Any) -> list[str]:
        """Fits that a figure draws."""
        return [self.path("fits", f"{n}.csv") for n in self.figure_needs(wildcards).fits]

    def figure_outcomes(self, wildcards: Any) -> list[str]:
        """Outcomes of the curves of a figure whose problems are drawn apart."""
        names = self.figure_needs(wildcards).outcomes
        return [self.path("outcomes", f"{name}.parquet") for name in names]

    def figure_bins(self, wildcards: Any) -> list[str]:
        """Bins of difficulty in a figure."""
        return [self.path("bins", f"{n}.parquet") for n in self.figure_needs(wildcards).bins]

    def figure_references(self, wildcards: Any) -> list[str]:
        """Files of published values in a figure."""
        return [reference_file(paper) for paper in sorted(self.figure_needs(wildcards).papers)]

    def figure_tables(self, wildcards: Any) -> list[str]:
        """Comparison, control and funnel tables of a figure."""
        return [self.path("tables", f"{n}.csv") for n in self.figure_needs(wildcards).tables]

    def figure_questions(self, wildcards: Any) -> list[str]:
        """Selections of questions in a figure."""
        names = self.figure_needs(wildcards).selections
        return [self.path("selections", f"{name}.parquet") for name in names]

    def figure_training(self, wildcards: Any) -> list[str]:
        """Training records in a figure."""
        names = self.figure_needs(wildcards).models
        return [self.path("models", name, "training.csv") for name in names]

    def figure_anatomies(self, wildcards: Any) -> list[str]:
        """Anatomies in a figure."""
        return [self.anatomy_file(name) for name in self.figure_needs(wildcards).anatomies]

    def figure_spec(self, wildcards: Any) -> str:
        """A figure's slice."""
        return as_json(self.study.figures[wildcards.figure], exclude={"target"}, by_alias=True)

    def figure_labels(self, wildcards: Any) -> str:
        """What the legend calls each curve of a figure."""
        names = self.study.figures[wildcards.figure].needs().curves
        return json.dumps({name: self.study.curves[name].label or name for name in names})
