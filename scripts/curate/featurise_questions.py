"""Fill in what is known of each question: length and correctness of its trace, whether the small
and the large reference model solve it, and its domain. No question is dropped.

A model that should have answered and did not is noted in the column failure. Without reference
models their columns stay null.
"""  # noqa: D205

import logging
from pathlib import Path
from typing import NamedTuple

import polars as pl
from transformers import PreTrainedTokenizerFast

from scripts.lib import cli
from scripts.lib.config.questions import Domain
from scripts.lib.grading.judge import Judge
from scripts.lib.questions.features import (
    correct_attempts,
    correct_samples,
    domains,
    with_failures,
)
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import read_part, read_table, write_table
from scripts.lib.tables import Answer, Trace, schema_of
from scripts.lib.tokens import count_tokens, load_tokenizer

FEATURES = ["trace_tokens", "correct_trace", "correct_small", "correct_large", "domain"]


class Reference(NamedTuple):
    """The samples of a reference model: the pool's name, its Answer and its Trace table."""

    pool: str
    answers: Path
    traces: Path


def featurise_questions(
    questions: pl.DataFrame,
    tokenizer: PreTrainedTokenizerFast,
    judge: Judge,
    domain: Domain,
    references: dict[str, Reference],
    classified: Path | None = None,
) -> pl.DataFrame:
    """The same questions, in the same order, with their features.

    Args:
        questions: a Question table.
        tokenizer: counts the tokens of the traces.
        judge: compares attempts with gold answers.
        domain: where the domain comes from.
        references: reference models by "small" and "large".
        classified: the classifier's Trace table, where one names the domains.

    Raises:
        FeatureError: a pool was asked other questions.
    """
    features = [
        count_tokens(questions["trace"], tokenizer).alias("trace_tokens"),
        correct_attempts(questions, judge),
    ]
    failures = []
    for size, reference in references.items():
        found = correct_samples(
            questions,
            reference.pool,
            read_part(Answer, reference.answers, ["problem_id", "correct"]),
            read_part(Trace, reference.traces, ["problem_id", "end"]),
        )
        features.append(found.values.alias(f"correct_{size}"))
        failures.append(found.failures)
    columns = ["problem_id", "sample", "end", "text"]
    traces = read_part(Trace, classified, columns) if classified else None
    named = domains(questions, domain, traces)
    features.append(named.values.alias("domain"))
    failures.append(named.failures)
    filled = with_failures(questions, failures).with_columns(features)
    return filled.select(list(schema_of(Question)))


def main() -> None:
    """Read the arguments, find the features, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--domain", type=cli.spec(Domain), required=True)
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--tokenizer", required=True, help="a folder, or REPO@REVISION")
    for size in ("small", "large"):
        parser.add_argument(f"--{size}", nargs=3, metavar=("POOL", "ANSWERS", "TRACES"))
    parser.add_argument("--classified", type=cli.existing, help="Trace table of the classifier")
    parser.add_argument("--jobs", type=int, help="pairs of answers judged at a time")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    references = {
        size: Reference(given[0], Path(given[1]), Path(given[2]))
        for size, given in (("small", args.small), ("large", args.large))
        if given
    }
    questions = read_table(Question, args.questions)
    with Judge(args.jobs) as judge:
        filled = featurise_questions(
            questions,
            load_tokenizer(args.tokenizer),
            judge,
            args.domain,
            references,
            args.classified,
        )
    write_table(Question, filled, args.output)
    counts = filled.select(pl.col(FEATURES).is_not_null().sum()).row(0, named=True)
    known = ", ".join(f"{name} {number}" for name, number in counts.items())
    logging.info("%s: %d questions; known: %s", args.output, filled.height, known)


if __name__ == "__main__":
    cli.run(main)
