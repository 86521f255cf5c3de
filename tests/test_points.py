import logging
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from scripts.lib.curves.samples import CurveError, join_samples
from scripts.lib.estimators.intervals import wilson
from tests.curve_tables import tables_of
from tests.pool_tables import pool_tables, recorded_samples, samples_of

TWO_PROBLEMS = [
    *samples_of("a", ["1", "1", "2", None]),
    *samples_of("b", ["3", "1", "3", "2"], usd=1.5),
]


def tabulate(tmp_path, samples, **curve):
    return tables_of(tmp_path, samples, **curve).points


def test_vote_points_carry_exact_costs(tmp_path):
    points = tabulate(tmp_path, TWO_PROBLEMS, method="vote", k="all")
    assert points["setting"].to_list() == ["k=1", "k=2", "k=3", "k=4"]
    assert points["n"].to_list() == [1, 2, 3, 4]
    assert points["tokens"].to_list() == pytest.approx([250, 500, 750, 1000])
    longest = [np.mean([max(d) for d in combinations([100, 200, 300, 400], k)]) for k in (1, 2, 3)]
    assert points["serial_tokens"].to_list() == pytest.approx([*longest, 400])
    # The prompt is paid for once, generation k times.
    flops = [1000 + k * 7 * 250 for k in (1, 2, 3, 4)]
    assert points["flops"].to_list() == pytest.approx(flops)
    assert points["usd"].to_list() == pytest.approx([1, 2, 3, 4])
    assert points["train_flops"].to_list() == [5e12] * 4
    assert points["train_examples"].to_list() == [1000] * 4
    # "a": 1/2, ..., vote of all right; "b": 1/4, ..., vote of all wrong.
    assert points["accuracy"][0] == pytest.approx(0.375)
    assert points["accuracy"][3] == pytest.approx(0.5)
    assert points["problems"].to_list() == [2] * 4
    assert points["origin"].to_list() == ["measured"] * 4
    assert (points["low"] <= points["accuracy"]).all()
    assert (points["low_benchmark"] <= points["accuracy"]).all()


def test_a_draw_over_two_wordings_pays_for_each_prompt_it_uses(tmp_path):
    samples = [
        *samples_of("a", ["1", "1"], wording="short", prompt_flops=100.0),
        *samples_of("a", ["2"], wording="long", prompt_flops=1000.0),
    ]
    points = tabulate(tmp_path, samples, method="vote", k="all")
    generation = points["n"] * 7 * 400 / 3
    # Of two samples, the long prompt is among them in 2 of 3 draws, the short one always.
    assert (points["flops"] - generation).to_list() == pytest.approx(
        [(2 * 100 + 1000) / 3, 100 + 1000 * 2 / 3, 1100]
    )


def test_oracle_points(tmp_path):
    points = tabulate(tmp_path, TWO_PROBLEMS, method="oracle")
    assert points["setting"].to_list() == ["k=1", "k=2", "k=4"]
    assert points["accuracy"].to_list() == pytest.approx([0.375, (5 / 6 + 1 / 2) / 2, 1])
    assert points["tokens"].to_list() == pytest.approx([250, 500, 1000])


def test_ask_points_average_within_problems_first(tmp_path):
    samples = [
        *samples_of("a", ["1", "1", "1", "2"], asked=16, wording="short"),
        *samples_of("a", ["2", "2"], asked=16, wording="long"),
        *samples_of("b", ["1"], asked=16),
        *samples_of("a", ["1"], asked=4),
        *samples_of("b", ["1"], asked=4),
    ]
    points = tabulate(tmp_path, samples, method="ask")
    assert points["setting"].to_list() == ["asked=4", "asked=16"]
    assert points["asked"].to_list() == [4, 16]
    assert points["n"].to_list() == [1, 1]
    assert points["accuracy"].to_list() == pytest.approx([1, (0.5 + 1) / 2])
    assert points["tokens"].to_list() == pytest.approx([100, (1300 / 6 + 100) / 2])
    assert points["flops"].to_list()[0] == pytest.approx(1000 + 700)
    # A problem with one sample says nothing of how samples scatter.
    assert points["low_benchmark"].to_list() == [None, None]
    short = tabulate(tmp_path, samples, method="ask", wording="short")
    assert short["accuracy"].to_list() == pytest.approx([0.75])


