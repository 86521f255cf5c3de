"""The points that tell the shape of a curve, and how sure they are."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.values import values_of
from scripts.lib.estimators.bootstrap import resampled_means
from scripts.lib.estimators.budgets import budgets_of

Floats = NDArray[np.float64]

MANY = 14
"""Of more points than these, over every number of samples, those at doublings are taken."""


@dataclass(frozen=True)
class ShapeData:
    """A curve's points in the order of their compute, and the numbers of their budgets.

    `values` are the accuracies of each problem at each point, shape (problems, points), None
    where they are unknown; `drawn` are draws of the mean curve, shape (draws, points).
    """

    settings: list[str]
    x: Floats
    budgets: NDArray[np.int64]
    accuracy: Floats
    values: Floats | None
    drawn: Floats
    bootstrap: Bootstrap


def shape_points(points: pl.DataFrame, x: str) -> pl.DataFrame:
    """The points of a curve with an accuracy and compute above 0, in the order of their compute.

    Of a curve over every number of samples from 1 on, those at doublings and the last: most points
    would lie close together at the end, and neighbours, which share samples, say the same.

    Raises:
        CurveError: the curve has accuracies, but its compute is unknown in all of them.
    """
    told = points.drop_nulls("accuracy")
    if told.height and told[x].null_count() == told.height:
        raise CurveError(
            f"{told['curve'][0]}: column {x!r} is unknown at all of its points: choose another x "
            "for this curve (x_of), or leave it out"
        )
    known = told.drop_nulls(x).filter(pl.col(x) > 0).sort(x, maintain_order=True)
    if known.height > MANY and known["n"].sort().to_list() == [*range(1, known.height + 1)]:
        doublings = [2**power for power in range(known.height.bit_length())]
        known = known.filter(pl.col("n").is_in([*doublings, known.height]))
    return known


def shape_data(
    points: pl.DataFrame, x: str, outcomes: pl.DataFrame | None, bootstrap: Bootstrap
) -> ShapeData:
    """A curve's points with draws of them.

    Without outcomes these are binomial counts at each point: of n problems with r right, about
    the observed accuracy, with the scatter of a chance (r + 1/2) / (n + 1), for 0 or all
    right do not mean that nothing scatters. Points are then drawn apart, as if each had problems of
    its own.

    Args:
        points: from `shape_points`.
        x: the column of compute.
        outcomes: the curve's Outcome table, if it has samples.
        bootstrap: draws and seed.

    Raises:
        CurveError: a setting lacks problems that others have, or their accuracy.
    """
    settings = points["setting"].to_list()
    accuracy = points["accuracy"].to_numpy().astype(np.float64)
    compute = points[x].cast(pl.Float64).to_numpy()
    budgets = budgets_of(compute)
    if outcomes is not None:
        values = values_of(outcomes, settings)
        drawn = resampled_means(values, bootstrap.draws, bootstrap.seed)
        mean = np.clip(values.mean(axis=0), 0, 1)
        return ShapeData(settings, compute, budgets, mean, values, drawn, bootstrap)
    problems = points["problems"].to_numpy()
    chance = (accuracy * problems + 0.5) / (problems + 1)
    generator = np.random.default_rng(bootstrap.seed)
    counts = generator.binomial(problems, chance, size=(bootstrap.draws, len(chance)))
    drawn = accuracy + counts / problems - chance
    return ShapeData(settings, compute, budgets, accuracy, None, drawn, bootstrap)
