"""Pair wrong and right attempts at training questions, for a model that learns to revise.

Writes a RevisionPair table, which scripts.train.train_sft reads.
"""

import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.models import Revisions
from scripts.lib.finetuning.pairs import PairError, pair_revisions
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Problem, Trace
from scripts.lib.training_tables import RevisionPair


def main() -> None:
    """Read the arguments, pair, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(Revisions), required=True)
    parser.add_argument("--problems", type=cli.existing, required=True, help="Problem table")
    parser.add_argument("--traces", type=cli.existing, required=True, help="Trace table of a pool")
    parser.add_argument("--answers", type=cli.existing, required=True, help="its Answer table")
    parser.add_argument("--output", type=Path, required=True, help="RevisionPair table to write")
    args = parser.parse_args()
    problems, traces = read_table(Problem, args.problems), read_table(Trace, args.traces)
    try:
        pairs = pair_revisions(problems, traces, read_table(Answer, args.answers), args.spec)
    except PairError as error:
        raise PairError(f"pool {args.spec.pool}, {args.traces}: {error}") from None
    write_table(RevisionPair, pairs, args.output)
    logging.info(
        "%s: %d pairs of %d questions, %.1f characters apart on average; %d questions were asked",
        args.output,
        len(pairs),
        pairs["problem_id"].n_unique(),
        pairs["distance"].mean(),
        traces["problem_id"].n_unique(),
    )


if __name__ == "__main__":
    cli.run(main)
