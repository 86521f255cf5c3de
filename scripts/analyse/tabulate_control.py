"""Make the control table: control, scaling and performance of several curves (s1, table 3).

A row per curve, from its fits, and one beside it for what a paper's table prints. The formula of
scaling as printed, per 1,000 tokens, does not give the published numbers; per doubling of the
tokens it does, and both stand in columns of their own.
"""

import argparse
import json
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.study_tables import ControlTable
from scripts.lib.curves.control_table import control_table
from scripts.lib.tableio import empty_table, read_by_name, read_table, write_table
from scripts.lib.tables import ControlRow, Fit, Point, Reference


def main() -> None:
    """Read points, fits and published values, put them side by side, write."""
    arguments = _arguments()
    table = control_table(
        arguments.spec,
        read_by_name(Point, arguments.points),
        read_by_name(Fit, arguments.fits),
        arguments.labels,
        read_table(Reference, arguments.reference)
        if arguments.reference
        else empty_table(Reference),
    )
    write_table(ControlRow, table, arguments.output)
    logging.info("wrote %d rows to %s", table.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(ControlTable), required=True, help="entry in the study")
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--points", type=existing, nargs="+", required=True, help="Point tables")
    add("--fits", type=existing, nargs="+", required=True, help="Fit tables of the same curves")
    add("--reference", type=existing, help="published values")
    add("--output", type=Path, required=True, help="ControlRow table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
