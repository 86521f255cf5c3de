"""Tabulate how often a right answer was among the samples and a verifier passed it over.

A row per curve and point, of best_of_n curves and of searches, with limits on new problems. Each
--curve begins a curve: --spec, --answers, --scores and --verifier after it are its own.
"""

import argparse
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from scripts.lib.cli import existing, parser, run, spec_of
from scripts.lib.config.curves import BestOfNCurve, Curve, SearchCurve
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.passed_over import passed_over_rows
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.scores import with_scores
from scripts.lib.search.tables import PassedOver, Step
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Answer


@dataclass
class CurveFiles:
    """One curve on the command line."""

    name: str
    spec: Curve | None = None
    answers: Path | None = None
    scores: Path | None = None
    verifier: str | None = None


class _NewCurve(argparse.Action):
    """--curve begins a curve."""

    def __call__(self, _parser: Any, namespace: Any, value: Any, _option: Any = None) -> None:
        namespace.curves = [*(namespace.curves or []), CurveFiles(value)]


class _OfCurve(argparse.Action):
    """An option that belongs to the curve begun last."""

    def __call__(self, parser: Any, namespace: Any, value: Any, option: Any = None) -> None:
        if not namespace.curves:
            parser.error(f"{option} belongs to a curve: it stands after --curve")
        setattr(namespace.curves[-1], self.dest, value)


def rows_of(files: CurveFiles, bootstrap: Bootstrap) -> list[dict[str, object]]:
    """The rows of one curve.

    Raises:
        CurveError: its files are missing, or do not hold what it needs.
    """
    curve = files.spec
    if not isinstance(curve, BestOfNCurve | SearchCurve):
        raise CurveError(f"{files.name}: --spec must be that of a best_of_n curve or a search")
    if files.answers is None or files.scores is None or files.verifier is None:
        raise CurveError(f"{files.name}: --answers, --scores and --verifier must follow --curve")
    answers, steps = read_table(Answer, files.answers), read_table(Step, files.scores)
    try:
        samples: pl.DataFrame = with_scores(answers, steps, files.verifier, curve.aggregate)
        rows = passed_over_rows(samples, curve, bootstrap)
    except CurveError as error:
        read = f"{files.answers}, {files.scores}"
        raise CurveError(f"{files.name}, from {read}: {error}") from None
    return [{"curve": files.name} | row for row in rows]


def main() -> None:
    """Read the curves' answers and scores, tabulate, write."""
    arguments = _arguments()
    bootstrap = Bootstrap(arguments.bootstrap, arguments.seed)
    rows = [
        row | {"label": arguments.labels[files.name]}
        for files in arguments.curves
        for row in rows_of(files, bootstrap)
    ]
    write_table(PassedOver, make_table(PassedOver, rows), arguments.output)
    logging.info("wrote %d rows to %s", len(rows), arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    curve: TypeAdapter[Curve] = TypeAdapter(Curve)
    add = arguments.add_argument
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--curve", dest="curves", action=_NewCurve, required=True, help="name of a curve")
    add("--spec", action=_OfCurve, type=spec_of(curve), help="the curve as JSON")
    add("--answers", action=_OfCurve, type=existing, help="Answer table of its pool")
    add("--scores", action=_OfCurve, type=existing, help="Step table of its verifier")
    add("--verifier", action=_OfCurve, help="name of that verifier")
    add_bootstrap(arguments)
    add("--output", type=Path, required=True, help="PassedOver table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
