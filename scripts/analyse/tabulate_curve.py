"""Make the Point table of one curve from the samples of its pool.

ask: a point per asked budget or effort. vote, oracle: a point per number k of samples drawn
together. finished: a point per token budget. Accuracy comes with two 95 % intervals: on new
problems of this kind, and on these problems with new samples.
"""

import argparse
import logging
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib.cli import existing, parser, run, spec_of
from scripts.lib.config.curves import (
    AskCurve,
    Curve,
    FinishedCurve,
    FromPool,
    OracleCurve,
    VoteCurve,
)
from scripts.lib.curves.rows import Bootstrap, Labels
from scripts.lib.curves.samples import CurveError, join_samples, select_samples
from scripts.lib.curves.single import ask_points, cut_below, finished_points
from scripts.lib.curves.subsets import (
    fewest_samples,
    oracle_points,
    sizes_of_draws,
    vote_points,
)
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Cost, Point, Trace, TrainingStep


def points_of(
    curve: FromPool, samples: pl.DataFrame, labels: Labels, bootstrap: Bootstrap
) -> pl.DataFrame:
    """The Point table of a curve.

    Args:
        curve: what to tabulate.
        samples: from `join_samples`, with the ends of the traces for a finished curve.
        labels: of the curve.
        bootstrap: for the intervals on new problems.

    Raises:
        CurveError: the samples do not hold what the curve needs.
    """
    chosen = select_samples(samples, curve)
    fewest = fewest_samples(chosen)
    logging.info(
        "%d samples of %d problems, %d or more each",
        chosen.height,
        chosen["problem_id"].n_unique(),
        fewest,
    )
    if isinstance(curve, AskCurve):
        return ask_points(chosen, labels, bootstrap)
    if isinstance(curve, FinishedCurve):
        points = finished_points(chosen, curve, labels, bootstrap)
        cut = cut_below(chosen, max(curve.budgets))
        if cut:
            logging.warning(
                "%d samples were cut off below %d tokens: there they count as not finished",
                cut,
                max(curve.budgets),
            )
        return points
    if not isinstance(curve, VoteCurve | OracleCurve):
        raise CurveError(f"{curve.method} curves cannot be made from samples yet")
    if chosen.height > fewest * chosen["problem_id"].n_unique():
        logging.warning("problems have unequal numbers of samples: k goes up to %d only", fewest)
    ks = sizes_of_draws(curve.k, fewest)
    if isinstance(curve.k, list) and len(ks) < len(set(curve.k)):
        left_out = sorted(set(curve.k) - set(ks))
        logging.warning("k = %s left out: more than the %d samples", left_out, fewest)
    make = vote_points if isinstance(curve, VoteCurve) else oracle_points
    return make(chosen, ks, labels, bootstrap)


def main() -> None:
    """Read the pool's tables, tabulate, write."""
    arguments = _arguments()
    train_flops = None
    if arguments.training is not None:
        train_flops = read_table(TrainingStep, arguments.training)["flops"].to_numpy().max()
    try:
        samples = join_samples(
            read_table(Answer, arguments.answers),
            read_table(Cost, arguments.costs),
            None if arguments.traces is None else read_table(Trace, arguments.traces),
        )
        labels = Labels(
            curve=arguments.curve,
            method=arguments.spec.method,
            benchmark=samples["benchmark"][0],
            model=arguments.model,
            origin=arguments.origin,
            train_flops=train_flops,
        )
        bootstrap = Bootstrap(arguments.bootstrap, arguments.seed)
        points = points_of(arguments.spec, samples, labels, bootstrap)
    except CurveError as error:
        raise CurveError(f"{arguments.curve}, from {arguments.answers}: {error}") from None
    write_table(Point, points, arguments.output)
    logging.info("wrote %d points to %s", points.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    curve: TypeAdapter[Curve] = TypeAdapter(Curve)
    arguments.add_argument("--spec", type=spec_of(curve), required=True, help="the curve as JSON")
    arguments.add_argument("--curve", required=True, help="name of the curve")
    arguments.add_argument("--model", required=True, help="name of the model")
    arguments.add_argument("--answers", type=existing, required=True, help="Answer table")
    arguments.add_argument("--costs", type=existing, required=True, help="Cost table")
    arguments.add_argument("--traces", type=existing, help="Trace table; finished curves need it")
    arguments.add_argument("--training", type=existing, help="training record of the model")
    arguments.add_argument("--origin", choices=["measured", "recorded"], required=True)
    arguments.add_argument("--bootstrap", type=int, default=10_000, help="draws")
    arguments.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    arguments.add_argument("--output", type=Path, required=True, help="Point table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
