"""Make the tables of a compute-optimal curve: Point, Outcome, and what it chose where (Choice).

At each budget, for each bin of difficulty, the point of the other curves that is best on one half
of the bin's problems is scored on the other half, both ways (scripts/lib/estimators/optimal.py).
"""

import argparse
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.curves import OptimalCurve
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.optimal import optimal_tables
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Bin, Choice
from scripts.lib.tableio import read_by_name, read_table, write_table
from scripts.lib.tables import Outcome, Point


def main() -> None:
    """Read the curves and bins, choose, write."""
    arguments = _arguments()
    try:
        tables = optimal_tables(
            arguments.curve,
            arguments.spec,
            read_by_name(Point, arguments.points),
            read_by_name(Outcome, arguments.outcomes),
            read_table(Bin, arguments.bins),
            Bootstrap(arguments.bootstrap, arguments.seed),
        )
    except CurveError as error:
        raise CurveError(f"{arguments.curve}: {error}") from None
    write_table(Choice, tables.choices, arguments.choices)
    write_table(Outcome, tables.outcomes, arguments.output_outcomes)
    write_table(Point, tables.points, arguments.output)
    logging.info("wrote %d points to %s", tables.points.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(OptimalCurve), required=True, help="the curve as JSON")
    add("--curve", required=True, help="name of the curve")
    add("--points", type=existing, nargs="+", required=True, help="Point tables to choose among")
    add("--outcomes", type=existing, nargs="+", required=True, help="their Outcome tables")
    add("--bins", type=existing, required=True, help="Bin table")
    add_bootstrap(arguments)
    add("--choices", type=Path, required=True, help="Choice table, CSV")
    add("--output-outcomes", type=Path, required=True, help="Outcome table, Parquet")
    add("--output", type=Path, required=True, help="Point table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
