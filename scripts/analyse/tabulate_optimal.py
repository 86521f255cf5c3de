"""Make the tables of a compute-optimal curve: Point, Outcome, and what it chose where (Choice).

At each budget, for each bin of difficulty, the point of the other curves that is best on one half
of the bin's problems is scored on the other half, both ways (scripts/lib/estimators/optimal.py).
"""

import argparse
from pathlib import Path

from scripts.lib.cli import existing, run, spec
from scripts.lib.config.curves import OptimalCurve
from scripts.lib.curves.arguments import curve_parser, write_curve
from scripts.lib.curves.optimal import optimal_tables
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Bin, Choice, Outcome, Point
from scripts.lib.tableio import read_by_name, read_table, write_table


def main() -> None:
    """Read the curves and bins, choose, write."""
    arguments = _arguments()
    try:
        tables = optimal_tables(
            arguments.curve,
            arguments.spec,
            read_by_name(Point, arguments.from_points),
            read_by_name(Outcome, arguments.from_outcomes),
            read_table(Bin, arguments.bins),
            Bootstrap(arguments.bootstrap, arguments.seed),
        )
    except CurveError as error:
        raise CurveError(f"{arguments.curve}: {error}") from None
    write_table(Choice, tables.choices, arguments.choices)
    write_curve(tables, arguments)


def _arguments() -> argparse.Namespace:
    arguments = curve_parser(__doc__, spec(OptimalCurve))
    add = arguments.add_argument
    add("--from-points", type=existing, nargs="+", required=True, help="Point tables")
    add("--from-outcomes", type=existing, nargs="+", required=True, help="their Outcome tables")
    add("--bins", type=existing, required=True, help="Bin table")
    add("--choices", type=Path, required=True, help="Choice table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
