"""Drop questions that share words with a test, or with one kept from an earlier source.

Reads the Collected table of each source, in the order of comparison, and the Problem tables of
the tests; writes what stays as one Question table, and what goes, with the reason, as a Dropped
table. Settings are those of `questions` in a study (scripts/lib/config/questions.py).
"""

import logging
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.curation.decontaminate import decontaminate
from scripts.lib.curation.dropping import write_split
from scripts.lib.questions.tables import Collected, Question
from scripts.lib.tableio import empty_table, read_table
from scripts.lib.tables import Problem


def main() -> None:
    """Read the arguments, compare, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--sources", type=cli.existing, nargs="+", required=True)
    parser.add_argument("--tests", type=cli.existing, nargs="*", default=[])
    parser.add_argument("--words", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--dropped", type=Path, required=True)
    args = parser.parse_args()
    sources = [read_table(Collected, path) for path in args.sources]
    tests = pl.concat([empty_table(Problem), *(read_table(Problem, path) for path in args.tests)])
    logging.info("comparing with %d tests", len(tests))
    write_split(Question, decontaminate(sources, tests, args.words), args.output, args.dropped)


if __name__ == "__main__":
    cli.run(main)
