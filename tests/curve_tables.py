"""Curves of made-up pools, for the tests of their points."""

import pytest
from pydantic import TypeAdapter

from scripts.lib.accounting import ModelSize
from scripts.lib.config.curves import Curve
from scripts.lib.curves.make import curve_tables
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels
from scripts.lib.curves.samples import join_samples
from scripts.lib.curves.scores import with_read_prompt, with_reading, with_scores
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.tableio import check_table
from tests.pool_tables import pool_tables, step_table

SIZE = ModelSize(1e6, 2, 4, 4, 8, 4e6)
"""Of the verifier that scored the samples of a curve."""


def tables_of(folder, samples, ends=False, origin="measured", **curve) -> CurveTables:
    """The checked tables of a curve; every point is the mean of its outcomes.

    Samples that have scores are given to the curve with them.
    """
    answers, costs, traces = pool_tables(samples)
    spec = TypeAdapter(Curve).validate_python({"pool": "votes", **curve})
    joined = join_samples(answers, costs, traces if ends else None)
    if any("scores" in sample for sample in samples):
        steps = step_table(samples)
        joined = with_scores(joined, steps, "judge", getattr(spec, "aggregate", "last"))
        with_read = with_reading if spec.method == "best_of_n" else with_read_prompt
        joined = with_read(joined, steps, SIZE)
    labels = Labels("a_curve", spec.method, "numbers", "small", origin, 5e12, 1000)
    tables = curve_tables(spec, joined, labels, Bootstrap(500, 0))
    check_table(Point, tables.points, folder / "points.csv")
    check_table(Outcome, tables.outcomes, folder / "outcomes.parquet")
    means_of_outcomes(tables)
    return tables


def means_of_outcomes(tables: CurveTables) -> None:
    """Every point is the mean of its outcomes, and has one for each problem."""
    for point in tables.points.iter_rows(named=True):
        own = tables.outcomes.filter(setting=point["setting"])
        assert own.height == point["problems"]
        for column in ("accuracy", "tokens", "flops"):
            mean = None if own[column].has_nulls() else pytest.approx(own[column].mean())
            assert point[column] == mean, column
