"""How much of the scatter of a trained model's accuracy is the seed's, group by group.

Reads the Point and Outcome tables of an sft curve with groups, and writes the seed's standard
deviation and its share of the variance of an accuracy measured with one training.
"""

import argparse
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.seeds import fits_of_seeds
from scripts.lib.curves.tables import Fit, Outcome, Point
from scripts.lib.tableio import read_table, write_table


def main() -> None:
    """Read points and outcomes, tell the variances apart, write."""
    arguments = _arguments()
    points = read_table(Point, arguments.points)
    outcomes = read_table(Outcome, arguments.outcomes)
    fits = fits_of_seeds(points, outcomes, arguments.curve)
    if fits.is_empty():
        raise CurveError(f"{arguments.curve}: {arguments.outcomes} has no groups of trainings")
    for row in fits.iter_rows(named=True):
        logging.info("%(region)s, %(parameter)s: %(value).4g, %(low)s to %(high)s", row)
    write_table(Fit, fits, arguments.output)
    logging.info("wrote %d parameters to %s", fits.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("--curve", required=True, help="name of the curve")
    arguments.add_argument("--points", type=existing, required=True, help="its Point table")
    arguments.add_argument("--outcomes", type=existing, required=True, help="its Outcome table")
    arguments.add_argument("--output", type=Path, required=True, help="Fit table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
