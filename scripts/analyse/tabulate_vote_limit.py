"""Tabulate where majority votes go as k grows: the share of problems whose right answer is the most
frequent one, answers not seen yet included; write a VoteLimit table.

Each --curve begins a vote curve: --spec, --answers and --origin after it are its own.
"""  # noqa: D205

import logging
from pathlib import Path

from scripts.lib.cli import parser, run
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.forecast_tables import VoteLimit
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.vote_limit import limit_row
from scripts.lib.curves.voted import add_voted_curves
from scripts.lib.tableio import make_table, write_table


def main() -> None:
    """Read the curves' answers, tabulate, write."""
    arguments = parser(__doc__)
    add_voted_curves(arguments)
    add_bootstrap(arguments)
    arguments.add_argument("--output", type=Path, required=True, help="VoteLimit table, CSV")
    args = arguments.parse_args()
    bootstrap = Bootstrap(args.bootstrap, args.seed)
    rows = []
    for curve in args.curves:
        row = {"label": args.labels[curve.name]} | limit_row(curve.read(), bootstrap)
        logging.info(
            "%(curve)s: %(limit).4f, %(low).4f to %(high).4f on new problems, %(low_benchmark).4f "
            "to %(high_benchmark).4f on these; %(seen).4f seen",
            row,
        )
        rows.append(row)
    write_table(VoteLimit, make_table(VoteLimit, rows), args.output)


if __name__ == "__main__":
    run(main)
