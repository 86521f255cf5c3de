"""Tabulate what curves have over brute force at equal compute, majority votes and a perfect
verifier, and what share of that verifier's gain; write an EqualCompute table.
"""  # noqa: D205

import argparse
import logging

from scripts.lib.cli import existing, run, spec
from scripts.lib.config.tradeoff_tables import EqualComputeTable
from scripts.lib.curves.arguments import add_bootstrap, table_parser
from scripts.lib.curves.equal_compute import equal_compute_table
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.curves.tradeoff_tables import EqualCompute
from scripts.lib.tableio import read_by_name, write_table


def main() -> None:
    """Read points and outcomes, compare, write."""
    arguments = _arguments()
    table = equal_compute_table(
        arguments.spec,
        read_by_name(Point, arguments.points),
        read_by_name(Outcome, arguments.outcomes),
        arguments.labels,
        Bootstrap(arguments.bootstrap, arguments.seed),
    )
    write_table(EqualCompute, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s, %s: %s over votes (%s to %s), share of the oracle's gain %s",
            *(row[c] for c in ("curve", "setting", "gain_over_votes", "low_gain_over_votes")),
            *(row[c] for c in ("high_gain_over_votes", "share")),
        )


def _arguments() -> argparse.Namespace:
    arguments = table_parser(__doc__, spec(EqualComputeTable))
    text = "Outcome tables of those that have samples"
    arguments.add_argument("--outcomes", type=existing, nargs="*", default=[], help=text)
    add_bootstrap(arguments)
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
