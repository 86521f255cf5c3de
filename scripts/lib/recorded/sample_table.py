"""Samples in a plain table, CSV or Parquet: one row a sample.

Needed: `problem_id`; `sample` (0, 1, ... within a problem and setting); `answer` (extracted
already; empty for none) or `text` (graded here) or both; `tokens` (generated, hidden reasoning
included; empty if unknown: then the pool's `tokenizer`, if it names one, counts the text); `gold`,
unless `problems_from` is named.

Allowed: `wording` (the prompt's name), `asked` (token budget in the prompt), `effort` (reasoning
effort), `budget` (most thinking tokens that budget forcing allowed; empty: no limit), `waits`
(how often the model was made to go on), `prompt_tokens`, `cached_tokens`, `thinking_tokens`,
`seed`, `end` (stop, length, refusal), `usd` (what was billed), `problem` (its text), `level`.

Columns may stand in any order. With `problems_from`, ids are the benchmark's, which gives text,
level and, where `gold` is empty, the gold answer.
"""

from pathlib import Path

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.pandera_polars import pa
from scripts.lib.recorded.assemble import SAMPLE_SCHEMA
from scripts.lib.recorded.recording import Recording
from scripts.lib.tableio import check_table, read_columns
from scripts.lib.tables import ENDS, Table, schema_of

NEEDED = ("problem_id", "sample", "tokens", "gold")


class RecordedSample(Table):
    """One row of the table."""

    problem_id: str
    sample: int = pa.Field(ge=0)
    wording: str = pa.Field(nullable=True, str_matches=r"^[a-z0-9][a-z0-9_]*$")
    asked: int = pa.Field(nullable=True, ge=1)
    effort: str = pa.Field(nullable=True)
    budget: int = pa.Field(nullable=True, ge=0)
    waits: int = pa.Field(nullable=True, ge=0)
    answer: str = pa.Field(nullable=True)
    text: str = pa.Field(nullable=True)
    tokens: int = pa.Field(nullable=True, ge=0)
    thinking_tokens: int = pa.Field(nullable=True, ge=0)
    prompt_tokens: int = pa.Field(nullable=True, ge=0)
    cached_tokens: int = pa.Field(nullable=True, ge=0)
    seed: int = pa.Field(nullable=True)
    end: str = pa.Field(nullable=True, isin=ENDS)
    usd: float = pa.Field(nullable=True, ge=0)
    gold: str = pa.Field(nullable=True)
    problem: str = pa.Field(nullable=True)
    level: str = pa.Field(nullable=True)


def read_samples(
    path: Path, name: str, pool: RecordedPool, problems: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a table of samples.

    Args:
        path: the CSV or Parquet file.
        name: name of the pool.
        pool: its settings.
        problems: a Problem table for texts and gold answers, or None.

    Returns:
        The Trace and the Problem table.

    Raises:
        TableError: columns are missing, unknown or hold what they must not, with their rows.
        RecordingError: samples or gold answers do not fit together, with their rows.
    """
    recording = Recording(path, name, pool, problems)
    if not path.is_file():
        recording.faults.stop("", "no such file")
    wanted = schema_of(RecordedSample)
    frame = _filled(_converted(read_columns(path, wanted), wanted), problems is not None)
    frame = check_table(RecordedSample, frame, path)
    frame = frame.with_columns(
        pl.format("row {}", pl.int_range(2, pl.len() + 2)).alias("where"),
        pl.col("wording").fill_null("recorded"),
        pl.col("answer").fill_null(pl.when(pl.col("text").is_null()).then(pl.lit(""))),
        pl.col("tokens").alias("generated_tokens"),
    )
    absent = [
        pl.lit(None, dtype=dtype).alias(column)
        for column, dtype in SAMPLE_SCHEMA.items()
        if column not in frame.columns
    ]
    _add_problems(recording, frame)
    return recording.tables(frame.with_columns(absent).select(*SAMPLE_SCHEMA))


def _converted(frame: pl.DataFrame, wanted: dict[str, pl.DataType]) -> pl.DataFrame:
    """Columns of a like type in the wanted one: other widths of numbers, numbers as text."""
    columns = frame.get_columns()
    return pl.DataFrame([_like(column, wanted.get(column.name)) for column in columns])


def _like(column: pl.Series, dtype: pl.DataType | None) -> pl.Series:
    """`column` in the type `dtype` if that loses nothing, else as it is."""
    whole = False
    if column.dtype.is_float() and dtype == pl.Int64:
        # pandas writes whole numbers as floats where some are missing.
        column = column.fill_nan(None)
        whole = bool((column == column.floor()).all())
    textual = column.dtype in (pl.Categorical, pl.Enum) and dtype == pl.String
    if dtype is None or not (
        whole or textual or column.dtype.is_integer() or column.is_null().all()
    ):
        return column
    converted = column.cast(dtype, strict=False)
    return converted if converted.null_count() == column.null_count() else column


def _filled(frame: pl.DataFrame, golds_known: bool) -> pl.DataFrame:
    """The frame with every column that may be left out, in order; unknown columns last."""
    wanted = schema_of(RecordedSample)
    needed = {name for name in NEEDED if not (golds_known and name == "gold")}
    if not {"answer", "text"} & set(frame.columns):
        needed |= {"answer", "text"}
    absent = [name for name in wanted if name not in frame.columns and name not in needed]
    frame = frame.with_columns(pl.lit(None, dtype=wanted[name]).alias(name) for name in absent)
    order = [name for name in wanted if name in frame.columns]
    return frame.select(*order, *(name for name in frame.columns if name not in wanted))


def _add_problems(recording: Recording, frame: pl.DataFrame) -> None:
    """Add the problems in the order they appear; a gold answer that varies is noted."""
    has_gold = pl.col("gold").is_not_null()
    told = (
        frame.filter(has_gold | ~has_gold.any().over("problem_id"))
        .group_by("problem_id", "gold", maintain_order=True)
        .agg(pl.col("where").first(), pl.col("problem", "level").drop_nulls().first())
    )
    known = recording.known
    for problem_id, gold, where, text, level in told.rows():
        problem = known.by_id.get(problem_id)
        if known and problem is None:
            benchmark = recording.pool.problems_from
            recording.faults.add(
                where, f"problem_id {problem_id!r} is not in benchmark {benchmark!r}"
            )
        elif problem is not None and gold is None:
            recording.add_known(problem)
        else:
            golds = [gold] if gold is not None else []
            recording.add_problem(where, problem_id, golds, text, level)
            if problem is not None:
                recording.describe(problem_id, problem)
