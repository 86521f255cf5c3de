"""Tabulate how many questions each step of the curation dropped and why, with examples.

Reads the Dropped table of each step, and of all other tables only how many rows they have;
writes a Funnel table. Tables that do not add up are refused.
"""

import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.curation.funnel import funnel
from scripts.lib.curation.steps import STEPS
from scripts.lib.questions.tables import Dropped, Funnel
from scripts.lib.tableio import count_rows, read_table, write_table


def main() -> None:
    """Read the arguments, count, write."""
    parser = cli.parser(__doc__)
    steps = ", ".join(STEPS)
    parser.add_argument("--sources", type=cli.existing, nargs="+", required=True)
    parser.add_argument(
        "--dropped", type=cli.existing, nargs=len(STEPS), required=True, help=f"of {steps}"
    )
    parser.add_argument(
        "--kept", type=cli.existing, nargs=len(STEPS), required=True, help=f"after {steps}"
    )
    parser.add_argument("--selections", type=cli.existing, nargs="*", default=[])
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    table = funnel(
        sum(count_rows(path) for path in args.sources),
        dict(zip(STEPS, (read_table(Dropped, path) for path in args.dropped), strict=True)),
        dict(zip(STEPS, (count_rows(path) for path in args.kept), strict=True)),
        {path.stem: count_rows(path) for path in args.selections},
    )
    write_table(Funnel, table, args.output)
    logging.info("%d questions collected, %d rows", table["questions"][0], len(table))


if __name__ == "__main__":
    cli.run(main)
