"""The table that measures verifiers: its rows by hand, and the program."""

from pathlib import Path

import polars as pl
import pytest

from scripts.analyse import tabulate_verifier as program
from scripts.lib.search.tables import HeldOut, VerifierRow
from scripts.lib.tableio import make_table, read_table, write_table

Steps = list[tuple[str, float | None, bool | None, bool | None, float]]

STEPS: Steps = [  # problem, soft, hard, truth, score; two steps a solution
    ("p0", 1.0, True, True, 0.9),
    ("p0", 0.25, True, False, 0.6),
    ("p1", 0.5, True, True, 0.8),
    ("p1", 0.0, False, False, 0.1),
    ("p2", 0.75, True, True, 0.7),
    ("p2", 1.0, True, None, 0.95),
]


def tabulate(folder: Path, monkeypatch: pytest.MonkeyPatch, **verifiers: Steps) -> pl.DataFrame:
    arguments = ["tabulate_verifier", "--bootstrap", "200", "--output", str(folder / "table.csv")]
    for name, steps in verifiers.items():
        rows = [
            {"problem_id": problem, "solution": 0, "step": place % 2, "outcome": None}
            | {"soft": soft, "hard": hard, "truth": truth, "score": score}
            for place, (problem, soft, hard, truth, score) in enumerate(steps)
        ]
        write_table(HeldOut, make_table(HeldOut, rows), folder / f"{name}.csv")
        arguments += ["--held-out", name, str(folder / f"{name}.csv")]
    monkeypatch.setattr("sys.argv", arguments)
    program.main()
    return read_table(VerifierRow, folder / "table.csv")


def value(table: pl.DataFrame, judge: str, basis: str, metric: str) -> float | None:
    return table.filter(judge=judge, basis=basis, metric=metric)["value"].item()


def test_scores_are_held_against_labels_and_truth_and_labels_against_truth(tmp_path, monkeypatch):
    table = tabulate(tmp_path, monkeypatch, v=STEPS)
    assert value(table, "score", "rollouts", "auc") == 1
    assert value(table, "score", "rollouts", "accuracy") == 1
    # By soft labels step 1 of p0 is wrong, as it is in truth, though some rollouts came out right.
    assert value(table, "score", "rollouts", "auc, soft labels at 0.5") == 1
    assert value(table, "score", "truth", "auc") == 1
    assert value(table, "score", "truth", "accuracy") == 4 / 5
    # Of p0, whose first error scores 0.6, it is missed; of p1 found; p2 has none.
    assert value(table, "score", "truth", "first error, solutions with one") == 1 / 2
    assert value(table, "score", "truth", "first error f1") == pytest.approx(2 / 3)
    assert value(table, "labels", "truth", "accuracy") == 1
    assert value(table, "labels", "truth", "auc") == 1
    assert table.filter(basis="truth")["problems"].unique().to_list() == [3]
    assert table.filter(basis="truth", metric="auc")["steps"].to_list() == [5, 5]


def test_soft_labels_are_cut_at_half_and_hard_ones_above_none(tmp_path, monkeypatch):
    steps: Steps = [
        ("p0", 0.25, True, None, 0.9),
        ("p1", 0.5, True, None, 0.4),
        ("p2", 0.0, False, None, 0.1),
    ]
    table = tabulate(tmp_path, monkeypatch, v=steps)
    assert value(table, "score", "rollouts", "auc") == 1
    assert value(table, "score", "rollouts", "auc, soft labels at 0.5") == 1 / 2
    assert table.filter(basis="truth").is_empty()


def test_with_steps_of_one_kind_the_auc_is_null(tmp_path, monkeypatch):
    one_kind: Steps = [("p0", 1.0, True, True, 0.9), ("p1", 0.75, True, True, 0.2)]
    table = tabulate(tmp_path, monkeypatch, one=one_kind, two=STEPS)
    assert table["verifier"].unique(maintain_order=True).to_list() == ["one", "two"]
    undefined = table.filter(pl.col("verifier") == "one", pl.col("metric").str.starts_with("auc"))
    assert len(undefined) == 4
    for column in ("value", "low", "high"):
        assert undefined[column].null_count() == 4
    alone = table.filter(verifier="one")
    assert value(alone, "score", "rollouts", "first error f1") is None
    assert value(alone, "score", "rollouts", "brier") == pytest.approx((0.01 + 0.64) / 2)
