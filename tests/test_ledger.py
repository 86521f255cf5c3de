import sys
from pathlib import Path

import polars as pl
import pytest

from scripts.analyse import tabulate_ledger
from scripts.lib.curves.tables import Reference
from scripts.lib.engines.base import Response
from scripts.lib.journal import Asked, Entry, Journal, Sample, job_seconds
from scripts.lib.ledger import (
    LedgerError,
    pool_expense,
    published_expenses,
    teacher_expense,
    training_expense,
)
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Cost
from scripts.lib.training_tables import Expense, TrainingStep, TrainingTime
from tests.pool_tables import pool_tables, samples_of
from tests.tuned_model import questions

REFERENCE = Path("data/reference/s1.csv")


def entry(number: int, started: str, when: str) -> Entry:
    return Entry(
        key=f"{number:064x}",
        sample=Sample("numbers", "a", "plain", None, None, number),
        asked=Asked("0" * 64, 10, number, 100, 1.0, 1.0),
        engine={},
        response=Response(
            text="1", token_ids=None, end="stop", prompt_tokens=10, generated_tokens=5
        ),
        started=f"2026-01-01T00:{started}+00:00",
        when=f"2026-01-01T00:{when}+00:00",
    )


ENTRIES = [entry(0, "00:00", "00:20"), entry(1, "00:00", "01:00"), entry(2, "30:00", "30:30")]


def costs(**more: object) -> pl.DataFrame:
    samples = samples_of("a", ["1", "2"]) + samples_of("b", ["1"], **more)
    return pool_tables(samples)[1]


def records(steps: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        {"step": n, "tokens": 50 * n, "loss": 1.0, "learning_rate": 0.1, "flops": 3e6 * n}
        for n in range(1, steps + 1)
    ]
    times = [
        {"step": n, "seconds": 1.0 * n, "device_seconds": 2.0 * n} for n in range(1, steps + 1)
    ]
    return make_table(TrainingStep, rows), make_table(TrainingTime, times)


def test_a_training_costs_what_its_last_step_had_summed_up() -> None:
    row = training_expense("base", "small", *records(4))
    assert (row["tokens"], row["flops"], row["device_seconds"]) == (200.0, 12e6, 8.0)
    assert "usd" not in row
    others = training_expense("base", "Qwen/Q at abc", None, None)
    assert others == {
        "item": "base",
        "what": "Qwen/Q at abc, trained by others",
        "origin": "measured",
    }


def test_the_jobs_of_a_journal_last_from_their_start_to_their_last_line() -> None:
    assert job_seconds(ENTRIES) == 60 + 30
    assert job_seconds([]) == 0


def test_samples_of_a_pool_pay_once_for_a_prompt_that_they_share() -> None:
    row = pool_expense("small", "votes", costs(), ENTRIES)
    assert row["what"] == "pool votes, 3 samples"
    assert row["tokens"] == 100 + 200 + 100
    assert row["flops"] == 2 * 1000 + 7 * 400
    assert row["usd"] == 1.5
    assert row["device_seconds"] == 90


@pytest.mark.parametrize(
    ("column", "unknown"),
    [("usd", "usd"), ("flops", "flops"), ("prompt_flops", "flops")],
)
def test_what_is_unknown_of_a_sample_is_unknown_of_its_pool(column: str, unknown: str) -> None:
    row = pool_expense("small", "votes", costs(**{column: None}), [])
    assert row[unknown] is None
    known = {"tokens", "flops", "usd"} - {unknown}
    assert all(row[name] is not None for name in known)
    assert row["device_seconds"] is None


def test_the_teacher_is_counted_by_its_traces() -> None:
    asked = questions(5)
    lost = pl.Series([None, *asked["trace"][1:]])
    asked = asked.with_columns(trace=lost)
    counted = asked.with_columns(trace_tokens=pl.Series([None, 10, 20, 30, 40]))
    row = teacher_expense(asked, counted)
    assert row["what"] == "4 traces, thinking only"
    assert row["tokens"] == 100
    assert teacher_expense(asked, asked)["tokens"] is None


def test_published_costs_are_those_of_the_paper() -> None:
    teacher, small, full = published_expenses(read_table(Reference, REFERENCE))
    assert teacher["what"].startswith("s1: 59029 traces of 3")
    # The paper rounds the mean to 3.6K.
    assert round(teacher["tokens"] / 59029, -2) == 3600
    assert (teacher["origin"], small["origin"]) == ("table", "text")
    assert small["device_seconds"] == 7 * 3600
    assert full["device_seconds"] == 394 * 3600
    lacking = read_table(Reference, REFERENCE).filter(pl.col("figure") != "Training")
    with pytest.raises(LedgerError, match="no 's1K' of 'Training'"):
        published_expenses(lacking)


def test_the_table_holds_each_item_in_the_order_of_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, steps in (("base", 3), ("s1k", 2)):
        (tmp_path / name).mkdir()
        for table, record, file in zip(
            (TrainingStep, TrainingTime), records(steps), ("training", "timing"), strict=True
        ):
            write_table(table, record, tmp_path / name / f"{file}.csv")
    asked = questions(3).with_columns(trace_tokens=pl.lit(7, dtype=pl.Int64))
    write_table(Question, asked, tmp_path / "questions.parquet")
    write_table(Cost, costs(), tmp_path / "costs.parquet")
    journal = Journal(tmp_path / "journal")
    for one in ENTRIES:
        journal.append(one)
    output = tmp_path / "ledger.csv"
    table = str(tmp_path / "questions.parquet")
    pool = ["votes", str(tmp_path / "costs.parquet"), str(tmp_path / "journal")]
    arguments = [
        *("--model", "base", str(tmp_path / "base"), "--model", "s1k", str(tmp_path / "s1k")),
        *("--decontaminated", table, "--featurised", table),
        *("--training", "small", "asked", str(tmp_path / "base")),
        *("--pool", "small", *pool, "--pool", "large", *pool[:2], ""),
        *("--reference", str(REFERENCE), "--output", str(output)),
    ]
    monkeypatch.setattr(sys, "argv", ["tabulate_ledger", *arguments])
    tabulate_ledger.main()
    found = read_table(Expense, output)
    assert found["item"].to_list() == [
        *("base", "teacher", "small", "small", "large", "fine-tuning"),
        *("teacher", "fine-tuning", "fine-tuning"),
    ]
    assert found["what"][2] == "training of asked, 3 steps"
    assert found["tokens"].to_list()[:6] == [150, 21, 150, 400, 400, 100]
    # The jobs of a pool without a journal of its own waited for others.
    assert found["device_seconds"].to_list()[:6] == [6, None, 6, 90, None, 4]
    assert set(found["origin"][:6]) == {"measured"}
    assert found["origin"].to_list()[6:] == ["table", "text", "text"]
    monkeypatch.setattr(sys, "argv", ["t", "--model", "Qwen/Q", "", "--output", str(output)])
    tabulate_ledger.main()
    assert read_table(Expense, output).row(0)[2:6] == (None,) * 4
