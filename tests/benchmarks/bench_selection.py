"""Seconds of joining step scores and choosing, for a verifier on MATH-500.

Run: python -m tests.benchmarks.bench_selection [problems]. 500 problems with 256 samples of 5 to
11 steps are aggregated in all four ways, and one answer is chosen among n = 1, 2, 4 ... 256 of
them: the best-scored, by weighted votes, and by majority (which knows of no scores, so once).
Scoring is left out; reading the tables and checking them is not. Ends with status 1 where all of
it takes longer than LIMIT.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl

from scripts.lib.config.searched import Aggregate
from scripts.lib.curves.scores import with_scores
from scripts.lib.curves.selection import selected
from scripts.lib.estimators.vote import expected_votes, tally
from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, schema_of

LIMIT = 60.0
SAMPLES = 256
KS = [2**i for i in range(9)]
STEPS = (5, 12)
CLASSES = 40
EMPTY = 0.05
NAMES = {"pool": "math500", "benchmark": "math500", "wording": "plain"}


def made_up(problems: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers that fall into up to 40 classes, the first of them right, and scored steps."""
    generator = np.random.default_rng(0)
    classes, numbers = [], generator.integers(2, CLASSES + 1, problems)
    for count in numbers:
        chances = generator.dirichlet(np.full(count, 0.5))
        classes.append(generator.choice(count, SAMPLES, p=chances))
    found = np.concatenate(classes)
    empty = generator.random(found.size) < EMPTY
    answers = pl.DataFrame(
        {
            "problem_id": np.repeat([f"problem_{i:03d}" for i in range(problems)], SAMPLES),
            "sample": np.tile(np.arange(SAMPLES), problems),
            "answer_class": pl.Series(found).set(pl.Series(empty), None),
            "correct": (found == 0) & ~empty,
        }
    ).with_columns(
        answer=pl.col("answer_class").cast(pl.String),
        graded=pl.when("correct").then(pl.lit("equal")).otherwise(pl.lit("different")),
    )
    lengths = generator.integers(*STEPS, answers.height)
    rows = np.repeat(np.arange(answers.height), lengths)
    steps = answers.select("problem_id", "sample")[rows].with_columns(
        pl.Series("step", np.concatenate([np.arange(length) for length in lengths])),
        pl.Series("score", generator.beta(np.where(answers["correct"].to_numpy()[rows], 3, 2), 2)),
        prompt_tokens=pl.lit(120, pl.Int64),
        tokens=pl.lit(40, pl.Int64),
        scorer=pl.lit("verifier"),
    )
    return _in_order(Answer, answers), _in_order(Step, steps)


def _in_order(model: type, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a table; those that are not there are null, or what all samples share."""
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(NAMES.get(name), dtype).alias(name)
        for name, dtype in schema_of(model).items()
    )


@contextmanager
def timed(what: str, seconds: list[float]) -> Iterator[None]:
    """Print how long it took, and keep it."""
    start = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - start)
    print(f"{what}: {seconds[-1]:.1f} s")


def main(problems: int) -> None:
    """Print the seconds of each part and of all, and compare them with the limit."""
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        paths = {model: Path(folder) / f"{model.__name__}.parquet" for model in (Answer, Step)}
        for table, (model, path) in zip(made_up(problems), paths.items(), strict=True):
            write_table(model, table, path)
        with timed("reading the tables", seconds):
            answers, steps = (read_table(model, path) for model, path in paths.items())
    print(f"{problems} problems, {answers.height} samples, {steps.height} steps")
    for aggregate in get_args(Aggregate):
        with timed(f"{aggregate}, joined", seconds):
            samples = with_scores(answers, steps, "verifier", aggregate)
        for select in ("naive", "weighted"):
            with timed(f"{aggregate}, {select}", seconds):
                chosen = selected(samples, select, KS)  # type: ignore[arg-type]
            print("    " + ", ".join(f"{value:.4f}" for value in chosen.values.mean(axis=0)))
            if select == "weighted":
                print(f"    Monte-Carlo error at most {chosen.mean_errors().max():.2g}")
    with timed("majority", seconds):
        counted = answers.group_by("problem_id", maintain_order=True).agg("answer_class", "correct")
        expected_votes([tally(classes, right) for _, classes, right in counted.rows()], KS)
    print(f"all: {sum(seconds):.1f} s (limit {LIMIT:.0f} s)")
    if sum(seconds) > LIMIT:
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
