"""From the samples of a pool to the tables of a curve, whatever its method."""

import logging

import polars as pl

from scripts.lib.config.curves import (
    AskCurve,
    BestOfNCurve,
    ControlCurve,
    FinishedCurve,
    ForcingCurve,
    FromPool,
    OracleCurve,
    RejectionCurve,
    RevisionCurve,
    SearchCurve,
    VoteCurve,
)
from scripts.lib.curves.best_of import best_of_points
from scripts.lib.curves.length import control_points, forcing_points, revision_points
from scripts.lib.curves.rejection import rejection_points
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels
from scripts.lib.curves.samples import select_samples
from scripts.lib.curves.searched import search_points
from scripts.lib.curves.single import ask_points, cut_below, finished_points
from scripts.lib.curves.subsets import (
    fewest_samples,
    oracle_points,
    sizes_of_draws,
    vote_points,
)
from scripts.lib.curves.sweep import sweep_points


def curve_tables(
    curve: FromPool, samples: pl.DataFrame, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """The Point and Outcome tables of a curve over one pool.

    Args:
        curve: what to tabulate.
        samples: from `join_samples`, with the ends of the traces for a finished curve, and from
            `with_scores` where a verifier chooses.
        labels: of the curve.
        bootstrap: for the intervals on new problems.

    Raises:
        CurveError: the samples do not hold what the curve needs.
    """
    chosen = select_samples(samples, curve)
    logging.info(
        "%d samples of %d problems, %d or more each",
        chosen.height,
        chosen["problem_id"].n_unique(),
        fewest_samples(chosen),
    )
    match curve:
        case AskCurve():
            tables = ask_points(chosen, labels, bootstrap)
        case FinishedCurve():
            tables = _finished(chosen, curve, labels, bootstrap)
        case ForcingCurve():
            tables = forcing_points(chosen, curve, labels, bootstrap)
        case ControlCurve():
            tables = control_points(chosen, curve, labels, bootstrap)
        case RejectionCurve():
            tables = rejection_points(chosen, curve, labels, bootstrap)
        case RevisionCurve():
            tables = _revised(chosen, curve, labels, bootstrap)
        case SearchCurve():
            tables = search_points(chosen, curve, labels, bootstrap)
        case VoteCurve() | OracleCurve() | BestOfNCurve():
            tables = _drawn_together(chosen, curve, labels, bootstrap)
    return tables


def _revised(
    chosen: pl.DataFrame, curve: RevisionCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    if curve.attempts is None:
        return revision_points(chosen, labels, bootstrap)
    return sweep_points(chosen, curve, labels, bootstrap)


def _finished(
    chosen: pl.DataFrame, curve: FinishedCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    tables = finished_points(chosen, curve, labels, bootstrap)
    cut = cut_below(chosen, max(curve.budgets))
    if cut:
        logging.warning(
            "%d samples were cut off below %d tokens: there they count as not finished",
            cut,
            max(curve.budgets),
        )
    return tables


def _drawn_together(
    chosen: pl.DataFrame,
    curve: VoteCurve | OracleCurve | BestOfNCurve,
    labels: Labels,
    bootstrap: Bootstrap,
) -> CurveTables:
    fewest = fewest_samples(chosen)
    if chosen.height > fewest * chosen["problem_id"].n_unique():
        logging.warning("problems have unequal numbers of samples: k goes up to %d only", fewest)
    ks = sizes_of_draws(curve.k, fewest)
    if isinstance(curve.k, list) and len(ks) < len(set(curve.k)):
        left_out = sorted(set(curve.k) - set(ks))
        logging.warning("k = %s left out: more than the %d samples", left_out, fewest)
    if isinstance(curve, BestOfNCurve):
        return best_of_points(chosen, curve, ks, labels, bootstrap)
    make = vote_points if isinstance(curve, VoteCurve) else oracle_points
    return make(chosen, ks, labels, bootstrap)
