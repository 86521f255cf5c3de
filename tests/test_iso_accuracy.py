"""Training against inference compute at equal accuracy."""

import json
import math
import sys

import numpy as np
import polars as pl
import pytest

from scripts.analyse import tabulate_iso_accuracy
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.curves.tradeoff_tables import IsoAccuracy
from scripts.lib.estimators.bootstrap import bca_limits, resampled_means
from scripts.lib.estimators.iso_accuracy import (
    ModelLine,
    doublings_saved,
    doublings_saved_by_all,
    needed_log2,
    saved,
    with_limits,
)
from scripts.lib.tableio import make_table, read_table, write_table

TRAINED, DEEPER = 0.06, 0.04
"""Accuracy of the toy surface that a doubling of training adds, and one of inference."""
TRAINS = [2.0**30, 2.0**31, 2.0**33]
INFERENCE = [2.0**n for n in (20, 22, 23, 25)]
ALL = np.ones((1, 1))


def height(train, compute):
    """A surface whose lines of equal accuracy have the slope DEEPER / TRAINED everywhere."""
    return 0.1 + TRAINED * (np.log2(train) - 30) + DEEPER * (np.log2(compute) - 20)


def toy(train, problems=1):
    points = np.array(INFERENCE)
    accuracy = np.tile(height(train, points), (problems, 1))
    return ModelLine.of(train, accuracy, np.tile(points, (problems, 1)))


@pytest.mark.parametrize("at", [0.17, 0.22, 0.279])
def test_the_exchange_of_a_toy_surface_is_its_slope(at):
    less, more = toy(TRAINS[0]), toy(TRAINS[1])
    (place,) = needed_log2(less, [at])(ALL)[0]
    assert place == pytest.approx(20 + (at - 0.1) / DEEPER)
    # A doubling of training replaces TRAINED / DEEPER doublings of inference.
    assert doublings_saved(less, more, [at])(ALL)[0, 0] == pytest.approx(TRAINED / DEEPER)
    lines = [toy(train) for train in TRAINS[:2]]
    assert doublings_saved_by_all(lines, at)(ALL)[0, 0] == pytest.approx(TRAINED / DEEPER)
    shift = TRAINED / DEEPER
    assert saved(less, more, [at])(ALL)[0, 0] == pytest.approx(2**place - 2 ** (place - shift))


def test_a_line_is_never_extended():
    line = toy(TRAINS[0])
    low, high = height(TRAINS[0], INFERENCE[0]), height(TRAINS[0], INFERENCE[-1])
    at = [low - 0.05, low + 1e-6, high - 1e-6, high + 1e-6]
    places, first = line.needed(ALL, at)
    assert first.tolist() == [[True, False, False, False]]
    assert places[0, 0] == 20, "no less than its first point"
    assert places[0, 2] == pytest.approx(25, abs=1e-3)
    assert math.isinf(places[0, 3])
    with pytest.raises(ValueError, match="compute above 0"):
        ModelLine.of(1.0, [[0.5]], [[0.0]])


def test_a_point_worse_than_a_cheaper_one_adds_nothing():
    """Points out of order; the third is worse than the second, so the line is flat between."""
    line = ModelLine.of(1.0, [[0.9, 0.2, 0.5, 0.4]], [[64.0, 4.0, 8.0, 16.0]])
    places, _ = line.needed(ALL, [0.2, 0.35, 0.5, 0.7])
    # From (8, 0.5), kept up to 16, straight on to (64, 0.9).
    assert places[0] == pytest.approx([2, 2.5, 3, 5])


def test_draws_share_their_problems():
    """Two models that differ by a constant on every problem: nothing but rounding scatters."""
    rng = np.random.default_rng(0)
    base = rng.uniform(0, 0.3, (50, 1))
    compute = np.tile([4.0, 64.0], (50, 1))
    steps = np.array([[0.0, 0.4]])
    less = ModelLine.of(1.0, base + steps, compute)
    more = ModelLine.of(2.0, base + steps + 0.1, compute)
    found = with_limits(doublings_saved(less, more, [0.4]), 50, 200, 0)
    alone = with_limits(needed_log2(less, [0.4]), 50, 200, 0)
    assert found.value[0] == pytest.approx(1)
    assert alone.high[0] - alone.low[0] > 0.1
    assert found.high[0] - found.low[0] < 1e-9 or math.isnan(found.low[0])


def test_limits_of_a_mean_are_those_of_its_bca_bootstrap():
    values = np.random.default_rng(3).beta(1, 2, (60, 1))
    found = with_limits(lambda weights: weights @ values, 60, 999, 4)
    assert [found.low[0], found.high[0]] == pytest.approx(bca_limits(values, 999, 4)[0], abs=0.002)


