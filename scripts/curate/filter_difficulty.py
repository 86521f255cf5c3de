"""Drop questions that the small or the large reference model solved.

Reads a Question table with its features; writes what stays as a Question table, and what goes,
with the reason, as a Dropped table.
"""

from pathlib import Path

from scripts.lib import cli
from scripts.lib.curation.difficulty import drop_solved
from scripts.lib.curation.dropping import write_split
from scripts.lib.tableio import read_table
from scripts.lib.tables import Question


def main() -> None:
    """Read the arguments, filter, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--dropped", type=Path, required=True)
    args = parser.parse_args()
    questions = read_table(Question, args.questions)
    write_split(drop_solved(questions), args.output, args.dropped)


if __name__ == "__main__":
    cli.run(main)
