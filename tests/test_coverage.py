"""pass@k as exponentiated power laws: the fit, what it says of more samples, and the table."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import curve_fit

from scripts.analyse import tabulate_counts, tabulate_coverage
from scripts.lib.config.load import read_yaml
from scripts.lib.curves.coverage import coverage_rows
from scripts.lib.curves.forecast_tables import Coverage
from scripts.lib.curves.rows import Bootstrap, Labels
from scripts.lib.curves.samples import CurveError, join_samples
from scripts.lib.curves.subsets import oracle_points
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.estimators.power_law import fit_power_laws
from scripts.lib.tableio import read_table, write_table
from scripts.lib.workflow import StudyFiles
from tests.pool_tables import pool_tables, samples_of
from tests.test_forecasts import STUDY, program


def law(k, a, b):
    return np.exp(a * np.asarray(k, dtype=float) ** b)


@pytest.mark.parametrize(("a", "b"), [(-2.0, -0.5), (-0.3, -1.2), (-5.0, -0.05), (-0.01, -0.3)])
def test_a_power_law_is_found_in_its_own_points(a, b):
    ks = [1, 2, 4, 8, 16, 32, 64]
    fit = fit_power_laws(ks, law(ks, a, b))
    assert (fit.a[0], fit.b[0]) == pytest.approx((a, b), rel=1e-5)
    assert fit.at(256)[0] == pytest.approx(law(256, a, b))


def test_fits_are_those_of_scipy_one_by_one():
    generator = np.random.default_rng(0)
    ks = np.array([1, 2, 4, 8, 16, 32])
    curves = np.sort(generator.uniform(0.05, 0.95, (40, 6)), axis=1)
    fits = fit_power_laws(ks, curves)
    for curve, a, b in zip(curves, fits.a, fits.b, strict=True):
        best, _ = curve_fit(law, ks, curve, p0=(a * 1.3, b * 0.8), maxfev=20_000)
        ours = ((curve - law(ks, a, b)) ** 2).sum()
        theirs = ((curve - law(ks, *best)) ** 2).sum()
        assert ours <= theirs * (1 + 1e-6)


def test_what_is_right_or_wrong_throughout_has_no_law():
    right = 1 - 1e-15  # a mean of ones that is rounded
    fits = fit_power_laws([1, 2, 4], [[1, right, 1], [0, 0, 0], [0, 0.1, 0.2], [0.9, 1, 1]])
    assert fits.a.tolist()[:2] == [0, -np.inf]
    assert np.isnan(fits.b).tolist() == [True, True, False, False]
    assert fits.at(4) == pytest.approx([1, 0, 0.2, 1], abs=0.02)
    assert fits.at(4)[:2].tolist() == [1, 0]
    with pytest.raises(ValueError, match="two numbers of samples"):
        fit_power_laws([4, 4], [[0.1, 0.2]])


def a_curve(folder, name, shares, n=64, ks=(1, 2, 4, 8, 16, 32, 64)):
    """Points and outcomes of an oracle curve, n samples of each problem."""
    generator = np.random.default_rng(1)
    made_up = [
        one
        for problem, share in enumerate(shares)
        for one in samples_of(
            str(problem), np.where(generator.random(n) < share, "1", "2").tolist()
        )
    ]
    samples = join_samples(*pool_tables(made_up)[:2])
    labels = Labels(name, "oracle", "numbers", "m", "measured")
    tables = oracle_points(samples, list(ks), labels, Bootstrap(200, 0))
    write_table(Point, tables.points, folder / f"{name}.csv")
    write_table(Outcome, tables.outcomes, folder / f"{name}.parquet")
    return tables


def tabulated(folder, *names, draws=400):
    program(
        tabulate_coverage,
        folder / "table.csv",
        *("--labels", json.dumps({name: name.upper() for name in names})),
        *("--points", *(folder / f"{name}.csv" for name in names)),
        *("--outcomes", *(folder / f"{name}.parquet" for name in names)),
        *("--bootstrap", draws),
    )
    return read_table(Coverage, folder / "table.csv")


def test_a_table_of_coverage(tmp_path):
    shares = np.random.default_rng(2).beta(0.4, 1.5, 60)
    points = a_curve(tmp_path, "oracle_x", shares).points
    held, twice, four = tabulated(tmp_path, "oracle_x").iter_rows(named=True)
    assert (held["what"], held["last_k"], held["points"], held["k"]) == ("held out", 16, 5, 64)
    assert held["seen"] == pytest.approx(points.filter(n=64)["accuracy"][0])
    assert held["error"] == pytest.approx(held["coverage"] - held["seen"])
    assert held["low"] <= held["coverage"] <= held["high"]
    assert (twice["k"], four["k"]) == (128, 256)
    for row in (twice, four):
        assert (row["what"], row["last_k"], row["seen"], row["error"]) == (
            "forecast",
            64,
            None,
            None,
        )
        assert row["low"] <= row["coverage"] <= row["high"]
        for name in ("a", "b"):
            assert row[f"low_{name}"] <= row[name] <= row[f"high_{name}"]
        assert row["coverage"] == pytest.approx(law(row["k"], row["a"], row["b"]))
    known = points.sort("n")["accuracy"].to_numpy()
    left = known - law(points.sort("n")["n"].to_numpy(), four["a"], four["b"])
    assert four["fit_error"] == pytest.approx(np.sqrt((left**2).mean()))
    assert four["coverage"] > twice["coverage"] > known[-1] - 0.05


def test_what_cannot_be_fitted_is_left_out_and_says_why(tmp_path):
    a_curve(tmp_path, "oracle_x", [0.0] * 5)
    a_curve(tmp_path, "oracle_y", [0.5] * 5, ks=(1, 2, 64))
    a_curve(tmp_path, "oracle_z", [1.0] * 30)
    table = tabulated(tmp_path, "oracle_x", "oracle_y", "oracle_z")
    never, few, always = table.partition_by("curve", maintain_order=True)
    for flat, seen in ((never, 0), (always, 1)):
        assert flat["a"].null_count() == flat["coverage"].null_count() == 3
        assert flat["seen"].to_list() == [seen, None, None]
        assert set(flat["why"]) == {
            f"no power law passes through a coverage that is {seen} throughout"
        }
    held_out, *further = few.iter_rows(named=True)
    assert held_out["why"] == "2 points to fit a law to; it takes 3"
    assert (held_out["k"], held_out["coverage"], held_out["last_k"]) == (64, None, None)
    assert [(row["why"], row["points"]) for row in further] == [(None, 3)] * 2
    assert all(row["coverage"] > 0.9 for row in further)


def solved(counts, n=64, ks=(1, 2, 4, 8, 16, 32, 64)):
    """Points and outcomes of problems of which so many of n samples are right."""
    right = [["1"] * count + ["2"] * (n - count) for count in counts]
    samples = [one for name, given in enumerate(right) for one in samples_of(str(name), given)]
    joined = join_samples(*pool_tables(samples)[:2])
    labels = Labels("oracle_x", "oracle", "numbers", "m", "measured")
    return oracle_points(joined, list(ks), labels, Bootstrap(200, 0))


def test_draws_without_a_right_sample_count_as_what_they_are():
    """Of 30 problems one is solved: 36 % of draws miss it, and have a coverage of 0 at every k."""
    tables = solved([2] + [0] * 29)
    *_, four = coverage_rows("oracle_x", tables.points, tables.outcomes, Bootstrap(2000, 0))
    assert four["low"] == 0
    assert four["coverage"] < four["high"] < 0.22, "where they are left out it is 0.25"
    assert "low_a" not in four, "no power law is 0 throughout"
    more = solved([2] * 6 + [0] * 24)
    *_, four = coverage_rows("oracle_x", more.points, more.outcomes, Bootstrap(2000, 0))
    assert four["low_a"] < four["a"] < four["high_a"]


def test_outcomes_that_are_missing_are_refused():
    tables = solved([2, 30, 64])
    with pytest.raises(CurveError, match=r"oracle_x: .* has no accuracy of 1 problems .*: 0;"):
        coverage_rows("oracle_x", tables.points, tables.outcomes[1:], Bootstrap(200, 0))


def test_the_published_counts_have_a_law(tmp_path):
    """5 runs of 256 samples of 500 problems: the fit to k up to 64 misses pass@256 by a point."""
    study = StudyFiles(read_yaml(STUDY), [str(STUDY)])
    name = "oracle_llama_1b_math500"
    curve = SimpleNamespace(curve=name)
    program(
        tabulate_counts,
        tmp_path / f"{name}.csv",
        *("--curve", name, "--spec", study.curve_spec(curve)),
        *("--reference", study.curve_reference(curve), "--bootstrap", 200),
        *("--outcomes", tmp_path / f"{name}.parquet"),
    )
    table = SimpleNamespace(table="coverage")
    inputs = study.compared_inputs(table)
    assert inputs["outcomes"][-1] == f"results/recorded/outcomes/{name}.parquet"
    assert len(inputs["points"]) == len(inputs["outcomes"]) == 14
    assert json.loads(study.table_labels(table))[name] == "pass@N (perfect verifier)"
    held, _, four = tabulated(tmp_path, name).iter_rows(named=True)
    assert (held["k"], held["last_k"], four["k"]) == (256, 64, 1024)
    assert held["seen"] == pytest.approx(0.898, abs=0.001)
    assert abs(held["error"]) < 0.02
    assert held["fit_error"] < 0.02
    assert four["coverage"] > held["seen"]
    assert 0 < four["high"] - four["low"] < 0.05
