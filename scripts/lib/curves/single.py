"""Points of one sample at a time: the point itself, ask, and finished within a budget."""

import logging

import numpy as np
import polars as pl

from scripts.lib.config.curves import FinishedCurve
from scripts.lib.curves.rows import (
    Bootstrap,
    CurveTables,
    Labels,
    Setting,
    outcome_rows,
    point_rows,
    together,
    token_limits,
)
from scripts.lib.curves.samples import CurveError, known_mean, only_setting
from scripts.lib.estimators.intervals import plausible_chance, same_problems_interval
from scripts.lib.estimators.passk import pass_at_k

EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"]


def ask_points(samples: pl.DataFrame, labels: Labels, bootstrap: Bootstrap) -> CurveTables:
    """A point per asked budget (or effort): accuracy and costs of one sample.

    Within a problem samples and wordings are averaged, then problems are.

    Args:
        samples: from `join_samples` and `select_samples`.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: some samples were asked for nothing, or at several forced budgets.
    """
    if samples.filter(pl.col("asked").is_null() & pl.col("effort").is_null()).height:
        raise CurveError(
            "an ask curve needs samples with an asked budget or effort; some have none"
        )
    samples = priced(samples).with_columns(
        # Unknown efforts go last, in the order of their names.
        rank=pl.col("effort").replace_strict(
            EFFORTS, range(len(EFFORTS)), default=len(EFFORTS), return_dtype=pl.Int64
        ),
    )
    samples = samples.sort("asked", "rank", "effort", maintain_order=True)
    points = []
    for (asked, effort), group in samples.group_by("asked", "effort", maintain_order=True):
        only_setting(group, ["budget", "waits"], "an ask curve takes one at each asked budget")
        parts = [f"asked={asked}"] if asked is not None else []
        parts += [f"effort={effort}"] if effort is not None else []
        points.append(one_sample(group, ",".join(parts), labels, bootstrap))
    return together(points)


def finished_points(
    samples: pl.DataFrame, curve: FinishedCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per budget T: share of samples that end by themselves within T and are right.

    A sample costs what it generates up to T. FLOPs and dollars of a sample stopped at T are not
    recorded, so they are known only for budgets that stop none.

    Args:
        samples: from `join_samples` with traces, and `select_samples`.
        curve: with its budgets.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: the samples come without their ends.
    """
    if "end" not in samples.columns:
        raise CurveError("a finished curve needs the ends of its samples: give --traces")
    counts = ("generated_tokens", "serial_tokens", "thinking_tokens")
    samples = priced(samples)
    points = []
    for budget in sorted(set(curve.budgets)):
        within = pl.col("generated_tokens") <= budget
        stopped = samples.with_columns(
            right=pl.col("correct") & (pl.col("end") == "stop") & within,
            flops=pl.when(within).then("flops"),
            usd=pl.when(within).then("usd"),
            budget=pl.lit(budget, dtype=pl.Int64),
            **{count: pl.min_horizontal(count, budget) for count in counts},
        ).with_columns(
            # min_horizontal passes over nulls; an unknown count stays unknown.
            pl.when(samples[count].is_not_null()).then(count).alias(count)
            for count in counts
        )
        points.append(one_sample(stopped, f"budget={budget}", labels, bootstrap))
    return together(points)


def cut_below(samples: pl.DataFrame, budget: int) -> int:
    """Samples that were cut off at fewer tokens than `budget`: it may be they that it needs."""
    return samples.filter(
        (pl.col("end") == "length") & (pl.col("generated_tokens") < budget)
    ).height


def priced(samples: pl.DataFrame) -> pl.DataFrame:
    """Samples that each pay for their own prompt, and are right where they are correct."""
    return samples.with_columns(
        right=pl.col("correct"), flops=pl.col("prompt_flops") + pl.col("flops")
    )


def one_sample(
    samples: pl.DataFrame, name: str, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """The point of one setting: accuracy and costs of one sample.

    Args:
        samples: from `priced`, with `right` (null where unknown) and, where the setting names a
            limit of length, `obeyed`.
        name: of the setting.
        labels: of the curve.
        bootstrap: for the interval on new problems.
    """
    costs = ["thinking_tokens", "generated_tokens", "serial_tokens", "flops", "usd"]
    costs += ["verifier_tokens", "verifier_flops"]
    unknown = samples["thinking_tokens"].null_count()
    if 0 < unknown < samples.height:
        logging.warning(
            "%s, %s: thinking tokens are unknown of %d of %d samples",
            labels.curve,
            name,
            unknown,
            samples.height,
        )
    if "obeyed" not in samples.columns:
        samples = samples.with_columns(obeyed=pl.lit(None, dtype=pl.Boolean))
    problems = samples.group_by("problem_id", maintain_order=True).agg(
        known_mean("right"),
        known_mean("obeyed"),
        pl.col("right").sum().alias("rights"),
        pl.len().alias("n"),
        *(known_mean(cost) for cost in costs),
    )
    thinking, tokens, serial_tokens, flops, usd, *verifier = problems.select(
        known_mean(cost) for cost in costs
    ).row(0)
    setting = Setting(
        name=name,
        n=1,
        asked=_the_same(samples["asked"]),
        budget=_the_same(samples["budget"]),
        waits=_the_same(samples["waits"]),
        thinking_tokens=thinking,
        tokens=tokens,
        token_limits=token_limits(problems["generated_tokens"], bootstrap),
        serial_tokens=serial_tokens,
        flops=flops,
        usd=usd,
        verifier_tokens=verifier[0],
        verifier_flops=verifier[1],
    )
    values = problems["right"].cast(pl.Float64).fill_null(np.nan).to_numpy()[:, None]
    n, right = problems["n"].to_numpy(), problems["rights"].to_numpy()
    chance = plausible_chance(
        pass_at_k(n, right, [1]), pass_at_k(n + 1, right + 1, [1]), pass_at_k(n + 1, right, [1])
    )
    same = same_problems_interval(np.clip(values.mean(axis=0), 0, 1), chance, n, [1])
    outcomes = outcome_rows(
        labels.curve,
        name,
        problems["problem_id"],
        problems["right"],
        thinking_tokens=problems["thinking_tokens"],
        tokens=problems["generated_tokens"],
        flops=problems["flops"],
        obeyed=problems["obeyed"],
    )
    return CurveTables(point_rows(labels, [setting], values, same, bootstrap), outcomes)


def _the_same(column: pl.Series) -> int | None:
    """The value of all samples; None where they differ."""
    values = column.unique()
    return values[0] if len(values) == 1 else None
