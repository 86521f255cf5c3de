"""What figures are drawn from: tables by the name that panels know them by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from scripts.lib.config.panels import ReferenceSeries
from scripts.lib.curves.tables import Reference
from scripts.lib.errors import UserError
from scripts.lib.plotting.series import SeriesStyle, series_style
from scripts.lib.tableio import empty_table

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class FigureData:
    """The tables of one figure.

    `points` and `fits` go by curve, `labels` says what legends call each curve. `tables` holds the
    tables of all kinds that panels draw, `questions` the Question tables of selections, `training`
    the TrainingStep tables of models, `outcomes` the Outcome tables of curves whose problems are
    drawn apart, `bins` the Bin tables that say how hard these are, and `anatomies` the Segment
    tables of anatomies. `references` are the Reference rows of all papers that the figure names.
    `styles` gives the series of one panel their styles.
    """

    points: Tables = field(default_factory=dict)
    fits: Tables = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    references: pl.DataFrame = field(default_factory=lambda: empty_table(Reference))
    tables: Tables = field(default_factory=dict)
    questions: Tables = field(default_factory=dict)
    training: Tables = field(default_factory=dict)
    outcomes: Tables = field(default_factory=dict)
    bins: Tables = field(default_factory=dict)
    anatomies: Tables = field(default_factory=dict)
    styles: Mapping[str, int] = field(default_factory=dict)

    def style(self, name: str, index: int) -> SeriesStyle:
        """The style of a series; where the figure gives it none, that of its place in the panel."""
        return series_style(self.styles.get(name, index))


def series_rows(reference: ReferenceSeries, references: pl.DataFrame) -> pl.DataFrame:
    """The rows of a published series, in the order of their file.

    Raises:
        UserError: there is no such series, or it has several benchmarks and none is named; the
            text lists what there is.
    """
    wanted = (reference.paper, reference.figure, reference.series)
    keys = zip(("paper", "figure", "series"), wanted, strict=True)
    rows = references.filter(*(pl.col(name) == value for name, value in keys))
    benchmarks = rows["benchmark"].unique(maintain_order=True).to_list()
    if reference.benchmark is not None and reference.benchmark in benchmarks:
        return rows.filter(benchmark=reference.benchmark)
    if rows.height and (reference.benchmark is not None or len(benchmarks) > 1):
        raise UserError(f"published series {wanted}: name one benchmark of {benchmarks}")
    if rows.is_empty():
        there = references.select("paper", "figure", "series").unique(maintain_order=True).rows()
        raise UserError(f"no published series {wanted}; there is: {there}")
    return rows
