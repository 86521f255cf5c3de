"""Points of one sample at a time: ask, and finished within a budget."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.curves import FinishedCurve
from scripts.lib.curves.rows import Bootstrap, Labels, Setting, point_rows, token_limits
from scripts.lib.curves.samples import CurveError, known_mean
from scripts.lib.estimators.intervals import plausible_chance, same_problems_interval
from scripts.lib.estimators.passk import pass_at_k

Floats = NDArray[np.float64]

EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"]


def ask_points(samples: pl.DataFrame, labels: Labels, bootstrap: Bootstrap) -> pl.DataFrame:
    """A point per asked budget (or effort): accuracy and costs of one sample.

    Within a problem samples and wordings are averaged, then problems are.

    Args:
        samples: from `join_samples` and `select_samples`.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: some samples were asked for nothing.
    """
    if samples.filter(pl.col("asked").is_null() & pl.col("effort").is_null()).height:
        raise CurveError(
            "an ask curve needs samples with an asked budget or effort; some have none"
        )
    samples = samples.with_columns(
        right=pl.col("correct"),
        # Unknown efforts go last, in the order of their names.
        rank=pl.col("effort").replace_strict(
            EFFORTS, range(len(EFFORTS)), default=len(EFFORTS), return_dtype=pl.Int64
        ),
        flops=pl.col("prompt_flops") + pl.col("flops"),
    ).sort("asked", "rank", "effort", maintain_order=True)
    points = []
    for (asked, effort), group in samples.group_by("asked", "effort", maintain_order=True):
        parts = [f"asked={asked}"] if asked is not None else []
        parts += [f"effort={effort}"] if effort is not None else []
        points.append(_one_sample(group, ",".join(parts), labels, bootstrap))
    return pl.concat(points)


def finished_points(
    samples: pl.DataFrame, curve: FinishedCurve, labels: Labels, bootstrap: Bootstrap
) -> pl.DataFrame:
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
    points = []
    for budget in sorted(set(curve.budgets)):
        within = pl.col("generated_tokens") <= budget
        stopped = samples.with_columns(
            right=pl.col("correct") & (pl.col("end") == "stop") & within,
            generated_tokens=pl.min_horizontal("generated_tokens", budget),
            serial_tokens=pl.min_horizontal("serial_tokens", budget),
            flops=pl.when(within).then(pl.col("prompt_flops") + pl.col("flops")),
            usd=pl.when(within).then("usd"),
        ).with_columns(
            # min_horizontal passes over nulls; an unknown count stays unknown.
            pl.when(samples[column].is_not_null()).then(column).alias(column)
            for column in ("generated_tokens", "serial_tokens")
        )
        points.append(_one_sample(stopped, f"budget={budget}", labels, bootstrap))
    return pl.concat(points)


def cut_below(samples: pl.DataFrame, budget: int) -> int:
    """Samples that were cut off at fewer tokens than `budget`: it may be they that it needs."""
    return samples.filter(
        (pl.col("end") == "length") & (pl.col("generated_tokens") < budget)
    ).height


def _one_sample(
    samples: pl.DataFrame, name: str, labels: Labels, bootstrap: Bootstrap
) -> pl.DataFrame:
    """The point of one setting, whose samples hold `right` (null where unknown)."""
    costs = ["generated_tokens", "serial_tokens", "flops", "usd"]
    problems = samples.group_by("problem_id", maintain_order=True).agg(
        known_mean("right"),
        pl.col("right").sum().alias("rights"),
        pl.len().alias("n"),
        *(known_mean(cost) for cost in costs),
    )
    tokens, serial_tokens, flops, usd = problems.select(known_mean(cost) for cost in costs).row(0)
    asked = samples["asked"].unique()
    setting = Setting(
        name=name,
        n=1,
        asked=asked[0] if len(asked) == 1 else None,
        tokens=tokens,
        token_limits=token_limits(problems["generated_tokens"], bootstrap),
        serial_tokens=serial_tokens,
        flops=flops,
        usd=usd,
    )
    values = problems["right"].cast(pl.Float64).fill_null(np.nan).to_numpy()[:, None]
    n, right = problems["n"].to_numpy(), problems["rights"].to_numpy()
    chance = plausible_chance(
        pass_at_k(n, right, [1]), pass_at_k(n + 1, right + 1, [1]), pass_at_k(n + 1, right, [1])
    )
    same = same_problems_interval(np.clip(values.mean(axis=0), 0, 1), chance, n, [1])
    return point_rows(labels, [setting], values, same, bootstrap)
