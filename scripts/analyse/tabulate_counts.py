"""Make the Point and Outcome tables of an oracle curve from published counts in data/reference/.

A count says how many of n samples of a problem were right; each series is a run over the same
problems. pass@k is averaged over runs, and problems are resampled for its interval.
"""

import argparse

from scripts.lib.cli import existing, run, spec
from scripts.lib.config.curves import OracleCurve
from scripts.lib.curves.arguments import curve_parser, write_curve
from scripts.lib.curves.counts import counted_points, counted_runs
from scripts.lib.curves.rows import Bootstrap, Labels
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.subsets import sizes_of_draws
from scripts.lib.curves.tables import Reference
from scripts.lib.tableio import read_table


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
    write_curve(tables, arguments)


def _arguments() -> argparse.Namespace:
    arguments = curve_parser(__doc__, spec(OracleCurve))
    arguments.add_argument("--reference", type=existing, required=True, help="Reference table")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
