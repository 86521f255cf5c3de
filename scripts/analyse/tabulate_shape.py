"""Tabulate the shape of curves: lines in compute or in its logarithm, gains per doubling, where
gains end, and forecasts of the largest budgets; write a ShapeRow table.
"""  # noqa: D205

import argparse
import json
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.study_tables import ShapeTable
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.shape import shape_table
from scripts.lib.curves.shape_tables import ShapeRow
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.tableio import read_by_name, write_table


def main() -> None:
    """Read points and outcomes, tell the shapes, write."""
    arguments = _arguments()
    table = shape_table(
        arguments.spec,
        read_by_name(Point, arguments.points),
        read_by_name(Outcome, arguments.outcomes),
        arguments.labels,
        Bootstrap(arguments.bootstrap, arguments.seed),
    )
    write_table(ShapeRow, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s: %s, %s a doubling of %s, gains end at %s; %s",
            *(row[c] for c in ("curve", "form", "points_per_doubling", "x", "gains_end", "why")),
        )


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(ShapeTable), required=True, help="entry in the study")
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--points", type=existing, nargs="+", required=True, help="Point tables")
    add("--outcomes", type=existing, nargs="*", default=[], help="Outcome tables of measured ones")
    add_bootstrap(arguments)
    add("--output", type=Path, required=True, help="ShapeRow table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
