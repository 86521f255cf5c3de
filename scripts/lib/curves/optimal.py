"""Points of the compute-optimal choice among other curves, by difficulty bins."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from scripts.lib.config.curves import OptimalCurve
from scripts.lib.curves.rows import (
    Bootstrap,
    CurveTables,
    Floats,
    Labels,
    Setting,
    known_values,
    mean_or_none,
    outcome_rows,
    point_rows,
    token_limits,
)
from scripts.lib.curves.samples import CurveError, refuse_other_problems
from scripts.lib.curves.tables import Choice
from scripts.lib.estimators.bootstrap import TAILS
from scripts.lib.estimators.intervals import near_edge
from scripts.lib.estimators.optimal import (
    Optimum,
    budget_grid,
    halves,
    optimum,
    parts_of,
    resampled_optima,
)
from scripts.lib.tableio import make_table

COSTS = ("tokens", "flops")


@dataclass(frozen=True)
class OptimalTables(CurveTables):
    """What a compute-optimal curve comes to, and its Choice table."""

    choices: pl.DataFrame


@dataclass(frozen=True)
class Strategies:
    """Points of other curves, each a way of answering: (curve, setting), in their order.

    `accuracy`, `tokens` and `flops` are those of each problem, shape (problems, strategies); costs
    are not a number where they are unknown.
    """

    names: list[tuple[str, str]]
    accuracy: Floats
    tokens: Floats
    flops: Floats


def optimal_tables(
    name: str,
    curve: OptimalCurve,
    points: Mapping[str, pl.DataFrame],
    outcomes: Mapping[str, pl.DataFrame],
    bins: pl.DataFrame,
    bootstrap: Bootstrap,
) -> OptimalTables:
    """A point per budget: for each bin the strategy that is best on the other half of its problems.

    A strategy is any point of any of the curves. Its cost is the mean over the problems that it is
    fitted on, with what the bins took where the curve counts that. Budgets are powers of two, from
    the first that every bin has a strategy within to the first that all strategies are within. What
    a point costs is what its strategies took on the problems that they are scored on.

    The interval on new problems is the percentile range of a bootstrap over problems that makes
    every choice anew; bins and halves stay as they are. Near 0 and 1 it holds Wilson's too.

    Args:
        name: of the curve.
        curve: its entry in the study.
        points: Point tables by curve.
        outcomes: Outcome tables by curve.
        bins: a Bin table, of the problems of the curves and perhaps of more.
        bootstrap: for the intervals.

    Raises:
        CurveError: the curves have other problems than the bins, or a cost or accuracy is unknown.
    """
    drawn = {problem for table in outcomes.values() for problem in table["problem_id"]}
    bins = bins.filter(pl.col("problem_id").is_in(list(drawn)))
    strategies = read_strategies(curve, points, outcomes, bins)
    nothing = np.zeros(bins.height)
    took = {c: known_values(bins[c]) if curve.count_bins else nothing for c in COSTS}
    if np.isnan(took[curve.cost]).any():
        raise CurveError(
            f"bins {curve.bins}: their {curve.cost} are unknown; choose another cost, or set "
            "count_bins: false"
        )
    total = {c: getattr(strategies, c) + took[c][:, None] for c in COSTS}
    cost = total[curve.cost]
    problems = bins["problem_id"]
    try:
        parts = parts_of(bins["bin"], halves(problems.to_list(), bins["bin"]))
    except ValueError as error:
        raise CurveError(f"{error}: there are too few problems") from None
    budgets = budget_grid(cost, parts)
    found = optimum(strategies.accuracy, cost, parts, budgets)
    labels = _labels(name, list(points.values()))
    values = found.scored(strategies.accuracy)
    spent = {c: found.scored(total[c]) for c in COSTS}
    settings = [
        _setting(f"{curve.cost}=2^{round(np.log2(budget))}", place, spent, bootstrap)
        for place, budget in enumerate(budgets)
    ]
    draws = resampled_optima(
        strategies.accuracy, cost, parts, budgets, bootstrap.draws, bootstrap.seed
    )
    rows = point_rows(labels, settings, values, None, bootstrap)
    return OptimalTables(
        points=_with_limits(rows, draws),
        outcomes=pl.concat(
            outcome_rows(
                name,
                setting.name,
                problems,
                values[:, place],
                **{c: spent[c][:, place] for c in COSTS},
            )
            for place, setting in enumerate(settings)
        ),
        choices=_choices(name, curve, settings, found, strategies, cost),
    )


def read_strategies(
    curve: OptimalCurve,
    points: Mapping[str, pl.DataFrame],
    outcomes: Mapping[str, pl.DataFrame],
    bins: pl.DataFrame,
) -> Strategies:
    """All points of the curves, over the problems of the bins in their order.

    Raises:
        CurveError: a curve has other problems or another benchmark, or what is needed of it is
            unknown.
    """
    problems = bins.select("problem_id")
    names, columns = [], []
    for name, table in outcomes.items():
        refuse_other_problems(name, table["problem_id"], "the bins", bins["problem_id"])
        for setting in points[name]["setting"]:
            own = problems.join(
                table.filter(setting=setting), on="problem_id", how="left", maintain_order="left"
            )
            for needed in ("accuracy", curve.cost):
                unknown = own[needed].null_count()
                if unknown:
                    raise CurveError(
                        f"{name}, {setting}: {needed} is unknown of {unknown} of {own.height} "
                        "problems; leave the curve out"
                        + (", or choose another cost" if needed == curve.cost else "")
                    )
            names.append((name, setting))
            columns.append(own)
    return Strategies(
        names,
        **{
            value: np.stack([known_values(own[value]) for own in columns], axis=1)
            for value in ("accuracy", *COSTS)
        },
    )


def _labels(name: str, points: list[pl.DataFrame]) -> Labels:
    """What all points have in common; of several models their names, of what differs nothing."""
    whole = pl.concat(points)
    benchmarks = whole["benchmark"].unique(maintain_order=True).to_list()
    if len(benchmarks) > 1:
        raise CurveError(f"curves of one benchmark are needed, not of {', '.join(benchmarks)}")
    flops, examples = (
        whole[column][0] if whole[column].n_unique() == 1 else None
        for column in ("train_flops", "train_examples")
    )
    return Labels(
        curve=name,
        method="optimal",
        benchmark=benchmarks[0],
        model=", ".join(whole["model"].unique(maintain_order=True)),
        origin="recorded" if set(whole["origin"]) == {"recorded"} else "measured",
        train_flops=flops,
        train_examples=examples,
    )


def _setting(name: str, place: int, spent: Mapping[str, Floats], bootstrap: Bootstrap) -> Setting:
    """A point's costs; how many samples it took, and what a verifier read, differs by problem."""
    tokens = spent["tokens"][:, place]
    return Setting(
        name=name,
        n=None,
        asked=None,
        tokens=mean_or_none(tokens),
        token_limits=token_limits(pl.Series(tokens).fill_nan(None), bootstrap),
        serial_tokens=None,
        flops=mean_or_none(spent["flops"][:, place]),
        usd=None,
        verifier_tokens=None,
        verifier_flops=None,
    )


