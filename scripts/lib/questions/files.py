"""Questions of a local file, or of one of data/sources.csv."""

from pathlib import Path

import polars as pl

from scripts.lib.config.questions import FileQuestions
from scripts.lib.problems import read_rows
from scripts.lib.questions.rows import import_questions


def read_questions(
    spec: FileQuestions, source: str, path: Path, publish: str = "text"
) -> pl.DataFrame:
    """The questions of the file at `path` (JSON lines, CSV or Parquet) as a Collected table.

    `publish` is "hash" where the texts may not be shown.

    Raises:
        ProblemError: the file cannot be read.
        QuestionError: rows of it are wrong.
    """
    rows = read_rows(path, spec.source or path.name)
    return import_questions(rows, source, spec.answer_kind, spec.columns, str(path), publish)
