"""Drop questions whose format betrays a broken or incomplete text.

Reads a Question table, and of it what the step before kept; writes which questions stay as a Kept
table, and what goes, with the pattern that found it, as a Dropped table.
"""

from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.questions import Quality
from scripts.lib.curation.dropping import write_split
from scripts.lib.curation.kept import IDENTITY, read_kept
from scripts.lib.curation.quality import FIELDS, drop_broken
from scripts.lib.questions.tables import Kept


def main() -> None:
    """Read the arguments, filter, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--questions", type=cli.existing, required=True)
    parser.add_argument("--kept", type=cli.existing, required=True, help="by the step before")
    parser.add_argument("--spec", type=cli.spec(Quality), required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--dropped", type=Path, required=True)
    args = parser.parse_args()
    columns = list(dict.fromkeys([*IDENTITY, *FIELDS]))
    questions = read_kept(args.questions, args.kept, columns)
    write_split(Kept, drop_broken(questions, args.spec), args.output, args.dropped)


if __name__ == "__main__":
    cli.run(main)