def _with_limits(points: pl.DataFrame, draws: Floats) -> pl.DataFrame:
    """Points with the limits that draws of shape (draws, points) set to their accuracy."""
    low, high = np.quantile(draws, TAILS, axis=0)
    accuracy = points["accuracy"].to_numpy()
    edge = near_edge(accuracy, int(points["problems"][0]))
    low = np.where(edge, np.minimum(low, points["low"].to_numpy()), low)
    high = np.where(edge, np.maximum(high, points["high"].to_numpy()), high)
    # A choice made on drawn problems is a little worse, which can take a range below the value.
    return points.with_columns(
        low=pl.Series(np.clip(np.minimum(low, accuracy), 0, 1)),
        high=pl.Series(np.clip(np.maximum(high, accuracy), 0, 1)),
    )


def _choices(
    name: str,
    curve: OptimalCurve,
    settings: list[Setting],
    found: Optimum,
    strategies: Strategies,
    cost: Floats,
) -> pl.DataFrame:
    rows = []
    for place, setting in enumerate(settings):
        for number, part in enumerate(found.parts):
            chosen = found.choices[place, number]
            right, spent = strategies.accuracy[:, chosen], cost[:, chosen]
            rows.append(
                {
                    "curve": name,
                    "setting": setting.name,
                    "cost": curve.cost,
                    "budget": float(found.budgets[place]),
                    "bin": part.bin,
                    "half": part.half,
                    "chosen": strategies.names[chosen][0],
                    "chosen_setting": strategies.names[chosen][1],
                    "fitted_on": "bin" if part.own_bin else "all bins",
                    "fitted_problems": len(part.fitted),
                    "fitted_accuracy": float(np.clip(right[part.fitted].mean(), 0, 1)),
                    "fitted_cost": float(spent[part.fitted].mean()),
                    "problems": len(part.scored),
                    "accuracy": float(np.clip(right[part.scored].mean(), 0, 1)),
                    "spent": float(spent[part.scored].mean()),
                }
            )
    return make_table(Choice, rows)
