"""The control and the comparison table, measured and published rows side by side."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from scripts.lib.config.curves import Curve
from scripts.lib.config.study_tables import ComparisonTable, ControlTable
from scripts.lib.curves.comparison import comparison_table
from scripts.lib.curves.control_table import control_table
from scripts.lib.curves.length_control import fits_of_outcomes, fits_of_published
from scripts.lib.curves.published import published_points
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.sft import sft_points
from scripts.lib.curves.tables import Comparison, ControlRow, Reference
from scripts.lib.estimators.differences import mean_difference
from scripts.lib.estimators.seeds import seeds_difference_half_width
from scripts.lib.tableio import check_table, empty_table, read_table
from tests.curve_tables import tables_of
from tests.pool_tables import samples_of
from tests.test_fits_length_control import forced_pool
from tests.test_points_sft import curve, pool, rights

BOOTSTRAP = Bootstrap(300, 1)


@pytest.fixture(scope="module")
def reference():
    return read_table(Reference, Path("data/reference/s1.csv"))


def s1_curve(method, figure, series, **entry):
    published = {
        "paper": "s1",
        "figure": figure,
        "series": series,
        "benchmark": "aime24",
        "model": "s1-32B",
        "problems": 30,
    }
    spec = {"method": method, "published": published, **entry}
    return TypeAdapter(Curve).validate_python(spec)


def control_spec(**published):
    return ControlTable(
        kind="control",
        title="Control",
        curves=["forcing_here", "control_s1"],
        published={"paper": "s1", "figure": "Table 3", "benchmark": "aime24", "series": published},
    )


@pytest.fixture
def controlled(tmp_path, reference):
    """Points and fits of a measured and of a published curve."""
    here = TypeAdapter(Curve).validate_python({"method": "forcing", "pool": "votes"})
    tables = tables_of(tmp_path, forced_pool(), method="forcing")
    paper = s1_curve("control", "Table 11", "token-conditional control")
    points = published_points(reference, paper.published, "control_s1", "control")
    return (
        {"forcing_here": tables.points, "control_s1": points},
        {
            "forcing_here": fits_of_outcomes(
                tables.points, tables.outcomes, here, "forcing_here", BOOTSTRAP
            ),
            "control_s1": fits_of_published(points, paper, "control_s1"),
        },
        {"forcing_here": "budget forcing", "control_s1": "token-conditional control"},
    )


def test_control_stands_beside_what_is_published(tmp_path, controlled, reference):
    points, fits, labels = controlled
    spec = control_spec(forcing_here="budget forcing", control_s1="token-conditional control")
    table = control_table(spec, points, fits, labels, reference)
    check_table(ControlRow, table, tmp_path / "control.csv")
    assert table.select("curve", "basis").rows() == [
        ("forcing_here", "samples"),
        ("forcing_here", "published table"),
        ("control_s1", "published points"),
        ("control_s1", "published table"),
    ]
    assert table["origin"].to_list() == ["measured", "table", "table", "table"]
    assert table["points"].to_list() == [3, 5, 5, 5]
    measured = dict(fits["forcing_here"].select("parameter", "value").rows())
    limits = fits["forcing_here"].filter(parameter="scaling_per_doubling").row(0, named=True)
    row = table.row(0, named=True)
    for metric in ("control_responses", "scaling_per_1000_tokens", "scaling_per_doubling"):
        assert row[metric] == measured[metric]
    assert (row["low_scaling"], row["high_scaling"]) == (limits["low"], limits["high"])
    assert row["low_performance"] < row["performance"]
    # As printed -24, which is what a doubling brings and not what 1,000 tokens bring.
    assert table["scaling_per_doubling"].to_list()[2:] == pytest.approx([-0.24, -0.24], abs=5e-3)
    assert table["scaling_per_1000_tokens"][2] == pytest.approx(-0.048, abs=1e-3)
    assert table["scaling_per_1000_tokens"][3] is None
    assert table["control_runs"].to_list() == [1, 1, 0.4, 0.4]


def test_a_control_table_without_a_paper_has_its_curves_only(controlled):
    points, fits, labels = controlled
    spec = ControlTable(kind="control", title="t", curves=["forcing_here"])
    table = control_table(spec, points, fits, labels, empty_table(Reference))
    assert table["curve"].to_list() == ["forcing_here"]


def test_a_published_control_that_is_not_there_is_named(controlled, reference):
    points, fits, labels = controlled
    with pytest.raises(CurveError, match=r"forcing_here: 'forcing' has no control.*budget forcing"):
        control_table(control_spec(forcing_here="forcing"), points, fits, labels, reference)


def compare(curves, reference_name, reference=None, **entry):
    """A comparison table of {name: CurveTables, or a Point table}."""
    spec = ComparisonTable(
        kind="comparison",
        title="Ablation",
        reference=reference_name,
        curves=[name for name in curves if name != reference_name],
        **entry,
    )
    points = {name: getattr(tables, "points", tables) for name, tables in curves.items()}
    outcomes = {n: t.outcomes for n, t in curves.items() if hasattr(t, "outcomes")}
    labels = {name: name.upper() for name in curves}
    reference = empty_table(Reference) if reference is None else reference
    return comparison_table(spec, points, outcomes, labels, reference, BOOTSTRAP)


def one_model(name, own):
    return sft_points(curve(pools=[name]), [pool(name, own)], BOOTSTRAP)


def test_differences_are_paired_over_problems(tmp_path):
    own, other = rights(1), rights(2)
    table = compare({"base": one_model("base", own), "more": one_model("more", other)}, "base")
    check_table(Comparison, table, tmp_path / "comparison.csv")
    assert table["curve"].to_list() == ["base", "more"]
    assert table["difference"][0] is None
    found = table.select("difference", "low_difference", "high_difference").row(1)
    apart = (np.array(other) - np.array(own)) / 4
    assert found == pytest.approx(mean_difference(apart, 300, 1))
    row = table.row(1, named=True)
    assert row["train_examples"] == 40


def test_the_order_of_problems_does_not_matter(tmp_path):
    forward = samples_of("a", ["1"]) + samples_of("b", ["2"])
    backward = samples_of("b", ["2"]) + samples_of("a", ["1"])
    curves = {
        name: tables_of(tmp_path, samples, method="vote")
        for name, samples in (("base", forward), ("same", backward))
    }
    assert compare(curves, "base")["difference"].to_list() == [None, 0]


def test_groups_of_trainings_count_the_scatter_of_seeds():
    groups = {}
    for name, seeds in (("base", (1, 2)), ("more", (3, 4, 5))):
        names = [f"{name}{seed}" for seed in seeds]
        pools = [pool(n, rights(seed)) for n, seed in zip(names, seeds, strict=True)]
        groups[name] = sft_points(curve(groups={name: names}), pools, BOOTSTRAP)
    values = [np.array([rights(seed) for seed in seeds]).T / 4 for seeds in ((3, 4, 5), (1, 2))]
    row = compare(groups, "base").row(1, named=True)
    mean, alone, _ = mean_difference(values[0].mean(axis=1) - values[1].mean(axis=1), 300, 1)
    half = seeds_difference_half_width(*values)
    assert row["difference"] == pytest.approx(mean)
    low = max(mean - np.hypot(mean - alone, half), -1)
    assert row["low_difference"] == pytest.approx(low)


def test_a_setting_chooses_among_points(tmp_path):
    forcing = tables_of(tmp_path, forced_pool(), method="forcing")
    vote = tables_of(tmp_path, forced_pool(), method="vote", budget=100, k=[2])
    curves = {"forced": forcing, "voted": vote}
    table = compare(curves, "forced", setting="budget=400")
    assert table["setting"].to_list() == ["budget=400", "k=2"]
    with pytest.raises(CurveError, match=r"forced has several points: .*'budget=100'"):
        compare(curves, "forced")
    with pytest.raises(CurveError, match="several points"):
        compare(curves, "forced", setting="budget=7")


def test_different_problems_or_benchmarks_are_refused(reference):
    base = one_model("base", [1, 2, 3])
    with pytest.raises(CurveError, match=r"less and base do not have the same problems.*1 of.*p2"):
        compare({"base": base, "less": one_model("less", [1, 2])}, "base")
    paper = s1_curve("sft", "Table 2", "s1K")
    points = published_points(reference, paper.published, "paper", "sft")
    with pytest.raises(CurveError, match="paper is of aime24, base of numbers"):
        compare({"base": base, "paper": points}, "base")


def test_published_differences_stand_beside_measured_ones(reference):
    series = {"base": "s1K", "random": "1K-random"}
    published = {"paper": "s1", "figure": "Table 2", "benchmark": "aime24", "series": series}
    curves = {"base": one_model("base", rights(1)), "random": one_model("random", rights(2))}
    table = compare(curves, "base", reference, published=published)
    assert table.select("curve", "label", "origin").rows() == [
        ("base", "BASE", "measured"),
        ("base", "s1K", "table"),
        ("random", "RANDOM", "measured"),
        ("random", "1K-random", "table"),
    ]
    found = table.row(3, named=True)
    assert (found["accuracy"], found["difference"]) == (0.367, -0.133)
    assert (found["low_difference"], found["high_difference"]) == (-0.267, -0.033)
    # Curves that are published themselves are one row, with the paper's difference.
    papers = {
        name: published_points(reference, s1_curve("sft", "Table 2", line).published, name, "sft")
        for name, line in series.items()
    }
    table = compare(papers, "base", reference, published=published)
    assert table["curve"].to_list() == ["base", "random"]
    assert table["difference"].to_list() == [None, -0.133]
    assert table["low"].null_count() == 0
    wrong = published | {"series": {"base": "s1k"}}
    with pytest.raises(CurveError, match=r"series.base: Table 2 has 0 accuracies of 's1k'"):
        compare(curves, "base", reference, published=wrong)
