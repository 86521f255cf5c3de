"""Millions of sample rows through grading, accounting and estimators, program by program.

TTSCALE_MIRROR=... python -m tests.benchmarks.bench_rows [rows]

The rows are answers recorded for MATH-500, drawn again and again as a pool of so many samples of
each problem; the tables lie in files, as between any two jobs. Bound: 5 million rows within 120 s
and 8 GB on two cores, all programs together, each with its start, its reading and its writing.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil

from scripts.lib.config.load import load_facts, load_prices
from scripts.lib.tableio import make_table, write_table
from scripts.lib.tables import Problem, Trace, schema_of

RECORDING = "boinf/analysis_math500_gpt-oss-20b.jsonl"
MOST_SECONDS, MOST_GB = 120.0, 8.0
PRICE = "o1-mini"
MODEL = "gpt-oss-20b"
LABELS = ["--bootstrap", "10000", "--seed", "0", "--origin", "recorded"]


def recorded() -> list[dict[str, Any]]:
    """The recording's lines, one a problem."""
    with Path("data/sources.csv").open(newline="", encoding="utf-8") as file:
        hashes = {row["name"]: row["sha256"] for row in csv.DictReader(file)}
    path = Path(os.environ["TTSCALE_MIRROR"]) / hashes[RECORDING]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_pool(folder: Path, rows: int) -> None:
    """A Trace table of so many rows and the Problem table that goes with it."""
    generator = np.random.default_rng(0)
    lines = recorded()
    each = rows // len(lines)
    parts, problems = [], []
    for line in lines:
        problem = str(line["problem_num"])
        drawn = generator.integers(len(line["all_answers"]), size=each)
        answers, tokens = zip(*line["all_answers"], strict=True)
        parts.append(
            pl.DataFrame(
                {
                    "problem_id": [problem] * each,
                    "sample": np.arange(each),
                    "answer": pl.Series(answers, dtype=pl.String).gather(drawn),
                    "generated_tokens": pl.Series(tokens, dtype=pl.Int64).gather(drawn),
                }
            )
        )
        problems.append(
            {
                "benchmark": "math500",
                "problem_id": problem,
                "answer": line["gold_answer"],
                "answer_kind": "math",
                "publish": "hash",
            }
        )
    of_all = {
        "pool": "pool",
        "benchmark": "math500",
        "wording": "recorded",
        "prompt_tokens": 150,
        "end": "stop",
        "forced_tokens": 0,
        "wait_positions": [],
    }
    made = pl.concat(parts)
    others = make_table(Trace, [of_all]).drop(made.columns)
    traces = made.join(others, how="cross").select(list(schema_of(Trace)))
    write_table(Trace, traces, folder / "traces.parquet")
    write_table(Problem, make_table(Problem, problems), folder / "problems.parquet")


def commands(folder: Path) -> dict[str, list[str]]:
    """The programs in their order, each with its arguments."""

    def curve(method: str) -> list[str]:
        spec = {"method": method, "pool": "pool", "k": "doubling"}
        return [
            *("scripts.analyse.tabulate_curve", "--curve", method, "--spec", json.dumps(spec)),
            *("--model", MODEL, "--answers", f"{folder}/answers.parquet"),
            *("--costs", f"{folder}/costs.parquet", *LABELS),
            *("--output", f"{folder}/{method}.csv", "--outcomes", f"{folder}/{method}.parquet"),
        ]

    pool = ["--pool", "pool", "--traces", f"{folder}/traces.parquet"]
    facts, price = load_facts()[MODEL], load_prices()[PRICE]
    return {
        "grading": [
            *("scripts.sample.grade_pool", *pool, "--problems", f"{folder}/problems.parquet"),
            *("--output", f"{folder}/answers.parquet"),
        ],
        "accounting": [
            *("scripts.sample.account_pool", *pool, "--facts", facts.model_dump_json()),
            *("--price", price.model_dump_json(), "--output", f"{folder}/costs.parquet"),
        ],
        "vote": curve("vote"),
        "oracle": curve("oracle"),
    }


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds that a program took, and the most memory in GB that it and its children held."""
    began, peak = time.perf_counter(), 0.0
    process = subprocess.Popen([sys.executable, "-m", *command])
    told, ended = psutil.Process(process.pid), threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.05):
            held = 0
            for one in [told, *children(told)]:
                try:
                    held += one.memory_full_info().pss
                except psutil.Error:
                    continue
            peak = max(peak, held / 1e9)

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = process.wait()
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    if status:
        raise SystemExit(f"{command[0]} failed")
    return seconds, peak


def children(process: psutil.Process) -> list[psutil.Process]:
    """Its children and theirs, none once it has ended."""
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def main() -> None:
    """Write the pool, run each program on it, print what it took."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pool(folder, rows)
        print(f"{rows:,} rows", flush=True)
        taken = {}
        for part, command in commands(folder).items():
            taken[part] = measured(command)
            print("{}: {:.1f} s, {:.2f} GB".format(part, *taken[part]), flush=True)
    seconds, peak = sum(one for one, _ in taken.values()), max(one for _, one in taken.values())
    print(f"together {seconds:.1f} s of {MOST_SECONDS:.0f}, {peak:.2f} GB of {MOST_GB:.0f}")
    if seconds > MOST_SECONDS or peak > MOST_GB:
        raise SystemExit("above the bound")


if __name__ == "__main__":
    main()
