"""Fit pass@k curves with exponentiated power laws, put the fits to the test on the largest k, and
forecast twice and four times as many samples; write a Coverage table.
"""  # noqa: D205

import json
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.coverage import coverage_rows
from scripts.lib.curves.forecast_tables import Coverage
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.tableio import make_table, read_by_name, write_table


def main() -> None:
    """Read the curves, fit, write."""
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--points", type=existing, nargs="+", required=True, help="Point tables")
    add("--outcomes", type=existing, nargs="+", required=True, help="Outcome tables")
    add_bootstrap(arguments)
    add("--output", type=Path, required=True, help="Coverage table, CSV")
    args = arguments.parse_args()
    points, outcomes = read_by_name(Point, args.points), read_by_name(Outcome, args.outcomes)
    bootstrap = Bootstrap(args.bootstrap, args.seed)
    rows = [
        {"label": label} | row
        for name, label in args.labels.items()
        for row in coverage_rows(name, points[name], outcomes[name], bootstrap)
    ]
    for row in rows:
        logging.info(
            "%s at k = %s, %s: %s",
            *(row.get(c) for c in ("curve", "k", "what")),
            row.get("coverage"),
        )
    write_table(Coverage, make_table(Coverage, rows), args.output)


if __name__ == "__main__":
    run(main)
