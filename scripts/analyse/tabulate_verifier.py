"""Measure verifiers on the steps that were held out of their training; write a VerifierRow table.

Against the rollouts' labels, and against the truth of the steps where it is known; and how far the
labels themselves agree with the truth. The measures stand in scripts/lib/estimators/verifier.py.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from scripts.lib import cli
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.estimators.verifier import (
    auc,
    auc_limits,
    brier,
    calibration,
    calibration_error,
    first_error,
)
from scripts.lib.search.tables import HeldOut, VerifierRow
from scripts.lib.tableio import make_table, read_table, write_table

BASES = {"rollouts": "hard", "truth": "truth"}
Row = dict[str, object]


def verifier_rows(name: str, held_out: pl.DataFrame, bootstrap: Bootstrap) -> Iterator[Row]:
    """All measures of one verifier.

    Args:
        name: of the verifier.
        held_out: its HeldOut table.
        bootstrap: of the limits of AUCs.
    """
    for basis, column in BASES.items():
        known = held_out.filter(pl.col(column).is_not_null())
        if known.is_empty():
            continue
        yield from _measures(name, "score", basis, known, column, "score", bootstrap)
    both = held_out.filter(pl.col("truth").is_not_null() & pl.col("soft").is_not_null())
    if not both.is_empty():
        yield from _measures(name, "labels", "truth", both, "truth", "soft", bootstrap)


def _measures(
    name: str,
    judge: str,
    basis: str,
    steps: pl.DataFrame,
    column: str,
    judged: str,
    bootstrap: Bootstrap,
) -> Iterator[Row]:
    scores = steps[judged].to_numpy()
    right = steps[column].to_numpy().astype(bool)
    ids = steps["problem_id"].unique(maintain_order=True).to_list()
    owner = steps["problem_id"].replace_strict(ids, range(len(ids)), return_dtype=pl.Int64)

    def row(metric: str, value: float, **more: object) -> Row:
        shared = {"verifier": name, "judge": judge, "basis": basis, "metric": metric}
        size = {"steps": len(steps), "problems": len(ids)}
        return {**shared, **size, "value": _number(value), **more}

    low, high = auc_limits(scores, right, owner.to_list(), bootstrap.draws, bootstrap.seed)
    yield row("auc", auc(scores, right), low=_number(low), high=_number(high))
    solutions = [
        (part[judged].to_numpy(), part[column].to_numpy().astype(bool))
        for _, part in steps.group_by("problem_id", "solution", maintain_order=True)
    ]
    found = first_error(solutions)
    yield row("first error f1", found.f1)
    yield row("first error, solutions with one", found.erroneous)
    yield row("first error, solutions without", found.correct)
    yield row("share right", float(right.mean()))
    yield row("brier", brier(scores, right))
    bins = calibration(scores, right)
    yield row("calibration error", calibration_error(bins))
    for one in bins:
        yield row("bin: share right", one.right, bin=one.low, steps=one.steps)
        yield row("bin: mean score", one.score, bin=one.low, steps=one.steps)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def main() -> None:
    """Read the arguments, measure, write."""
    parser = cli.parser(__doc__)
    parser.add_argument(
        "--held-out", nargs=2, action="append", metavar=("VERIFIER", "HELD_OUT"), required=True
    )
    add_bootstrap(parser)
    parser.add_argument("--output", type=Path, required=True, help="VerifierRow table, CSV")
    args = parser.parse_args()
    bootstrap = Bootstrap(args.bootstrap, args.seed)
    rows = [
        row
        for name, path in args.held_out
        for row in verifier_rows(name, read_table(HeldOut, cli.existing(path)), bootstrap)
    ]
    table = make_table(VerifierRow, rows)
    write_table(VerifierRow, table, args.output)
    for row in table.filter(metric="auc").iter_rows(named=True):
        logging.info(
            "%s, %s against %s: AUC %s over %d steps",
            row["verifier"], row["judge"], row["basis"], row["value"], row["steps"],
        )  # fmt: skip


if __name__ == "__main__":
    cli.run(main)
