"""Control, scaling and performance as Fit tables: of samples, and of s1's published points."""

import logging
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from scripts.lib.config.curves import Curve
from scripts.lib.curves.length_control import fits_of_outcomes, fits_of_published
from scripts.lib.curves.published import published_points
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Fit, Reference
from scripts.lib.estimators.best_setting import best_setting
from scripts.lib.estimators.length_control import mean_slopes
from scripts.lib.tableio import check_table, read_table
from tests.curve_tables import tables_of
from tests.pool_tables import samples_of

BOOTSTRAP = Bootstrap(300, 4)
S1 = Path("data/reference/s1.csv")


def per_doubling(tokens, accuracy):
    """Scaling of one set of points, per doubling of the tokens."""
    return mean_slopes([np.log2(tokens)], [accuracy])[0]


def per_1000_tokens(tokens, accuracy):
    """Scaling of one set of points as equation 2 is printed."""
    return 1000 * mean_slopes([tokens], [accuracy])[0]


def curve(**entry):
    return TypeAdapter(Curve).validate_python({"pool": "votes", **entry})


def fits_of(folder, samples, **entry):
    tables = tables_of(folder, samples, **entry)
    fits = fits_of_outcomes(tables.points, tables.outcomes, curve(**entry), "a_curve", BOOTSTRAP)
    check_table(Fit, fits, folder / "fits.csv")
    return {row["parameter"]: row for row in fits.iter_rows(named=True)}, tables


