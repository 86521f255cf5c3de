"""Tabulate where curves of a small model reach points of larger ones, and which is better at equal
FLOPs, verifiers counted; write a Crossing table.
"""  # noqa: D205

import argparse
import json
import logging
from pathlib import Path

from scripts.lib.accounting import size_of_facts
from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.options import facts_option
from scripts.lib.config.study_tables import CrossingsTable
from scripts.lib.curves.crossings import crossings_table
from scripts.lib.curves.tables import Crossing, Point
from scripts.lib.tableio import read_by_name, write_table


def main() -> None:
    """Read the curves, compare, write."""
    arguments = _arguments()
    sizes = {name: size_of_facts(facts_option(facts)) for name, facts in arguments.facts}
    points = read_by_name(Point, arguments.points)
    table = crossings_table(arguments.spec, points, arguments.labels, sizes)
    write_table(Crossing, table, arguments.output)
    for row in table.iter_rows(named=True):
        logging.info(
            "%s against %s, %s: %s, n %s, %s of its FLOPs",
            *(row[c] for c in ("curve", "against", "against_setting", "crossing", "n", "ratio")),
        )


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(CrossingsTable), required=True, help="entry in the study")
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--points", type=existing, nargs="+", required=True, help="Point tables")
    add(
        "--facts",
        nargs=2,
        action="append",
        default=[],
        metavar=("CURVE", "FACTS"),
        help="what is known of the model of a published curve, JSON",
    )
    add("--output", type=Path, required=True, help="Crossing table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
