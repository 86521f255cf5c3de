"""The program that grades a pool."""

import subprocess
import sys

import polars as pl
import pytest

from scripts.lib.grading.judge import Judge
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Answer, Problem, Trace
from scripts.sample.grade_pool import PoolError, grade_traces, unended_answers


def problem(name, answer, kind="integer"):
    return {
        "benchmark": "sums",
        "problem_id": name,
        "problem": "What?",
        "answer": answer,
        "answer_kind": kind,
        "publish": "text",
    }


def trace(name, sample, **more):
    return {
        "pool": "votes",
        "benchmark": "sums",
        "problem_id": name,
        "wording": "plain",
        "sample": sample,
        "end": "stop",
        "forced_tokens": 0,
        "wait_positions": [],
    } | more


PROBLEMS = [
    problem("one", "042"),
    problem("two", "\\frac{1}{2}", "math"),
    problem("three", "A", "choice"),
]
OPENING = "<|im_start|>think\n3 + 4<|im_start|>answer\n"
TRACES = [
    trace("two", 0, text=r"It is \boxed{0.5}.", generated_tokens=9),
    trace("one", 0, text=OPENING + "Answer: 042", generated_tokens=30, thinking_tokens=25),
    trace("one", 1, text=OPENING + "Answer: 41", generated_tokens=31, thinking_tokens=25),
    trace("three", 0, text=r"\boxed{\text{A}}"),
    trace("one", 2, text="3 + 39 = 42", end="length"),
    trace("one", 3, answer="42"),
    trace("one", 4, answer="", text="Answer: 42"),
    trace("one", 5, answer=None, text=None),
    trace("two", 1, text=r"It is \boxed{\frac{\sqrt{4}}{4}}."),
]


def test_grades_stand_in_the_order_of_the_traces():
    with Judge() as judge:
        answers = grade_traces(make_table(Trace, TRACES), make_table(Problem, PROBLEMS), judge)
    columns = ["problem_id", "sample", "answer", "answer_class", "correct", "graded"]
    assert answers.select(columns).rows() == [
        ("two", 0, "0.5", 0, True, "equal"),
        ("one", 0, "042", 0, True, "equal"),
        ("one", 1, "41", 1, False, "different"),
        ("three", 0, "A", 0, True, "equal"),
        ("one", 2, None, None, False, "none"),
        ("one", 3, "42", 0, True, "equal"),
        ("one", 4, None, None, False, "none"),
        ("one", 5, None, None, False, "none"),
        ("two", 1, r"\frac{\sqrt{4}}{4}", 0, True, "equal"),
    ]
    assert answers["answer_tokens"].to_list() == [None, 5, 6, *[None] * 6]
    assert answers["text"][1] == "\nAnswer: 042"
    assert answers["budget"].is_null().all()


def test_answers_that_did_not_end_are_told_for_each_setting():
    rows = [
        trace("one", n, budget=budget, waits=waits, end=end)
        for n, (budget, waits, end) in enumerate(
            [(8, 0, "length"), (8, 0, "stop"), (None, 2, "length"), (None, 0, "stop")]
        )
    ]
    told = list(unended_answers(make_table(Trace, rows)))
    assert told == [(", budget 8, waits 0", 1, 2), (", waits 2", 1, 1)]


def test_unknown_problems_are_named_all_at_once():
    traces = make_table(Trace, [*TRACES, trace("four", 0), trace("five", 0), trace("five", 1)])
    with pytest.raises(PoolError, match=r"2 problems .* sums/four, sums/five"), Judge() as judge:
        grade_traces(traces, make_table(Problem, PROBLEMS), judge)


def test_a_pool_without_traces_gives_a_table_without_rows():
    with Judge() as judge:
        answers = grade_traces(make_table(Trace, []), make_table(Problem, PROBLEMS), judge)
    assert answers.is_empty()
    Answer.validate(answers)


def run_program(folder, pool="votes", *more):
    command = [sys.executable, "-m", "scripts.sample.grade_pool", "--pool", pool, *more]
    for name in ("traces", "problems"):
        command += [f"--{name}", str(folder / f"{name}.parquet")]
    command += ["--output", str(folder / "answers.parquet")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_program(tmp_path):
    write_table(Trace, make_table(Trace, TRACES), tmp_path / "traces.parquet")
    write_table(Problem, make_table(Problem, PROBLEMS), tmp_path / "problems.parquet")
    done = run_program(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "5 of 9 right; 1 different, 5 equal, 3 none; 1 pairs took algebra" in done.stderr
    first = (tmp_path / "answers.parquet").read_bytes()
    assert run_program(tmp_path, "votes", "--jobs", "1").returncode == 0
    assert (tmp_path / "answers.parquet").read_bytes() == first
    assert read_table(Answer, tmp_path / "answers.parquet")["correct"].sum() == 5


def test_program_refuses_another_pools_traces(tmp_path):
    write_table(Trace, make_table(Trace, TRACES), tmp_path / "traces.parquet")
    write_table(Problem, make_table(Problem, PROBLEMS), tmp_path / "problems.parquet")
    done = run_program(tmp_path, "forcing")
    assert done.returncode == 1
    assert "traces.parquet: holds traces of votes, not forcing" in done.stderr
    assert not (tmp_path / "answers.parquet").exists()


def test_classes_run_over_wordings_and_asked_budgets():
    rows = [
        trace("one", 0, answer="7", wording="plain", asked=16),
        trace("one", 0, answer="8", wording="other", asked=16),
        trace("one", 0, answer="7", wording="other", asked=32),
    ]
    with Judge() as judge:
        answers = grade_traces(make_table(Trace, rows), make_table(Problem, PROBLEMS), judge)
    assert answers.select(pl.col("answer_class")).to_series().to_list() == [0, 1, 0]
