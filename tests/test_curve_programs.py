import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from scripts.analyse import (
    fit_length_control,
    fit_obedience,
    tabulate_control,
    tabulate_curve,
    tabulate_published,
)
from scripts.lib.config.curves import AskCurve, Published
from scripts.lib.curves.obedience import fits_of_samples
from scripts.lib.curves.published import published_points
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import ControlRow, Fit, Outcome, Point, Reference
from scripts.lib.estimators.intervals import wilson
from scripts.lib.search.tables import Step
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Answer, Cost, Trace
from scripts.lib.training_tables import TrainingSet, TrainingStep
from tests.pool_tables import pool_tables, samples_of, step_table

REFERENCE = Path("data/reference/o1_mini.csv")
SAMPLES = [
    *samples_of("a", ["1", "2"], asked=8),
    *samples_of("b", ["1", "1"], asked=8),
    *samples_of("a", ["1", "2"], asked=16, tokens=400),
    *samples_of("b", ["1", "1"], asked=16, tokens=300),
    *samples_of("a", ["1", "2"], asked=32, tokens=700),
    *samples_of("b", ["1", "1"], asked=32, tokens=800),
]


def program(module, *arguments):
    """Run a program's main on command line arguments, in this process to spare its imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
        module.main()


def published(figure, series):
    return Published(
        paper="o1_mini",
        figure=figure,
        series=series,
        benchmark="aime24",
        model="o1-mini",
        problems=30,
    )


@pytest.fixture
def pool(tmp_path):
    tables = dict(zip(("answers", "costs", "traces"), pool_tables(SAMPLES), strict=True))
    models = {"answers": Answer, "costs": Cost, "traces": Trace}
    for name, table in tables.items():
        write_table(models[name], table, tmp_path / f"{name}.parquet")
    steps = [
        {"step": i, "tokens": 100 * i, "loss": 1.0, "learning_rate": 0.1, "flops": 6e9 * i}
        for i in (1, 2, 3)
    ]
    write_table(TrainingStep, make_table(TrainingStep, steps), tmp_path / "training.csv")
    return tmp_path


def curve_arguments(pool, spec):
    return [
        *("--spec", spec, "--curve", "a_curve", "--model", "small", "--origin", "measured"),
        *(f"--{name}={pool / name}.parquet" for name in ("answers", "costs", "traces")),
        *("--bootstrap", "300", "--output", str(pool / "points.csv")),
        *("--outcomes", str(pool / "outcomes.parquet")),
    ]


def test_a_curve_and_its_fit_from_the_command_line(pool):
    spec = '{"method": "ask", "pool": "votes", "obeyed": [16, 32]}'
    arguments = [*curve_arguments(pool, spec), "--training", pool / "training.csv"]
    program(tabulate_curve, *arguments)
    points = read_table(Point, pool / "points.csv")
    assert points["setting"].to_list() == ["asked=8", "asked=16", "asked=32"]
    assert points["train_flops"].to_list() == [18e9] * 3
    first = (pool / "points.csv").read_bytes()
    program(tabulate_curve, *arguments)
    assert (pool / "points.csv").read_bytes() == first

    fit = ("--spec", spec, "--curve", "a_curve", "--points", pool / "points.csv")
    more = ("--bootstrap", 200, "--output", pool / "fits.csv")
    program(fit_obedience, *fit, "--traces", pool / "traces.parquet", *more)
    fits = read_table(Fit, pool / "fits.csv")
    assert fits["region"].unique(maintain_order=True).to_list() == ["too little", "obeyed", "all"]
    whole = fits.filter(pl.col("region") == "all")
    assert whole["parameter"].to_list() == ["slope", "intercept", "ratio_geometric"]
    assert set(whole["interval"]) == {"percentiles of 200 bootstrap draws over problems"}
    assert whole["problems"].to_list() == [2, 2, 2]
    assert fits.filter(pl.col("region") == "obeyed")["low"].to_list() == [None] * 3

    program(fit_obedience, *fit, *more)
    from_points = read_table(Fit, pool / "fits.csv").filter(pl.col("region") == "all")
    assert from_points["value"].to_list() == pytest.approx(whole["value"].to_list())
    assert set(from_points["interval"]) == {"t interval of least squares on the points"}


def test_pools_of_several_models_from_the_command_line(pool):
    """Each model has its own chain of trainings and its own examples."""
    # Of nine chosen questions two had no room.
    given = {"examples": 7, "cut": 1, "left_out": 2, "longest": 90, "tokens": 400}
    write_table(TrainingSet, make_table(TrainingSet, [given]), pool / "examples.csv")
    spec = '{"method": "sft", "pools": ["votes", "others"], "wording": "plain"}'
    samples = [f"--{name}={pool / name}.parquet" for name in ("answers", "costs")]
    for name, model in (("answers", Answer), ("costs", Cost)):
        own = read_table(model, pool / f"{name}.parquet").filter(pl.col("asked") == 8)
        write_table(model, own, pool / f"{name}.parquet")
    chain = [pool / "training.csv", pool / "training.csv"]
    arguments = [
        *("--spec", spec, "--curve", "sft_all", "--origin", "measured", "--bootstrap", 100),
        *("--model", "base", *samples, "--training", pool / "training.csv", "--examples", 500),
        *("--model", "tuned", *samples, "--training", *chain),
        *("--training-set", pool / "examples.csv"),
        *("--outcomes", pool / "outcomes.parquet", "--output", pool / "points.csv"),
    ]
    program(tabulate_curve, *arguments)
    points = read_table(Point, pool / "points.csv")
    assert points["setting"].to_list() == ["base", "tuned"]
    assert points["train_flops"].to_list() == [18e9, 36e9]
    assert points["train_examples"].to_list() == [500, 7]
    outcomes = read_table(Outcome, pool / "outcomes.parquet")
    assert outcomes.select("setting", "problem_id", "accuracy").rows() == [
        ("base", "a", 0.5),
        ("base", "b", 1),
        ("tuned", "a", 0.5),
        ("tuned", "b", 1),
    ]
    one = '{"method": "sft", "pools": ["votes"]}'
    with pytest.raises(CurveError, match="1 pools, but --model stands 2 times"):
        program(tabulate_curve, "--spec", one, *arguments[2:])


def test_what_a_verifier_chooses_from_the_command_line(pool):
    """Scores are a pool's own; the verifier's size makes what it took known."""
    samples = [
        sample | {"beams": 2, "scores": [score], "read": [30]}
        for problem, answers in (("a", ["1", "2"]), ("b", ["2", "1"]))
        for sample, score in zip(samples_of(problem, answers), (0.9, 0.1), strict=True)
    ]
    tables = [*pool_tables(samples), step_table(samples)]
    models = {"answers": Answer, "costs": Cost, "traces": Trace, "steps": Step}
    for table, (name, model) in zip(tables, models.items(), strict=True):
        write_table(model, table, pool / f"{name}.parquet")
    scores = ["--scores", pool / "steps.parquet"]
    search = '{"method": "beam", "pool": "votes"}'
    program(tabulate_curve, *curve_arguments(pool, search), *scores, "--verifier", "judge")
    points = read_table(Point, pool / "points.csv")
    assert points.select("setting", "accuracy", "verifier_tokens").rows() == [("k=2", 0.5, 20)]

    best = '{"method": "best_of_n", "pool": "votes", "verifier": "judge", "beams": 2}'
    arguments = [*curve_arguments(pool, best), *scores, "--verifier", "judge"]
    program(tabulate_curve, *arguments)
    points = read_table(Point, pool / "points.csv")
    assert points["verifier_tokens"].to_list() == [50, 80]
    assert points["flops"].to_list() == [None, None]
    facts = {"active_parameters": 10, "layers": 1, "heads": 1, "head_dim": 1}
    program(tabulate_curve, *arguments, "--verifier-facts", json.dumps(facts))
    points = read_table(Point, pool / "points.csv")
    read = [
        2 * 10 * 50 + 4 * sum(range(51)),
        2 * 10 * 80 + 4 * (sum(range(51)) + sum(range(21, 51))),
    ]
    assert points["verifier_flops"].to_list() == pytest.approx(read)

    with pytest.raises(CurveError, match="--scores and --verifier must follow it"):
        program(tabulate_curve, *curve_arguments(pool, best))
    with pytest.raises(CurveError, match=r"steps.parquet: scores of judge; those of other"):
        program(tabulate_curve, *curve_arguments(pool, best), *scores, "--verifier", "other")


def test_forcing_and_its_metrics_from_the_command_line(pool):
    samples = [
        sample
        for budget in (50, 100, 200)
        for problem, answers in (("a", ["1", "2" if budget < 200 else "1"]), ("b", ["2", "1"]))
        for sample in samples_of(problem, answers, budget=budget, waits=0, thinking=budget)
    ]
    for name, table in zip(("answers", "costs", "traces"), pool_tables(samples), strict=True):
        model = {"answers": Answer, "costs": Cost, "traces": Trace}[name]
        write_table(model, table, pool / f"{name}.parquet")
    spec = '{"method": "forcing", "pool": "votes"}'
    program(tabulate_curve, *curve_arguments(pool, spec))
    fit = ("--spec", spec, "--curve", "a_curve", "--points", pool / "points.csv")
    more = ("--bootstrap", 200, "--output", pool / "fits.csv")
    program(fit_length_control, *fit, "--outcomes", pool / "outcomes.parquet", *more)
    values = dict(read_table(Fit, pool / "fits.csv").select("parameter", "value").rows())
    assert values["control_runs"] == values["control_responses"] == 1
    assert values["scaling_per_doubling"] == pytest.approx((0 + 0.25 + 0.125) / 3)
    assert values["performance"] == 0.75
    label = ("--labels", '{"a_curve": "forced"}')
    table = ("--spec", '{"kind": "control", "title": "t", "curves": ["a_curve"]}', *label)
    (pool / "fits").mkdir()
    shutil.copy(pool / "points.csv", pool / "a_curve.csv")
    shutil.copy(pool / "fits.csv", pool / "fits/a_curve.csv")
    made = ("--points", pool / "a_curve.csv", "--fits", pool / "fits/a_curve.csv")
    program(tabulate_control, *table, *made, "--output", pool / "control.csv")
    row = read_table(ControlRow, pool / "control.csv").row(0, named=True)
    assert (row["label"], row["basis"], row["performance"]) == ("forced", "samples", 0.75)
    with pytest.raises(CurveError, match="method ask does not set a length"):
        program(fit_length_control, "--spec", '{"method": "ask", "pool": "p"}', *fit[2:], *more)


def test_an_error_names_the_table_and_keeps_what_was_there(pool):
    (pool / "points.csv").write_text("what was there")
    spec = '{"method": "vote", "pool": "votes"}'
    done = subprocess.run(
        [sys.executable, "-m", "scripts.analyse.tabulate_curve", *curve_arguments(pool, spec)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "answers.parquet" in done.stderr
    assert "name its asked" in done.stderr
    assert "Traceback" not in done.stderr
    assert (pool / "points.csv").read_text() == "what was there"


def test_published_o1_mini_from_the_command_line(tmp_path):
    spec = (
        '{"method": "ask", "obeyed": [16, 2048], "published": {"paper": "o1_mini", '
        '"figure": "asked_vs_used", "series": "used", "benchmark": "aime24", '
        '"model": "o1-mini", "problems": 30}}'
    )
    curve = ("--spec", spec, "--curve", "ask_used")
    points, fits = tmp_path / "points.csv", tmp_path / "fits.csv"
    program(tabulate_published, *curve, "--reference", REFERENCE, "--output", points)
    table = read_table(Point, points)
    assert table["asked"].to_list() == [2**power for power in range(20)]
    assert table["accuracy"].null_count() == 20
    assert table["tokens"][4] == 363.467
    program(fit_obedience, *curve, "--points", points, "--output", fits)
    obeyed = read_table(Fit, fits).filter(pl.col("region") == "obeyed")
    values = dict(obeyed.select("parameter", "value").rows())
    assert values["slope"] == pytest.approx(0.808, abs=5e-4)
    assert values["ratio_geometric"] == pytest.approx(9.69, abs=5e-3)
    assert obeyed["points"].to_list() == [8] * 3
    assert obeyed["problems"].to_list() == [None] * 3
    # The claimed ratio of 8 lies within what 8 points can tell.
    ratio = obeyed.filter(pl.col("parameter") == "ratio_geometric").row(0, named=True)
    assert ratio["low"] < 8 < ratio["high"]


def test_published_accuracies_are_scores_out_of_the_problems():
    reference = read_table(Reference, REFERENCE)
    ask = published_points(reference, published("accuracy", "ask"), "ask_o1", "ask")
    assert ask["setting"].to_list() == [f"asked={2**power}" for power in range(4, 12)]
    assert ask["tokens"][-1] == 11103.567
    assert ask.select("low", "high").row(6) == pytest.approx(tuple(wilson(0.6, 30)))
    assert ask["low_benchmark"].null_count() == 8
    vote = published_points(reference, published("accuracy", "vote"), "vote_o1", "vote")
    assert vote["setting"].to_list() == [f"k={2**power}" for power in range(1, 8)]
    assert vote["n"].to_list() == [2**power for power in range(1, 8)]
    assert vote["asked"].to_list() == [2048] * 7
    assert vote["origin"].to_list() == ["log"] * 3 + ["digitised"] * 4


@pytest.mark.parametrize(("method", "sizes"), [("best_of_n", [256]), ("beam", [16, 64, 256])])
def test_published_searches_stand_where_measured_ones_do(method, sizes):
    reference = read_table(Reference, Path("data/reference/search_and_learn.csv"))
    series = published("rescored", f"{method} weighted").model_copy(
        update={"paper": "search_and_learn", "benchmark": "math500", "problems": 500}
    )
    points = published_points(reference, series, f"{method}_paper", method)
    assert points["n"].to_list() == sizes
    assert points["setting"].to_list() == [f"k={n}" for n in sizes]
    assert points["accuracy"][-1] == {"best_of_n": 0.4752, "beam": 0.522}[method]
    assert points["verifier_tokens"].to_list() == [None] * len(sizes), "nobody counted them"


def test_a_published_series_that_is_not_there_is_named():
    reference = read_table(Reference, REFERENCE)
    with pytest.raises(CurveError, match=r"'votes'.*asked_vs_used"):
        published_points(reference, published("accuracy", "votes"), "vote_o1", "vote")


def test_a_published_series_of_something_else_is_refused():
    reference = read_table(Reference, REFERENCE).with_columns(
        y=pl.col("y") * 100, y_unit=pl.lit("percent")
    )
    with pytest.raises(CurveError, match="'percent' is neither accuracy nor tokens"):
        published_points(reference, published("accuracy", "ask"), "ask_o1", "ask")
    reference = reference.with_columns(y_unit=pl.lit("accuracy"))
    with pytest.raises(CurveError, match="not within 0 to 1"):
        published_points(reference, published("accuracy", "ask"), "ask_o1", "ask")


def test_fits_leave_out_budgets_of_unknown_length(caplog):
    samples = [dict(sample) for sample in SAMPLES]
    samples[0]["tokens"] = None
    _, _, traces = pool_tables(samples)
    curve = AskCurve(method="ask", pool="votes")
    fits = fits_of_samples(traces, curve, "ask_it", Bootstrap(100, 0))
    assert "1 settings" in caplog.text
    slope = fits.filter(pl.col("parameter") == "slope").row(0, named=True)
    assert slope["value"] == pytest.approx(np.log2(750 / 350))
    assert slope["points"] == 2
    assert slope["interval"] == "none: fewer than 3 points"
    with pytest.raises(CurveError, match="no sample has wording 'poem'"):
        fits_of_samples(
            traces,
            AskCurve(method="ask", pool="votes", wording="poem"),
            "ask_it",
            Bootstrap(100, 0),
        )


def test_a_pool_asked_for_efforts_has_nothing_to_fit(caplog):
    _, _, traces = pool_tables(samples_of("a", ["1", "2"], effort="low"))
    fits = fits_of_samples(traces, AskCurve(method="ask", pool="votes"), "x", Bootstrap(100, 0))
    assert fits.is_empty()
