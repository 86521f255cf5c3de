"""Points of rejection sampling: draw until the thinking fits a budget."""

import logging

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.curves import RejectionCurve
from scripts.lib.curves.rows import (
    Bootstrap,
    CurveTables,
    Labels,
    Setting,
    known_values,
    mean_or_none,
    outcome_rows,
    point_rows,
    together,
    token_limits,
)
from scripts.lib.curves.samples import CurveError, known_mean, only_setting
from scripts.lib.curves.subsets import fewest_samples
from scripts.lib.estimators.intervals import (
    chance_sizes,
    plausible_chance,
    same_problems_interval,
)
from scripts.lib.estimators.rejection import expected_accuracy, tries

Floats = NDArray[np.float64]
COSTS = ("generated_tokens", "serial_tokens", "flops", "usd")


def rejection_points(
    samples: pl.DataFrame, curve: RejectionCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per budget: expected accuracy and costs of up to so many tries, exact from a pool.

    A try without an accepted sample is wrong. Tries follow each other, so that all tokens are
    serial; their common prompt is read once. The length of a sample is its thinking; where
    nobody tells thinking and answer apart, it is that of both.

    Args:
        samples: from `join_samples` and `select_samples`.
        curve: with its budgets and tries; all samples of the smallest pool if it names no tries.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: the length of samples is unknown, they have several prompts, or a problem has
            fewer of them than tries.
    """
    only_setting(samples, ["wording"], "tries repeat one prompt; name its wording")
    lengths = samples.with_columns(length=pl.coalesce("thinking_tokens", "generated_tokens"))
    unknown = lengths["length"].null_count()
    if unknown:
        raise CurveError(f"{unknown} samples have neither thinking nor generated tokens")
    thoughtless = lengths["thinking_tokens"].null_count()
    if thoughtless:
        logging.warning(
            "%s: thinking tokens are unknown of %d of %d samples: their generated tokens are held "
            "to the budgets",
            labels.curve,
            thoughtless,
            lengths.height,
        )
    fewest = fewest_samples(lengths)
    most = fewest if curve.tries is None else curve.tries
    if most > fewest:
        raise CurveError(
            f"tries: {most} draws need as many samples of each problem; the fewest are {fewest}"
        )
    budgets = sorted(set(curve.budgets))
    return together([_point(lengths, budget, most, labels, bootstrap) for budget in budgets])


def _point(
    lengths: pl.DataFrame, budget: int, most: int, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    fits = pl.col("length") <= budget
    problems = lengths.group_by("problem_id", maintain_order=True).agg(
        pl.len().alias("n"),
        fits.sum().alias("fitting"),
        (fits & pl.col("correct")).sum().alias("right"),
        pl.col("length").filter(fits).mean().alias("length"),
        known_mean("prompt_flops"),
        *(known_mean(cost, fits).alias(f"fitting_{cost}") for cost in COSTS),
        *(known_mean(cost, ~fits).alias(f"failing_{cost}") for cost in COSTS),
    )
    n, fitting, right = (problems[name].to_numpy() for name in ("n", "fitting", "right"))
    accepted = tries(n, fitting, most)
    values = expected_accuracy(n, fitting, right, most)[:, None]
    # The same of half a pool, as it is and with one more fitting sample, right or wrong.
    half = chance_sizes(n, [most])[0]
    chance = plausible_chance(
        expected_accuracy(n, fitting, right, half)[:, None],
        expected_accuracy(n + 1, fitting + 1, right + 1, half)[:, None],
        expected_accuracy(n + 1, fitting + 1, right, half)[:, None],
    )
    same = same_problems_interval(np.clip(values.mean(axis=0), 0, 1), chance, n, [most])
    spent = {
        cost: accepted.spent(
            known_values(problems[f"fitting_{cost}"]), known_values(problems[f"failing_{cost}"])
        )
        for cost in COSTS
    }
    spent["flops"] = spent["flops"] + known_values(problems["prompt_flops"])
    weights = accepted.accepted
    length = None
    if weights.sum() > 0:
        length = float(weights @ problems["length"].fill_null(0).to_numpy() / weights.sum())
    tokens = pl.Series(spent["generated_tokens"]).fill_nan(None)
    setting = Setting(
        name=f"budget={budget}",
        n=most,
        asked=lengths["asked"][0],
        budget=budget,
        waits=lengths["waits"][0],
        thinking_tokens=length,
        tokens=mean_or_none(spent["generated_tokens"]),
        token_limits=token_limits(tokens, bootstrap),
        serial_tokens=mean_or_none(spent["serial_tokens"]),
        flops=mean_or_none(spent["flops"]),
        usd=mean_or_none(spent["usd"]),
    )
    outcomes = outcome_rows(
        labels.curve,
        setting.name,
        problems["problem_id"],
        values[:, 0],
        thinking_tokens=problems["length"],
        tokens=tokens,
        flops=spent["flops"],
        obeyed=weights,
    )
    return CurveTables(point_rows(labels, [setting], values, same, bootstrap), outcomes)