def test_limits_are_unknown_where_draws_are():
    values = np.random.default_rng(3).uniform(0, 1, (60, 1))

    drawn = np.sort(resampled_means(values, 500, 4)[:, 0])

    def lost(share):
        """The mean, not a number in this share of the draws."""
        edge = drawn[int(share * len(drawn))]
        return lambda weights: np.where(weights @ values < edge, np.nan, weights @ values)

    assert math.isnan(with_limits(lost(0.1), 60, 500, 4).low[0])
    assert not math.isnan(with_limits(lost(0.01), 60, 500, 4).low[0])


@pytest.mark.parametrize("what", ["rate", "flops"])
def test_limits_cover_what_they_should(what):
    """95 % of 400 studies of 200 problems: one standard error of the coverage is 1.1 points."""
    rng = np.random.default_rng(8)
    at = [0.5]
    compute = np.array([4.0, 16.0, 64.0])
    covered, studies = 0, 400

    def models(problems):
        """Chances of a right vote that rise with training and inference, by how hard it is."""
        easy = rng.normal(0, 1.5, (problems, 1))
        return [1 / (1 + np.exp(-(easy + add + [-1.2, 0, 1.2]))) for add in (-0.3, 0.4)]

    def lines(problems, chances):
        """Problems that are hard take more compute too."""
        spent = compute * rng.uniform(0.5, 1.5, (problems, 1))
        drawn = [rng.binomial(4, chance) / 4 for chance in chances]
        return [ModelLine.of(t, d, spent) for t, d in zip((1.0, 2.0), drawn, strict=True)]

    def statistic(pair):
        return doublings_saved(*pair, at) if what == "rate" else needed_log2(pair[0], at)

    big = models(400_000)
    exact = [
        ModelLine.of(t, c, np.tile(compute, (400_000, 1)))
        for t, c in zip((1.0, 2.0), big, strict=True)
    ]
    truth = statistic(exact)(np.full((1, 400_000), 1 / 400_000))[0, 0]
    for study in range(studies):
        found = with_limits(statistic(lines(200, models(200))), 200, 400, study)
        covered += found.low[0] <= truth <= found.high[0]
    assert 0.93 <= covered / studies <= 0.97


def written(folder, name, train, points, *, problems=30, model=None, setting="k={}", **more):
    """Tables of one model's votes: (samples, FLOPs, accuracy), harder problems dearer."""
    rows, outcomes = [], []
    hard = np.linspace(0.5, 1.5, problems)
    for n, flops, accuracy in points:
        each = np.clip(accuracy + (1 - hard) * 0.2, 0, 1)
        rows.append(
            {"curve": name, "method": "vote", "benchmark": "numbers", "model": model or name}
            | {"setting": setting.format(n), "n": n, "flops": flops, "train_flops": train}
            | {"accuracy": float(each.mean()), "problems": problems, "origin": "measured"}
            | more
        )
        outcomes += [
            {"curve": name, "setting": setting.format(n), "problem_id": f"p{place:02}"}
            | {"accuracy": float(each[place]), "flops": float(flops * hard[place])}
            for place in range(problems)
        ]
    points = make_table(Point, rows)
    if (folder / f"{name}.csv").exists():
        points = pl.concat([read_table(Point, folder / f"{name}.csv"), points])
        before = read_table(Outcome, folder / f"{name}.parquet")
        write_table(
            Outcome, pl.concat([before, make_table(Outcome, outcomes)]), folder / f"{name}.parquet"
        )
    else:
        shuffled = make_table(Outcome, outcomes).sample(
            fraction=1, shuffle=True, seed=int(train) % 97
        )
        write_table(Outcome, shuffled, folder / f"{name}.parquet")
    write_table(Point, points, folder / f"{name}.csv")


