"""Curves against votes and a perfect verifier at equal compute."""

import json
import sys

import numpy as np
import polars as pl
import pytest

from scripts.analyse import tabulate_equal_compute
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.curves.tradeoff_tables import EqualCompute
from scripts.lib.estimators.bootstrap import bca_limits
from scripts.lib.estimators.line import weights_at
from scripts.lib.estimators.ratios import ratio_of_means
from scripts.lib.tableio import make_table, read_table, write_table

PROBLEMS = 40


def test_a_line_is_straight_in_log2_of_compute():
    weights = weights_at([64, 4, 16], 2.0**5)
    assert weights is not None
    assert weights.tolist() == pytest.approx([0.5, 0, 0.5])
    # A point itself counts alone, also where two points cost the same.
    assert weights_at([1, 4, 16], 4).tolist() == pytest.approx([0, 1, 0])
    assert weights_at([4, 4, 16], 4).sum() == pytest.approx(1)
    assert weights_at([7], 7).tolist() == [1]


@pytest.mark.parametrize("at", [3.99, 64.1])
def test_a_line_ends_with_its_points(at):
    assert weights_at([64, 4, 16], at) is None
    with pytest.raises(ValueError, match="compute above 0"):
        weights_at([0, 1], at)


def test_a_ratio_is_that_of_means_and_scales_with_its_numerator():
    rng = np.random.default_rng(0)
    v = rng.uniform(0.2, 1, 50)
    u = v * rng.uniform(0, 1, 50)
    ratio, (low, high) = ratio_of_means(u, v, 500, 1)
    assert ratio == pytest.approx(u.mean() / v.mean())
    assert low < ratio < high
    twice, (low_twice, high_twice) = ratio_of_means(2 * u, v, 500, 1)
    assert (twice, low_twice, high_twice) == pytest.approx((2 * ratio, 2 * low, 2 * high))
    # Over a constant it is a mean, and has a mean's limits.
    _, limits = ratio_of_means(u, np.full(50, 0.5), 500, 1)
    assert limits == pytest.approx(tuple(2 * bca_limits(u[:, None], 500, 1)[0]))
    assert ratio_of_means(v / 4, v, 500, 1)[1] is None, "nothing scatters"


def test_limits_of_a_share_cover_what_they_should():
    """95 % of 400 studies of 200 problems: one standard error of the coverage is 1.1 points."""
    rng = np.random.default_rng(5)
    covered = 0
    studies = 400
    for study in range(studies):
        # One sample is right with chance p, a search of 4 with chance q, some sample of 4 with r.
        p = rng.beta(1, 1.5, 200)
        r, q = 1 - (1 - p) ** 4, p + 0.4 * ((1 - (1 - p) ** 4) - p)
        single = rng.binomial(16, p) / 16
        own = (rng.uniform(size=200) < q).astype(float)
        _, limits = ratio_of_means(own - single, r - single, 400, study)
        assert limits is not None
        covered += limits[0] <= 0.4 <= limits[1]
    assert 0.93 <= covered / studies <= 0.97


def outcomes_of(rng, chance, n):
    return rng.binomial(n, chance, PROBLEMS) / n


def written(folder, name, points, *, model="small", benchmark="numbers", measured=True, **more):
    """Tables of a curve: setting, samples, tokens, and the accuracy of each problem or of all."""
    rows, outcomes = [], []
    for setting, n, tokens, accuracy in points:
        each = np.broadcast_to(accuracy, PROBLEMS)
        rows.append(
            {"curve": name, "method": name.split("_")[0], "benchmark": benchmark, "model": model}
            | {"setting": setting, "n": n, "tokens": tokens, "accuracy": float(each.mean())}
            | {"problems": PROBLEMS, "origin": "measured" if measured else "table"}
            | more
        )
        outcomes += [
            {"curve": name, "setting": setting, "problem_id": f"p{place:02}", "accuracy": float(a)}
            for place, a in enumerate(each)
        ]
    write_table(Point, make_table(Point, rows), folder / f"{name}.csv")
    if measured:
        shuffled = make_table(Outcome, outcomes).sample(fraction=1, shuffle=True, seed=len(name))
        write_table(Outcome, shuffled, folder / f"{name}.parquet")


