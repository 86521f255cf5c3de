"""pass@k from published counts of right samples."""

import json
import sys
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scripts.analyse import tabulate_counts
from scripts.lib.config.check import ConfigError
from scripts.lib.config.curves import PublishedCounts
from scripts.lib.config.load import read_yaml
from scripts.lib.curves.counts import counted_points, counted_runs
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Outcome, Point, Reference
from scripts.lib.tableio import make_table, read_table
from scripts.lib.workflow import StudyFiles
from tests.curve_tables import means_of_outcomes

STUDY = Path("config/recorded.yaml")
CURVE = "oracle_llama_1b_math500"
COUNTS = PublishedCounts(paper="p", figure="f", benchmark="b", model="m")
LABELS = Labels("oracle_x", "oracle", "b", "m", "recorded")


def reference(rows):
    """Rows given as series, problem, right and n."""
    shared = {"paper": "p", "figure": "f", "benchmark": "b", "y_unit": "right", "origin": "log"}
    return make_table(
        Reference,
        [
            {**shared, "series": series, "x": x, "y": float(y), "n": n, "source": "here"}
            for series, x, y, n in rows
        ],
    )


def test_runs_are_averaged_and_problems_resampled():
    right = {"a": [0, 2, 4], "b": [1, 2, 3]}
    rows = [(run, float(x), y, 4) for run, counts in right.items() for x, y in enumerate(counts)]
    runs = counted_runs(reference(reversed(rows)), COUNTS)
    tables = counted_points(runs, [1, 2, 4], LABELS, Bootstrap(300, 0))
    means_of_outcomes(tables)
    for k, point in zip((1, 2, 4), tables.points.iter_rows(named=True), strict=True):
        each = [
            [
                np.mean([any(i < c for i in draw) for draw in combinations(range(4), k)])
                for c in counts
            ]
            for counts in right.values()
        ]
        assert (point["setting"], point["n"]) == (f"k={k}", k)
        assert point["accuracy"] == pytest.approx(np.mean(each))
        assert point["low"] <= point["accuracy"] <= point["high"]
        assert point["tokens"] is None
        assert point["flops"] is None
        own = tables.outcomes.filter(setting=f"k={k}")
        assert own["problem_id"].to_list() == ["0", "1", "2"]
        assert own["accuracy"].to_list() == pytest.approx(np.mean(each, axis=0))
        # With 2 runs a t interval has one degree of freedom: 12.7 standard errors to a side.
        spread = 12.7062 * abs(np.mean(each[0]) - np.mean(each[1])) / 2
        assert point["low_benchmark"] == pytest.approx(
            max(point["low"], np.mean(each) - spread), abs=1e-4
        )


def test_one_run_tells_nothing_of_new_samples():
    runs = counted_runs(reference([("a", 0.0, 1, 4), ("a", 1.0, 3, 4)]), COUNTS)
    points = counted_points(runs, [1], LABELS, Bootstrap(300, 0)).points
    assert points["low_benchmark"].to_list() == [None]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", 0.0, 5, 4)], r"1 rows hold no whole number .* row 2: y 5.0, n 4, problem 0.0"),
        ([("a", 0.0, 1.5, 4)], "1 rows hold no whole number"),
        ([("a", None, 1, 4)], "1 rows hold no whole number"),
        ([("a", 0.0, 1, None)], "1 rows hold no whole number"),
        ([("a", 0.0, 1, 4), ("a", 0.0, 1, 4)], "series 'a' counts problem 0 more than once"),
        ([("a", 0.0, 1, 4), ("b", 1.0, 1, 4)], "2 problems are not in all 2 series"),
        ([], "no counts for"),
    ],
)
def test_what_is_no_count_is_refused(rows, told):
    with pytest.raises(CurveError, match=told):
        counted_runs(reference(rows), COUNTS)


def test_pass_at_k_of_llama_1b_on_math_500(tmp_path):
    """The curve of the recorded study, by its program, on 500 problems, 5 runs, 256 samples."""
    study = StudyFiles(read_yaml(STUDY), [str(STUDY)])
    wildcards = SimpleNamespace(curve=CURVE)
    assert study.curves("counts") == [CURVE]
    with pytest.MonkeyPatch.context() as patch:
        arguments = [
            *("--spec", study.curve_spec(wildcards), "--curve", CURVE),
            *("--reference", study.curve_reference(wildcards), "--bootstrap", "1000"),
            *("--outcomes", str(tmp_path / "o.parquet"), "--output", str(tmp_path / "p.csv")),
        ]
        patch.setattr(sys, "argv", ["tabulate_counts", *arguments])
        tabulate_counts.main()
    points = read_table(Point, tmp_path / "p.csv")
    assert points["n"].to_list() == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    known = [23.86, 34.74, 45.97, 56.55, 66.06, 74.27, 81.09, 86.28, 89.80]
    assert (100 * points["accuracy"]).to_list() == pytest.approx(known, abs=0.005)
    assert set(points["problems"]) == {500}
    assert set(points["origin"]) == {"recorded"}
    for low, high in (("low", "high"), ("low_benchmark", "high_benchmark")):
        assert (points[low] < points["accuracy"]).all()
        assert (points[high] > points["accuracy"]).all()
    # Problems differ by far more than the runs of a problem.
    assert ((points["high_benchmark"] - points["low_benchmark"]) < 0.02).all()
    assert ((points["high"] - points["low"]) > 0.04).all()
    outcomes = read_table(Outcome, tmp_path / "o.parquet")
    means_of_outcomes(CurveTables(points, outcomes))


def test_counts_stand_instead_of_a_pool():
    study = read_yaml(STUDY)
    study["curves"][CURVE]["pool"] = "phi_4_reasoning_math500"
    with pytest.raises(ConfigError, match=f"{CURVE}: name exactly one of pool, counts, published"):
        StudyFiles(study, [])
    del study["curves"][CURVE]["pool"]
    study["curves"]["vote_x"] = {"method": "vote", "counts": study["curves"][CURVE]["counts"]}
    with pytest.raises(ConfigError, match="counts: unknown key"):
        StudyFiles(json.loads(json.dumps(study)), [])