def tabulated(folder, curves, at):
    table = {"kind": "iso_accuracy", "title": "t", "curves": curves, "at": at}
    arguments = [
        *("--spec", json.dumps(table), "--labels", json.dumps({n: n.upper() for n in curves})),
        *("--points", *(str(folder / f"{n}.csv") for n in curves)),
        *("--outcomes", *(str(folder / f"{n}.parquet") for n in curves)),
        *("--bootstrap", "400", "--output", str(folder / "table.csv")),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tabulate_iso_accuracy", *arguments])
        tabulate_iso_accuracy.main()
    return read_table(IsoAccuracy, folder / "table.csv")


def test_a_table_of_a_toy_surface(tmp_path):
    for number, train in enumerate(TRAINS):
        points = [(2**i, x, height(train, x)) for i, x in enumerate(INFERENCE)]
        written(tmp_path, f"vote_{number}", train, points)
    # The last of the three has at least 0.28.
    table = tabulated(tmp_path, ["vote_2", "vote_0", "vote_1"], [0.29, 0.22, 0.7])
    assert table["at"].to_list() == [0.22] * 6 + [0.29] * 6 + [0.7] * 6
    easy, hard, never = (table.filter(at=at) for at in (0.22, 0.29, 0.7))
    assert easy["what"].to_list() == ["model"] * 3 + ["step"] * 2 + ["all"]
    assert easy["curve"].to_list() == ["vote_0", "vote_1", "vote_2", "vote_1", "vote_2", None]
    assert easy["reached"].to_list()[:3] == ["between points"] * 2 + ["first point"]
    needs = [2 ** (20 + (0.22 - 0.1 - TRAINED * i) / DEEPER) for i in (0, 1)]
    assert easy["flops"].to_list()[:3] == pytest.approx([*needs, 2**20])
    step, bound, together = easy.tail(3).iter_rows(named=True)
    assert (step["against"], step["train_flops"]) == ("vote_0", TRAINS[1] - TRAINS[0])
    assert step["exchange"] == pytest.approx(DEEPER / TRAINED)
    assert step["saved_flops"] == pytest.approx(needs[0] - needs[1])
    assert step["queries"] == pytest.approx(2**30 / (needs[0] - needs[1]))
    assert step["low_queries"] <= step["queries"] <= step["high_queries"]
    assert step["low_exchange"] <= step["exchange"] <= step["high_exchange"]
    assert (bound["reached"], bound["exchange"]) == ("first point", None)
    assert bound["queries"] == pytest.approx((2**33 - 2**31) / (needs[1] - 2**20))
    assert "what is saved is the least" in bound["why"]
    assert together["models"] == 2
    assert together["exchange"] == pytest.approx(DEEPER / TRAINED)
    assert hard.filter(what="all")["models"].to_list() == [3]
    assert hard.filter(what="all")["exchange"][0] == pytest.approx(DEEPER / TRAINED)
    assert never.filter(what="model")["reached"].to_list() == ["never"] * 3
    assert never["flops"].null_count() == 6
    assert never["why"].null_count() == 0


def test_where_inference_cannot_replace_training(tmp_path):
    """Votes of the less trained model gain nothing; one curve holds both of the others."""
    written(tmp_path, "vote_a", 2.0**30, [(1, 2.0**20, 0.3), (8, 2.0**23, 0.3)])
    written(tmp_path, "sft_b", 2.0**31, [(1, 2.0**20, 0.5)], model="b", setting="b")
    written(tmp_path, "sft_b", 2.0**32, [(1, 2.0**20, 0.4)], model="c", setting="c")
    table = tabulated(tmp_path, ["vote_a", "sft_b"], [0.45])
    assert table.filter(what="model")["model"].to_list() == ["vote_a", "b", "c"]
    first, second = table.filter(what="step").iter_rows(named=True)
    assert first["why"] == "the less trained model never has it: no inference replaces training"
    assert second["why"] == "the more trained model never has it"
    assert {row["queries"] for row in (first, second)} == {None}
    assert "0 of the models have it between points" in table.filter(what="all")["why"][0]


def test_what_has_no_trade_to_measure_is_refused(tmp_path):
    points = [(1, 2.0**20, 0.3), (8, 2.0**23, 0.6)]
    written(tmp_path, "vote_a", 2.0**30, points)
    written(tmp_path, "vote_b", 2.0**30, points)
    with pytest.raises(CurveError, match="vote_a and vote_b have models of the same training"):
        tabulated(tmp_path, ["vote_a", "vote_b"], [0.5])
    written(tmp_path, "vote_c", 2.0**31, points, train_flops=None)
    with pytest.raises(CurveError, match="vote_c has points without train_flops"):
        tabulated(tmp_path, ["vote_a", "vote_c"], [0.5])
    written(tmp_path, "vote_d", 2.0**31, points, problems=29)
    with pytest.raises(CurveError, match="do not have the same problems"):
        tabulated(tmp_path, ["vote_a", "vote_d"], [0.5])
    written(tmp_path, "vote_e", 2.0**31, points, benchmark="letters")
    with pytest.raises(CurveError, match="vote_e and vote_a are of different benchmarks"):
        tabulated(tmp_path, ["vote_a", "vote_e"], [0.5])
