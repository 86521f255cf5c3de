"""Sum up each curve by its best point, as `dvc metrics show` and `dvc metrics diff` read it.

Writes JSON: for each curve the number of its points, and accuracy, interval, tokens and dollars of
the point with the highest accuracy (the first of equals).
"""

import argparse
import json
import logging
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.atomic import write_text
from scripts.lib.cli import existing, parser, run
from scripts.lib.curves.tables import Point
from scripts.lib.tableio import read_by_name

SHOWN = ("setting", "accuracy", "low", "high", "tokens", "usd")


def main() -> None:
    """Read the curves, sum them up, write."""
    arguments = _arguments()
    summary = {name: best_of(t) for name, t in read_by_name(Point, arguments.points).items()}
    write_text(arguments.output, json.dumps(summary, indent=2, sort_keys=True) + "\n")
    logging.info("wrote %d curves to %s", len(summary), arguments.output)


def best_of(points: pl.DataFrame) -> dict[str, Any]:
    """The best of Point rows and how many there are; nulls are left out."""
    known = points.drop_nulls("accuracy").sort("accuracy", descending=True, maintain_order=True)
    best = known.row(0, named=True) if known.height else {}
    told = {name: best[name] for name in SHOWN if best.get(name) is not None}
    return {"points": points.height, **told}


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument(
        "--points", type=existing, nargs="*", default=[], help="Point tables of the curves"
    )
    arguments.add_argument("--output", type=Path, required=True, help="JSON")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
