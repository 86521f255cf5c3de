"""Curves against larger models at equal FLOPs, and ratios of compute."""

import json
import shlex
import sys
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from scripts.analyse import tabulate_crossings, tabulate_ratios
from scripts.lib.config.check import ConfigError
from scripts.lib.config.load import load_facts
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Crossing, Point, Ratio
from scripts.lib.estimators.line import doublings, weights_at, weights_reaching
from scripts.lib.slices import as_json
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.workflow import StudyFiles
from tests.studies import micro


def by_hand(points, accuracy):
    """Where a broken line in log2 of compute first has an accuracy, by bisection."""
    points = sorted(points)

    def height(x):
        for (x0, y0), (x1, y1) in pairwise(points):
            if x0 <= x <= x1:
                return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        raise AssertionError(x)

    steps = 200_000
    first, last = points[0][0], points[-1][0]
    for step in range(steps + 1):
        x = first + (last - first) * step / steps
        if height(x) >= accuracy - 1e-12:
            return x
    return None


@pytest.mark.parametrize("accuracy", [0.1, 0.35, 0.49, 0.55, 0.7, 0.71])
def test_a_line_reaches_an_accuracy_where_a_walk_along_it_does(accuracy):
    """Points out of order, one of them worse than a cheaper one."""
    x, y = np.array([[3.0, 0.2], [7.5, 0.7], [5.0, 0.5], [6.0, 0.4]]).T
    (there,), (first,) = weights_reaching(x[None], y[None], accuracy)
    found = by_hand(zip(x, y, strict=True), accuracy)
    assert there.any() == (found is not None)
    if found is not None:
        assert x @ there == pytest.approx(found, abs=1e-4)
        assert first == (accuracy < 0.2)
        # The line has it there, and is at the same points the other way round.
        assert y @ there == pytest.approx(max(accuracy, 0.2))
        assert weights_at(2**x, 2 ** (x @ there)) == pytest.approx(there)


def test_each_draw_has_its_own_line():
    """Of two points of the same compute the better one is reached; their order may change."""
    x = np.array([[2.0, 4.0, 4.0], [4.0, 2.0, 3.0]])
    y = np.array([[0.1, 0.9, 0.5], [0.9, 0.1, 0.5]])
    weights, first = weights_reaching(x, y, 0.7)
    assert weights == pytest.approx(np.array([[0, 0.5, 0.5], [0.5, 0, 0.5]]))
    assert not first.any()
    with pytest.raises(ValueError, match="compute above 0"):
        doublings([0, 1])


def a_curve(folder, name, *points, benchmark="numbers"):
    rows = [
        {
            **{"curve": name, "method": name.split("_")[0], "benchmark": benchmark},
            **{"model": "m", "setting": f"k={n}", "n": n, "accuracy": accuracy, "flops": flops},
            **{"tokens": tokens, "problems": 9, "origin": "measured"},
        }
        for n, accuracy, flops, tokens in points
    ]
    write_table(Point, make_table(Point, rows), folder / f"{name}.csv")


