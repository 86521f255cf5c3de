"""Take a training set that others have chosen: a data set on the Hub as a Question table.

All its rows are taken, in their order, and each needs a trace and an attempt. Traces are counted;
nothing else is found out about a question.
"""

import logging
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib import cli
from scripts.lib.config.questions import HubQuestions
from scripts.lib.questions.hub import load_questions
from scripts.lib.questions.rows import QuestionError
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import write_table
from scripts.lib.tokens import count_tokens, load_tokenizer


def import_selection(spec: HubQuestions, name: str, tokenizer: Any) -> pl.DataFrame:
    """The Question table of a published selection.

    Raises:
        HubError: the data set cannot be had.
        QuestionError: rows are wrong, without trace or attempt, or there twice.
    """
    questions = load_questions(spec, name)
    empty = questions.filter(pl.col("trace").is_null() | pl.col("attempt").is_null()).height
    twice = questions.height - questions["question_id"].n_unique()
    if empty or twice:
        raise QuestionError(
            f"{spec.repo}: {empty} rows without a trace or an attempt, {twice} that repeat a "
            "question: not a training set as it stands"
        )
    return questions.with_columns(count_tokens(questions["trace"], tokenizer).alias("trace_tokens"))


def main() -> None:
    """Read the arguments, load, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(HubQuestions), required=True)
    parser.add_argument("--selection", required=True, help="its name")
    parser.add_argument("--tokenizer", required=True, help="a folder, or REPO@REVISION")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    questions = import_selection(args.spec, args.selection, load_tokenizer(args.tokenizer))
    write_table(Question, questions, args.output)
    logging.info("%s: %d questions", args.output, questions.height)


if __name__ == "__main__":
    cli.run(main)
