"""Rows of Point and Outcome tables: labels, costs, accuracy and both intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.curves.tables import Point
from scripts.lib.estimators.bootstrap import bca_limits
from scripts.lib.estimators.intervals import new_problems_interval
from scripts.lib.tableio import make_table

Floats = NDArray[np.float64]
OUTCOME_RANGES: dict[str, tuple[float, float | None]] = {
    "accuracy": (0, 1),
    "thinking_tokens": (0, None),
    "tokens": (0, None),
    "flops": (0, None),
    "obeyed": (0, 1),
}
"""Columns of an Outcome table that hold values."""


@dataclass(frozen=True)
class Labels:
    """What all points of a curve have in common."""

    curve: str
    method: str
    benchmark: str
    model: str
    origin: str
    train_flops: float | None = None
    train_examples: int | None = None


@dataclass(frozen=True)
class Bootstrap:
    """Draws and seed of the bootstrap over problems."""

    draws: int
    seed: int


@dataclass(frozen=True)
class Setting:
    """One point's place on the curve and its mean costs per problem; None is unknown.

    `token_limits` are the limits of `tokens` on new problems.
    """

    name: str
    n: int | None
    asked: int | None
    tokens: float | None
    token_limits: tuple[float, float] | None
    serial_tokens: float | None
    flops: float | None
    usd: float | None
    budget: int | None = None
    waits: int | None = None
    thinking_tokens: float | None = None
    verifier_tokens: float | None = 0
    verifier_flops: float | None = 0


@dataclass(frozen=True)
class CurveTables:
    """What a curve comes to: its Point table, and the Outcome table behind it."""

    points: pl.DataFrame
    outcomes: pl.DataFrame


def together(parts: Sequence[CurveTables]) -> CurveTables:
    """The tables of several points as one, in their order."""
    points, outcomes = zip(*((part.points, part.outcomes) for part in parts), strict=True)
    return CurveTables(pl.concat(points), pl.concat(outcomes))


def outcome_rows(
    curve: str,
    setting: str,
    problems: Sequence[str] | pl.Series,
    accuracy: Floats | pl.Series,
    **more: Floats | pl.Series | None,
) -> pl.DataFrame:
    """The Outcome rows of one setting.

    Args:
        curve: name of the curve.
        setting: as in its Point table.
        problems: ids, shape (problems,).
        accuracy: of each problem; not a number where it is unknown.
        more: other columns of the table, shape (problems,); null where left out or None.
    """
    columns = {"problem_id": problems, "accuracy": accuracy}
    columns |= {name: values for name, values in more.items() if values is not None}
    return pl.DataFrame(columns).select(
        pl.lit(curve).alias("curve"),
        pl.lit(setting).alias("setting"),
        "problem_id",
        *(
            # Rounding can take a mean a few units in the last place out of [0, 1].
            pl.col(name).cast(pl.Float64).fill_nan(None).clip(*ends).alias(name)
            if name in columns
            else pl.lit(None, dtype=pl.Float64).alias(name)
            for name, ends in OUTCOME_RANGES.items()
        ),
    )


def point_rows(
    labels: Labels,
    settings: Sequence[Setting],
    values: Floats,
    same_problems: Floats | None,
    bootstrap: Bootstrap,
) -> pl.DataFrame:
    """A Point table with one row per setting.

    Args:
        labels: shared by all rows.
        settings: one per row.
        values: accuracy of each problem at each setting, shape (problems, settings); not a
            number where it is unknown, which leaves the point without accuracy.
        same_problems: low and high with new samples of these problems, shape (settings, 2).
        bootstrap: for the interval on new problems.
    """
    known = np.asarray(~np.isnan(values).any(axis=0))
    limits = np.full((len(settings), 2), np.nan)
    if known.any():
        limits[known] = new_problems_interval(values[:, known], bootstrap.draws, bootstrap.seed)
    same = np.full_like(limits, np.nan) if same_problems is None else same_problems
    # New problems vary by their samples too; the bound for few samples is looser than that.
    narrow = np.column_stack([np.fmax(same[:, 0], limits[:, 0]), np.fmin(same[:, 1], limits[:, 1])])
    narrow[np.isnan(same).any(axis=1)] = np.nan
    # Rounding can take a mean a few units in the last place out of [0, 1].
    means = np.clip(values.mean(axis=0), 0, 1)
    return make_table(
        Point,
        [
            {
                "curve": labels.curve,
                "method": labels.method,
                "benchmark": labels.benchmark,
                "model": labels.model,
                "setting": setting.name,
                "asked": setting.asked,
                "budget": setting.budget,
                "waits": setting.waits,
                "n": setting.n,
                "thinking_tokens": setting.thinking_tokens,
                "tokens": setting.tokens,
                "low_tokens": None if setting.token_limits is None else setting.token_limits[0],
                "high_tokens": None if setting.token_limits is None else setting.token_limits[1],
                "serial_tokens": setting.serial_tokens,
                "verifier_tokens": setting.verifier_tokens,
                "verifier_flops": setting.verifier_flops,
                "flops": setting.flops,
                "train_flops": labels.train_flops,
                "train_examples": labels.train_examples,
                "usd": setting.usd,
                "accuracy": _number(means[row]),
                "low": _number(limits[row, 0]),
                "high": _number(limits[row, 1]),
                "low_benchmark": _number(narrow[row, 0]) if known[row] else None,
                "high_benchmark": _number(narrow[row, 1]) if known[row] else None,
                "problems": len(values),
                "origin": labels.origin,
            }
            for row, setting in enumerate(settings)
        ],
    )


def token_limits(tokens: pl.Series, bootstrap: Bootstrap) -> tuple[float, float] | None:
    """Limits on new problems of the mean of `tokens`, one value per problem; None if unknown."""
    if tokens.has_nulls() or len(tokens) < 2:
        return None
    low, high = bca_limits(tokens.to_numpy()[:, None], bootstrap.draws, bootstrap.seed)[0]
    return None if np.isnan(low) else (float(low), float(high))


def known_values(column: pl.Series) -> Floats:
    """Values of a column, not a number where they are unknown."""
    return np.asarray(column.cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)


def mean_or_none(values: Floats) -> float | None:
    """Mean of all values; None where any is not a number."""
    return _number(values.mean())


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
