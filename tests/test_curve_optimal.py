"""Compute-optimal curves: their points, what they chose, and what they refuse."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from scripts.analyse import tabulate_optimal
from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.study import Study
from scripts.lib.curves.rows import CurveTables
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Bin, Choice, Outcome, Point
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.workflow import StudyFiles
from tests.curve_tables import means_of_outcomes
from tests.studies import micro

EASY, HARD = [f"easy{i}" for i in range(6)], [f"hard{i}" for i in range(6)]


def bins(costs=(100.0, 1e6), **changed):
    rows = [
        {"problem_id": name, "bin": 1 + (name in HARD), "value": 0.5}
        | {"tokens": costs[0], "flops": costs[1]}
        for name in [*EASY, *HARD]
    ]
    return make_table(Bin, [row | changed.get(str(row["problem_id"]), {}) for row in rows])


def a_curve(name, settings, benchmark="numbers", origin="measured", model="small"):
    """Tables of a curve given as setting to accuracy on easy and hard problems, and tokens.

    A token takes 1e4 FLOPs.
    """
    points, outcomes = [], []
    for setting, (easy, hard, tokens) in settings.items():
        for problem in [*EASY, *HARD]:
            flops = None if tokens is None else 1e4 * tokens
            row = {"curve": name, "setting": setting, "problem_id": problem, "tokens": tokens}
            right = easy if problem in EASY else hard
            outcomes.append(row | {"accuracy": right, "flops": flops})
        points.append(
            {
                **{"curve": name, "method": name.split("_")[0], "benchmark": benchmark},
                **{"model": model, "setting": setting, "problems": 12, "origin": origin},
            }
        )
    return name, make_table(Point, points), make_table(Outcome, outcomes)


# Easy problems are best voted on; only the search, which takes more, solves hard ones.
VOTE = a_curve("vote_x", {"k=1": (0.5, 0.1, 150.0), "k=4": (0.9, 0.2, 600.0)})
BEAM = a_curve("beam_x", {"k=4": (0.7, 0.6, 1000.0)})


def tabulated(folder, *curves, table=None, **spec):
    whole = {"method": "optimal", "bins": "b", "cost": "tokens", **spec}
    whole["curves"] = [name for name, _, _ in curves]
    arguments = ["--curve", "optimal_x", "--spec", json.dumps(whole), "--bootstrap", "400"]
    for kind, model, place, suffix in (("points", Point, 1, "csv"), ("outcomes", Outcome, 2, "pq")):
        arguments.append(f"--from-{kind}")
        for each in curves:
            path = folder / kind / f"{each[0]}.{suffix.replace('pq', 'parquet')}"
            path.parent.mkdir(exist_ok=True)
            write_table(model, each[place], path)
            arguments.append(str(path))
    write_table(Bin, bins() if table is None else table, folder / "bins.parquet")
    arguments += ["--bins", str(folder / "bins.parquet"), "--choices", str(folder / "choices.csv")]
    arguments += ["--outcomes", str(folder / "o.parquet"), "--output", str(folder / "p.csv")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tabulate_optimal", *arguments])
        tabulate_optimal.main()
    tables = CurveTables(
        read_table(Point, folder / "p.csv"), read_table(Outcome, folder / "o.parquet")
    )
    means_of_outcomes(tables)
    return tables, read_table(Choice, folder / "choices.csv")


def test_the_best_strategy_differs_by_bin(tmp_path):
    tables, choices = tabulated(tmp_path, VOTE, BEAM)
    # Costs with the bins: 250, 700, 1100 tokens; the first power of two at or above each.
    assert tables.points["setting"].to_list() == [f"tokens=2^{p}" for p in (8, 9, 10, 11)]
    chosen = choices.select("setting", "bin", "chosen", "chosen_setting").unique().sort("bin")
    whole = {p: set(chosen.filter(setting=f"tokens=2^{p}").rows()) for p in (8, 9, 10, 11)}
    assert {row[1:] for row in whole[8]} == {(1, "vote_x", "k=1"), (2, "vote_x", "k=1")}
    assert {row[1:] for row in whole[9]} == {row[1:] for row in whole[8]}
    assert {row[1:] for row in whole[10]} == {(1, "vote_x", "k=4"), (2, "vote_x", "k=4")}
    assert {row[1:] for row in whole[11]} == {(1, "vote_x", "k=4"), (2, "beam_x", "k=4")}
    assert tables.points["accuracy"].to_list() == pytest.approx([0.3, 0.3, 0.55, 0.75])
    assert tables.points["tokens"].to_list() == pytest.approx([250, 250, 700, 900])
    flops = [1e4 * tokens + 1e6 for tokens in (150, 150, 600, 800)]
    assert tables.points["flops"].to_list() == pytest.approx(flops)
    assert (tables.points["low"] <= tables.points["accuracy"]).all()
    assert (tables.points["high"] >= tables.points["accuracy"]).all()
    assert tables.points["low_benchmark"].to_list() == [None] * 4
    assert set(tables.points["method"]) == {"optimal"}
    assert set(choices["fitted_on"]) == {"bin"}
    assert choices["fitted_problems"].to_list() == [3] * 16
    last = choices.filter(setting="tokens=2^11", bin=2, half=0).row(0, named=True)
    assert (last["accuracy"], last["spent"], last["budget"]) == pytest.approx((0.6, 1100, 2048))


def test_bins_may_hold_problems_that_no_curve_has(tmp_path):
    of_all = tabulated(tmp_path, VOTE, BEAM)[0].points
    more = bins().head(2).with_columns(problem_id=pl.lit("m") + pl.col("problem_id"))
    wider = tabulated(tmp_path, VOTE, BEAM, table=pl.concat([more, bins()]))[0].points
    assert wider.equals(of_all)


def test_bins_can_be_had_for_nothing(tmp_path):
    tables, _ = tabulated(tmp_path, VOTE, BEAM, count_bins=False)
    assert tables.points["tokens"].to_list() == pytest.approx([150, 150, 800])


def test_flops_count_what_tokens_do_not(tmp_path):
    # A verifier makes the search dear: by FLOPs it is out of reach where by tokens it is not.
    name, points, outcomes = BEAM
    dear = (name, points, outcomes.with_columns(flops=pl.col("flops") * 8))
    by_tokens, _ = tabulated(tmp_path, VOTE, dear)
    by_flops, choices = tabulated(tmp_path, VOTE, dear, cost="flops")
    assert by_tokens.points["flops"][-1] == pytest.approx((1e4 * 600 + 8e4 * 1000) / 2 + 1e6)
    assert by_flops.points["setting"].to_list() == [f"flops=2^{p}" for p in range(22, 28)]
    beam = choices.filter(chosen="beam_x")["setting"].unique().to_list()
    assert beam == ["flops=2^27"]


def test_the_interval_counts_the_choice(tmp_path):
    """Random strategies: what is best on one half is no better than any other on the other."""
    generator = np.random.default_rng(0)
    curves = []
    for number in range(6):
        name, points, outcomes = a_curve(f"vote_{number}", {"k=1": (0.5, 0.5, 100.0)})
        right = generator.integers(0, 2, 12).astype(float)
        curves.append((name, points, outcomes.with_columns(accuracy=pl.Series(right))))
    tables, _ = tabulated(tmp_path, *curves)
    (point,) = tables.points.iter_rows(named=True)
    assert point["high"] - point["low"] > 0.35
    best = max(outcomes["accuracy"].mean() for _, _, outcomes in curves)
    assert point["accuracy"] < best


def test_a_bin_of_one_problem_takes_what_is_best_for_all(tmp_path):
    table = bins(hard0={"bin": 5})
    _, choices = tabulated(tmp_path, VOTE, BEAM, table=table)
    alone = choices.filter(bin=5)
    assert set(alone["fitted_on"]) == {"all bins"}
    assert set(alone["half"]) == {0}
    assert alone["fitted_problems"][0] == 5
    assert sorted(set(choices["bin"])) == [1, 2, 5]


def test_what_cannot_be_chosen_among_is_refused(tmp_path):
    unknown = VOTE[2].with_columns(flops=pl.lit(None, pl.Float64))
    with pytest.raises(
        CurveError, match=r"optimal_x: vote_x, k=1: flops is unknown of 12 of 12 .*another cost"
    ):
        tabulated(tmp_path, (*VOTE[:2], unknown), BEAM, cost="flops")
    tables, _ = tabulated(tmp_path, (*VOTE[:2], unknown), BEAM)
    assert tables.points["flops"].to_list() == [None] * 4
    with pytest.raises(CurveError, match="bins b: their flops are unknown"):
        tabulated(tmp_path, VOTE, cost="flops", table=bins(costs=(100.0, None)))
    with pytest.raises(CurveError, match=r"vote_x and the bins do not have .* 1 of them: easy0"):
        tabulated(tmp_path, VOTE, table=bins().tail(-1))
    fewer = (*VOTE[:2], VOTE[2].filter(pl.col("problem_id") != "hard0"))
    with pytest.raises(CurveError, match=r"vote_x and the bins do not have .* 1 of them: hard0"):
        tabulated(tmp_path, fewer, BEAM)
    other = a_curve("beam_x", {"k=4": (0.7, 0.6, 1000.0)}, benchmark="letters")
    with pytest.raises(CurveError, match="curves of one benchmark are needed, not of numbers, let"):
        tabulated(tmp_path, VOTE, other)
    blank = VOTE[2].with_columns(accuracy=pl.lit(None, pl.Float64))
    with pytest.raises(CurveError, match="vote_x, k=1: accuracy is unknown of 12 of 12"):
        tabulated(tmp_path, (*VOTE[:2], blank))


def with_optimal(**optimal):
    study = micro()
    study["pools"]["binned"] = study["pools"]["plain"] | {"seed": 7, "n": 4}
    study["bins"] = {"oracle": {"pool": "binned", "by": "pass1"}}
    curves = ["best_of_n_base", "vote_base_plain", "beam_base"]
    study["curves"]["optimal_all"] = {
        **{"method": "optimal", "curves": curves, "bins": "oracle"},
        **optimal,
    }
    return study


def test_a_compute_optimal_curve_reads_the_curves_that_it_chooses_among():
    files = StudyFiles(with_optimal(), [])
    wildcards = SimpleNamespace(curve="optimal_all")
    inputs = files.optimal_inputs(wildcards)
    assert inputs["points"][0] == "results/micro/curves/best_of_n_base.csv"
    assert inputs["outcomes"][2] == "results/micro/outcomes/beam_base.parquet"
    assert inputs["bins"] == "results/micro/bins/oracle.parquet"
    assert files.curves("curves") == ["optimal_all"]
    assert "optimal_all" not in files.curves("samples")
    assert "results/micro/curves/optimal_all.csv" in files.curve_files()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"optimal": {"bins": "none"}}, r"optimal_all\.bins: 'none' is not defined"),
        ({"optimal": {"bins": None}}, r"optimal_all\.bins: name the bins"),
        ({"optimal": {"curves": ["none"]}}, r"optimal_all\.curves: 'none' is not defined"),
        (
            {"optimal": {"curves": ["oracle_base_plain"]}},
            "'oracle_base_plain' is of method oracle, which is",
        ),
        ({"optimal": {"curves": ["optimal_all"]}}, "'optimal_all' is of method optimal, which is"),
        ({"optimal": {"curves": None}}, "optimal_all: name exactly one of curves, published"),
        (
            {"bins": {"pool": "plain"}},
            "'vote_base_plain' rests on pool 'plain', from which bins 'oracl",
        ),
        (
            {"binned": {"seed": 0}},
            "pool 'plain' of 'vote_base_plain' holds the same sampl",
        ),
        (
            {"binned": {"benchmark": "pool"}},
            "'vote_base_plain' is of benchmark chains, bins",
        ),
    ],
)
def test_a_choice_that_does_not_fit_is_named(change, told):
    study = with_optimal(**change.get("optimal", {}))
    study["bins"]["oracle"] |= change.get("bins", {})
    study["pools"]["binned"] |= change.get("binned", {})
    with pytest.raises(ConfigError, match=told):
        check(Study, study, "study")
