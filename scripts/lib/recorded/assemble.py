"""From samples as they were read to checked Trace and Problem tables."""

from pathlib import Path

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.faults import Faults
from scripts.lib.tableio import check_table
from scripts.lib.tables import SAMPLE_KEY, Problem, Trace, schema_of

SETTING = ["wording", "asked", "effort", "budget", "waits", "beams"]
KEY = [name for name in SAMPLE_KEY if name not in ("pool", "benchmark")]
_FIXED = ("pool", "benchmark", "forced_tokens", "wait_positions")

SAMPLE_SCHEMA = {
    "where": pl.String(),
    **{name: dtype for name, dtype in schema_of(Trace).items() if name not in _FIXED},
}
"""Columns of the samples that a reader hands over: those of Trace that differ from row to row,
`end` null where the recording does not tell it, and `where`, the place in the file."""

PROBLEM_SCHEMA = {name: dtype for name, dtype in schema_of(Problem).items() if name != "benchmark"}
"""Columns of the problems: those of Problem, less the benchmark, which is the pool's."""


def assemble(
    path: Path,
    name: str,
    pool: RecordedPool,
    samples: pl.DataFrame,
    problems: pl.DataFrame,
    faults: Faults,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The Trace and the Problem table of a recording.

    Every problem must have equally many samples at every setting (`SETTING`), because curves are
    means over the same problems; `pool.n` keeps the first so many.

    Args:
        path: the recording, for error texts.
        name: name of the pool.
        pool: its settings; `most_tokens` decides which samples were cut off.
        samples: columns of SAMPLE_SCHEMA, one row a sample.
        problems: columns of PROBLEM_SCHEMA, one row a problem, in the order to keep.
        faults: what the reader has noted so far.

    Raises:
        RecordingError: anything was noted, a sample stands there twice, or numbers are unequal.
    """
    _repeated(samples, faults)
    _too_much_thinking(samples, faults)
    faults.check()
    if samples.is_empty():
        faults.stop("", "holds no samples")
    order = problems.select("problem_id").with_row_index("order")
    samples = samples.join(order, on="problem_id").sort("order", *KEY, nulls_last=False)
    if pool.n is not None:
        samples = samples.filter(pl.int_range(pl.len()).over(*SETTING, "problem_id") < pool.n)
    _unequal(samples, problems, faults)
    faults.check()
    traces = samples.with_columns(
        pl.lit(name).alias("pool"),
        pl.lit(pool.benchmark).alias("benchmark"),
        end_of(pool.most_tokens).alias("end"),
        pl.lit(0, pl.Int64).alias("forced_tokens"),
        pl.lit([], dtype=pl.List(pl.Int64)).alias("wait_positions"),
    ).select(*schema_of(Trace))
    table = problems.with_columns(pl.lit(pool.benchmark).alias("benchmark"))
    return (
        check_table(Trace, traces, path),
        check_table(Problem, table.select(*schema_of(Problem)), path),
    )


def end_of(most_tokens: int | None) -> pl.Expr:
    """How a sample ended: as recorded, but "length" from `most_tokens` tokens on; else "stop"."""
    end = pl.col("end").fill_null("stop")
    if most_tokens is None:
        return end
    full = pl.col("generated_tokens").fill_null(0) >= most_tokens
    return pl.when(full & (end == "stop")).then(pl.lit("length")).otherwise(end)


def _repeated(samples: pl.DataFrame, faults: Faults) -> None:
    """Note every sample that stands in the file more than once."""
    again = (
        samples.group_by(KEY, maintain_order=True)
        .agg(pl.len().alias("times"), pl.col("where").head(2))
        .filter(pl.col("times") > 1)
    )
    for row in again.iter_rows(named=True):
        first, second = row["where"]
        faults.add(
            second,
            f"sample {row['sample']} of problem {row['problem_id']!r}{_at(row)} stands here "
            f"again (first: {first}; {row['times']} times in all)",
        )


def _too_much_thinking(samples: pl.DataFrame, faults: Faults) -> None:
    """Note every sample with more thinking tokens than tokens in all."""
    wrong = samples.filter(pl.col("thinking_tokens") > pl.col("generated_tokens"))
    for row in wrong.iter_rows(named=True):
        faults.add(
            row["where"],
            f"sample {row['sample']} of problem {row['problem_id']!r}{_at(row)} has "
            f"{row['thinking_tokens']} thinking tokens among {row['generated_tokens']} in all; "
            "tokens in all count the thinking too",
        )


def _unequal(samples: pl.DataFrame, problems: pl.DataFrame, faults: Faults) -> None:
    """Note every problem with fewer samples at a setting than others have."""
    counts = samples.group_by("problem_id", *SETTING).len()
    settings = counts.group_by(SETTING, maintain_order=True).agg(pl.col("len").max().alias("most"))
    short = (
        settings.sort(SETTING)
        .join(problems.select("problem_id"), how="cross", maintain_order="left_right")
        .join(counts, on=["problem_id", *SETTING], how="left", nulls_equal=True)
        .with_columns(pl.col("len").fill_null(0))
        .filter(pl.col("len") < pl.col("most"))
    )
    for row in short.iter_rows(named=True):
        mend = (
            f"set n: {row['len']} (or less) to keep the first so many of each problem"
            if row["len"]
            else "leave this setting or this problem out of the file"
        )
        faults.add(
            f"problem {row['problem_id']!r}",
            f"has {row['len']} samples{_at(row)} where others have {row['most']}; {mend}",
        )


def _at(row: dict[str, object]) -> str:
    said = [f"{name} {row[name]}" for name in SETTING[1:] if row[name] is not None]
    if row["wording"] != "recorded":
        said.insert(0, f"wording {row['wording']}")
    return f" ({', '.join(said)})" if said else ""
