"""Which questions have all that grading, filtering and training need."""

import polars as pl

from scripts.lib.curation.dropping import Split, split

FAILED = "call failed"
NEEDED = {
    "answer": "no answer to grade against",
    "trace": "no trace",
    "trace_tokens": "trace not counted",
    "correct_trace": "trace not graded",
    "correct_small": "not graded by the small model",
    "correct_large": "not graded by the large model",
    "domain": "no domain",
}
"""Columns that must be filled, and the reason where they are not; the first one counts."""


def drop_incomplete(questions: pl.DataFrame, *, small: bool, large: bool) -> Split:
    """Drop questions for which a call failed, or that lack something; a blank text is nothing.

    A call that failed is told from a question that never had an answer to grade against: s1
    lost those without a solution as if their calls had failed.

    Args:
        questions: a Question table with its features.
        small: whether there is a small reference model, whose verdict is needed then.
        large: whether there is a large one.
    """
    unused = {"correct_small": not small, "correct_large": not large}
    needed = [column for column in NEEDED if not unused.get(column)]
    lacks = {column: _is_empty(column, questions.schema[column]) for column in needed}
    failed = pl.col("failure").is_not_null()
    reasons = [pl.when(failed).then(pl.lit(FAILED))]
    reasons += [pl.when(lacks[column]).then(pl.lit(NEEDED[column])) for column in needed]
    names = [pl.when(lacks[column]).then(pl.lit(column)) for column in needed]
    empty = pl.lit("empty: ") + pl.concat_str(names, separator=", ", ignore_nulls=True)
    # What a service says of a failure may quote the question.
    found = questions.select(
        reason=pl.coalesce(reasons),
        detail=pl.when(failed).then("failure").otherwise(empty),
        wordless=pl.when(~failed).then(empty),
    )
    return split("complete", questions, found["reason"], found["detail"], found["wordless"])


def _is_empty(column: str, dtype: pl.DataType) -> pl.Expr:
    filled = pl.col(column).is_not_null()
    if dtype == pl.String:
        filled = pl.col(column).str.contains(r"\S").fill_null(value=False)
    return ~filled
