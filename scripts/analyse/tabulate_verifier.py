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
    THRESHOLD,
    Truths,
    accuracy,
    auc,
    auc_limits,
    brier,
    calibration,
    calibration_error,
    first_error,
)
from scripts.lib.search.tables import HeldOut, VerifierRow
from scripts.lib.tableio import make_table, read_table, write_table

JUDGES = [
    ("score", "rollouts", "hard", "score"),
    ("score", "truth", "truth", "score"),
    ("labels", "truth", "truth", "soft"),
]
"""Judge, basis, and the columns of HeldOut that hold them: what is right, what is judged."""

Row = dict[str, object]


def verifier_rows(name: str, held_out: pl.DataFrame, bootstrap: Bootstrap) -> Iterator[Row]:
    """All measures of one verifier.

    Args:
        name: of the verifier.
        held_out: its HeldOut table.
        bootstrap: of the limits of AUCs.
    """
    for judge, basis, column, judged in JUDGES:
        known = held_out.filter(pl.col(column).is_not_null() & pl.col(judged).is_not_null())
        if not known.is_empty():
            shared: Row = {"verifier": name, "judge": judge, "basis": basis}
            yield from _Judged(shared, known, column, judged, bootstrap).measures()
    shares = held_out.filter(pl.col("soft").is_not_null())
    if not shares.is_empty():
        half = shares.with_columns(half=pl.col("soft") >= THRESHOLD)
        shared = {"verifier": name, "judge": "score", "basis": "rollouts"}
        yield _Judged(shared, half, "half", "score", bootstrap).auc("auc, soft labels at 0.5")


class _Judged:
    """Steps that one judge scored, and the rows of its measures."""

    def __init__(
        self, shared: Row, steps: pl.DataFrame, column: str, judged: str, bootstrap: Bootstrap
    ) -> None:
        ids = steps["problem_id"].unique(maintain_order=True).to_list()
        owner = steps["problem_id"].replace_strict(ids, range(len(ids)), return_dtype=pl.Int64)
        self._owner = owner.to_list()
        self._shared = {**shared, "steps": len(steps), "problems": len(ids)}
        self._bootstrap = bootstrap
        self._scores, self._right = steps[judged].to_numpy(), _flags(steps[column])
        self._solutions = [
            (part[judged].to_numpy(), _flags(part[column]))
            for _, part in steps.group_by("problem_id", "solution", maintain_order=True)
        ]

    def _row(self, metric: str, value: float, **more: object) -> Row:
        return {**self._shared, "metric": metric, "value": _number(value), **more}

    def auc(self, metric: str) -> Row:
        """The AUC with its limits."""
        draws, seed = self._bootstrap.draws, self._bootstrap.seed
        low, high = auc_limits(self._scores, self._right, self._owner, draws, seed)
        value = auc(self._scores, self._right)
        return self._row(metric, value, low=_number(low), high=_number(high))

    def measures(self) -> Iterator[Row]:
        """All of them."""
        scores, right = self._scores, self._right
        yield self.auc("auc")
        found = first_error(self._solutions)
        yield self._row("first error f1", found.f1)
        yield self._row("first error, solutions with one", found.erroneous)
        yield self._row("first error, solutions without", found.correct)
        yield self._row("accuracy", accuracy(scores, right))
        yield self._row("share right", float(right.mean()))
        yield self._row("brier", brier(scores, right))
        bins = calibration(scores, right)
        yield self._row("calibration error", calibration_error(bins))
        for one in bins:
            yield self._row("bin: share right", one.right, bin=one.low, steps=one.steps)
            yield self._row("bin: mean score", one.score, bin=one.low, steps=one.steps)


def _flags(column: pl.Series) -> Truths:
    return column.to_numpy().astype(bool)


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
