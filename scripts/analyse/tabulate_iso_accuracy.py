"""Tabulate what models that were trained more or less need of inference for the same accuracy, and
how many queries pay for more training; write an IsoAccuracy table.
"""  # noqa: D205

import argparse
import logging

from scripts.lib.cli import existing, run, spec
from scripts.lib.config.tradeoff_tables import IsoAccuracyTable
from scripts.lib.curves.arguments import add_bootstrap, table_parser
from scripts.lib.curves.iso_accuracy import iso_accuracy_table
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.curves.tradeoff_tables import IsoAccuracy
from scripts.lib.tableio import read_by_name, write_table


def main() -> None:
    """Read points and outcomes, compare, write."""
    arguments = _arguments()
    table = iso_accuracy_table(
        arguments.spec,
        read_by_name(Point, arguments.points),
        read_by_name(Outcome, arguments.outcomes),
        arguments.labels,
        Bootstrap(arguments.bootstrap, arguments.seed),
    )
    write_table(IsoAccuracy, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s at %s, %s: %s FLOPs, exchange %s, queries %s; %s",
            *(row[c] for c in ("what", "at", "curve", "flops", "exchange", "queries", "why")),
        )


def _arguments() -> argparse.Namespace:
    arguments = table_parser(__doc__, spec(IsoAccuracyTable))
    text = "Outcome tables of those that have samples"
    arguments.add_argument("--outcomes", type=existing, nargs="*", default=[], help=text)
    add_bootstrap(arguments)
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
