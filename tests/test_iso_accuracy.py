"""Training against inference compute at equal accuracy."""

import json
import math
import sys

import numpy as np
import polars as pl
import pytest

from scripts.analyse import tabulate_iso_accuracy
from scripts.lib.curves.iso_rows import all_row, model_row, step_row
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.curves.tradeoff_tables import IsoAccuracy
from scripts.lib.estimators.bootstrap import bca_limits, resampled_means
from scripts.lib.estimators.iso_accuracy import (
    ModelLine,
    Value,
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
    place = 20 + (at - 0.1) / DEEPER
    assert needed_log2(less, [at])(ALL).ravel() == pytest.approx([place] * 2)
    # A doubling of training replaces TRAINED / DEEPER doublings of inference.
    shift = TRAINED / DEEPER
    assert doublings_saved(less, more, [at])(ALL).ravel() == pytest.approx([shift] * 2)
    for models in (TRAINS[:2], [2.0**30, 2.0**30.5, 2.0**31]):
        by_all = doublings_saved_by_all([toy(train) for train in models], at)
        assert by_all(ALL).ravel() == pytest.approx([shift] * 2)
    spared = 2**place - 2 ** (place - shift)
    assert saved(less, more, [at])(ALL).ravel() == pytest.approx([spared] * 2)


def test_a_line_is_never_extended():
    line = toy(TRAINS[0])
    low, high = height(TRAINS[0], INFERENCE[0]), height(TRAINS[0], INFERENCE[-1])
    at = [low - 0.05, low + 1e-6, high - 1e-6, high + 1e-6]
    (least,), (most,) = line.needed(ALL, at)
    # No more than its first point, and more than its last one.
    assert least == pytest.approx([-math.inf, 20, 25, 25], abs=1e-3)
    assert most == pytest.approx([20, 20, 25, math.inf], abs=1e-3)
    with pytest.raises(ValueError, match="compute above 0"):
        ModelLine.of(1.0, [[0.5]], [[0.0]])


def test_what_a_line_leaves_open_leaves_differences_open():
    """The more trained line has 0.3 at its first point, the less trained one never has 0.5."""
    less, more = toy(TRAINS[0]), toy(TRAINS[2])
    first, last = 2.0**20, 2.0**25
    place = 2 ** (20 + (0.29 - 0.1) / DEEPER)
    bound = saved(toy(TRAINS[0]), toy(2.0**34), [0.29])(ALL).ravel()
    assert bound == pytest.approx([place - first, place]), "all of it, if more needs next to none"
    assert doublings_saved(less, more, [0.27])(ALL)[1, 0, 0] == math.inf
    (least,), (most,) = saved(less, more, [0.4])(ALL)[:, 0]
    assert least == pytest.approx(last - 2 ** (20 + (0.4 - 0.1 - 3 * TRAINED) / DEEPER))
    assert most == math.inf
    # The line in the middle of three counts for nothing, whatever it leaves open.
    lines = [toy(2.0**30), ModelLine.of(2.0**31, [[0.9]], [[2.0**20]]), toy(2.0**32)]
    by_all = doublings_saved_by_all(lines, 0.25)(ALL).ravel()
    assert by_all == pytest.approx([TRAINED / DEEPER] * 2)


def test_a_point_worse_than_a_cheaper_one_stands_as_it_is():
    """Points out of order; the third is worse than the second."""
    line = ModelLine.of(1.0, [[0.9, 0.2, 0.5, 0.4]], [[64.0, 4.0, 8.0, 16.0]])
    (most,) = line.needed(ALL, [0.2, 0.35, 0.5, 0.7])[1]
    # From (16, 0.4) straight on to (64, 0.9), as figures draw it.
    assert most == pytest.approx([2, 2.5, 3, 5.2])


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
    assert found.least[0] == found.most[0] == pytest.approx(1)
    assert alone.high[0] - alone.low[0] > 0.1
    assert math.isnan(found.low[0])
    assert math.isnan(found.high[0])


def test_equal_problems_tell_nothing_of_others():
    line = ModelLine.of(1.0, [[0.1, 0.3, 0.4]] * 7, [[4.0, 7.0, 31.0]] * 7)
    found = with_limits(needed_log2(line, [0.35]), 7, 200, 0)
    assert found.least[0] == pytest.approx(np.log2(7 * 31) / 2)
    assert np.isnan([found.low[0], found.high[0]]).all()


def twice(statistic):
    """A statistic whose lines leave nothing open: both ends are the same."""
    return lambda weights: np.stack([statistic(weights)] * 2)


def test_limits_of_a_mean_are_those_of_its_bca_bootstrap():
    values = np.random.default_rng(3).beta(1, 2, (60, 1))
    found = with_limits(twice(lambda weights: weights @ values), 60, 999, 4)
    assert [found.low[0], found.high[0]] == pytest.approx(bca_limits(values, 999, 4)[0], abs=0.002)


@pytest.mark.parametrize("open_end", [0, 1])
def test_limits_have_no_end_where_draws_have_none(open_end):
    values = np.random.default_rng(3).uniform(0, 1, (60, 1))
    drawn = resampled_means(values, 500, 4)[:, 0]

    def beyond(share):
        """The mean, open to one side in this share of the draws."""
        edge = np.quantile(drawn, (share, 1 - share)[open_end])

        def statistic(weights):
            ends = np.stack([weights @ values] * 2)
            outside = (ends[open_end] > edge) == (open_end == 1)
            ends[open_end][outside] = (-np.inf, np.inf)[open_end]
            return ends

        return statistic

    for share, ends in ((0.35, True), (0.001, False)):
        found = with_limits(beyond(share), 60, 500, 4)
        limits = [found.low[0], found.high[0]]
        assert np.isinf(limits[open_end]) == ends
        assert np.isfinite(limits[1 - open_end])


def test_a_first_point_of_many_draws_is_no_lower_limit():
    """The first point has the accuracy in a third of the draws: less may do."""
    rng = np.random.default_rng(4)
    right = rng.binomial(1, 0.46, 100) - 0.0
    line = ModelLine.of(
        1.0, np.column_stack([right, 1 + 0 * right]), np.tile([4.0, 64.0], (100, 1))
    )
    at = [right.mean() + 0.02]
    found = with_limits(needed_log2(line, at), 100, 999, 0)
    assert 2 < found.least[0] == found.most[0] < 6
    assert found.low[0] == -math.inf
    assert found.least[0] < found.high[0] < 6


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
    truth = statistic(exact)(np.full((1, 400_000), 1 / 400_000))[0, 0, 0]
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
    # All problems have the same slope: what it would be on others nobody knows.
    assert (step["low_exchange"], step["high_exchange"]) == (None, None)
    assert (bound["reached"], bound["exchange"]) == ("first point", None)
    assert bound["queries"] == pytest.approx((2**33 - 2**31) / (needs[1] - 2**20))
    assert "what is saved is the least" in bound["why"]
    # No more can be saved than all that is needed without it, were it just above these limits.
    assert bound["saved_flops"] == pytest.approx(needs[1] - 2**20)
    assert bound["high_saved_flops"] > needs[1]
    assert bound["low_queries"] == pytest.approx((2**33 - 2**31) / bound["high_saved_flops"])
    assert together["models"] == 2
    assert together["exchange"] == pytest.approx(DEEPER / TRAINED)
    assert hard.filter(what="all")["models"].to_list() == [3]
    assert hard.filter(what="all")["exchange"][0] == pytest.approx(DEEPER / TRAINED)
    assert never.filter(what="model")["reached"].to_list() == ["never"] * 3
    assert never["flops"].null_count() == 6
    assert never["why"].null_count() == 0


def value(least, low, high, most=None):
    return Value(*(np.array([x]) for x in (least, least if most is None else most, low, high)))


@pytest.mark.parametrize(
    ("low", "rate", "high", "told"),
    [
        (0.5, 1.0, 2.0, None),
        (-1.0, -0.1, 0.8, "whether more training saves anything is undecided"),
        (-1.0, 0.1, 0.8, "whether more training saves anything is undecided"),
        (-math.inf, 0.1, math.inf, "whether more training saves anything is undecided"),
        (-2.0, -1.0, -0.5, "more training saves nothing"),
        (math.nan, 1.0, math.nan, None),
        (math.nan, -1.0, math.nan, "whether more training saves anything is undecided"),
    ],
)
def test_limits_say_whether_training_saves_anything_and_values_stand_with_them(
    low, rate, high, told
):
    row = all_row(value(rate, low, high), 3)
    assert row["why"] == told
    names = ("low_doublings_saved", "doublings_saved", "high_doublings_saved")
    known = [x if math.isfinite(x) else None for x in (low, rate, high)]
    assert [row[name] for name in names] == known
    inverse = [None if not x > 0 else 1 / x for x in (high, rate, low)]
    assert [row[f"{end}exchange"] for end in ("low_", "", "high_")] == inverse
    step = step_row(("between points",) * 2, 6.0, value(rate, low, high), value(rate, low, high), 0)
    assert [step[f"{end}saved_flops"] for end in ("low_", "", "high_")] == known
    assert step["queries"] == (6 / rate if rate > 0 else None)
    assert step["why"] == told


def test_what_is_saved_at_least_has_the_limits_of_all_that_it_can_be():
    saving = value(2.0, -1.0, 9.0, most=5.0)
    row = step_row(("between points", "first point"), 18.0, saving, saving, 0)
    assert [row[f"{end}saved_flops"] for end in ("low_", "", "high_")] == [-1, 2, 9]
    assert [row[f"{end}queries"] for end in ("low_", "", "high_")] == [2, 9, None]
    assert "what is saved is the least; whether more training saves anything" in row["why"]
    assert "exchange" not in row


def test_a_model_without_a_lower_limit_has_none():
    row = model_row(value(3.0, -math.inf, 4.0), 0)
    assert (row["low_flops"], row["flops"], row["high_flops"], row["why"]) == (None, 8, 16, None)


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
