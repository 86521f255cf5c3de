"""Points of the best of k samples by the score of a verifier."""

import logging
from collections.abc import Sequence

import polars as pl

from scripts.lib.config.curves import BestOfNCurve
from scripts.lib.curves.draw_costs import draw_costs
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels, point_rows
from scripts.lib.curves.selection import selected
from scripts.lib.estimators.intervals import (
    chance_sizes,
    plausible_chance,
    same_problems_interval,
)


def best_of_points(
    samples: pl.DataFrame,
    curve: BestOfNCurve,
    ks: Sequence[int],
    labels: Labels,
    bootstrap: Bootstrap,
) -> CurveTables:
    """A point per k: the best of k samples, drawn without replacement (selection.selected).

    A point costs the generation of k samples, their prompt once, and what the verifier reads of
    them.

    Args:
        samples: from `join_samples`, `with_scores`, `with_reading` and `select_samples`.
        curve: how one of the samples is chosen.
        ks: sizes of the draw, from `sizes_of_draws`.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: samples have no scores, or an empty answer is marked right.
    """
    n = samples.group_by("problem_id", maintain_order=True).len()["len"].to_numpy()
    sizes = chance_sizes(n, ks)
    both = sorted({*ks, *sizes})
    chosen = selected(samples, curve.select, both)
    places = [both.index(k) for k in ks]
    values, errors = chosen.values[:, places], chosen.mean_errors()[places]
    if errors.any():
        told = ", ".join(f"{error:.2g} at k={k}" for k, error in zip(ks, errors, strict=True))
        logging.info("%s: Monte-Carlo error of the accuracies: %s", labels.curve, told)
    scatter = chosen.values[:, [both.index(size) for size in sizes]]
    # One sample more, right or wrong, that is as likely to be chosen as any other.
    share = 1 / (n[:, None] + 1)
    others = scatter * (1 - share)
    chance = plausible_chance(scatter, others + share, others)
    same = same_problems_interval(values.mean(axis=0), chance, n, ks)
    costs = draw_costs(samples, ks)
    settings = costs.settings(samples, bootstrap)
    points = point_rows(labels, settings, values, same, bootstrap)
    return CurveTables(points, costs.outcomes(labels.curve, settings, values))
