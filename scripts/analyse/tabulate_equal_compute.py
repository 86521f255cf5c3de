"""Tabulate what curves have over brute force at equal compute, majority votes and a perfect
verifier, and what share of that verifier's gain; write an EqualCompute table.
"""  # noqa: D205

import logging

from scripts.lib.cli import run, spec
from scripts.lib.config.tradeoff_tables import EqualComputeTable
from scripts.lib.curves.arguments import outcomes_parser, tabulated
from scripts.lib.curves.equal_compute import equal_compute_table
from scripts.lib.curves.tradeoff_tables import EqualCompute
from scripts.lib.tableio import write_table


def main() -> None:
    """Read points and outcomes, compare, write."""
    arguments = outcomes_parser(__doc__, spec(EqualComputeTable)).parse_args()
    table = tabulated(equal_compute_table, arguments)
    write_table(EqualCompute, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s, %s: %s over votes (%s to %s), share of the oracle's gain %s",
            *(row[c] for c in ("curve", "setting", "gain_over_votes", "low_gain_over_votes")),
            *(row[c] for c in ("high_gain_over_votes", "share")),
        )


if __name__ == "__main__":
    run(main)
