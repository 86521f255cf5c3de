"""Tabulate the shape of curves: lines in compute or in its logarithm, gains per doubling, where
gains end, and forecasts of the largest budgets; write a ShapeRow table.
"""  # noqa: D205

import logging

from scripts.lib.cli import run, spec
from scripts.lib.config.study_tables import ShapeTable
from scripts.lib.curves.arguments import outcomes_parser, tabulated
from scripts.lib.curves.shape import shape_table
from scripts.lib.curves.shape_tables import ShapeRow
from scripts.lib.tableio import write_table


def main() -> None:
    """Read points and outcomes, tell the shapes, write."""
    arguments = outcomes_parser(__doc__, spec(ShapeTable)).parse_args()
    table = tabulated(shape_table, arguments)
    write_table(ShapeRow, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s: %s, %s a doubling of %s, gains end at %s; %s",
            *(row[c] for c in ("curve", "form", "points_per_doubling", "x", "gains_end", "why")),
        )


if __name__ == "__main__":
    run(main)
