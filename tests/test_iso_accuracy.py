"""Tables of training against inference compute at equal accuracy."""

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
from scripts.lib.estimators.iso_accuracy import Value
from scripts.lib.tableio import make_table, read_table, write_table
from tests.toy_surface import DEEPER, INFERENCE, TRAINED, TRAINS, height


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