def test_efforts_stand_in_their_order(tmp_path):
    samples = [
        sample
        for effort in ("high", "low", "medium")
        for sample in samples_of("a", ["1", "2"], effort=effort)
    ]
    points = tabulate(tmp_path, samples, method="ask")
    assert points["setting"].to_list() == ["effort=low", "effort=medium", "effort=high"]
    assert points["asked"].to_list() == [None] * 3


def test_finished_points_count_what_ends_in_time_and_is_right(tmp_path):
    samples = [
        *samples_of("a", ["1", "1"]),
        *samples_of("b", ["1", "2"]),
    ]
    samples[1]["end"] = "length"
    points = tabulate(tmp_path, samples, ends=True, method="finished", budgets=[400, 50, 150, 100])
    assert points["setting"].to_list() == [f"budget={t}" for t in (50, 100, 150, 400)]
    assert points["accuracy"].to_list() == pytest.approx([0, 0.5, 0.5, 0.5])
    assert points["tokens"].to_list() == pytest.approx([50, 100, 125, 150])
    assert points["serial_tokens"].to_list() == pytest.approx([50, 100, 125, 150])
    assert points["usd"].to_list() == [None, None, None, 0.5]
    assert points["flops"].to_list() == [None, None, None, pytest.approx(1000 + 7 * 150)]


def test_thinking_is_that_of_one_sample(tmp_path):
    samples = [*samples_of("a", ["1", "2"], thinking=80), *samples_of("b", ["1", "2"], thinking=40)]
    votes = tables_of(tmp_path, samples, method="vote", k="all")
    assert votes.points["thinking_tokens"].to_list() == [60, None]
    of_one = votes.outcomes.filter(setting="k=1")["thinking_tokens"]
    assert of_one.to_list() == [80, 40]
    assert votes.outcomes.filter(setting="k=2")["tokens"].to_list() == [300, 300]
    # Of a sample stopped while it thinks, the thinking up to there counts.
    finished = tabulate(tmp_path, samples, ends=True, method="finished", budgets=[50, 400])
    assert finished["thinking_tokens"].to_list() == [45, 60]
    assert finished["budget"].to_list() == [50, 400]


def test_a_vote_takes_one_setting_of_a_forced_pool(tmp_path):
    samples = [
        sample
        for budget, answers in ((50, ["2", "2"]), (None, ["1", "1"]))
        for waits in (0, 2)
        for sample in samples_of("a", answers, budget=budget, waits=waits)
    ]
    with pytest.raises(CurveError, match=r"name its budget and waits; \(budget, waits\) here are"):
        tabulate(tmp_path, samples, method="vote")
    points = tabulate(tmp_path, samples, method="vote", budget="auto", waits=2)
    assert points.select("budget", "waits", "accuracy").row(0) == (None, 2, 1)
    points = tabulate(tmp_path, samples, method="oracle", budget=50, waits=0)
    assert points.select("budget", "waits", "accuracy").row(0) == (50, 0, 0)
    with pytest.raises(CurveError, match=r"no sample has waits 1; there are: \[0, 2\]"):
        tabulate(tmp_path, samples, method="vote", budget="auto", waits=1)
    with pytest.raises(CurveError, match="an ask curve takes one at each asked budget"):
        tabulate(tmp_path, [s | {"asked": 8} for s in samples], method="ask")


def test_finished_needs_the_ends(tmp_path):
    with pytest.raises(CurveError, match="--traces"):
        tabulate(tmp_path, TWO_PROBLEMS, method="finished", budgets=[8])


@pytest.mark.parametrize("method", ["vote", "oracle", "ask", "finished"])
def test_what_is_unknown_stays_unknown(tmp_path, method):
    more = {"asked": 8, "usd": None, "prompt_flops": None}
    samples = [*samples_of("a", ["1", "2"], **more), *samples_of("b", ["1", "2"], **more)]
    samples[3]["tokens"] = None
    samples[3]["usd"] = 1.0
    curve = {"budgets": [4000]} if method == "finished" else {}
    points = tabulate(tmp_path, samples, ends=True, method=method, **curve)
    for column in ("tokens", "low_tokens", "serial_tokens", "flops", "usd"):
        assert points[column].null_count() == points.height, column
    # The sample of unknown length is wrong in any case.
    assert points["accuracy"][0] == pytest.approx(0.5)


def test_a_right_answer_of_unknown_length_may_or_may_not_be_in_time(tmp_path):
    samples = samples_of("a", ["1", "2"])
    samples[0]["tokens"] = None
    points = tabulate(tmp_path, samples, ends=True, method="finished", budgets=[1000])
    assert points.select("accuracy", "low", "low_benchmark").row(0) == (None, None, None)


