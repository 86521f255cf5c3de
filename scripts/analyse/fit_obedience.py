"""Fit used tokens against asked tokens on log2 axes, region by region.

log2 used = a + b log2 asked, and the geometric mean of used / asked. With the traces of the
curve's pool the intervals come from a bootstrap over problems, else from the points alone.
"""

import argparse
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.curves import AskCurve
from scripts.lib.curves.obedience import fits_of_points, fits_of_samples
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Fit, Point, Trace


def main() -> None:
    """Read points or traces, fit, write."""
    arguments = _arguments()
    try:
        if arguments.traces is None:
            points = read_table(Point, arguments.points)
            fits = fits_of_points(points, arguments.spec, arguments.curve)
        else:
            traces = read_table(Trace, arguments.traces)
            bootstrap = Bootstrap(arguments.bootstrap, arguments.seed)
            fits = fits_of_samples(traces, arguments.spec, arguments.curve, bootstrap)
    except CurveError as error:
        raise CurveError(f"{arguments.curve}, from {arguments.traces}: {error}") from None
    for row in fits.iter_rows(named=True):
        logging.info("%(region)s, %(parameter)s: %(value).4g, %(low)s to %(high)s", row)
    write_table(Fit, fits, arguments.output)
    logging.info("wrote %d parameters to %s", fits.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("--spec", type=spec(AskCurve), required=True, help="the curve as JSON")
    arguments.add_argument("--curve", required=True, help="name of the curve")
    arguments.add_argument("--points", type=existing, required=True, help="its Point table")
    arguments.add_argument("--traces", type=existing, help="Trace table of its pool, if it has one")
    arguments.add_argument("--bootstrap", type=int, default=10_000, help="draws")
    arguments.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    arguments.add_argument("--output", type=Path, required=True, help="Fit table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
