"""Tabulate a verifier's scores along right and wrong solutions; write a ScoreRow table.

Each --curve begins a curve: --spec, --answers, --scores and --verifier after it are its own.
"""

import logging
from pathlib import Path

from scripts.lib.cli import parser, run
from scripts.lib.curves.chosen import add_chosen_curves
from scripts.lib.curves.score_rows import score_rows
from scripts.lib.search.tables import ScoreRow
from scripts.lib.tableio import make_table, write_table


def main() -> None:
    """Read the curves' answers and scores, tabulate, write."""
    arguments = parser(__doc__)
    add_chosen_curves(arguments)
    arguments.add_argument("--parts", type=int, required=True, help="parts of a solution")
    arguments.add_argument("--output", type=Path, required=True, help="ScoreRow table, CSV")
    args = arguments.parse_args()
    rows: list[dict[str, object]] = []
    for chosen in args.curves:
        _, answers, steps, verifier = chosen.read()
        shared = {"curve": chosen.name, "label": args.labels[chosen.name], "verifier": verifier}
        found = score_rows(answers, steps, args.parts)
        rows += [shared | row for row in found.iter_rows(named=True)]
    write_table(ScoreRow, make_table(ScoreRow, rows), args.output)
    logging.info("wrote %d rows to %s", len(rows), args.output)


if __name__ == "__main__":
    run(main)
