"""Control, scaling and performance of a curve that sets the length of thinking (s1, eqs. 1 to 3).

Control is the share of points (as published) and of single responses that keep to their limit.
Scaling is the mean slope over all pairs of points, per 1,000 thinking tokens as the formula is
printed, and per doubling, which is what the published table holds. Performance is the best
accuracy. With the Outcome table of the curve they get limits by a bootstrap over problems.
"""

import argparse
import logging
from pathlib import Path

from pydantic import TypeAdapter

from scripts.lib.cli import existing, parser, run, spec_of
from scripts.lib.config.curves import ControlCurve, Curve, ForcingCurve, RejectionCurve
from scripts.lib.curves.length_control import fits_of_outcomes, fits_of_published
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Fit, Outcome, Point


def main() -> None:
    """Read points and outcomes, compute, write."""
    arguments = _arguments()
    curve, name = arguments.spec, arguments.curve
    if not isinstance(curve, ForcingCurve | ControlCurve | RejectionCurve):
        raise CurveError(f"{name}: a curve of method {curve.method} does not set a length")
    points = read_table(Point, arguments.points)
    try:
        if arguments.outcomes is None:
            fits = fits_of_published(points, curve, name)
        else:
            outcomes = read_table(Outcome, arguments.outcomes)
            bootstrap = Bootstrap(arguments.bootstrap, arguments.seed)
            fits = fits_of_outcomes(points, outcomes, curve, name, bootstrap)
    except CurveError as error:
        raise CurveError(f"{name}, from {arguments.outcomes}: {error}") from None
    for row in fits.iter_rows(named=True):
        logging.info("%(parameter)s: %(value).4g, %(low)s to %(high)s", row)
    write_table(Fit, fits, arguments.output)
    logging.info("wrote %d parameters to %s", fits.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    curve: TypeAdapter[Curve] = TypeAdapter(Curve)
    arguments.add_argument("--spec", type=spec_of(curve), required=True, help="the curve as JSON")
    arguments.add_argument("--curve", required=True, help="name of the curve")
    arguments.add_argument("--points", type=existing, required=True, help="its Point table")
    arguments.add_argument("--outcomes", type=existing, help="its Outcome table, if it has one")
    arguments.add_argument("--bootstrap", type=int, default=10_000, help="draws")
    arguments.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    arguments.add_argument("--output", type=Path, required=True, help="Fit table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
