"""The questions that a step of the curation kept: a list of ids beside one table with all texts."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from scripts.lib.curation.dropping import CurationError
from scripts.lib.questions.tables import Kept, Question
from scripts.lib.tableio import check_table, read_part, read_table
from scripts.lib.tables import schema_of

IDENTITY = ["question_id", "source", "publish", "question"]
"""Columns that every step needs, to name what it drops."""


def read_kept(questions: Path, kept: Path | None, columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of the questions that the step before kept, in its order.

    Args:
        questions: a Question table with its features.
        kept: the Kept table of the step before; None for all questions.
        columns: of a Question table.

    Raises:
        TableError: a file is missing or breaks its model.
        CurationError: a question was kept that the table does not hold.
    """
    part = read_part(Question, questions, list(columns))
    if kept is None:
        return part
    return _in_order(part, read_table(Kept, kept)["question_id"], questions, kept)


def read_whole(questions: Path, ids: pl.Series, kept: Path) -> pl.DataFrame:
    """The Question table of some questions, in the order of their ids.

    Only their texts come into memory: those of all may be gigabytes.

    Raises:
        TableError: what is read is not a valid Question table.
        CurationError: a question is not there.
    """
    try:
        found = pl.scan_parquet(questions).filter(pl.col("question_id").is_in(ids.implode()))
        part = found.select(*schema_of(Question)).collect()
    except pl.exceptions.PolarsError as error:
        raise CurationError(f"{questions}: cannot be read as a table: {error}") from error
    return check_table(Question, _in_order(part, ids, questions, kept), questions)


def _in_order(part: pl.DataFrame, ids: pl.Series, questions: Path, kept: Path) -> pl.DataFrame:
    wanted = ids.to_frame("question_id")
    lost = wanted.join(part, on="question_id", how="anti", maintain_order="left")
    if len(lost):
        raise CurationError(
            f"{kept}: question {lost['question_id'][0]} is not in {questions}, nor are "
            f"{len(lost) - 1:,} others; the tables are not of one run, so make them again"
        )
    return wanted.join(part, on="question_id", how="left", maintain_order="left").select(
        part.columns
    )
