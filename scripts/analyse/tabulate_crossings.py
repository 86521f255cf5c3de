"""Tabulate where curves of a small model reach points of larger ones, and which is better at equal
FLOPs, verifiers counted; write a Crossing table.
"""  # noqa: D205

import argparse
import logging

from scripts.lib.accounting import size_of_facts
from scripts.lib.cli import run, spec
from scripts.lib.config.options import facts_option
from scripts.lib.config.study_tables import CrossingsTable
from scripts.lib.curves.arguments import table_parser
from scripts.lib.curves.crossings import crossings_table
from scripts.lib.curves.tables import Crossing, Point
from scripts.lib.tableio import read_by_name, write_table


def main() -> None:
    """Read the curves, compare, write."""
    arguments = _arguments()
    sizes = {name: size_of_facts(facts_option(facts)) for name, facts in arguments.facts}
    points = read_by_name(Point, arguments.points)
    table = crossings_table(arguments.spec, points, arguments.labels, sizes)
    write_table(Crossing, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s against %s, %s: %s, n %s, %s of its FLOPs",
            *(row[c] for c in ("curve", "against", "against_setting", "crossing", "n", "ratio")),
        )


def _arguments() -> argparse.Namespace:
    arguments = table_parser(__doc__, spec(CrossingsTable))
    arguments.add_argument(
        "--facts",
        nargs=2,
        action="append",
        default=[],
        metavar=("CURVE", "FACTS"),
        help="what is known of the model of a published curve, JSON",
    )
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
