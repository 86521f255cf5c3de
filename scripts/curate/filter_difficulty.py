"""Drop questions that the small or the large reference model solved.

Reads a Question table with its features, and of it what the step before kept; writes which
questions stay as a Kept table, and what goes, with the reason, as a Dropped table.
"""

from pathlib import Path

from scripts.lib import cli
from scripts.lib.curation.difficulty import drop_solved
from scripts.lib.curation.dropping import write_split
from scripts.lib.curation.kept import IDENTITY, read_kept
from scripts.lib.questions.tables import Kept


def main() -> None:
    """Read the arguments, filter, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--kept", type=cli.existing, required=True, help="by the step before")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--dropped", type=Path, required=True)
    args = parser.parse_args()
    columns = [*IDENTITY, "answer", "correct_small", "correct_large"]
    questions = read_kept(args.questions, args.kept, columns)
    write_split(Kept, drop_solved(questions), args.output, args.dropped)


if __name__ == "__main__":
    cli.run(main)