def tabulated(folder, curves, **more):
    table = {"kind": "equal_compute", "title": "t", "curves": curves, "vote": "vote_x"}
    table |= {"oracle": "oracle_x"} | more
    names = [table["vote"], table["oracle"], *curves]
    outcomes = [folder / f"{n}.parquet" for n in names if (folder / f"{n}.parquet").exists()]
    arguments = [
        *("--spec", json.dumps(table), "--labels", json.dumps({n: n.upper() for n in names})),
        *("--points", *(str(folder / f"{n}.csv") for n in names)),
        *("--outcomes", *map(str, outcomes)),
        *("--bootstrap", "500", "--output", str(folder / "table.csv")),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tabulate_equal_compute", *arguments])
        tabulate_equal_compute.main()
    return read_table(EqualCompute, folder / "table.csv")


@pytest.fixture
def brute_force(tmp_path):
    """Votes and pass@k of one pool: 1, 2 and 4 samples of 100 tokens."""
    rng = np.random.default_rng(1)
    single = outcomes_of(rng, 0.4, 8)
    votes, oracle = np.clip(single + 0.1, 0, 1), 1 - (1 - single) ** 4
    two = 1 - (1 - single) ** 2
    written(tmp_path, "vote_x", [("k=1", 1, 100, single), ("k=4", 4, 400, votes)])
    points = [("k=1", 1, 100, single), ("k=2", 2, 200, two), ("k=4", 4, 400, oracle)]
    written(tmp_path, "oracle_x", points)
    return tmp_path, single, votes, two, oracle


def test_a_point_stands_against_both_lines_at_its_own_compute(brute_force):
    folder, single, votes, two, _ = brute_force
    rng = np.random.default_rng(2)
    own = outcomes_of(rng, 0.6, 4)
    points = [("n=2", 2, 200, own), ("n=8", 8, 800, own), ("cut", 1, 50, own)]
    written(folder, "beam_x", points)
    equal, beyond, before = tabulated(folder, ["beam_x"]).iter_rows(named=True)
    # 200 tokens lie half of the way from 100 to 400 in doublings.
    half = (single + votes) / 2
    assert equal["vote_accuracy"] == pytest.approx(half.mean())
    assert equal["gain_over_votes"] == pytest.approx((own - half).mean())
    assert equal["oracle_accuracy"] == pytest.approx(two.mean())
    assert equal["single_accuracy"] == pytest.approx(single.mean())
    share = (own - single).mean() / (two - single).mean()
    assert equal["share"] == pytest.approx(share)
    assert equal["low_share"] < share < equal["high_share"]
    # Paired over problems, whatever the order of their rows.
    paired = bca_limits((own - half)[:, None], 500, 0)[0]
    limits = equal["low_gain_over_votes"], equal["high_gain_over_votes"]
    assert limits == pytest.approx(tuple(paired))
    assert equal["why"] is None
    for row, told in ((beyond, "more compute than any"), (before, "less compute than any")):
        assert f"{told} point of vote_x" in row["why"]
        assert row["accuracy"] is not None
        unknown = ("vote_accuracy", "gain_over_votes", "oracle_accuracy", "oracle_gain", "share")
        assert {row[column] for column in unknown} == {None}


def test_curves_can_be_compared_at_the_same_compute(brute_force):
    folder, *_ = brute_force
    low, high = np.full(PROBLEMS, 0.25), np.full(PROBLEMS, 0.75)
    written(folder, "beam_x", [("n=1", 1, 100, low), ("n=4", 4, 400, high)])
    inside, outside = tabulated(folder, ["beam_x"], at=[200, 500]).iter_rows(named=True)
    assert (inside["setting"], inside["accuracy"]) == ("at=200", pytest.approx(0.5))
    assert outside["accuracy"] is None
    assert outside["why"] == "more compute than any point of beam_x"
    near = tabulated(folder, ["beam_x"], at=[2**20, 2**20 + 1, 0.1])
    assert near["setting"].to_list() == ["at=1048576", "at=1048577", "at=0.1"]


def test_no_share_of_a_gain_that_may_be_none(brute_force):
    folder, single, *_ = brute_force
    nearly = 100 * 2**0.01
    written(folder, "beam_x", [("n=1", 1, nearly, single), ("none", 1, None, single)])
    row, unknown = tabulated(folder, ["beam_x"]).iter_rows(named=True)
    assert 0 < row["oracle_gain"] < 0.01
    assert row["share"] is None
    assert row["why"] == "oracle_x may have less than 0.01 over one sample there"
    assert tabulated(folder, ["beam_x"], least_gain=0)["share"][0] == pytest.approx(0, abs=1e-12)
    assert (unknown["compute"], unknown["why"]) == (None, "its tokens is unknown")


def test_few_problems_apart_are_no_gain_of_the_oracle(tmp_path):
    """3 of 40 that the oracle alone has: chance may have decided, and there is no share of it."""
    single = np.where(np.arange(PROBLEMS) < 20, 1.0, 0.0)
    three = np.where(np.arange(PROBLEMS) < 23, 1.0, 0.0)
    for name in ("vote_x", "oracle_x"):
        written(tmp_path, name, [("k=1", 1, 100, single), ("k=4", 4, 400, three)])
    written(tmp_path, "beam_x", [("n=4", 4, 400, three)])
    (row,) = tabulated(tmp_path, ["beam_x"]).iter_rows(named=True)
    assert row["low_oracle_gain"] < 0 < row["oracle_gain"]
    assert (row["share"], row["why"]) == (
        None,
        "oracle_x may have less than 0.01 over one sample there",
    )
    assert row["low_gain_over_votes"] == -row["high_gain_over_votes"] < -0.05


def test_published_points_have_gains_without_limits(brute_force):
    folder, single, _, two, _ = brute_force
    written(folder, "beam_x", [("n=2", 2, 200, 0.9)], measured=False)
    (row,) = tabulated(folder, ["beam_x"], x="n").iter_rows(named=True)
    assert row["compute"] == 2
    assert row["share"] == pytest.approx((0.9 - single.mean()) / (two - single).mean())
    assert row["low_oracle_gain"] > 0, "the oracle itself has outcomes"
    missing = ("low_gain_over_votes", "high_gain_over_oracle", "low_share")
    assert {row[column] for column in missing} == {None}


def test_what_cannot_be_compared_is_refused(brute_force):
    folder, single, *_ = brute_force
    written(folder, "beam_x", [("n=1", 1, 100, single)], benchmark="letters")
    with pytest.raises(CurveError, match="beam_x and vote_x are of different benchmarks"):
        tabulated(folder, ["beam_x"])
    with pytest.raises(CurveError, match="vote_x has no point with both accuracy and usd"):
        tabulated(folder, ["beam_x"], x="usd")
    written(folder, "beam_x", [("n=1", 1, 100, single)])
    other = pl.read_parquet(folder / "beam_x.parquet").with_columns(
        problem_id=pl.col("problem_id").str.replace("p00", "q00")
    )
    write_table(Outcome, other, folder / "beam_x.parquet")
    with pytest.raises(CurveError, match="do not have the same problems"):
        tabulated(folder, ["beam_x"])
    written(folder, "oracle_x", [("k=2", 2, 200, single)])
    written(folder, "vote_y", [("k=1", 1, 100, single)])
    with pytest.raises(CurveError, match="oracle_x has no point of one sample"):
        tabulated(folder, ["vote_y"])