def tabulated(folder, curves, against, *facts):
    table = {"kind": "crossings", "title": "t", "curves": curves, "against": against}
    names = [*curves, *against]
    arguments = [
        *("--spec", json.dumps(table), "--labels", json.dumps({n: n.upper() for n in names})),
        *("--points", *(str(folder / f"{n}.csv") for n in names)),
        *facts,
        *("--output", str(folder / "table.csv")),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tabulate_crossings", *arguments])
        tabulate_crossings.main()
    return read_table(Crossing, folder / "table.csv")


def test_a_table_of_crossings(tmp_path):
    a_curve(tmp_path, "beam_x", (1, 0.2, 2.0**10, 9), (4, 0.4, 2.0**12, 9), (16, 0.6, 2.0**14, 9))
    a_curve(tmp_path, "vote_x", (1, 0.2, 2.0**10, 9), (4, 0.3, 2.0**11, 9), (8, None, 1.0, 9))
    a_curve(tmp_path, "ask_large", (1, 0.5, 2.0**12, 9), (2, 0.1, 2.0**20, 9), (3, 0.9, None, None))
    table = tabulated(tmp_path, ["beam_x", "vote_x"], ["ask_large"])
    assert table["against_setting"].to_list() == ["k=1", "k=2", "k=3"] * 2
    assert set(table["label"]) == {"BEAM_X", "VOTE_X"}
    half, easy, hard, vote, _, _ = table.iter_rows(named=True)
    assert (half["crossing"], half["against_flops_from"]) == ("between points", "point")
    # Half of the way from 2^12 to 2^14, and from 4 to 16 samples; at 2^12 it has 0.4.
    assert (half["flops"], half["n"], half["ratio"]) == pytest.approx((2**13, 8, 2))
    assert (half["equal_accuracy"], half["equal_n"]) == pytest.approx((0.4, 4))
    assert half["difference"] == pytest.approx(-0.1)
    assert (easy["crossing"], easy["flops"], easy["n"]) == ("first point", 2**10, 1)
    assert easy["ratio"] == pytest.approx(2**-10)
    assert (easy["equal_accuracy"], easy["difference"]) == (None, None), "2^20 is past the line"
    assert (hard["crossing"], hard["flops"], hard["n"], hard["ratio"]) == ("never", *[None] * 3)
    assert (hard["against_flops"], hard["against_flops_from"]) == (None, None)
    assert (vote["crossing"], vote["equal_accuracy"]) == ("never", None)


def test_flops_of_a_published_point_follow_from_its_tokens(tmp_path):
    a_curve(tmp_path, "beam_x", (1, 0.2, 2.0**30, 9), (4, 0.8, 2.0**40, 9))
    a_curve(tmp_path, "ask_large", (1, 0.5, None, 100.0))
    facts = {"active_parameters": 1e8, "layers": 2, "heads": 4, "head_dim": 8}
    told = tabulated(tmp_path, ["beam_x"], ["ask_large"], "--facts", "ask_large", json.dumps(facts))
    (row,) = told.iter_rows(named=True)
    assert row["against_flops"] == pytest.approx(2 * 1e8 * 100 + 4 * 2 * 4 * 8 * 100 * 101 / 2)
    assert row["against_flops_from"] == "tokens and size"
    assert row["ratio"] == pytest.approx(2.0**35 / row["against_flops"])


def test_what_cannot_be_compared_is_refused(tmp_path):
    a_curve(tmp_path, "beam_x", (1, 0.2, None, 9))
    a_curve(tmp_path, "vote_x", (1, 0.2, 4.0, 9))
    a_curve(tmp_path, "ask_large", (1, 0.5, 8.0, 9), benchmark="letters")
    a_curve(tmp_path, "ask_blank", (1, None, 8.0, 9))
    with pytest.raises(CurveError, match="beam_x has no point with both accuracy and FLOPs"):
        tabulated(tmp_path, ["beam_x"], ["ask_large"])
    with pytest.raises(CurveError, match="vote_x and ask_large are of different benchmarks"):
        tabulated(tmp_path, ["vote_x"], ["ask_large"])
    with pytest.raises(CurveError, match="ask_blank has no point with an accuracy to reach"):
        tabulated(tmp_path, ["vote_x"], ["ask_blank"])


RUN = {
    "model": "Llama-3.2-3B-Instruct",
    "verifier": "Llama3.1-8B-PRM-Deepseek-Data",
    "n": 256,
    "larger": "Llama-3.1-70B-Instruct",
}
PUBLISHED = {"paper": "p", "figure": "f", "series": "s", "benchmark": "chains", "problems": 9}


def with_tables(**runs):
    study = micro()
    study["curves"] |= {
        "ask_large": {
            "method": "ask",
            "label": "large",
            "published": PUBLISHED | {"model": "Llama-3.1-70B-Instruct"},
        },
        "ask_unknown": {"method": "ask", "published": PUBLISHED | {"model": "o1-mini2"}},
    }
    study["tables"] |= {
        "crossed": {
            **{"kind": "crossings", "title": "t", "curves": ["beam_base"]},
            "against": ["ask_large", "ask_unknown"],
        },
        "ratios": {
            **{"kind": "ratios", "title": "t", "runs": [RUN | runs]},
            "matched": [{"size": 14, "inference": [0.16, 0.79, 22]}],
        },
    }
    return study


def test_the_threads_sum_and_what_matches_in_flops(tmp_path):
    """256 samples of a 3B and an 8B verifier against one run of a 70B: about 40 times its compute.

    The multipliers are those of Snell et al. for a 14 times larger model.
    """
    files = StudyFiles(with_tables(), [])
    wildcards = SimpleNamespace(table="ratios")
    output = tmp_path / "ratios.csv"
    with pytest.MonkeyPatch.context() as patch:
        options = [
            "--spec",
            files.table_spec(wildcards),
            *shlex.split(files.ratios_facts(wildcards)),
        ]
        patch.setattr(sys, "argv", ["tabulate_ratios", *options, "--output", str(output)])
        tabulate_ratios.main()
    one, *matched = read_table(Ratio, output).iter_rows(named=True)
    facts = load_facts()
    sizes = [facts[RUN[key]].active_parameters for key in ("model", "verifier", "larger")]
    assert one["value"] == pytest.approx(256 * (sizes[0] + sizes[1]) / sizes[2])
    assert one["value"] == pytest.approx(39.5, abs=0.05)
    assert one["size"] == pytest.approx(21.6, abs=0.05)
    assert [row["value"] for row in matched] == pytest.approx([257.75, 63.37, 15.77], abs=0.005)
    assert [row["inference"] for row in matched] == [0.16, 0.79, 22]


def test_no_verifier_costs_nothing(tmp_path):
    table = StudyFiles(with_tables(verifier=None), []).study.tables["ratios"]
    sizes = {RUN["model"]: 3.0, RUN["larger"]: 6.0}
    assert tabulate_ratios.ratios_table(table, sizes)["value"][0] == 128
    with pytest.raises(CurveError, match=r"parameters of Llama-3.1-70B-Instruct are unknown"):
        tabulate_ratios.ratios_table(table, {RUN["model"]: 3.0})


def test_tables_of_equal_compute_read_curves_and_sizes():
    files = StudyFiles(with_tables(), [])
    crossed = SimpleNamespace(table="crossed")
    assert files.crossings_inputs(crossed) == [
        f"results/micro/curves/{name}.csv" for name in ("beam_base", "ask_large", "ask_unknown")
    ]
    assert json.loads(files.table_labels(crossed))["ask_large"] == "large"
    option, name, facts = shlex.split(files.crossings_facts(crossed))
    assert (option, name) == ("--facts", "ask_large")
    assert facts == as_json(files.facts["Llama-3.1-70B-Instruct"], exclude={"source"})


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("ratios", {"runs": [RUN | {"larger": "none"}]}, r"runs\.0\.larger: 'none' is not in conf"),
        ("ratios", {"runs": [RUN | {"larger": "o1"}]}, "no active_parameters of 'o1'"),
        ("ratios", {"runs": [], "matched": []}, "runs, matched: give one of them"),
        ("crossed", {"curves": ["none"]}, r"crossed\.curves: 'none' is not defined"),
        ("crossed", {"curves": ["ask_large"]}, "'ask_large' is published without FLOPs"),
        ("crossed", {"against": ["none"]}, r"crossed\.against: 'none' is not defined"),
        ("crossed", {"against": ["beam_base"]}, "'beam_base' is one of the curves"),
    ],
)
def test_tables_that_do_not_fit_are_named(table, change, told):
    study = with_tables()
    study["tables"][table] |= change
    with pytest.raises(ConfigError, match=told):
        StudyFiles(study, [])
