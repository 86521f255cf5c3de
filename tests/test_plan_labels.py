"""Plans of step labels and of the verifiers trained on them, with numbers by hand."""

from pathlib import Path
from typing import Any

import pytest

from scripts.lib.plan_estimates import UNKNOWN, Amount
from scripts.lib.search.tables import StepLabel
from scripts.lib.tableio import make_table, write_table
from scripts.lib.tables import Trace
from scripts.lib.verifiers.examples import is_held_out
from tests.planned import plan, study, with_problems

POOL = {
    **{"kind": "sampled", "model": "s1", "benchmark": "sums", "wordings": ["plain"], "n": 2},
    "sampling": {"max_tokens": 64},
}
LABELS = {
    **{"kind": "rollouts", "pool": "plain", "rollouts": 3, "separator": "\n"},
    "sampling": {"max_tokens": 40},
}
TEXTS = [("p0", 0, "a\nb\nc", "stop"), ("p0", 1, "a\nb\n", "length"), ("p1", 0, "a\n", "stop")]


def content(**changes: object) -> dict[str, Any]:
    made = study({"plain": POOL}, {})
    made["benchmarks"]["sums"]["training"] = True
    made["labels"] = {"steps": LABELS | changes}
    made["models"]["prm"] = {
        **{"kind": "verifier", "base": "s1", "labels": "steps", "wording": "plain"},
        **{"held_out": 0.5, "training": {"epochs": 2, "max_length": 16}},
    }
    if changes.get("search") == "bisect":
        made["models"]["prm"]["target"] = "hard"
    return made


def with_traces(folder: Path) -> Path:
    rows = [
        {
            **{"pool": "plain", "benchmark": "sums", "wording": "plain", "problem_id": problem},
            **{"sample": sample, "text": text, "end": end},
            **{"forced_tokens": 0, "wait_positions": []},
        }
        for problem, sample, text, end in TEXTS
    ]
    path = with_problems(folder) / "planned/pools/plain/traces.parquet"
    write_table(Trace, make_table(Trace, rows), path)
    return folder


def test_rollouts_are_unknown_until_there_are_samples(tmp_path: Path) -> None:
    rows = plan(tmp_path, content())
    assert (rows["steps"].kind, rows["steps"].model) == ("labels", "s1")
    assert rows["steps"].estimate.requests == UNKNOWN
    assert rows["steps"].notes == ["rollouts are unknown until pool plain is sampled"]
    assert rows["prm"].notes[0] == "training tokens are unknown until the steps are labelled"


@pytest.mark.parametrize(
    ("changes", "rollouts"),
    [
        ({}, 3 * (2 + 2 + 0)),
        ({"samples": 1}, 3 * 2),
        ({"problems": 1}, 3 * 4),
        # Two places for the first wrong step of two steps and none after: two halvings.
        ({"search": "bisect"}, 3 * (2 + 2 + 0)),
    ],
)
def test_rollouts_follow_from_the_steps_of_the_samples(
    tmp_path: Path, changes: dict[str, object], rollouts: int
) -> None:
    rows = plan(with_traces(tmp_path), content(**changes))
    need = rows["steps"].estimate
    assert need.requests == need.remaining == Amount(rollouts)
    assert need.worst_tokens == need.expected_tokens == Amount(40 * rollouts)
    assert need.expected_from == {"max_tokens"}
    assert not rows["each pool once"].estimate.requests.known < rollouts
    told = plan(tmp_path, content(**changes, expected_tokens=7))["steps"].estimate
    assert told.expected_tokens == Amount(7 * rollouts)


def test_a_verifier_reads_the_labelled_solutions_that_are_not_held_out(tmp_path: Path) -> None:
    rows = [
        {
            **{"labels": "steps", "problem_id": f"p{number}", "prompt": "?", "solution": 0},
            **{"step": step, "text": "x", "token_ids": [1] * 6, "origin": "rollouts"},
        }
        for number in range(8)
        for step in range(4)
    ]
    table = make_table(StepLabel, rows)
    path = tmp_path / "planned/labels/steps.parquet"
    write_table(StepLabel, table, path)
    trained = sum(not is_held_out(f"p{number}", 0.5) for number in range(8))
    assert 0 < trained < 8
    planned = plan(tmp_path, content())
    prm = planned["prm"].estimate
    assert prm.expected_tokens == Amount(2 * trained * 16, whole=False)
    assert prm.worst_tokens == Amount(2 * trained * 16)
    assert prm.train_flops == Amount(6 * 50 * 2 * trained * 16, whole=False)
    assert planned["steps"].notes == ["labelled"]


def test_imported_labels_take_nothing(tmp_path: Path) -> None:
    made = content()
    made["labels"]["steps"] = {"kind": "imported", "format": "prm800k", "path": "steps.jsonl"}
    row = plan(tmp_path, made)["steps"]
    assert row.notes == ["imported labels"]
    assert row.estimate.requests == Amount(0)
