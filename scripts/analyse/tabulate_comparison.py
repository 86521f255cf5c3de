"""Make a comparison table: curves beside a reference curve, and what a paper found (s1, table 2).

Differences are paired over problems, with limits by a bootstrap over them.
"""

import argparse
import logging

from scripts.lib.cli import existing, run, spec
from scripts.lib.config.study_tables import ComparisonTable
from scripts.lib.curves.arguments import add_bootstrap, add_reference, read_reference, table_parser
from scripts.lib.curves.comparison import comparison_table
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.tables import Comparison, Outcome, Point
from scripts.lib.tableio import read_by_name, write_table


def main() -> None:
    """Read points, outcomes and published values, compare, write."""
    arguments = _arguments()
    table = comparison_table(
        arguments.spec,
        read_by_name(Point, arguments.points),
        read_by_name(Outcome, arguments.outcomes),
        arguments.labels,
        read_reference(arguments.reference),
        Bootstrap(arguments.bootstrap, arguments.seed),
    )
    write_table(Comparison, table, arguments.output)
    logging.info("wrote %d rows to %s", table.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = table_parser(__doc__, spec(ComparisonTable))
    add_reference(arguments)
    add = arguments.add_argument
    add("--outcomes", type=existing, nargs="*", default=[], help="Outcome tables of measured ones")
    add_bootstrap(arguments)
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