def forced_pool(problems=9):
    generator = np.random.default_rng(2)
    samples = []
    for problem in range(problems):
        for budget in (100, 200, 400):
            thinking = int(generator.integers(budget // 2, budget + 1))
            answers = ["1" if r < 0.2 + budget / 600 else "2" for r in generator.random(4)]
            common = {"budget": budget, "waits": 0, "thinking": thinking}
            samples += samples_of(f"p{problem}", answers, **common)
    samples[0]["thinking"] = 101
    return samples


def table(outcomes, column):
    """Values of the outcomes, shape (problems, settings)."""
    parts = outcomes.partition_by("setting", maintain_order=True)
    return np.column_stack([part[column].to_numpy() for part in parts])


def test_metrics_of_samples_follow_every_draw_of_problems(tmp_path):
    fits, tables = fits_of(tmp_path, forced_pool(), method="forcing")
    accuracy, tokens = (table(tables.outcomes, c) for c in ("accuracy", "thinking_tokens"))
    obeyed = table(tables.outcomes, "obeyed")
    assert fits["control_runs"]["value"] == 1
    assert fits["control_responses"]["value"] == pytest.approx(obeyed.mean())
    assert obeyed.mean() < 1
    # The same draws, one after the other.
    generator = np.random.default_rng(BOOTSTRAP.seed)
    counts = generator.multinomial(9, np.full(9, 1 / 9), size=BOOTSTRAP.draws) / 9
    for parameter, formula in (
        ("scaling_per_doubling", per_doubling),
        ("scaling_per_1000_tokens", per_1000_tokens),
    ):
        found = fits[parameter]
        assert found["value"] == pytest.approx(formula(tokens.mean(axis=0), accuracy.mean(axis=0)))
        each = [formula(weights @ tokens, weights @ accuracy) for weights in counts]
        limits = np.quantile(each, (0.025, 0.975))
        assert (found["low"], found["high"]) == pytest.approx(tuple(limits))
        assert found["interval"] == "percentiles of 300 bootstrap draws over problems"
    best = best_setting(accuracy, BOOTSTRAP.draws, BOOTSTRAP.seed)
    assert fits["performance"]["value"] == best.apparent == accuracy.mean(axis=0).max()
    assert fits["performance_corrected"]["value"] == best.accuracy
    assert fits["performance"]["low"] == best.low
    lengths = tokens.mean(axis=0)
    assert (fits["performance"]["first_x"], fits["performance"]["last_x"]) == pytest.approx(
        (lengths.min(), lengths.max())
    )
    assert {row["points"] for row in fits.values()} == {3}
    assert {row["problems"] for row in fits.values()} == {9}


def test_budgets_beyond_all_thinking_make_no_pair(tmp_path):
    samples = forced_pool()
    beyond = [s | {"budget": None} for s in samples if s["budget"] == 400]
    with_auto, _ = fits_of(tmp_path, [*samples, *beyond], method="forcing")
    assert with_auto["control_runs"]["points"] == 3
    assert with_auto["scaling_per_doubling"]["points"] == 4
    slopes = mean_slopes([[1, 2, 2]], [[0.1, 0.3, 0.5]])
    assert slopes[0] == pytest.approx((0.2 + 0.4) / 2)
    assert np.isnan(mean_slopes([[2, 2]], [[0.1, 0.3]]))[0]
    assert np.isfinite(with_auto["scaling_per_doubling"]["low"])


def test_rejection_scales_with_what_it_accepts_and_with_what_it_spends(tmp_path):
    samples = []
    for problem in range(6):
        own = samples_of(f"p{problem}", ["1", "1", "2", "2" if problem % 2 else "1"])
        samples += [s | {"thinking": s["tokens"] - 10 * (problem % 3)} for s in own]
    # Nothing of the last problem fits the smaller budgets: it has no accepted length there.
    samples += [s | {"tokens": 350, "thinking": 350} for s in samples_of("hard", ["1"] * 4)]
    entry = {"method": "rejection", "budgets": [200, 300, 400]}
    fits, tables = fits_of(tmp_path, samples, **entry)
    points = tables.points
    for parameter, column in (
        ("scaling_per_doubling", "thinking_tokens"),
        ("scaling_per_doubling_spent", "tokens"),
    ):
        expected = per_doubling(points[column], points["accuracy"])
        assert fits[parameter]["value"] == pytest.approx(expected)
        assert fits[parameter]["low"] < expected < fits[parameter]["high"]
    assert fits["control_runs"]["value"] == 1
    assert fits["control_responses"]["value"] == pytest.approx((6 / 7 + 6 / 7 + 1) / 3)


def test_a_budget_that_accepts_nothing_is_no_run(tmp_path):
    samples = []
    for problem in range(5):
        own = samples_of(f"p{problem}", ["1", "1", "2", "2"])
        samples += [s | {"thinking": s["tokens"]} for s in own]
    entry = {"method": "rejection", "budgets": [10, 200, 400]}
    fits, tables = fits_of(tmp_path, samples, **entry)
    assert tables.points["thinking_tokens"].to_list()[0] is None
    assert fits["control_runs"]["value"] == 1
    assert fits["control_runs"]["points"] == 2
    assert fits["control_responses"]["points"] == 3
    assert "scaling_per_doubling" in fits


def test_thinking_that_is_known_in_part_says_nothing_of_control_and_scaling(tmp_path, caplog):
    samples = forced_pool()
    samples[5]["thinking"] = None  # of p0 at budget 200
    with caplog.at_level(logging.WARNING):
        fits, _ = fits_of(tmp_path, samples, method="forcing")
    assert set(fits) == {"performance", "performance_corrected"}
    assert "a_curve, budget=200: thinking tokens are unknown of 1 of 36 samples" in caplog.text
    assert "unknown of a part: budget=200 (1 of 9 problems)" in caplog.text


def test_all_tokens_count_where_no_thinking_is_known(tmp_path, caplog):
    samples = [s | {"thinking": None} for s in forced_pool()]
    for number, sample in enumerate(samples):
        sample["tokens"] = sample["budget"] + number % 7
    with caplog.at_level(logging.WARNING):
        fits, tables = fits_of(tmp_path, samples, method="forcing")
    points = tables.points
    expected = per_doubling(points["tokens"], points["accuracy"])
    assert fits["scaling_per_doubling"]["value"] == pytest.approx(expected)
    assert fits["control_runs"]["value"] == 0
    assert "a_curve: thinking tokens are unknown; all tokens count" in caplog.text
    assert "samples" not in caplog.text


def test_classes_are_compared_with_the_neutral_wording_and_leave_it_out(tmp_path):
    samples = []
    for problem in range(4):
        for wording, thinking, right in (("none", 100, "1"), ("short", 50, "2"), ("long", 90, "1")):
            answers = [right if problem else "2"] * 2
            samples += samples_of(f"p{problem}", answers, wording=wording, thinking=thinking)
    entry = {
        "method": "control",
        "classes": {"short": "below", "long": "above"},
        "neutral": "none",
    }
    fits, _ = fits_of(tmp_path, samples, **entry)
    assert fits["control_runs"]["value"] == 0.5
    assert fits["control_responses"]["value"] == 0.5
    assert fits["scaling_per_doubling"]["value"] == pytest.approx(0.75 / np.log2(90 / 50))
    assert fits["scaling_per_doubling"]["points"] == 2
    assert fits["performance"]["value"] == 0.75


def test_a_problem_that_lacks_a_setting_is_named(tmp_path):
    samples = forced_pool()[:-4]
    with pytest.raises(CurveError, match=r"'budget=400' lacks 1 problems: \['p8'\]"):
        fits_of(tmp_path, samples, method="forcing")


def published_fits(figure, series, **entry):
    published = {
        "paper": "s1",
        "figure": figure,
        "series": series,
        "benchmark": "aime24",
        "model": "s1-32B",
        "problems": 30,
    }
    spec = curve(pool=None, published=published, **entry)
    points = published_points(read_table(Reference, S1), spec.published, "a", spec.method)
    return points, dict(fits_of_published(points, spec, "a").select("parameter", "value").rows())


@pytest.mark.parametrize(
    ("figure", "series", "entry"),
    [
        ("Table 11", "token-conditional control", {}),
        ("Table 11", "token-conditional control + budget forcing", {}),
        ("Table 12", "step-conditional control", {"limit_per_asked": 100}),
        ("Table 12", "step-conditional control + budget forcing", {"limit_per_asked": 100}),
        (
            "Table 13",
            "class-conditional control",
            {"classes": {"short": "below", "long": "above"}, "neutral": "none"},
        ),
    ],
)
def test_the_published_table_follows_from_the_published_points(figure, series, entry):
    points, values = published_fits(figure, series, method="control", **entry)
    printed = read_table(Reference, S1).filter(figure="Table 3")
    said = {
        what: printed.filter(series=f"{series}{what}")["y"].item()
        for what in (": control", ": scaling", "")
    }
    assert round(100 * values["scaling_per_doubling"]) == said[": scaling"]
    assert abs(100 * values["scaling_per_1000_tokens"] - said[": scaling"]) > 1.5
    assert values["control_runs"] == said[": control"]
    assert values["performance"] == pytest.approx(said[""], abs=5e-4)
    assert "control_responses" not in values
    assert points["thinking_tokens"].null_count() == 0
    assert points["tokens"].null_count() == points.height


def test_published_budget_forcing_and_rejection():
    points, values = published_fits("Figure 1", "s1-32B, budget forcing", method="forcing")
    assert 0.139 <= values["scaling_per_doubling"] <= 0.156
    assert "control_runs" not in values
    assert points["setting"][0] == "thinking tokens=500"
    points, values = published_fits(
        "Figure 6", "rejection sampling", method="rejection", budgets=[3500]
    )
    assert points["budget"].to_list() == [3500, 4000, 5000, 6000, 8000, 16000]
    assert points["n"].to_list() == [655, 97, 8, 3, 2, 1]
    assert values["control_runs"] == 1
    assert values["scaling_per_doubling"] == pytest.approx(-0.286, abs=5e-4)
    assert values["performance"] == pytest.approx(0.4)


def test_points_of_unknown_tokens_have_a_best_one_only(caplog):
    with caplog.at_level(logging.WARNING):
        points, values = published_fits("Issue 19", "s1-32B, waits", method="forcing")
    assert points["setting"].to_list() == ["auto", *(f"{n}x Wait" for n in range(1, 9))]
    assert points["waits"].to_list() == [None, *range(1, 9)]
    assert set(values) == {"performance"}
    assert "scaling_per_doubling is left out" in caplog.text


def test_published_steps_and_votes_are_called_what_they_are():
    points, _ = published_fits("Figure 7", "sequential", method="control", limit_per_asked=100)
    assert points["asked"].to_list() == [32, 64, 256, 512]
    assert points["setting"].to_list() == ["steps=32", "steps=64", "steps=256", "steps=512"]
    reference = read_table(Reference, S1)
    vote = curve(
        pool=None,
        method="vote",
        published={
            "paper": "s1",
            "figure": "Figure 4b",
            "series": "majority vote",
            "benchmark": "gpqa_diamond",
            "model": "Qwen2.5-32B-Instruct",
            "problems": 198,
        },
    )
    points = published_points(reference, vote.published, "v", "vote")
    # The paper's k do not fit its own axis, so that nobody says them.
    assert points["n"].null_count() == 6
    assert points["setting"][2] == "tokens of all problems=1020000"
    assert points["tokens"].to_list() == sorted(points["tokens"])
    assert pl.Series(points["setting"]).n_unique() == 6
