"""Tabulate how often a right answer was among the samples and a verifier passed it over.

A row per curve and point, of best_of_n curves and of searches, with limits on new problems. Each
--curve begins a curve: --spec, --answers, --scores and --verifier after it are its own.
"""

import logging
from pathlib import Path

from scripts.lib.cli import parser, run
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.chosen import ChosenCurve, add_chosen_curves
from scripts.lib.curves.passed_over import passed_over_rows
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.scores import with_scores
from scripts.lib.search.tables import PassedOver
from scripts.lib.tableio import make_table, write_table


def rows_of(chosen: ChosenCurve, bootstrap: Bootstrap) -> list[dict[str, object]]:
    """The rows of one curve.

    Raises:
        CurveError: its files are missing, or do not hold what it needs.
    """
    curve, answers, steps, verifier = chosen.read()
    try:
        samples = with_scores(answers, steps, verifier, curve.aggregate)
        rows = passed_over_rows(samples, curve, bootstrap)
    except CurveError as error:
        raise CurveError(f"{chosen.name}, from {chosen.files}: {error}") from None
    return [{"curve": chosen.name} | row for row in rows]


def main() -> None:
    """Read the curves' answers and scores, tabulate, write."""
    arguments = parser(__doc__)
    add_chosen_curves(arguments)
    add_bootstrap(arguments)
    arguments.add_argument("--output", type=Path, required=True, help="PassedOver table, CSV")
    args = arguments.parse_args()
    bootstrap = Bootstrap(args.bootstrap, args.seed)
    rows = [
        row | {"label": args.labels[chosen.name]}
        for chosen in args.curves
        for row in rows_of(chosen, bootstrap)
    ]
    write_table(PassedOver, make_table(PassedOver, rows), args.output)
    logging.info("wrote %d rows to %s", len(rows), args.output)


if __name__ == "__main__":
    run(main)
