"""Make the Point table of one curve from published values in data/reference/.

Accuracies get Wilson's 95 % interval of a score out of so many problems.
"""

import argparse
import logging
from pathlib import Path

from pydantic import TypeAdapter

from scripts.lib.cli import existing, parser, run, spec_of
from scripts.lib.config.curves import Curve
from scripts.lib.curves.published import published_points
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Point, Reference
from scripts.lib.tableio import read_table, write_table


def main() -> None:
    """Read the published values, take the curve's series, write."""
    arguments = _arguments()
    curve = arguments.spec
    if curve.published is None:
        raise CurveError(f"{arguments.curve}: it names no published series")
    reference = read_table(Reference, arguments.reference)
    try:
        points = published_points(reference, curve.published, arguments.curve, curve.method)
    except CurveError as error:
        raise CurveError(f"{arguments.curve}, from {arguments.reference}: {error}") from None
    write_table(Point, points, arguments.output)
    logging.info("wrote %d points to %s", points.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    curve: TypeAdapter[Curve] = TypeAdapter(Curve)
    arguments.add_argument("--spec", type=spec_of(curve), required=True, help="the curve as JSON")
    arguments.add_argument("--curve", required=True, help="name of the curve")
    arguments.add_argument("--reference", type=existing, required=True, help="Reference table")
    arguments.add_argument("--output", type=Path, required=True, help="Point table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
