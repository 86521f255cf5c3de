"""The paper study before it runs: what its plan tells, and whether what it cites is there."""

from pathlib import Path

import pytest

from scripts.lib.config.load import load_facts, load_prices, load_study
from scripts.lib.config.study_tables import ComparisonTable, ControlTable
from scripts.lib.curves.published import published_points
from scripts.lib.curves.tables import Reference
from scripts.lib.plan import plan_study
from scripts.lib.plan_estimates import UNKNOWN, Amount
from scripts.lib.slices import reference_file
from scripts.lib.tableio import read_table

CONTEXT, ANSWER = 32768, 2048


@pytest.fixture(scope="module", params=["paper", "recorded"])
def study(request):
    return load_study(Path(f"config/{request.param}.yaml"))


def values_of(paper: str):
    return read_table(Reference, Path(reference_file(paper)))


def test_every_published_curve_has_points(study):
    for name, curve in study.curves.items():
        if curve.published is not None:
            reference = values_of(curve.published.paper)
            assert published_points(reference, curve.published, name, curve.method).height


def test_every_published_row_of_a_table_is_there(study):
    tables = [t for t in study.tables.values() if isinstance(t, ComparisonTable | ControlTable)]
    assert tables
    for table in tables:
        own = values_of(table.published.paper).filter(
            figure=table.published.figure, benchmark=table.published.benchmark
        )
        suffix = ": scaling" if isinstance(table, ControlTable) else ""
        for series in table.published.series.values():
            assert own.filter(series=series + suffix).height == 1, series


def test_every_series_that_a_figure_cites_is_there(study):
    cited = [
        reference
        for figure in study.figures.values()
        for panel in figure.panels
        for reference in getattr(panel, "references", [])
    ]
    assert cited
    for each in cited:
        rows = values_of(each.paper).filter(figure=each.figure, series=each.series)
        if each.benchmark is not None:
            rows = rows.filter(benchmark=each.benchmark)
        assert rows.height, each


def test_the_plan_tells_what_is_known_and_what_is_not(tmp_path):
    study = load_study(Path("config/paper.yaml"))
    rows = {row.name: row for row in plan_study(study, tmp_path, load_facts(), load_prices())}
    forced = rows["forced_s1_aime24"].estimate
    settings = 6 + 1 + 5  # budgets, auto, waits at auto
    assert forced.requests == Amount(30 * (1 + 8 + settings))
    assert forced.expected_tokens == Amount(30 * (8500 + settings * ANSWER))
    # A model tuned here has the context of its base.
    assert forced.worst_tokens == Amount(30 * (CONTEXT + settings * ANSWER))
    assert rows["questions_qwen_7b"].estimate.requests == UNKNOWN
    assert any("number of problems is unknown" in n for n in rows["questions_classes"].notes)
    assert rows["s1_32b"].estimate.worst_tokens == Amount(5 * 1000 * CONTEXT)
    assert rows["s1_full"].estimate.worst_tokens == UNKNOWN
