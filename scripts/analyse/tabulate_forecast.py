"""Forecast the majority vote of many samples from the first few of every problem, beside what it
is; write a Forecast table.

Each --curve begins a vote curve: --spec, --answers and --origin after it are its own.
"""  # noqa: D205

import logging
from pathlib import Path

from scripts.lib.cli import parser, run, spec
from scripts.lib.config.study_tables import ForecastTable
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.forecast_tables import Forecast
from scripts.lib.curves.forecasts import forecast_rows, total_rows
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.voted import add_voted_curves
from scripts.lib.tableio import make_table, write_table


def main() -> None:
    """Read the curves' answers, forecast, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--table", type=spec(ForecastTable), required=True, help="its entry")
    add_voted_curves(arguments)
    add_bootstrap(arguments)
    arguments.add_argument("--output", type=Path, required=True, help="Forecast table, CSV")
    args = arguments.parse_args()
    bootstrap = Bootstrap(args.bootstrap, args.seed)
    rows: list[dict[str, object]] = []
    for curve in args.curves:
        found = forecast_rows(curve.read(), args.table, bootstrap)
        rows += [{"label": args.labels[curve.name]} | row for row in found]
    totals = total_rows(rows)
    write_table(Forecast, make_table(Forecast, [*rows, *totals]), args.output)
    for row in totals:
        logging.info("from %(from_k)d to %(to)s: %(label)s, mean width %(width)s", row)


if __name__ == "__main__":
    run(main)
