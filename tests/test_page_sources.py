"""A point opens samples that it is drawn from: their accuracy is its own."""

import polars as pl
import pytest
from pydantic import TypeAdapter

from scripts.lib.config.curves import Curve, pools_of
from scripts.lib.curves.make import curve_tables
from scripts.lib.curves.rows import Bootstrap, Labels
from scripts.lib.curves.samples import SETTING, join_samples
from scripts.lib.curves.sft import ModelSamples, sft_points
from scripts.lib.page.sources import sources
from scripts.lib.page.spec import PageSpec
from tests.pool_tables import pool_tables, samples_of

BOOTSTRAP = Bootstrap(100, 0)
PARTS = ["wording", *SETTING]


class Pool:
    """Samples of two problems at some settings, each of which has another share of right ones."""

    def __init__(self, name: str, settings, count=8):
        self.name, self.model = name, f"model_{name}"
        samples = [
            sample
            for place, setting in enumerate(settings)
            for problem in "ab"
            for sample in samples_of(
                problem,
                ["1"] * (1 + place) + ["2"] * (count - 1 - place),
                thinking=10 * (1 + place),
                **setting,
            )
        ]
        self.answers, costs, _ = pool_tables(samples)
        self.samples = join_samples(self.answers, costs)
        self.labels = Labels("c", "m", "numbers", self.model, "measured")
        self.settings = self.answers.select(PARTS).unique(maintain_order=True).sort(PARTS)

    def index(self):
        return {"name": self.name, "model": self.model, "settings": self.settings.to_dicts()}

    def of(self, setting: int) -> pl.DataFrame:
        """Answers of the setting of this place in the index."""
        own = self.settings[setting]
        return self.answers.join(own, on=PARTS, how="semi", nulls_equal=True)

    def accuracy(self, setting: int) -> float:
        return (
            self.of(setting).group_by("problem_id").agg(pl.col("correct").mean())["correct"].mean()
        )


def curve_of(**entry):
    return TypeAdapter(Curve).validate_python(entry)


def drawn(curve, *pools: Pool):
    """The points of a curve, and where each is from."""
    if curve.method == "sft":
        each = [ModelSamples(pool.name, pool.samples, pool.labels) for pool in pools]
        points = sft_points(curve, each, BOOTSTRAP).points
    else:
        points = curve_tables(curve, pools[0].samples, pools[0].labels, BOOTSTRAP).points
    spec = PageSpec(study="s", title="t", curves={"c": curve})
    found = sources(spec, {"c": points}, {pool.name: pool.index() for pool in pools})
    return points, found["c"]


def along(part, values, **more):
    return [{part: value, **more} for value in values]


FORCED = [{"budget": b, "waits": w} for b in (8, 16, None) for w in (None, 1)]
SINGLE = {
    "budgets": ({"method": "ask"}, along("asked", [8, 16, 32])),
    "efforts": ({"method": "ask"}, along("effort", ["high", "low", "medium"])),
    "a wording": (
        {"method": "ask", "wording": "b"},
        [one for w in "ab" for one in along("asked", [8, 16], wording=w)],
    ),
    "forcing": ({"method": "forcing"}, FORCED),
    "budgets alone": ({"method": "forcing", "along": "budgets"}, FORCED),
    "waits alone": ({"method": "forcing", "along": "waits"}, FORCED),
    "control": ({"method": "control"}, along("asked", [8, 16])),
    "classes": (
        {"method": "control", "classes": {"short": "below"}, "neutral": "plain"},
        along("wording", ["long", "plain", "short"]),
    ),
    "revision": ({"method": "revision"}, along("waits", [0, 1, 2])),
}


@pytest.mark.parametrize("kind", SINGLE)
def test_a_point_of_one_sample_opens_those_that_are_right_as_often(kind):
    entry, settings = SINGLE[kind]
    pool = Pool("p", settings)
    points, found = drawn(curve_of(pool="p", **entry), pool)
    opened = [pool.accuracy(at) for name, at in found["points"] if name == "p"]
    assert opened == pytest.approx(points["accuracy"].to_list())
    assert len(set(opened)) > 1
    assert found["pools"] == {"p": sorted({at for _, at in found["points"]})}


def test_every_point_of_one_setting_opens_it():
    pool = Pool("p", along("asked", [8, 16]))
    for method in ("vote", "oracle", "rejection"):
        more = {"budgets": [10, 20]} if method == "rejection" else {}
        points, found = drawn(curve_of(method=method, pool="p", asked=16, **more), pool)
        assert points.height > 1
        assert found["points"] == [("p", 1)] * points.height
        assert found["pools"] == {"p": [1]}


def test_a_sweep_opens_the_last_attempt_of_its_chains_and_lists_all():
    pool = Pool("p", along("waits", range(4)))
    points, found = drawn(curve_of(method="revision", pool="p", attempts=4), pool)
    assert points["setting"].to_list() == [f"parallel={4 // r},sequential={r}" for r in (1, 2, 4)]
    assert found["points"] == [("p", 0), ("p", 1), ("p", 3)]
    assert found["pools"] == {"p": [0, 1, 2, 3]}


def test_a_search_opens_the_candidates_of_its_size():
    pool = Pool("p", [{"beams": 1}, {"beams": 4}], count=4)
    pool.samples = pool.samples.with_columns(score=pl.lit(0.5))
    points, found = drawn(curve_of(method="beam", pool="p", select="majority"), pool)
    assert [pool.of(at)["beams"][0] for _, at in found["points"]] == points["n"].to_list()


def test_each_trained_model_opens_its_own_samples():
    pools = [Pool(name, [{}]) for name in ("few", "more")]
    points, found = drawn(curve_of(method="sft", pools=["few", "more"]), *pools)
    assert found["points"] == [("few", 0), ("more", 0)]
    assert found["pools"] == {"few": [0], "more": [0]}
    assert points["model"].to_list() == ["model_few", "model_more"]


def test_a_group_of_trainings_opens_the_first_that_is_here():
    pools = [Pool(f"s{seed}", [{}]) for seed in range(4)]
    curve = curve_of(method="sft", groups={"one": ["s0", "s1"], "two": ["s2", "s3"]})
    points, found = drawn(curve, *pools)
    assert found["points"] == [("s0", 0), ("s2", 0)]
    assert list(found["pools"]) == pools_of(curve)
    here = {pool.name: pool.index() for pool in pools[1:2]}
    spec = PageSpec(study="s", title="t", curves={"c": curve})
    assert sources(spec, {"c": points}, here)["c"]["points"] == [("s1", 0), None]
    assert sources(spec, {"c": points}, {}) == {}
