"""Forecasts of the vote of many samples from the first few of every problem."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from scripts.lib.config.study_tables import ForecastTable
from scripts.lib.curves.forecast_tables import ALL
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.voted import Voters, votes_of_all
from scripts.lib.estimators.answer_prior import LAWS, counts_of, fitted_prior
from scripts.lib.estimators.vote import Tally
from scripts.lib.estimators.vote_future import mean_limits, votes_of_more

Row = dict[str, Any]

ROUNDING = 1e-8


def forecast_rows(voters: Voters, table: ForecastTable, bootstrap: Bootstrap) -> list[Row]:
    """The rows of a Forecast table for one curve, without its label.

    Args:
        voters: the samples of the curve.
        table: which numbers of samples to forecast from and to.
        bootstrap: number and seed of the draws.
    """
    sizes: Sequence[int | None] = [None] if table.to == ALL else table.to  # type: ignore[assignment]
    return [_row(voters, first, to, bootstrap) for first, to in product(table.from_, sizes)]


def total_rows(rows: Sequence[Row]) -> list[Row]:
    """A row for each pair of sizes that sums up all curves."""
    totals = []
    for first, to in dict.fromkeys((row["from_k"], row["to"]) for row in rows):
        group = [row for row in rows if (row["from_k"], row["to"]) == (first, to)]
        known = [row["held"] for row in group if row.get("held") is not None]
        held = sum(map(bool, known)) if known else None
        widths = [row["width"] for row in group if "width" in row]
        reach = {row["to_k"] for row in group}
        totals.append(
            {
                "curve": ALL,
                "label": "all curves" if held is None else f"held in {held} of {len(known)}",
                "from_k": first,
                "to": to,
                "to_k": reach.pop() if len(reach) == 1 else None,
                "width": float(np.mean(widths)) if widths else None,
                "curves": len(known) or len(widths),
                "held": held,
            }
        )
    return totals


def forecast(
    begun: Sequence[Tally], more: Sequence[int], bootstrap: Bootstrap
) -> tuple[float, float, float]:
    """Mean and limits of the mean vote of some answers and as many more as are to come.

    Args:
        begun: the answers so far, per problem.
        more: how many are to come, per problem.
        bootstrap: number and seed of the draws.
    """
    generator = np.random.default_rng(bootstrap.seed)
    problems = [counts_of(one) for one in begun]
    prior = fitted_prior(problems, LAWS, generator)
    each = max(bootstrap.draws // LAWS, 1)
    means = votes_of_more(problems, more, prior, each, generator).mean(axis=1)
    low, high = mean_limits(means)
    return float(means.mean()), low, high


def _row(voters: Voters, first: int, to: int | None, bootstrap: Bootstrap) -> Row:
    counts = [len(classes) for classes, _ in voters.problems]
    goals = counts if to is None else [to] * len(counts)
    row: Row = {
        "curve": voters.curve,
        "benchmark": voters.benchmark,
        "origin": voters.origin,
        "problems": len(counts),
        "from_k": first,
        "to": ALL if to is None else str(to),
        "to_k": goals[0] if len(set(goals)) == 1 else None,
        "curves": 1,
    }
    if first > voters.fewest:
        return row | {"why": f"a problem has {voters.fewest} samples only"}
    if first >= min(goals):
        return row | {"why": f"{min(goals)} is no more than {first}"}
    begun = voters.first(first)
    mean, low, high = forecast(begun, [goal - first for goal in goals], bootstrap)
    row |= {"seen_from": float(votes_of_all(begun).mean()), "forecast": mean}
    row |= {"low_forecast": low, "high_forecast": high, "width": high - low}
    if max(goals) <= voters.fewest or to is None:
        seen = float(votes_of_all(voters.first(to)).mean())
        row |= {"seen": seen, "held": int(low - ROUNDING <= seen <= high + ROUNDING)}
    return row
