"""What every step of the curation ends in: questions that stay, and those that go with a reason."""

import logging
from pathlib import Path
from typing import NamedTuple

import polars as pl

from scripts.lib.errors import UserError
from scripts.lib.tableio import write_table
from scripts.lib.tables import Dropped, Question, schema_of


class CurationError(UserError):
    """Questions or settings that the curation cannot work with."""


class Split(NamedTuple):
    """A step's result: a Question and a Dropped table."""

    kept: pl.DataFrame
    dropped: pl.DataFrame


def split(step: str, questions: pl.DataFrame, reason: pl.Series, detail: pl.Series) -> Split:
    """Drop each question whose `reason` is not null.

    Args:
        step: its name.
        questions: a Question table.
        reason: [questions] null for what stays.
        detail: [questions] what the step saw in those that go.
    """
    gone = reason.is_not_null()
    columns = questions.select("source", "question_id", "question")
    dropped = columns.with_columns(
        step=pl.lit(step), reason=reason.cast(pl.String), detail=detail.cast(pl.String)
    )
    return Split(questions.filter(~gone), dropped.filter(gone).select(*schema_of(Dropped)))


def write_split(result: Split, kept: Path, dropped: Path) -> None:
    """Write both tables of a step and log how many questions went for each reason."""
    write_table(Dropped, result.dropped, dropped)
    write_table(Question, result.kept, kept)
    counts = result.dropped["reason"].value_counts(sort=True).rows()
    logging.info(
        "%d questions stay; %d go%s",
        len(result.kept),
        len(result.dropped),
        "".join(f"; {number} {reason}" for reason, number in counts),
    )
