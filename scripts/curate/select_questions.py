"""Choose a training set from the questions that are left after some step of the curation.

Reads a Question table with its features, and of it what that step kept; writes a Question table, in
the order in which the rule took the questions. The rules stand in scripts/lib/curation/select.py.
"""

import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.questions import Selection
from scripts.lib.curation.kept import read_kept, read_whole
from scripts.lib.curation.select import COLUMNS, select
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import write_table


def main() -> None:
    """Read the arguments, select, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(Selection), required=True)
    parser.add_argument("--selection", required=True, help="name, for errors")
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--kept", type=cli.existing, required=True, help="by the step")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    questions = read_kept(args.questions, args.kept, COLUMNS)
    ids = select(questions, args.spec, args.selection)["question_id"]
    chosen = read_whole(args.questions, ids, args.kept)
    write_table(Question, chosen, args.output)
    logging.info(
        "%s: %d of %d questions, of %d domains",
        args.selection,
        len(chosen),
        len(questions),
        chosen["domain"].n_unique(),
    )


if __name__ == "__main__":
    cli.run(main)