def test_token_limits_on_new_problems(tmp_path):
    samples = []
    generator = np.random.default_rng(0)
    for problem in range(40):
        tokens = int(generator.integers(50, 500))
        samples += samples_of(str(problem), ["1", "2"], tokens=tokens)
    points = tabulate(tmp_path, samples, method="vote", k="all")
    assert (points["low_tokens"] < points["tokens"]).all()
    assert (points["tokens"] < points["high_tokens"]).all()
    assert points["high_tokens"][1] == pytest.approx(2 * points["high_tokens"][0])


def test_unequal_pools_go_as_far_as_the_smallest(tmp_path, caplog):
    samples = [*samples_of("a", ["1"] * 5), *samples_of("b", ["1", "2"])]
    with caplog.at_level(logging.WARNING):
        points = tabulate(tmp_path, samples, method="vote", k="all")
    assert points["n"].to_list() == [1, 2]
    assert "k goes up to 2" in caplog.text
    assert points["accuracy"].to_list() == pytest.approx([0.75, 0.75])


def test_listed_sizes_beyond_the_pool_are_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        points = tabulate(tmp_path, TWO_PROBLEMS, method="oracle", k=[64, 2, 8])
    assert points["n"].to_list() == [2]
    assert "[8, 64] left out" in caplog.text
    with pytest.raises(CurveError, match="above the 4 samples"):
        tabulate(tmp_path, TWO_PROBLEMS, method="oracle", k=[64])


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ({"method": "vote", "wording": "poem"}, "no sample has wording 'poem'.*plain"),
        ({"method": "vote", "asked": 3}, r"no sample has asked 3.*\[8, 16\]"),
        (
            {"method": "oracle"},
            r"one setting: name its asked; \(asked\) here are: \[\(8,\), \(16,\)\]",
        ),
    ],
)
def test_a_selection_that_does_not_fit_is_named(tmp_path, curve, message):
    samples = [*samples_of("a", ["1"], asked=8), *samples_of("a", ["1"], asked=16)]
    with pytest.raises(CurveError, match=message):
        tabulate(tmp_path, samples, **curve)


def test_asking_for_nothing_is_no_ask_curve(tmp_path):
    with pytest.raises(CurveError, match="some have none"):
        tabulate(tmp_path, TWO_PROBLEMS, method="ask")


def test_tables_that_do_not_belong_together_are_refused():
    answers, costs, traces = pool_tables(TWO_PROBLEMS)
    with pytest.raises(CurveError) as error:
        join_samples(answers, costs.head(5), traces.tail(6))
    text = str(error.value)
    assert "3 samples of the answers are not among the costs" in text
    assert "2 samples of the answers are not among the traces" in text
    assert "'b'" in text
    with pytest.raises(CurveError, match="no answers"):
        join_samples(answers.clear(), costs.clear())


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("model", "samples", "single", "whole"),
    [
        ("LIMO-v2", 80, 0.620, 0.800),
        ("gpt-oss-20b", 100, 0.758, 0.900),
        ("Datarus-R1-14B-preview", 80, 0.516, 0.733),
    ],
)
def test_recorded_aime_2024(mirror, tmp_path, model, samples, single, whole):
    path = mirror(f"boinf/analysis_aime2024_{model}.jsonl")
    points = tabulate(tmp_path, recorded_samples(path), method="vote", k="all", origin="recorded")
    assert points["n"].to_list() == list(range(1, samples + 1))
    assert points["accuracy"][0] == pytest.approx(single, abs=5e-4)
    assert points["accuracy"][-1] == pytest.approx(whole, abs=5e-4)
    low, high = wilson(points["accuracy"][-1], 30)
    assert (points["low"][-1], points["high"][-1]) == pytest.approx((low, high))
    inside = points.select(
        (pl.col("low_benchmark") <= pl.col("accuracy"))
        & (pl.col("accuracy") <= pl.col("high_benchmark"))
    )
    assert inside.to_series().all()
    if model == "LIMO-v2":
        # Said to be about 0.711 from random draws; exactly it is 0.70999.
        assert points["accuracy"][3] == pytest.approx(0.70999, abs=1e-5)
        assert points["accuracy"][15] == pytest.approx(0.781, abs=1e-3)
        assert points["tokens"][0] == pytest.approx(14_532, abs=1)
        # New samples of the same problems scatter less than new problems.
        assert points["high_benchmark"][0] - points["low_benchmark"][0] < 0.05
        assert points["high"][0] - points["low"][0] > 0.2
