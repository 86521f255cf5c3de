"""Fit used tokens against asked tokens on log2 axes, region by region.

log2 used = a + b log2 asked, and the geometric mean of used / asked. With the traces of the
curve's pool the intervals come from a bootstrap over problems, else from the points alone.
"""

import argparse

from scripts.lib.cli import existing, run, spec
from scripts.lib.config.curves import AskCurve
from scripts.lib.curves.arguments import fit_parser, write_fits
from scripts.lib.curves.obedience import fits_of_points, fits_of_samples
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Point
from scripts.lib.tableio import read_table
from scripts.lib.tables import Trace


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
    write_fits(fits, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = fit_parser(__doc__, spec(AskCurve))
    arguments.add_argument("--traces", type=existing, help="Trace table of its pool, if it has one")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
