"""Points of trained models, and of groups of them that differ in their seed."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from scripts.lib.config.curves import Curve, SftCurve
from scripts.lib.curves.rows import Bootstrap, Labels
from scripts.lib.curves.samples import CurveError, join_samples
from scripts.lib.curves.seeds import fits_of_seeds
from scripts.lib.curves.sft import ModelSamples, sft_points
from scripts.lib.curves.tables import Fit, Outcome, Point
from scripts.lib.estimators.intervals import new_problems_interval
from scripts.lib.estimators.seeds import seed_share, seeds_half_width, seeds_interval
from scripts.lib.tableio import check_table
from tests.curve_tables import means_of_outcomes
from tests.pool_tables import pool_tables, samples_of

BOOTSTRAP = Bootstrap(400, 0)
PROBLEMS = 12


def pool(name, rights, benchmark="numbers", **more) -> ModelSamples:
    """A pool of 4 samples a problem; `rights` says how many of each are right."""
    samples = [
        sample
        for problem, right in enumerate(rights)
        for sample in samples_of(f"p{problem}", ["1"] * right + ["2"] * (4 - right), **more)
    ]
    answers, costs, _ = pool_tables(samples)
    examples = 10 * len(name)
    labels = Labels(
        "sft_all", "sft", benchmark, f"model_{name}", "measured", 1e9 + examples, examples
    )
    return ModelSamples(name, join_samples(answers, costs), labels)


def curve(**entry) -> SftCurve:
    return TypeAdapter(Curve).validate_python({"method": "sft", **entry})


def tables_of(folder, entry, pools):
    tables = sft_points(entry, pools, BOOTSTRAP)
    check_table(Point, tables.points, folder / "points.csv")
    check_table(Outcome, tables.outcomes, folder / "outcomes.parquet")
    means_of_outcomes(tables)
    return tables


def rights(seed, shift=0):
    drawn = np.random.default_rng(seed).integers(0, 5, PROBLEMS) + shift
    return [int(right) for right in np.clip(drawn, 0, 4)]


def test_a_point_per_model_with_what_it_was_trained_with(tmp_path):
    pools = [pool("few", [1, 3], thinking=70), pool("plenty", [4, 4])]
    points = tables_of(tmp_path, curve(pools=["few", "plenty"]), pools).points
    assert points["setting"].to_list() == ["model_few", "model_plenty"]
    assert points["model"].to_list() == ["model_few", "model_plenty"]
    assert points["train_examples"].to_list() == [30, 60]
    assert points["train_flops"].to_list() == [1e9 + 30, 1e9 + 60]
    assert points["accuracy"].to_list() == [0.5, 1]
    assert points["thinking_tokens"].to_list() == [70, None]
    assert points["n"].to_list() == [1, 1]


def test_a_group_is_the_mean_of_its_trainings_with_limits_over_both(tmp_path):
    counts = {"s0": rights(1), "s1": rights(1, 1), "s2": rights(1)}
    pools = [pool(name, own) for name, own in counts.items()]
    tables = tables_of(tmp_path, curve(groups={"random": list(counts)}), pools)
    values = np.array(list(counts.values())).T / 4
    point = tables.points.row(0, named=True)
    assert (point["setting"], point["n"]) == ("random", 1)
    assert point["model"] == "model_s0, model_s1, model_s2"
    assert point["accuracy"] == pytest.approx(values.mean())
    assert point["train_examples"] == 20
    assert point["tokens"] == 250
    limits = seeds_interval(values, BOOTSTRAP.draws, BOOTSTRAP.seed)
    assert (point["low"], point["high"]) == pytest.approx(limits)
    alone = new_problems_interval(values.mean(axis=1)[:, None], 400, 0)[0]
    assert point["high"] - point["low"] > alone[1] - alone[0]
    half = seeds_half_width(values)
    assert point["low"] <= point["low_benchmark"]
    assert point["low_benchmark"] == pytest.approx(max(values.mean() - half, limits[0]))
    # Every training stays in the outcomes, under a name of its own.
    assert tables.outcomes["setting"].unique(maintain_order=True).to_list() == [
        "random",
        "random: s0",
        "random: s1",
        "random: s2",
    ]
    first = tables.outcomes.filter(setting="random: s0")["accuracy"]
    assert first.to_list() == pytest.approx(list(values[:, 0]))


def test_the_samples_of_trainings_that_agree_still_scatter(tmp_path):
    own = rights(3)
    pools = [pool("s0", own), pool("s1", own)]
    tables = tables_of(tmp_path, curve(groups={"same": ["s0", "s1"]}), pools)
    point = tables.points.row(0, named=True)
    one = tables_of(tmp_path, curve(pools=["s0"]), pools[:1]).points.row(0, named=True)
    width, alone = (p["high_benchmark"] - p["low_benchmark"] for p in (point, one))
    assert width == pytest.approx(alone / 2**0.5)


def test_the_seeds_share_of_each_group(tmp_path):
    counts = {"s0": rights(1), "s1": rights(1, 2), "t0": rights(2), "t1": rights(3)}
    pools = [pool(name, own) for name, own in counts.items()]
    entry = curve(groups={"first": ["s0", "s1"], "second": ["t0", "t1"]})
    tables = tables_of(tmp_path, entry, pools)
    fits = check_table(
        Fit, fits_of_seeds(tables.points, tables.outcomes, "sft_all"), tmp_path / "fits.csv"
    )
    assert fits.select("region", "parameter").rows() == [
        ("first", "seed_share"),
        ("first", "seed_deviation"),
        ("second", "seed_share"),
        ("second", "seed_deviation"),
    ]
    expected = seed_share(np.array([counts["s0"], counts["s1"]]).T / 4)
    assert fits["value"][:2].to_list() == pytest.approx([expected.share, expected.deviation])
    assert (fits["low"][0], fits["high"][0]) == pytest.approx((expected.low, expected.high))
    assert fits["points"].to_list() == [2] * 4
    assert fits["first_x"].to_list() == [20] * 4


def test_what_does_not_belong_together_is_told():
    first = pool("s0", [1, 2, 3])
    with pytest.raises(CurveError, match="pools of one benchmark, not letters, numbers"):
        sft_points(
            curve(pools=["s0", "s1"]), [first, pool("s1", [1], benchmark="letters")], BOOTSTRAP
        )
    with pytest.raises(CurveError, match=r"groups.g: pools s0 and s1 do not have the same.*: p2"):
        sft_points(curve(groups={"g": ["s0", "s1"]}), [first, pool("s1", [1, 2])], BOOTSTRAP)
    forced = pool("s1", [1, 2], budget=8)
    with pytest.raises(CurveError, match=r"pool s1: no sample has budget 'auto'; there are: \[8\]"):
        sft_points(curve(pools=["s1"], budget="auto"), [forced], BOOTSTRAP)
