"""Control, scaling and performance of a curve that sets the length of thinking (s1, eqs. 1 to 3).

Control is the share of points (as published) and of single responses that keep to their limit.
Scaling is the mean slope over all pairs of points: over thinking tokens as the formula is printed,
here per 1,000, and per doubling, which is what the published table holds. Performance is the best
accuracy. With the Outcome table of the curve they get limits by a bootstrap over problems.
"""

import argparse

from pydantic import TypeAdapter

from scripts.lib.cli import existing, run, spec_of
from scripts.lib.config.curves import ControlCurve, Curve, ForcingCurve, RejectionCurve
from scripts.lib.curves.arguments import fit_parser, write_fits
from scripts.lib.curves.length_control import fits_of_outcomes, fits_of_published
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.tableio import read_table


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
    write_fits(fits, arguments.output)


def _arguments() -> argparse.Namespace:
    curve: TypeAdapter[Curve] = TypeAdapter(Curve)
    arguments = fit_parser(__doc__, spec_of(curve))
    arguments.add_argument("--outcomes", type=existing, help="its Outcome table, if it has one")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
