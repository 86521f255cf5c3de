"""Make the control table: control, scaling and performance of several curves (s1, table 3).

A row per curve, from its fits, and one beside it for what a paper's table prints. The formula of
scaling as printed is over tokens and names no unit of them; in none it gives the published numbers.
Per doubling of the tokens it does. Both, the first per 1,000 tokens, stand in columns of their own.
"""

import argparse
import logging

from scripts.lib.cli import existing, run, spec
from scripts.lib.config.study_tables import ControlTable
from scripts.lib.curves.arguments import add_reference, read_reference, table_parser
from scripts.lib.curves.control_table import control_table
from scripts.lib.curves.tables import ControlRow, Fit, Point
from scripts.lib.tableio import read_by_name, write_table


def main() -> None:
    """Read points, fits and published values, put them side by side, write."""
    arguments = _arguments()
    table = control_table(
        arguments.spec,
        read_by_name(Point, arguments.points),
        read_by_name(Fit, arguments.fits),
        arguments.labels,
        read_reference(arguments.reference),
    )
    write_table(ControlRow, table, arguments.output)
    logging.info("wrote %d rows to %s", table.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = table_parser(__doc__, spec(ControlTable))
    add_reference(arguments)
    arguments.add_argument(
        "--fits", type=existing, nargs="+", required=True, help="Fit tables of the same curves"
    )
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
