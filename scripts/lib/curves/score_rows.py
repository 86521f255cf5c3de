"""A verifier's scores along solutions: how they are spread, where a solution is right or wrong."""

import polars as pl

from scripts.lib.tables import SAMPLE_KEY

QUANTILES = {"low": 0.1, "quarter": 0.25, "median": 0.5, "three_quarters": 0.75, "high": 0.9}


def score_rows(answers: pl.DataFrame, steps: pl.DataFrame, parts: int) -> pl.DataFrame:
    """Quantiles of the scores in equal parts of right and of wrong solutions.

    The first step of a solution is in the first part, the last one in the last, and those between
    in equal distances; a solution with fewer steps than parts leaves some empty, and of one step
    alone it is the last part. Each N of a search has rows of its own.

    Args:
        answers: an Answer table.
        steps: the Step table of its samples.
        parts: how many.

    Returns:
        ScoreRow columns from `beams` on, sorted; without the samples that have no scores.
    """
    joined = steps.join(
        answers.select(*SAMPLE_KEY, "correct"), on=SAMPLE_KEY, how="left", nulls_equal=True
    ).filter(pl.col("correct").is_not_null())
    count = pl.len().over(SAMPLE_KEY)
    place = pl.col("step").rank("ordinal").over(SAMPLE_KEY) - 1
    # Of one step alone: it is the last.
    share = pl.when(count > 1).then(place / (count - 1)).otherwise(1.0)
    part = (share * parts).floor().cast(pl.Int64).clip(0, parts - 1) + 1
    grouped = joined.with_columns(part=part).group_by("beams", "correct", "part")
    quantiles = [
        pl.col("score").quantile(share, interpolation="linear").alias(name)
        for name, share in QUANTILES.items()
    ]
    found = grouped.agg(
        pl.struct(SAMPLE_KEY).n_unique().cast(pl.Int64).alias("samples"),
        pl.len().cast(pl.Int64).alias("steps"),
        *quantiles,
    )
    return found.sort("beams", "correct", "part", nulls_last=False)
