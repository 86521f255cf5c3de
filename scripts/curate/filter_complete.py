"""Keep the questions that have all that grading, filtering and training need.

Reads a Question table with its features; writes which questions stay as a Kept table, and what
goes, with the reason, as a Dropped table.
"""

from pathlib import Path

from scripts.lib import cli
from scripts.lib.curation.complete import NEEDED, drop_incomplete
from scripts.lib.curation.dropping import write_split
from scripts.lib.curation.kept import IDENTITY, read_kept
from scripts.lib.questions.tables import Kept


def main() -> None:
    """Read the arguments, filter, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--small", action="store_true", help="a small model's verdict is needed")
    parser.add_argument("--large", action="store_true", help="a large model's verdict is needed")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--dropped", type=Path, required=True)
    args = parser.parse_args()
    questions = read_kept(args.questions, None, [*IDENTITY, *NEEDED, "failure"])
    result = drop_incomplete(questions, small=args.small, large=args.large)
    write_split(Kept, result, args.output, args.dropped)


if __name__ == "__main__":
    cli.run(main)
