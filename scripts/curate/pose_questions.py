"""Make a benchmark of the training questions, which the reference models of the curation answer.

A question without a gold answer is left out; where all are posed, to a classifier, its answer
stands as "unknown", because a Problem has one.
"""

import logging
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.config.benchmarks import QuestionsBenchmark
from scripts.lib.errors import UserError
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, schema_of

UNKNOWN = "unknown"


class NothingToPoseError(UserError):
    """No question can be posed."""


def pose_questions(
    questions: pl.DataFrame, benchmark: str, spec: QuestionsBenchmark
) -> pl.DataFrame:
    """A Problem table; `problem_id` is the question's id, a hash, and gives the order.

    So the first so many problems, which is what a pool or labels may take, are of all sources.
    A question whose texts may not be published stays so as a problem.
    """
    if spec.answered_only:
        questions = questions.filter(pl.col("answer").is_not_null())
    return (
        questions.select(
            benchmark=pl.lit(benchmark),
            problem_id="question_id",
            problem="question",
            answer=pl.col("answer").fill_null(UNKNOWN),
            answer_kind="answer_kind",
            level=pl.lit(None, pl.String),
            publish=pl.when(publish="hash").then("publish").otherwise(pl.lit(spec.publish)),
        )
        .select(list(schema_of(Problem)))
        .sort("problem_id")
    )


def main() -> None:
    """Read the arguments, pose, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(QuestionsBenchmark), required=True)
    parser.add_argument("--benchmark", required=True, help="name in the study file")
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    questions = read_table(Question, args.questions)
    problems = pose_questions(questions, args.benchmark, args.spec)
    if problems.is_empty():
        raise NothingToPoseError(f"{args.questions}: none of {questions.height} has an answer")
    write_table(Problem, problems, args.output)
    logging.info("%s: %d of %d questions", args.output, problems.height, questions.height)


if __name__ == "__main__":
    cli.run(main)
