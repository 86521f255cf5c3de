"""How often a right answer was among the samples and the verifier passed it over."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from scripts.lib.config.curves import BestOfNCurve, SearchCurve
from scripts.lib.curves.rows import Bootstrap, Floats
from scripts.lib.curves.samples import select_samples
from scripts.lib.curves.searched import searches_of
from scripts.lib.curves.selection import selected
from scripts.lib.curves.subsets import fewest_samples, sizes_of_draws
from scripts.lib.estimators.bootstrap import TAILS, resampled_means
from scripts.lib.estimators.intervals import new_problems_interval
from scripts.lib.estimators.passk import pass_at_k


@dataclass(frozen=True)
class Passed:
    """One point of a curve.

    `found` and `chosen` are the chances that a right answer is among the n samples and that it is
    chosen, shape (problems,); `auc` that of the verifier, for problems which have one.
    """

    n: int
    found: Floats
    chosen: Floats
    auc: Floats


def passed_over_rows(
    samples: pl.DataFrame, curve: BestOfNCurve | SearchCurve, bootstrap: Bootstrap
) -> list[dict[str, object]]:
    """The rows of a PassedOver table for one curve, without its name and label.

    Args:
        samples: an Answer table with the scores of `with_scores`.
        curve: how one of the samples is chosen.
        bootstrap: for the limits on new problems.

    Raises:
        CurveError: the samples do not hold what the curve needs.
    """
    chosen = select_samples(samples, curve)
    return [_row(passed, chosen["benchmark"][0], bootstrap) for passed in _points(chosen, curve)]


def aucs(samples: pl.DataFrame) -> Floats:
    """Within each problem, the chance that a right answer has a better score than a wrong one.

    Equal scores count half (Mann and Whitney, 1947, "On a test of whether one of two random
    variables is stochastically larger than the other"). Samples without an answer or a score are
    left out, as are problems that have only right or only wrong answers then.

    Returns:
        Array of shape (problems that have both,).
    """
    known = samples.filter(pl.col("answer_class").is_not_null() & pl.col("score").is_not_null())
    ranked = known.with_columns(pl.col("score").rank("average").over("problem_id").alias("rank"))
    problems = ranked.group_by("problem_id", maintain_order=True).agg(
        pl.col("rank").filter("correct").sum(),
        pl.col("correct").sum().cast(pl.Float64).alias("right"),
        (~pl.col("correct")).sum().cast(pl.Float64).alias("wrong"),
    )
    both = problems.filter((pl.col("right") > 0) & (pl.col("wrong") > 0))
    below = pl.col("rank") - pl.col("right") * (pl.col("right") + 1) / 2
    value = both.select(below / (pl.col("right") * pl.col("wrong"))).to_series()
    return np.asarray(value.to_numpy(), dtype=np.float64)


def _points(samples: pl.DataFrame, curve: BestOfNCurve | SearchCurve) -> Iterator[Passed]:
    """The points of a curve; a smaller draw has the verifier that the whole pool has."""
    if isinstance(curve, BestOfNCurve):
        ks = sizes_of_draws(curve.k, fewest_samples(samples))
        found, chosen, auc = _found(samples, ks), selected(samples, curve.select, ks), aucs(samples)
        for place, k in enumerate(ks):
            yield Passed(k, found[:, place], chosen.values[:, place], auc)
        return
    for beams, repeats in searches_of(samples):
        right = [selected(one, curve.select, [beams]).values[:, 0] for one in repeats]
        there = [_found(one, [beams])[:, 0] for one in repeats]
        yield Passed(beams, _mean(there), _mean(right), aucs(pl.concat(repeats)))


def _mean(repeats: list[Floats]) -> Floats:
    return np.asarray(np.mean(repeats, axis=0))


def _found(samples: pl.DataFrame, ks: list[int]) -> Floats:
    """pass@k of each problem, shape (problems, ks)."""
    problems = samples.group_by("problem_id", maintain_order=True).agg(
        pl.len().alias("n"), pl.col("correct").sum()
    )
    return pass_at_k(problems["n"].to_numpy(), problems["correct"].to_numpy(), ks)


def _row(passed: Passed, benchmark: str, bootstrap: Bootstrap) -> dict[str, object]:
    # What is chosen right is among the samples; random draws may say otherwise by their error.
    over = np.clip(passed.found - passed.chosen, 0, 1)
    row: dict[str, object] = {
        "benchmark": benchmark,
        "setting": f"k={passed.n}",
        "n": passed.n,
        "problems": len(over),
        "auc_problems": len(passed.auc),
    }
    columns = {"found": passed.found, "chosen": passed.chosen, "passed_over": over}
    if len(passed.auc):
        columns["auc"] = passed.auc
    for name, values in columns.items():
        low, high = new_problems_interval(values[:, None], bootstrap.draws, bootstrap.seed)[0]
        mean = float(np.clip(values.mean(), 0, 1))
        row |= {name: mean, f"low_{name}": float(low), f"high_{name}": float(high)}
    return row | _of_found(over, passed.found, bootstrap)


def _of_found(over: Floats, found: Floats, bootstrap: Bootstrap) -> dict[str, object]:
    """The share of what was found that was passed over; nothing where nothing was found."""
    if found.sum() == 0:
        return {}
    means = resampled_means(np.column_stack([over, found]), bootstrap.draws, bootstrap.seed)
    ratios = means[means[:, 1] > 0]
    low, high = np.quantile(ratios[:, 0] / ratios[:, 1], TAILS)
    return {
        "share": float(over.sum() / found.sum()),
        "low_share": float(low),
        "high_share": float(high),
    }
