"""Pages of made-up studies, written by the real program."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from scripts.lib.curves.tables import Point
from scripts.lib.page.spec import PageSpec, ReadPool
from scripts.lib.tableio import make_table, write_table
from scripts.lib.tables import Answer, Problem, Trace

KEY = {"benchmark": "made_up", "wording": "plain"}
PARTS = ("effort", "budget", "waits", "beams")
"""Of a setting, which samples may have."""


def write_pool(folder: Path, name: str, problems: Sequence[dict], samples: Sequence[dict]) -> None:
    """Write the tables of a pool below `folder`.

    Problems have an id, a text and an answer, and may say `publish`. Samples have a problem and a
    text, and may override any column of their Trace or Answer.
    """
    counts: dict[tuple, int] = {}
    traces, answers = [], []
    for sample in samples:
        setting = tuple(sample.get(part) for part in ("problem", *PARTS))
        place = counts[setting] = counts.get(setting, -1) + 1
        key = {**KEY, "pool": name, "problem_id": sample["problem"], "sample": place}
        key |= {part: sample.get(part) for part in PARTS}
        trace = {
            "generated_tokens": 5,
            "thinking_tokens": 3,
            "end": "stop",
            "forced_tokens": 0,
            "wait_positions": [],
        }
        traces.append(
            key | trace | {n: v for n, v in sample.items() if n in Trace.to_schema().columns}
        )
        answer = sample.get("answer")
        graded = {"answer": answer, "correct": sample.get("correct", False), "graded": "different"}
        answers.append(key | graded)
    rows = [
        {
            "benchmark": "made_up",
            "problem_id": one["id"],
            "problem": one["text"],
            "answer": one["answer"],
            "answer_kind": one.get("kind", "math"),
            "publish": one.get("publish", "text"),
        }
        for one in problems
    ]
    traces = [{n: v for n, v in row.items() if n not in ("problem",)} for row in traces]
    answers = [{n: v for n, v in row.items() if n not in ("problem",)} for row in answers]
    pool = folder / "pools" / name
    write_table(Trace, make_table(Trace, traces), pool / "traces.parquet")
    write_table(Answer, make_table(Answer, answers), pool / "answers.parquet")
    write_table(Problem, make_table(Problem, rows), pool / "problems.parquet")


def point(setting: str, accuracy: float, **more: object) -> dict:
    """A point of a curve of one model."""
    told = {"curve": "c", "method": "vote", "benchmark": "made_up", "model": "small"}
    known = {"tokens": 100.0, "serial_tokens": 50.0, "flops": 1e9, "problems": 2}
    return told | known | {"setting": setting, "accuracy": accuracy, "origin": "measured"} | more


def write_curve(folder: Path, name: str, points: Sequence[dict]) -> pl.DataFrame:
    """Write a curve's table below `folder`."""
    table = make_table(Point, [one | {"curve": name} for one in points])
    write_table(Point, table, folder / "curves" / f"{name}.csv")
    return table


def study(pools: Sequence[str], curves: Mapping[str, dict] | Sequence[str], **more) -> PageSpec:
    """A study of these pools and curves, each with its entry.

    Those without one are votes, and drawn from the pool of their name, if there is one.
    """
    if not isinstance(curves, Mapping):
        curves = {n: {"method": "vote", "pool": n if n in pools else None} for n in curves}
    return PageSpec(
        study="made_up",
        title="A made-up study",
        pools={
            name: ReadPool(model=f"model_{name}", benchmark="made_up", kind="sampled")
            for name in pools
        },
        curves=curves,
        **more,
    )


def write_page(folder: Path, spec: PageSpec, *more: str) -> Path:
    """Write the page of the tables below `folder` by the program; return its path."""
    page = folder / "index.html"
    command = [sys.executable, "-m", "scripts.report.write_page", "--spec", spec.model_dump_json()]
    command += ["--points", *(str(folder / "curves" / f"{name}.csv") for name in spec.curves)]
    for name in spec.pools:
        pool = folder / "pools" / name
        command += ["--pool", name]
        for part in ("traces", "answers", "problems"):
            command += [f"--{part}", str(pool / f"{part}.parquet")]
        if (pool / "scores.parquet").exists():
            command += ["--scores", str(pool / "scores.parquet")]
    run = subprocess.run(
        [*command, *more, "--output", str(page)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return page
