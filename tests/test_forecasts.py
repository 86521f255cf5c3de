"""Tables of the limit of voting and of forecasts, made-up and from recorded AIME 2024 samples."""

import json
import shlex
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scripts.analyse import tabulate_forecast, tabulate_vote_limit
from scripts.data.import_samples import import_samples
from scripts.lib.config.check import ConfigError
from scripts.lib.config.load import read_yaml
from scripts.lib.curves.forecast_tables import Forecast, VoteLimit
from scripts.lib.curves.forecasts import total_rows
from scripts.lib.curves.samples import CurveError
from scripts.lib.estimators.vote import Tally, expected_vote, vote_of_all
from scripts.lib.grading.judge import Judge
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer
from scripts.lib.workflow import StudyFiles
from scripts.sample.grade_pool import grade_traces
from tests.pool_tables import pool_tables, samples_of
from tests.studies import micro

STUDY = Path("config/recorded.yaml")
ANSWERS = {
    "a": ["1"] * 15 + ["2"],
    "b": ["1", "2", "3", None] * 4,
    "c": ["2"] * 15 + ["1"],
    "d": [None] * 16,
    "e": ["1"] * 5 + ["2"] * 5 + ["1", "2"] * 3,
}


def program(module, output, *arguments):
    with pytest.MonkeyPatch.context() as patch:
        told = [*map(str, arguments), "--output", str(output)]
        patch.setattr(sys, "argv", [module.__name__, *told])
        module.main()


def written(folder, answers=ANSWERS, curve="vote_x", **entry):
    """The options of a curve over made-up answers."""
    samples = [one for name, given in answers.items() for one in samples_of(name, given)]
    path = folder / f"{curve}.parquet"
    write_table(Answer, pool_tables(samples)[0], path)
    spec = json.dumps({"method": "vote", "pool": "votes", **entry})
    return ["--curve", curve, "--spec", spec, "--answers", str(path), "--origin", "measured"]


LABELS = json.dumps({"vote_x": "X", "vote_y": "Y"})


def limits(folder, *options, draws=2000):
    output = folder / "limits.csv"
    program(tabulate_vote_limit, output, "--labels", LABELS, *options, "--bootstrap", draws)
    return read_table(VoteLimit, output)


def forecasts(folder, *options, draws=2000, **table):
    output = folder / "forecasts.csv"
    names = [options[i + 1] for i, option in enumerate(options) if option == "--curve"]
    spec = {"kind": "forecast", "title": "t", "curves": names, "from": [4], **table}
    told = ["--table", json.dumps(spec), "--labels", LABELS, "--bootstrap", draws]
    program(tabulate_forecast, output, *told, *options)
    return read_table(Forecast, output)


@pytest.mark.parametrize(
    "answers",
    [
        Tally(((3, 1.0), (3, 0.0), (1, 0.0)), 2),
        Tally((), 4),
        Tally(((2, 0.5), (2, 1.0), (2, 0.0))),
        Tally(((5, 0.0),)),
    ],
)
def test_the_vote_of_all_is_the_expected_vote_of_as_many(answers):
    assert vote_of_all(answers) == pytest.approx(expected_vote(answers, [answers.n])[0])


def test_a_table_of_limits(tmp_path):
    (row,) = limits(tmp_path, *written(tmp_path)).iter_rows(named=True)
    assert (row["label"], row["origin"], row["problems"], row["n"]) == ("X", "measured", 5, 16)
    # a is right, b ties three ways, c is wrong, d never answers, e ties with 8 of 16.
    assert row["seen"] == pytest.approx((1 + 1 / 3 + 0 + 0 + 1 / 2) / 5)
    assert row["decided"] >= 0.4
    assert 0.2 <= row["decided_right"] <= 0.4
    assert row["low"] <= row["low_benchmark"] <= row["limit"]
    assert row["limit"] <= row["high_benchmark"] <= row["high"]
    again = limits(tmp_path, *written(tmp_path))
    assert again.row(0, named=True) == row, "the seed alone decides"


def test_forecasts_go_to_the_vote_of_all_samples_or_of_the_first(tmp_path):
    table = forecasts(tmp_path, *written(tmp_path), to=[8, 16, 64])
    eight, sixteen, far, *totals = table.iter_rows(named=True)
    votes = []
    for given in ANSWERS.values():
        counts = Counter(one for one in given[:8] if one)
        modes = [one for one in counts if counts[one] == max(counts.values())]
        votes.append(modes.count("1") / len(modes) if modes else 0)
    assert eight["seen"] == pytest.approx(np.mean(votes))
    assert sixteen["seen"] == pytest.approx((1 + 1 / 3 + 0 + 0 + 1 / 2) / 5)
    assert (far["seen"], far["held"], far["to_k"]) == (None, None, 64)
    for row in (eight, sixteen, far):
        assert row["low_forecast"] <= row["forecast"] <= row["high_forecast"]
        assert row["width"] == pytest.approx(row["high_forecast"] - row["low_forecast"])
    assert eight["seen_from"] == sixteen["seen_from"]
    assert eight["width"] <= sixteen["width"], "fewer samples to come leave less open"
    assert [row["curve"] for row in totals] == ["all"] * 3
    assert totals[0]["held"] == eight["held"]
    assert (totals[2]["held"], totals[2]["label"]) == (None, "all curves")


def test_the_rows_that_sum_up_count_the_curves_that_held(tmp_path):
    # Of vote_y's problems all change their answer after the fourth sample.
    other = {name: ["2"] * 4 + ["1"] * 12 for name in "abcdefgh"}
    stay = {name: ["1"] * 16 for name in "abcdefgh"}
    options = [*written(tmp_path, stay), *written(tmp_path, other, "vote_y")]
    table = forecasts(tmp_path, *options)
    one, two, total = table.iter_rows(named=True)
    assert (one["held"], two["held"], two["seen"]) == (1, 0, 1)
    assert (total["held"], total["curves"], total["label"]) == (1, 2, "held in 1 of 2")
    assert total["width"] == pytest.approx((one["width"] + two["width"]) / 2)
    assert total_rows([]) == []


