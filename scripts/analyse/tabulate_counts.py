"""Make the Point and Outcome tables of an oracle curve from published counts in data/reference/.

A count says how many of n samples of a problem were right; each series is a run over the same
problems. pass@k is averaged over runs, and problems are resampled for its interval.
"""

import argparse
import logging
from pathlib import Path

from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.curves import OracleCurve
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.counts import counted_points, counted_runs
from scripts.lib.curves.rows import Bootstrap, Labels
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.subsets import sizes_of_draws
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Outcome, Point, Reference


def main() -> None:
    """Read the counts, compute pass@k, write."""
    arguments = _arguments()
    curve, name = arguments.spec, arguments.curve
    if curve.counts is None:
        raise CurveError(f"{name}: it names no counts")
    counts = curve.counts
    labels = Labels(name, curve.method, counts.benchmark, counts.model, "recorded")
    try:
        runs = counted_runs(read_table(Reference, arguments.reference), counts)
        ks = sizes_of_draws(curve.k, int(runs["n"].min()))  # type: ignore[arg-type]
        bootstrap = Bootstrap(arguments.bootstrap, arguments.seed)
        tables = counted_points(runs, ks, labels, bootstrap)
    except CurveError as error:
        raise CurveError(f"{name}, from {arguments.reference}: {error}") from None
    write_table(Outcome, tables.outcomes, arguments.outcomes)
    write_table(Point, tables.points, arguments.output)
    logging.info("wrote %d points to %s", tables.points.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(OracleCurve), required=True, help="the curve as JSON")
    add("--curve", required=True, help="name of the curve")
    add("--reference", type=existing, required=True, help="Reference table")
    add_bootstrap(arguments)
    add("--outcomes", type=Path, required=True, help="Outcome table, Parquet")
    add("--output", type=Path, required=True, help="Point table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
