"""Points of trained models: one a pool, or one a group of pools that differ in a seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from scripts.lib.config.curves import SftCurve
from scripts.lib.curves.rows import (
    Bootstrap,
    CurveTables,
    Floats,
    Labels,
    together,
    token_limits,
)
from scripts.lib.curves.samples import CurveError, select_samples
from scripts.lib.curves.single import one_sample, priced
from scripts.lib.estimators.seeds import seeds_half_width, seeds_interval

MEANS = ["thinking_tokens", "tokens", "serial_tokens", "flops", "train_flops", "usd", "accuracy"]
SHARED = ["asked", "budget", "waits", "train_examples"]


@dataclass(frozen=True)
class ModelSamples:
    """The samples of one pool, from `join_samples`, with the labels of its model."""

    pool: str
    samples: pl.DataFrame
    labels: Labels


def sft_points(curve: SftCurve, pools: Sequence[ModelSamples], bootstrap: Bootstrap) -> CurveTables:
    """A point per pool, named by its model, or a point per group, named by the group.

    Args:
        curve: with its pools or groups, and what to select of each.
        pools: in the order of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: pools are of several benchmarks, or lack what the curve selects; pools of a
            group have different problems.
    """
    benchmarks = sorted({pool.labels.benchmark for pool in pools})
    if len(benchmarks) > 1:
        raise CurveError(f"an sft curve takes pools of one benchmark, not {', '.join(benchmarks)}")
    if curve.groups is None:
        return together([_one_pool(curve, pool, pool.labels.model, bootstrap) for pool in pools])
    by_name = {pool.pool: pool for pool in pools}
    return together(
        [
            _group(curve, name, [by_name[pool] for pool in members], bootstrap)
            for name, members in curve.groups.items()
        ]
    )


def training_setting(group: str, pool: str) -> str:
    """Under which setting the Outcome table keeps one training of a group."""
    return f"{group}: {pool}"


def trainings_of(outcomes: pl.DataFrame, setting: str) -> Floats | None:
    """Accuracy of each problem under each training of a group; None if it is no group.

    Args:
        outcomes: an Outcome table.
        setting: the group.

    Returns:
        Array of shape (problems, trainings), problems in the order of the group's own rows.
    """
    own = outcomes.filter(pl.col("setting") == setting).select("problem_id")
    each = outcomes.filter(pl.col("setting").str.starts_with(f"{setting}: "))
    if each.is_empty():
        return None
    columns = [
        own.join(rows, on="problem_id", how="left", maintain_order="left")["accuracy"].to_numpy()
        for rows in each.partition_by("setting", maintain_order=True)
    ]
    return np.column_stack(columns)


def _one_pool(
    curve: SftCurve, pool: ModelSamples, setting: str, bootstrap: Bootstrap
) -> CurveTables:
    try:
        chosen = select_samples(pool.samples, curve)
    except CurveError as error:
        raise CurveError(f"pool {pool.pool}: {error}") from None
    return one_sample(priced(chosen), setting, pool.labels, bootstrap)


def _group(
    curve: SftCurve, name: str, members: Sequence[ModelSamples], bootstrap: Bootstrap
) -> CurveTables:
    """The mean over trainings, with the intervals of `seeds_interval`."""
    each = [_one_pool(curve, m, training_setting(name, m.pool), bootstrap) for m in members]
    _check_problems(name, members, each)
    parts = pl.concat([tables.outcomes for tables in each])
    columns = ["accuracy", "thinking_tokens", "tokens", "flops"]
    means = parts.group_by("problem_id", maintain_order=True).agg(
        # A mean is known if it is known of every training.
        pl.when(pl.col(column).is_not_null().all()).then(pl.col(column).mean()).alias(column)
        for column in columns
    )
    outcomes = means.select(
        pl.lit(parts["curve"][0]).alias("curve"),
        pl.lit(name).alias("setting"),
        "problem_id",
        *columns,
        pl.lit(None, dtype=pl.Float64).alias("obeyed"),
    )
    values = trainings_of(pl.concat([outcomes, parts]), name)
    assert values is not None
    points = pl.concat([tables.points for tables in each])
    low, high = seeds_interval(values, bootstrap.draws, bootstrap.seed)
    tokens = token_limits(means["tokens"], bootstrap) or (None, None)
    narrow = _same_problems_interval(values, points, (low, high))
    numbers = {column: _known_mean(points[column]) for column in MEANS} | {
        "low_tokens": tokens[0],
        "high_tokens": tokens[1],
        "low": low,
        "high": high,
        "low_benchmark": narrow[0],
        "high_benchmark": narrow[1],
    }
    row = points.head(1).with_columns(
        *(pl.lit(value, dtype=pl.Float64).alias(column) for column, value in numbers.items()),
        *(pl.lit(_the_same(points[column]), dtype=pl.Int64).alias(column) for column in SHARED),
        model=pl.lit(", ".join(dict.fromkeys(points["model"]))),
        setting=pl.lit(name),
    )
    return CurveTables(row, pl.concat([outcomes, parts]))


def _same_problems_interval(
    values: Floats, points: pl.DataFrame, outer: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Limits with new trainings and new samples of the same problems; None if samples are few.

    Trainings that come out alike still have samples that scatter: the limits are no narrower
    than those of the samples of all trainings, and no wider than the `outer` of new problems.
    """
    if points["low_benchmark"].has_nulls():
        return None, None
    mean, half = float(values.mean()), seeds_half_width(values)
    away = np.abs(
        points.select("low_benchmark", "high_benchmark").to_numpy() - values.mean(axis=0)[:, None]
    )
    below, above = np.maximum(np.sqrt((away**2).sum(axis=0)) / len(away), half)
    return max(mean - below, outer[0]), min(mean + above, outer[1])


def _check_problems(
    name: str, members: Sequence[ModelSamples], each: Sequence[CurveTables]
) -> None:
    """Refuse trainings that were sampled on different problems."""
    first = set(each[0].outcomes["problem_id"])
    for member, tables in zip(members, each, strict=True):
        lost = sorted(first ^ set(tables.outcomes["problem_id"]))
        if lost:
            raise CurveError(
                f"groups.{name}: pools {members[0].pool} and {member.pool} do not have the same "
                f"problems; only one has: {', '.join(lost[:3])}"
            )


def _known_mean(column: pl.Series) -> float | None:
    return None if column.has_nulls() else float(column.to_numpy().mean())


def _the_same(column: pl.Series) -> int | None:
    return column[0] if column.n_unique() == 1 else None
