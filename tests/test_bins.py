"""Problems in bins by difficulty: where the cuts stand, and what finding out cost."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from scripts.analyse import tabulate_bins
from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.study import Study
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Bin
from scripts.lib.estimators.bins import quantile_bins
from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Cost
from scripts.lib.workflow import StudyFiles
from tests.pool_tables import pool_tables, samples_of, step_table
from tests.studies import micro


@pytest.mark.parametrize(
    ("values", "bins", "expected"),
    [
        ([0.9, 0.1, 0.5, 0.3], 2, [1, 2, 1, 2]),
        ([0.9, 0.1, 0.5, 0.3], 4, [1, 4, 2, 3]),
        ([5, 4, 3, 2, 1], 2, [1, 1, 2, 2, 2]),
        ([1, 1, 1, 0], 2, [1, 1, 1, 2]),
        ([1, 0, 0, 0], 2, [1, 2, 2, 2]),
        # Of two changes as near, the one before the quantile.
        ([2, 1, 1, 0], 2, [1, 2, 2, 2]),
        ([1, 1, 1], 5, [3, 3, 3]),
        ([1, 0], 5, [2, 4]),
    ],
)
def test_where_the_cuts_stand(values, bins, expected):
    assert quantile_bins(values, bins).tolist() == expected


@pytest.mark.parametrize("seed", range(20))
def test_bins_are_even_but_for_equal_values(seed):
    generator = np.random.default_rng(seed)
    n, bins = int(generator.integers(5, 60)), int(generator.integers(2, 6))
    different = generator.permutation(n) / n
    sizes = np.bincount(quantile_bins(different, bins), minlength=bins + 1)[1:]
    assert sizes.max() - sizes.min() <= 1
    coarse = generator.integers(0, 4, n) / 4
    found = quantile_bins(coarse, bins)
    order = np.argsort(-coarse, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    for one in set(coarse):
        assert len(set(found[coarse == one])) == 1
    # Each cut by a plain search among the places where the value changes.
    changes = [p for p in range(n + 1) if p in (0, n) or coarse[order][p - 1] != coarse[order][p]]
    for cut in range(1, bins):
        best = min(changes, key=lambda place: (abs(bins * place - n * cut), place))
        assert (found <= cut).sum() == best


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        quantile_bins([0.5, float("nan")], 2)


ANSWERS = {"a": ["1", "1"], "b": ["1", "2"], "c": ["2", "2"], "d": ["2", None]}
SCORES = {"a": [[0.2, 0.4], []], "b": [[0.9], [0.5, 0.7]], "c": [[0.1], [0.1]], "d": [[1.0], [0.9]]}


def made_up():
    return [
        sample | {"scores": scores, "read": [3] * len(scores)}
        for problem, answers in ANSWERS.items()
        for sample, scores in zip(samples_of(problem, answers), SCORES[problem], strict=True)
    ]


def tabulated(folder, samples, **spec):
    answers, costs, _ = pool_tables(samples)
    write_table(Answer, answers, folder / "answers.parquet")
    write_table(Cost, costs, folder / "costs.parquet")
    write_table(Step, step_table(samples), folder / "steps.parquet")
    facts = {"active_parameters": 1e6, "layers": 2, "heads": 4, "head_dim": 8, "source": "here"}
    arguments = ["--spec", json.dumps({"pool": "votes", "bins": 2} | spec), "--bins", "two"]
    for name in ("answers", "costs"):
        arguments += [f"--{name}", str(folder / f"{name}.parquet")]
    arguments += ["--scores", str(folder / "steps.parquet"), "--verifier-facts", json.dumps(facts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["bins", *arguments, "--output", str(folder / "bins.parquet")])
        tabulate_bins.main()
    return read_table(Bin, folder / "bins.parquet")


def test_bins_by_right_samples(tmp_path):
    table = tabulated(tmp_path, made_up(), by="pass1")
    assert table["problem_id"].to_list() == ["a", "b", "c", "d"]
    assert table["value"].to_list() == [1, 0.5, 0, 0]
    assert table["bin"].to_list() == [1, 1, 2, 2]
    # 100 and 200 tokens, at 7 FLOPs each, and the prompt once.
    assert table["tokens"].to_list() == [300] * 4
    assert table["flops"].to_list() == [1000 + 7 * 300] * 4


def test_bins_by_score_count_the_verifier(tmp_path):
    table = tabulated(tmp_path, made_up(), by="score", verifier="judge")
    # The last score of each sample; one without steps counts 0.
    assert table["value"].to_list() == pytest.approx([0.2, 0.8, 0.1, 0.95])
    assert table["bin"].to_list() == [2, 1, 2, 1]

    def read(tokens):
        return 2 * 1e6 * tokens + 4 * 2 * 4 * 8 * tokens * (tokens + 1) / 2

    for problem, flops in table.select("problem_id", "flops").rows():
        steps = [3 * len(scores) for scores in SCORES[problem]]
        extra = read(20) + sum(read(20 + tokens) - read(20) for tokens in steps)
        assert flops == pytest.approx(1000 + 7 * 300 + extra)
    lowest = tabulated(tmp_path, made_up(), by="score", verifier="judge", aggregate="min")
    assert lowest["value"][0] == pytest.approx(0.1)


def test_samples_that_make_no_bins_are_refused(tmp_path):
    with pytest.raises(CurveError, match=r"two, from .*: bins need 2 samples .* not: d 1"):
        tabulated(tmp_path, made_up()[:-1], by="pass1")
    with pytest.raises(CurveError, match="scores of judge; those of other are needed"):
        tabulated(tmp_path, made_up(), by="score", verifier="other")
    mixed = [*samples_of("a", ["1"], asked=8), *samples_of("a", ["1"], asked=16)]
    with pytest.raises(CurveError, match=r"several values of \(asked, .*bins take the samples of"):
        tabulated(tmp_path, mixed, by="pass1")


def binned(**bins):
    study = micro()
    seen = {"pool": "plain", "by": "score", "verifier": "prm"}
    return study | {"bins": {"predicted": seen | bins}}


def test_bins_read_samples_and_scores():
    files = StudyFiles(binned(), [])
    wildcards = SimpleNamespace(bins="predicted")
    inputs = files.bins_inputs(wildcards)
    scores = "results/micro/scores/plain/prm.parquet"
    assert inputs["answers"] == "results/micro/pools/plain/answers.parquet"
    assert inputs["scores"] == scores
    assert "results/micro/models/prm/model.safetensors" in inputs["verifier"]
    told = files.bins_scores(wildcards)
    assert told == f"--scores {scores} --verifier-weights results/micro/models/prm"
    oracle = StudyFiles(binned(by="pass1", verifier=None), [])
    assert set(oracle.bins_inputs(wildcards)) == {"answers", "costs"}
    assert oracle.bins_scores(wildcards) == ""


@pytest.mark.parametrize(
    ("bins", "told"),
    [
        ({"pool": "none"}, r"bins\.predicted\.pool: 'none' is not defined"),
        ({"pool": "beam"}, r"bins\.predicted\.pool: bins take plain samples, not .* searched"),
        ({"verifier": "base"}, r"bins\.predicted\.verifier: 'base' is not defined; there is: prm"),
        ({"verifier": None}, r"bins\.predicted: verifier: given with bins by score"),
        ({"by": "pass1"}, r"bins\.predicted: verifier: given with bins by score"),
    ],
)
def test_bins_that_do_not_fit_are_named(bins, told):
    with pytest.raises(ConfigError, match=told):
        check(Study, binned(**bins), "study")