def test_problems_with_unequal_samples_are_voted_with_all_of_theirs(tmp_path):
    uneven = {"a": ["1"] * 9, "b": ["2"] * 6}
    (row, total) = forecasts(tmp_path, *written(tmp_path, uneven)).iter_rows(named=True)
    assert (row["to"], row["to_k"], row["seen"]) == ("all", None, 0.5)
    assert total["to_k"] is None


def test_curves_of_few_samples_leave_the_others_theirs(tmp_path):
    options = [
        *written(tmp_path, {"a": ["1"] * 9, "b": ["2"] * 6}),
        *written(tmp_path, curve="vote_y"),
    ]
    table = forecasts(tmp_path, *options, **{"from": [6, 7, 16]})
    rows = {(row["curve"], row["from_k"]): row for row in table.iter_rows(named=True)}
    few, none = "a problem has 6 samples only", "{0} is no more than {0}"
    why = {first: rows["vote_x", first]["why"] for first in (6, 7, 16)}
    assert why == {6: none.format(6), 7: few, 16: few}
    for first in (6, 7):
        assert rows["vote_y", first]["why"] is None
        assert rows["all", first]["width"] == rows["vote_y", first]["width"] > 0
        assert rows["all", first]["label"].endswith("of 1")
    assert rows["vote_y", 16]["why"] == none.format(16)
    none_at_all = rows["all", 16]
    assert [none_at_all[c] for c in ("label", "width", "curves")] == ["all curves", None, 0]


def test_other_curves_are_refused(tmp_path):
    with pytest.raises(CurveError, match="vote_x: --spec must be that of a vote curve"):
        limits(tmp_path, *written(tmp_path, method="oracle"))
    with pytest.raises(CurveError, match=r"vote_x, from .*: no sample has wording 'rude'"):
        limits(tmp_path, *written(tmp_path, wording="rude"))
    options = written(tmp_path)[:4]
    with pytest.raises(CurveError, match="--answers and --origin must follow --curve"):
        limits(tmp_path, *options)


@pytest.fixture(scope="module")
def study() -> StudyFiles:
    return StudyFiles(read_yaml(STUDY), [str(STUDY)])


def recorded(study, mirror, folder, names):
    """The options of recorded curves, their answers imported and graded as the rules do."""
    options = shlex.split(study.voted_options(SimpleNamespace(table="limits_aime24")))
    chosen = []
    with Judge(1) as judge:
        for start in range(0, len(options), 8):
            own = options[start : start + 8]
            if own[1] not in names:
                continue
            pool = study.study.pools[study.study.curves[own[1]].pool]
            traces, problems = import_samples(pool, own[1], [mirror(pool.source)], None)
            path = folder / f"{own[1]}.parquet"
            write_table(Answer, grade_traces(traces, problems, judge), path)
            own[own.index("--answers") + 1] = str(path)
            chosen += own
    return chosen


@pytest.mark.mirror
def test_recorded_votes_are_forecast_and_have_limits(study, mirror, tmp_path):
    names = ("vote_limo_v2_aime24", "vote_gpt_oss_20b_aime24")
    options = recorded(study, mirror, tmp_path, names)
    labels = json.loads(study.table_labels(SimpleNamespace(table="forecasts_aime24")))
    table = study.table_spec(SimpleNamespace(table="forecasts_aime24"))
    told = [*options, "--labels", json.dumps(labels), "--bootstrap", 500]
    program(tabulate_forecast, tmp_path / "f.csv", "--table", table, *told)
    program(tabulate_vote_limit, tmp_path / "l.csv", *told)
    found = read_table(Forecast, tmp_path / "f.csv").filter(from_k=16)
    assert found["label"].to_list() == [
        "LIMO-v2 (32B)",
        "gpt-oss-20b (3.6B active)",
        "held in 2 of 2",
    ]
    assert found["to_k"].to_list() == [80, 100, None]
    own = found.filter(curves=1)
    assert own["width"].max() < 0.15
    limit = read_table(VoteLimit, tmp_path / "l.csv")
    assert limit["n"].to_list() == [80, 100]
    assert limit["seen"].to_list() == pytest.approx(own["seen"].to_list())
    assert (limit["decided"] > 0.7).all()
    assert ((limit["limit"] - limit["seen"]).abs() < 0.05).all()
    assert ((limit["limit"] - limit["limit_fixed"]).abs() < 0.03).all()


def test_a_study_that_names_other_curves_is_refused():
    vote = next(name for name, one in micro()["curves"].items() if one["method"] == "vote")

    def broken(kind, curves, **more):
        whole = micro()
        whole["curves"]["vote_told"] = {
            "method": "vote",
            "published": {
                **{"paper": "p", "figure": "f", "series": "s", "benchmark": "chains"},
                **{"model": "o1-mini", "problems": 9},
            },
        }
        whole["tables"]["new"] = {"kind": kind, "title": "t", "curves": curves, **more}
        with pytest.raises(ConfigError) as caught:
            StudyFiles(whole, [])
        return str(caught.value)

    assert "'none' is not defined" in broken("vote_limit", ["none"])
    assert "'vote_told' is published; its samples are" in broken("vote_limit", ["vote_told"])
    assert "is of method vote; oracle is needed" in broken("coverage", [vote])
    assert "unknown key" in broken("forecast", [vote], **{"from": [2], "until": 4})
    assert "from" in broken("forecast", [vote])
