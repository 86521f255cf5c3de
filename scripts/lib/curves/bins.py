"""Difficulty bins of problems, from samples that nothing else is measured on."""

import polars as pl

from scripts.lib.config.bins import Bins
from scripts.lib.curves.draw_costs import draw_costs
from scripts.lib.curves.samples import SETTING, CurveError, only_setting
from scripts.lib.curves.tables import Bin
from scripts.lib.estimators.bins import quantile_bins
from scripts.lib.tables import schema_of

FEW = 3


def bin_rows(samples: pl.DataFrame, bins: Bins) -> pl.DataFrame:
    """The Bin table of a pool, with what all samples of a problem cost together.

    A sample without a score counts 0, as one without an answer does: nothing speaks for it.

    Args:
        samples: from `join_samples`, and for bins by score from `with_scores` and `with_reading`.
        bins: what they go by.

    Raises:
        CurveError: samples are of several settings, problems have different numbers of them, or
            the scores are missing.
    """
    only_setting(samples, SETTING, "bins take the samples of one")
    if bins.by == "score" and "score" not in samples.columns:
        raise CurveError("bins by score need the scores of a verifier: give --scores")
    counts = samples.group_by("problem_id", maintain_order=True).len()
    n = int(counts["len"].max())  # type: ignore[arg-type]
    short = counts.filter(pl.col("len") < n)
    if short.height:
        shown = ", ".join(f"{problem} {own}" for problem, own in short.head(FEW).rows())
        raise CurveError(f"bins need {n} samples of every problem, as most have; not: {shown}")
    value = pl.col("correct") if bins.by == "pass1" else pl.col("score").fill_null(0.0)
    problems = samples.group_by("problem_id", maintain_order=True).agg(value.mean().alias("value"))
    costs = draw_costs(samples, [n])
    return problems.with_columns(
        bin=pl.Series(quantile_bins(problems["value"], bins.bins)),
        tokens=pl.Series(costs.tokens[:, 0]).fill_nan(None),
        flops=pl.Series(costs.flops[:, 0]).fill_nan(None),
    ).select(*schema_of(Bin))
