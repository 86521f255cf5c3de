"""Points of pass@k from published counts of right samples."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from scripts.lib.config.curves import PublishedCounts
from scripts.lib.curves.rows import (
    Bootstrap,
    CurveTables,
    Floats,
    Labels,
    Setting,
    outcome_rows,
    point_rows,
)
from scripts.lib.curves.samples import CurveError
from scripts.lib.estimators.passk import pass_at_k
from scripts.lib.estimators.seeds import seeds_half_width

FEW = 3


def counted_runs(reference: pl.DataFrame, counts: PublishedCounts) -> pl.DataFrame:
    """The counts of a figure: columns series, problem (its number), n and right, all whole numbers.

    Args:
        reference: a Reference table, whose x numbers problems and y counts the right ones of n.
        counts: which of its rows to take.

    Raises:
        CurveError: there are none, a row holds something else than such a count, or runs have
            different problems.
    """
    wanted = ("paper", "figure", "benchmark")
    rows = reference.with_row_index("row", offset=2).filter(
        pl.col(column) == getattr(counts, column) for column in wanted
    )
    if rows.is_empty():
        there = reference.select(wanted).unique(maintain_order=True).rows()
        named = tuple(getattr(counts, column) for column in wanted)
        raise CurveError(f"no counts for {wanted} {named}; there are: {there}")
    whole = (pl.col("y") == pl.col("y").floor()) & (pl.col("x") == pl.col("x").floor())
    sound = whole & (pl.col("y") >= 0) & (pl.col("y") <= pl.col("n"))
    odd = rows.filter(~sound.fill_null(value=False))
    if odd.height:
        shown = "; ".join(
            f"row {row}: y {y}, n {n}, problem {x}"
            for row, y, n, x in odd.select("row", "y", "n", "x").head(FEW).rows()
        )
        raise CurveError(
            f"{odd.height} rows hold no whole number y of right samples among n of a numbered "
            f"problem x: {shown}"
        )
    runs = rows.select(
        "series", pl.col("x").cast(pl.Int64).alias("problem"), "n", right=pl.col("y").cast(pl.Int64)
    ).sort("series", "problem")
    _same_problems(runs)
    return runs


def counted_points(
    runs: pl.DataFrame, ks: Sequence[int], labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per k: pass@k of each run, averaged over runs.

    The interval on new problems resamples problems; that on these problems is a t interval over
    runs, whose samples are independent, and null with a single run. Nobody counted tokens, so all
    costs are unknown.

    Args:
        runs: from `counted_runs`.
        ks: sizes of the draw, from `sizes_of_draws`.
        labels: of the curve.
        bootstrap: for the interval on new problems.
    """
    each = np.stack(
        [
            pass_at_k(run["n"].to_numpy(), run["right"].to_numpy(), ks)
            for _, run in runs.group_by("series", maintain_order=True)
        ],
        axis=1,
    )
    values = each.mean(axis=1)
    settings = [_setting(k) for k in ks]
    same = _same_problems_limits(each) if each.shape[1] > 1 else None
    points = point_rows(labels, settings, values, same, bootstrap)
    problems = runs["problem"].unique(maintain_order=True).cast(pl.String)
    outcomes = pl.concat(
        outcome_rows(labels.curve, setting.name, problems, values[:, place])
        for place, setting in enumerate(settings)
    )
    return CurveTables(points, outcomes)


def _same_problems(runs: pl.DataFrame) -> None:
    """Refuse runs over different problems, and problems that a run counts twice."""
    series = runs["series"].n_unique()
    twice = runs.filter(pl.struct("series", "problem").is_duplicated())
    if twice.height:
        name, problem = twice.select("series", "problem").row(0)
        raise CurveError(f"series {name!r} counts problem {problem} more than once")
    lost = runs.group_by("problem").len().filter(pl.col("len") < series).sort("problem")
    if lost.height:
        shown = ", ".join(map(str, lost["problem"].head(FEW)))
        raise CurveError(
            f"{lost.height} problems are not in all {series} series, which must have the same: "
            f"{shown}"
        )


def _same_problems_limits(each: Floats) -> Floats:
    """Limits of the mean over runs, from shape (problems, runs, ks) to (ks, 2)."""
    mean = each.mean(axis=(0, 1))
    half = np.array([seeds_half_width(each[:, :, place]) for place in range(each.shape[2])])
    return np.asarray(np.clip(np.stack([mean - half, mean + half], axis=-1), 0, 1))


def _setting(k: int) -> Setting:
    return Setting(
        name=f"k={k}",
        n=k,
        asked=None,
        tokens=None,
        token_limits=None,
        serial_tokens=None,
        flops=None,
        usd=None,
    )
