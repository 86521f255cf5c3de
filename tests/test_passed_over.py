"""How often a right answer was among the samples and the verifier passed it over."""

import json
import sys
from itertools import combinations, product

import numpy as np
import pytest

from scripts.analyse import tabulate_passed_over
from scripts.lib.curves.passed_over import aucs
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.scores import with_scores
from scripts.lib.search.tables import PassedOver, Step
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer
from tests.pool_tables import pool_tables, samples_of, step_table

ANSWERS = {
    "a": (["1", "2", "1", None], [0.5, 0.5, 0.2, 0.9]),
    "b": (["2", "3", "1", "2"], [0.6, 0.7, 0.1, None]),
    "c": (["2", "2", "3", "4"], [0.1, 0.2, 0.3, 0.4]),
}


def samples(**more):
    return [
        sample | {"scores": [] if score is None else [score], "read": [] if score is None else [5]}
        for problem, (answers, scores) in ANSWERS.items()
        for sample, score in zip(samples_of(problem, answers, **more), scores, strict=True)
    ]


def tabulated(folder, *curves):
    """The table of curves given as name, samples and entry."""
    told = ["--labels", json.dumps({name: name.upper() for name, _, _ in curves})]
    for name, made_up, entry in curves:
        write_table(Answer, pool_tables(made_up)[0], folder / f"{name}.answers.parquet")
        write_table(Step, step_table(made_up), folder / f"{name}.steps.parquet")
        told += ["--curve", name, "--spec", json.dumps({"pool": "votes", **entry})]
        told += ["--answers", str(folder / f"{name}.answers.parquet"), "--verifier", "judge"]
        told += ["--scores", str(folder / f"{name}.steps.parquet")]
    with pytest.MonkeyPatch.context() as patch:
        output = ["--bootstrap", "300", "--output", str(folder / "table.csv")]
        patch.setattr(sys, "argv", ["tabulate_passed_over", *told, *output])
        tabulate_passed_over.main()
    return read_table(PassedOver, folder / "table.csv")


def naive(answers, scores):
    """The chosen answers of the best score, of those with an answer."""
    known = [
        (-1 if score is None else score, answer)
        for answer, score in zip(answers, scores, strict=True)
        if answer is not None
    ]
    best = max((score for score, _ in known), default=0)
    return [answer for score, answer in known if score == best]


def test_shares_are_those_of_all_draws(tmp_path):
    best = {"method": "best_of_n", "verifier": "judge", "k": "all"}
    table = tabulated(tmp_path, ("best_of_n_judge", samples(), best))
    assert table["setting"].to_list() == ["k=1", "k=2", "k=3", "k=4"]
    assert set(table["label"]) == {"BEST_OF_N_JUDGE"}
    for k, row in enumerate(table.iter_rows(named=True), start=1):
        found, chosen = [], []
        for answers, scores in ANSWERS.values():
            draws = list(combinations(range(4), k))
            found.append(np.mean(["1" in [answers[i] for i in draw] for draw in draws]))
            picks = [naive([answers[i] for i in d], [scores[i] for i in d]) for d in draws]
            chosen.append(np.mean([p.count("1") / len(p) if p else 0 for p in picks]))
        assert row["found"] == pytest.approx(np.mean(found))
        assert row["chosen"] == pytest.approx(np.mean(chosen))
        assert row["passed_over"] == pytest.approx(np.mean(found) - np.mean(chosen))
        assert row["share"] == pytest.approx(1 - np.mean(chosen) / np.mean(found))
        for name in ("found", "chosen", "passed_over", "auc"):
            assert row[f"low_{name}"] <= row[name] <= row[f"high_{name}"], name
    assert table["passed_over"][0] == 0, "of one sample none is passed over"
    # "a": 0.5 against 0.5, and 0.2 against 0.5; "b": 0.1 against 0.6 and 0.7. "c" has none right.
    assert table["auc"].to_list() == pytest.approx([0.125] * 4)
    assert table["auc_problems"].to_list() == [2] * 4


def test_a_search_is_its_own_pool(tmp_path):
    best = {"method": "best_of_n", "verifier": "judge", "k": [4]}
    table = tabulated(
        tmp_path,
        ("best_of_n_judge", samples(), best),
        ("beam_judge", samples(beams=4), {"method": "beam"}),
        ("beam_vote", samples(beams=4), {"method": "beam", "select": "majority"}),
    )
    values = table.select("setting", "n", "found", "chosen", "share", "auc")
    assert values.row(0) == values.row(1)
    # By number, "a" has the answer 1 twice, and "b" has not.
    assert table["chosen"].to_list() == pytest.approx([0.5 / 3, 0.5 / 3, 1 / 3])


def test_what_is_never_right_has_no_share(tmp_path):
    wrong = [sample | {"gold": "9"} for sample in samples(beams=4)]
    (row,) = tabulated(tmp_path, ("beam_judge", wrong, {"method": "beam"})).iter_rows(named=True)
    assert (row["found"], row["passed_over"], row["share"], row["auc"]) == (0, 0, None, None)
    assert row["auc_problems"] == 0


def test_auc_by_pairs():
    generator = np.random.default_rng(0)
    made_up, exact = [], []
    for problem in "abcd":
        answers = list(generator.choice(["1", "2"], 12))
        scores = generator.integers(0, 6, 12) / 5
        for sample, score in zip(samples_of(problem, answers), scores, strict=True):
            made_up.append(sample | {"scores": [float(score)], "read": [1]})
        right, wrong = (scores[np.array(answers) == answer] for answer in ("1", "2"))
        exact.append(np.mean([(r > w) + (r == w) / 2 for r, w in product(right, wrong)]))
    joined = with_scores(pool_tables(made_up)[0], step_table(made_up), "judge", "last")
    assert aucs(joined).tolist() == pytest.approx(exact)


def test_other_curves_are_refused(tmp_path):
    with pytest.raises(CurveError, match="vote_x: --spec must be that of a best_of_n curve"):
        tabulated(tmp_path, ("vote_x", samples(), {"method": "vote"}))
