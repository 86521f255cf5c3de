"""Points of k samples drawn from a pool: majority vote and oracle (pass@k)."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.curves import Counts
from scripts.lib.curves.draw_costs import draw_costs
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels, point_rows
from scripts.lib.curves.samples import CurveError, refuse_right_without_answer
from scripts.lib.estimators.intervals import (
    chance_sizes,
    plausible_chance,
    same_problems_interval,
)
from scripts.lib.estimators.passk import pass_at_k
from scripts.lib.estimators.vote import Tally, expected_votes

Floats = NDArray[np.float64]
Evaluate = Callable[[Sequence[int]], Floats]
"""From sizes of the draw to the value of each problem, shape (problems, sizes)."""


def sizes_of_draws(counts: Counts, n: int) -> list[int]:
    """The k of a curve, in rising order, as far as a pool of `n` samples per problem goes.

    Raises:
        CurveError: none of them fits.
    """
    if counts == "all":
        return list(range(1, n + 1))
    if counts == "doubling":
        return [2**power for power in range(n.bit_length())]
    sizes = sorted({k for k in counts if k <= n})
    if not sizes:
        raise CurveError(f"k: every size is above the {n} samples of a problem: {counts}")
    return sizes


def fewest_samples(samples: pl.DataFrame) -> int:
    """The smallest number of samples of a problem."""
    return int(samples.group_by("problem_id").len()["len"].min())  # type: ignore[arg-type]


def vote_points(
    samples: pl.DataFrame, ks: Sequence[int], labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per k: the expected majority vote of k samples, drawn without replacement.

    Args:
        samples: from `join_samples` and `select_samples`.
        ks: sizes of the draw, from `sizes_of_draws`.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: an empty answer is marked right.
    """
    refuse_right_without_answer(samples)
    tallies = tallies_of(samples)
    return _points(
        samples,
        ks,
        seen=lambda sizes: expected_votes(tallies, sizes),
        one_right=lambda sizes: expected_votes([t.with_one_more(True) for t in tallies], sizes),
        one_wrong=lambda sizes: expected_votes([t.with_one_more(False) for t in tallies], sizes),
        labels=labels,
        bootstrap=bootstrap,
    )


def tallies_of(samples: pl.DataFrame) -> list[Tally]:
    """The answers of each problem, counted, in the order in which problems first appear.

    Args:
        samples: with `problem_id`, `answer_class` (null for an empty answer) and `correct`.
    """
    counted = (
        samples.group_by("problem_id", "answer_class", maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("correct").sum().alias("right"))
        .group_by("problem_id", maintain_order=True)
        .agg("answer_class", "count", "right")
    )
    tallies = []
    for _, classes, counts, right in counted.rows():
        known = [(c, r) for a, c, r in zip(classes, counts, right, strict=True) if a is not None]
        empty = sum(counts) - sum(count for count, _ in known)
        tallies.append(Tally(tuple((count, hits / count) for count, hits in known), empty))
    return tallies


def oracle_points(
    samples: pl.DataFrame, ks: Sequence[int], labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per k: pass@k, what a perfect verifier would reach with k samples.

    Arguments are those of `vote_points`.
    """
    problems = samples.group_by("problem_id", maintain_order=True).agg(
        pl.len().alias("n"), pl.col("correct").sum()
    )
    n, correct = problems["n"].to_numpy(), problems["correct"].to_numpy()
    return _points(
        samples,
        ks,
        seen=lambda sizes: pass_at_k(n, correct, sizes),
        one_right=lambda sizes: pass_at_k(n + 1, correct + 1, sizes),
        one_wrong=lambda sizes: pass_at_k(n + 1, correct, sizes),
        labels=labels,
        bootstrap=bootstrap,
    )


def _points(
    samples: pl.DataFrame,
    ks: Sequence[int],
    seen: Evaluate,
    one_right: Evaluate,
    one_wrong: Evaluate,
    labels: Labels,
    bootstrap: Bootstrap,
) -> CurveTables:
    """Points from the value of the pool, and of the pool with one sample more."""
    n = samples.group_by("problem_id", maintain_order=True).len()["len"].to_numpy()
    sizes = chance_sizes(n, ks)
    both = sorted({*ks, *sizes})
    table = seen(both)
    values = table[:, [both.index(k) for k in ks]]
    scatter = table[:, [both.index(size) for size in sizes]]
    chance = plausible_chance(scatter, one_right(sizes), one_wrong(sizes))
    same = same_problems_interval(values.mean(axis=0), chance, n, ks)
    costs = draw_costs(samples, ks)
    settings = costs.settings(samples, bootstrap)
    points = point_rows(labels, settings, values, same, bootstrap)
    return CurveTables(points, costs.outcomes(labels.curve, settings, values))
