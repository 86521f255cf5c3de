"""What every step of the curation ends in: questions that stay, and those that go with a reason."""

import logging
from pathlib import Path
from typing import NamedTuple

import polars as pl

from scripts.lib.errors import UserError
from scripts.lib.questions.tables import Dropped
from scripts.lib.tableio import write_table
from scripts.lib.tables import Table, schema_of


class CurationError(UserError):
    """Questions or settings that the curation cannot work with."""


class Split(NamedTuple):
    """A step's result: the rows of its questions that stay, and a Dropped table."""

    kept: pl.DataFrame
    dropped: pl.DataFrame


WITHHELD = "(not shown)"


def named(questions: pl.DataFrame) -> pl.Series:
    """[questions] the text of each, or its hash where the text may not be published."""
    return questions.select(
        pl.when(publish="hash")
        .then(pl.format("(may not be published; sha256:{})", "question_id"))
        .otherwise("question")
        .alias("question")
    )["question"]


def split(
    step: str,
    questions: pl.DataFrame,
    reason: pl.Series,
    detail: pl.Series,
    wordless: pl.Series | None = None,
) -> Split:
    """Drop each question whose `reason` is not null.

    Args:
        step: its name.
        questions: rows of a Question table, with the columns that name a question.
        reason: [questions] null for what stays.
        detail: [questions] what the step saw in those that go.
        wordless: [questions] as much of the detail as holds no words of the question, for those
            that may not be published; null for none.
    """
    gone = reason.is_not_null()
    dropped = questions.select(
        "source",
        "question_id",
        "publish",
        question=named(questions),
        step=pl.lit(step),
        reason=reason.cast(pl.String),
        detail=detail.cast(pl.String),
        wordless=pl.lit(None, pl.String) if wordless is None else wordless.cast(pl.String),
    ).with_columns(
        detail=pl.when(publish="hash")
        .then(pl.col("wordless").fill_null(WITHHELD))
        .otherwise("detail")
    )
    return Split(questions.filter(~gone), dropped.filter(gone).select(*schema_of(Dropped)))


def write_split(model: type[Table], result: Split, kept: Path, dropped: Path) -> None:
    """Write both tables of a step and log how many questions went for each reason.

    Args:
        model: Question, or Kept, of what stays.
        result: of the step.
        kept: file for what stays.
        dropped: file for what goes.
    """
    write_table(Dropped, result.dropped, dropped)
    write_table(model, result.kept.select(list(schema_of(model))), kept)
    counts = result.dropped["reason"].value_counts(sort=True).rows()
    logging.info(
        "%d questions stay; %d go%s",
        len(result.kept),
        len(result.dropped),
        "".join(f"; {number} {reason}" for reason, number in counts),
    )
