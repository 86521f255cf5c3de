"""Points of ways to set the length of one sample's thinking: forcing, control and revision."""

from collections.abc import Mapping

import polars as pl

from scripts.lib.config.curves import ControlCurve, ForcingCurve
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels, together
from scripts.lib.curves.samples import CurveError, only_setting
from scripts.lib.curves.single import one_sample, priced

UNLIMITED = 2**62
"""Stands for no budget where budgets are put in order."""
CHAIN = ["problem_id", "wording", "sample"]
"""What the attempts of one chain have in common."""


def forcing_points(
    samples: pl.DataFrame, curve: ForcingCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per budget and number of waits of a forced pool, by budget, then by waits.

    A sample obeys a budget if it thinks no longer; without a budget there is nothing to obey.

    Args:
        samples: from `join_samples` and `select_samples`.
        curve: with `along`.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    `obeyed` holds all the thinking that an answer rests on to the budget, appended waits among it.

    Raises:
        CurveError: no sample was forced, or they were asked for different things.
    """
    if samples["budget"].is_null().all() and samples["waits"].is_null().all():
        raise CurveError("a forcing curve needs samples with a budget or waits; none has either")
    only_setting(samples, ["asked", "effort"], "a forcing curve takes one; take another pool")
    forced = priced(samples).with_columns(
        rank=pl.col("budget").fill_null(UNLIMITED), rounds=pl.col("waits").fill_null(0)
    )
    if curve.along == "budgets":
        forced = forced.filter(pl.col("rounds") == 0)
    elif curve.along == "waits":
        forced = forced.filter(pl.col("rank") == pl.col("rank").max())
    if forced.is_empty():
        raise CurveError("along: budgets takes samples without waits, and all have some")
    forced = forced.with_columns(obeyed=pl.col("thinking_tokens") <= pl.col("budget"))
    forced = forced.sort("rank", "rounds", maintain_order=True)
    one_budget = forced.filter((pl.col("rounds") > 0) | pl.lit(curve.along == "waits"))
    named = one_budget["rank"].n_unique() > 1
    points = []
    for (budget, waits), group in forced.group_by("budget", "rounds", maintain_order=True):
        limit = f"budget={'auto' if budget is None else budget}"
        parts = [f"waits={waits}"] if waits or curve.along == "waits" else []
        name = ",".join([limit, *parts] if named or not parts else parts)
        points.append(one_sample(group, name, labels, bootstrap))
    return together(points)


def control_points(
    samples: pl.DataFrame, curve: ControlCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per asked length, or per wording where wordings are classes of length.

    A sample obeys an asked length if it thinks no longer than `limit_per_asked` times that. It
    obeys a class if it thinks less (or more) than the neutral wording on average makes of the
    same problem.

    Args:
        samples: from `join_samples` and `select_samples`.
        curve: with its limit or classes.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: samples were asked for nothing, were forced to several lengths, or lack a
            wording.
    """
    if curve.neutral is not None:
        return _class_points(samples, curve.classes, curve.neutral, labels, bootstrap)
    if samples["asked"].has_nulls():
        raise CurveError(
            "a control curve needs samples asked for a length, or classes; some have neither"
        )
    limit = None if curve.limit_per_asked is None else curve.limit_per_asked * pl.col("asked")
    obeyed = pl.lit(None, dtype=pl.Boolean) if limit is None else pl.col("thinking_tokens") <= limit
    points = []
    ordered = priced(samples).with_columns(obeyed=obeyed).sort("asked", maintain_order=True)
    for (asked,), group in ordered.group_by("asked", maintain_order=True):
        only_setting(group, ["budget", "waits"], "a control curve takes one at each asked length")
        points.append(one_sample(group, f"asked={asked}", labels, bootstrap))
    return together(points)


def class_setting(wording: str) -> str:
    """The setting of a class-conditional point."""
    return f"class={wording}"


def _class_points(
    samples: pl.DataFrame,
    classes: Mapping[str, str],
    neutral: str,
    labels: Labels,
    bootstrap: Bootstrap,
) -> CurveTables:
    wordings = [*classes, neutral]
    lost = sorted(set(wordings) - set(samples["wording"]))
    if lost:
        there = samples["wording"].unique().sort().to_list()
        raise CurveError(f"no sample has the wordings {lost}; there are: {there}")
    only_setting(samples, ["asked", "effort", "budget", "waits"], "classes are told by wording")
    middle = (
        samples.filter(pl.col("wording") == neutral)
        .group_by("problem_id")
        .agg(pl.col("thinking_tokens").mean().alias("middle"))
    )
    with_middle = priced(samples).join(middle, on="problem_id", how="left", maintain_order="left")
    obeyed = {
        "below": pl.col("thinking_tokens") < pl.col("middle"),
        "above": pl.col("thinking_tokens") > pl.col("middle"),
    }
    points = []
    for wording in wordings:
        group = with_middle.filter(pl.col("wording") == wording)
        if wording in classes:
            group = group.with_columns(obeyed=obeyed[classes[wording]])
        points.append(one_sample(group, class_setting(wording), labels, bootstrap))
    return together(points)


def revision_points(samples: pl.DataFrame, labels: Labels, bootstrap: Bootstrap) -> CurveTables:
    """A point per number of revisions, which costs all attempts up to the one that counts.

    Each attempt rests on those before it, so that their thinking counts too.

    Args:
        samples: from `join_samples` and `select_samples`; a row an attempt, with its own costs.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: samples have no number of revisions, or lack some attempts.
    """
    attempts = priced(whole_chains(samples))
    last = int(attempts["waits"].max())  # type: ignore[arg-type]
    sums = ("thinking_tokens", "generated_tokens", "serial_tokens", "flops", "usd")
    attempts = attempts.with_columns(
        # Once one attempt's cost is unknown, so is that of all that follow.
        pl.when(pl.col(cost).is_null().cum_sum().over(CHAIN) == 0)
        .then(pl.col(cost).cum_sum().over(CHAIN))
        .alias(cost)
        for cost in sums
    )
    points = [
        one_sample(
            attempts.filter(pl.col("waits") == revisions),
            f"revisions={revisions}",
            labels,
            bootstrap,
        )
        for revisions in range(last + 1)
    ]
    return together(points)


def whole_chains(samples: pl.DataFrame) -> pl.DataFrame:
    """The attempts of a revised pool, chain by chain, each chain in its order.

    Raises:
        CurveError: samples have no number of revisions, or lack some attempts.
    """
    if samples["waits"].has_nulls():
        raise CurveError("a revision curve needs samples with a number of revisions in waits")
    only_setting(samples, ["asked", "effort", "budget"], "a revision curve takes one")
    last = int(samples["waits"].max())  # type: ignore[arg-type]
    attempts = samples.sort(*CHAIN, "waits", maintain_order=True)
    lost = attempts.group_by(CHAIN, maintain_order=True).len().filter(pl.col("len") != last + 1)
    if lost.height:
        shown = "; ".join(str(row) for row in lost.head(3).rows())
        raise CurveError(
            f"{lost.height} samples lack some of the attempts 0 to {last} "
            f"({', '.join(CHAIN)}, attempts): {shown}"
        )
    return attempts
