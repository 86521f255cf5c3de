"""Tabulate what models that were trained more or less need of inference for the same accuracy, and
how many queries pay for more training; write an IsoAccuracy table.
"""  # noqa: D205

import logging

from scripts.lib.cli import run, spec
from scripts.lib.config.tradeoff_tables import IsoAccuracyTable
from scripts.lib.curves.arguments import outcomes_parser, tabulated
from scripts.lib.curves.iso_accuracy import iso_accuracy_table
from scripts.lib.curves.tradeoff_tables import IsoAccuracy
from scripts.lib.tableio import write_table


def main() -> None:
    """Read points and outcomes, compare, write."""
    arguments = outcomes_parser(__doc__, spec(IsoAccuracyTable)).parse_args()
    table = tabulated(iso_accuracy_table, arguments)
    write_table(IsoAccuracy, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s at %s, %s: %s FLOPs, exchange %s, queries %s; %s",
            *(row[c] for c in ("what", "at", "curve", "flops", "exchange", "queries", "why")),
        )


if __name__ == "__main__":
    run(main)
