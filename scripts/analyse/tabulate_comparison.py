"""Make a comparison table: curves beside a reference curve, and what a paper found (s1, table 2).

Differences are paired over problems, with limits by a bootstrap over them.
"""

import argparse
import json
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.study_tables import ComparisonTable
from scripts.lib.curves.comparison import comparison_table
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.tableio import empty_table, read_by_name, read_table, write_table
from scripts.lib.tables import Comparison, Outcome, Point, Reference


def main() -> None:
    """Read points, outcomes and published values, compare, write."""
    arguments = _arguments()
    table = comparison_table(
        arguments.spec,
        read_by_name(Point, arguments.points),
        read_by_name(Outcome, arguments.outcomes),
        arguments.labels,
        read_table(Reference, arguments.reference)
        if arguments.reference
        else empty_table(Reference),
        Bootstrap(arguments.bootstrap, arguments.seed),
    )
    write_table(Comparison, table, arguments.output)
    logging.info("wrote %d rows to %s", table.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(ComparisonTable), required=True, help="entry in the study")
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--points", type=existing, nargs="+", required=True, help="Point tables")
    add("--outcomes", type=existing, nargs="*", default=[], help="Outcome tables of measured ones")
    add("--reference", type=existing, help="published values")
    add("--bootstrap", type=int, default=10_000, help="draws")
    add("--seed", type=int, default=0, help="of the bootstrap")
    add("--output", type=Path, required=True, help="Comparison table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
