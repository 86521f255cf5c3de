"""Choose a training set from the questions that are left after some step of the curation.

Reads a Question table and writes one, in the order in which the rule took the questions; the
rules stand in scripts/lib/curation/select.py.
"""

import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.questions import Selection
from scripts.lib.curation.select import select
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Question


def main() -> None:
    """Read the arguments, select, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(Selection), required=True)
    parser.add_argument("--selection", required=True, help="name, for errors")
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    questions = read_table(Question, args.questions)
    chosen = select(questions, args.spec, args.selection)
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
