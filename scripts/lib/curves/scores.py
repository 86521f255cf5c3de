"""Samples beside what a verifier makes of them: a score each, and what reading them took."""

import logging

import polars as pl

from scripts.lib.accounting import ModelSize, prompt_flops
from scripts.lib.config.searched import Aggregate
from scripts.lib.curves.samples import CurveError
from scripts.lib.tables import SAMPLE_KEY

FEW = 3

SCORE = pl.col("score")
AGGREGATES: dict[Aggregate, pl.Expr] = {
    "last": SCORE.get(pl.col("step").arg_max()),
    "min": SCORE.min(),
    "product": SCORE.product(),
    "mean": SCORE.mean(),
}
"""One score of all steps of a sample, over its rows in a Step table, which need no order."""

CHOICE = (
    pl.when(pl.col("answer_class").is_null())
    .then(-2.0)
    .when(pl.col("score").is_null())
    .then(-1.0)
    .otherwise(SCORE)
    .alias("choice")
)
"""By what the best of several samples is chosen: its score. One without a score is chosen only
among others without, and one without an answer only among such, as nobody can use it."""


def with_scores(
    samples: pl.DataFrame, steps: pl.DataFrame, verifier: str, aggregate: Aggregate
) -> pl.DataFrame:
    """Samples with the column `score`, null for those without scored steps.

    Args:
        samples: with the columns of SAMPLE_KEY, such as an Answer table.
        steps: the Step table of their pool.
        verifier: whose scores they must be.
        aggregate: how the scores of steps become one.

    Raises:
        CurveError: steps are of another verifier, or of samples that are not there.
    """
    others = sorted(set(steps["scorer"]) - {verifier})
    if others:
        raise CurveError(f"scores of {', '.join(others)}; those of {verifier} are needed")
    scores = steps.group_by(SAMPLE_KEY).agg(AGGREGATES[aggregate])
    lost = scores.join(samples, on=SAMPLE_KEY, how="anti", nulls_equal=True)
    if lost.height:
        shown = "; ".join(str(row) for row in lost.sort(SAMPLE_KEY).head(FEW).rows())
        raise CurveError(f"{lost.height} samples with scores are not in the pool: {shown}")
    without = samples.height - scores.height
    if without:
        logging.info("%d of %d samples have no scored steps", without, samples.height)
    return _beside(samples, scores)


def with_reading(samples: pl.DataFrame, steps: pl.DataFrame, size: ModelSize) -> pl.DataFrame:
    """Samples with what a verifier took that read each of them once, step after step.

    `read_tokens` and `read_flops` are that without the prompt before the first step, 0 where
    nothing was read. `read_prompt_tokens` and `read_prompt_flops` are the prompt, which is read
    once for all samples of a problem and wording; null where nothing was read. FLOPs follow from
    tokens as those of generation do (accounting.cost_table), null where the size is unknown.

    Args:
        samples: with the columns of SAMPLE_KEY, such as an Answer table.
        steps: the Step table of their pool.
        size: of the verifier.
    """
    read = steps.group_by(SAMPLE_KEY).agg(
        pl.col("tokens").sum().alias("read_tokens"),
        pl.col("prompt_tokens").first().alias("read_prompt_tokens"),
    )
    prompt = pl.col("read_prompt_tokens")
    everything = prompt_flops(prompt + pl.col("read_tokens"), size)
    after = everything - prompt_flops(prompt, size)
    return _beside(samples, read).with_columns(
        pl.col("read_tokens").fill_null(0),
        pl.when(prompt.is_null()).then(pl.lit(0.0)).otherwise(after).alias("read_flops"),
        prompt_flops(prompt, size).alias("read_prompt_flops"),
    )


def with_read_prompt(samples: pl.DataFrame, steps: pl.DataFrame, size: ModelSize) -> pl.DataFrame:
    """Samples of a search with the prompt that its verifier read, as `with_reading` has it.

    What the verifier read besides, the costs of a search hold. Arguments are those of
    `with_reading`.
    """
    return with_reading(samples, steps, size).drop("read_tokens", "read_flops")


def _beside(samples: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return samples.join(other, on=SAMPLE_KEY, how="left", nulls_equal=True, maintain_order="left")
