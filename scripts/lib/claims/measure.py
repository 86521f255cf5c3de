"""A number with its limits, from what the query of a claim gives."""

import math
from dataclasses import dataclass

import polars as pl

from scripts.lib.claims.query import EXTRA, ClaimError
from scripts.lib.config.claims import Interval
from scripts.lib.estimators.differences import (
    closest_pairing,
    mean_difference,
    runs_difference,
    score_difference,
)

HOW: dict[Interval, str] = {
    "given": "as its table gives it",
    "exact": "none: of the numbers as they stand",
    "problems": "bootstrap over problems, paired",
    "unpaired": "score interval, as if unpaired",
    "runs": "Welch's, over runs on the same problems",
}
"""How the limits of each kind of interval are made."""


@dataclass(frozen=True)
class Measured:
    """A number that speaks for or against a claim; limits are null where nobody knows them.

    `size` is how many `units` (problems, runs) the limits rest on, null where that is unknown.
    `paired` are the limits if both accuracies of an unpaired difference were right on the same
    problems as far as can be.
    """

    value: float
    low: float | None
    high: float | None
    size: int | None = None
    units: str = "problems"
    paired: tuple[float, float] | None = None


def measure(
    at: str, interval: Interval, rows: pl.DataFrame, draws: int, seed: int
) -> Measured | None:
    """The number that a query gives, with limits at 95 %; None where its tables do not tell.

    Args:
        at: the file and key of the evidence, for errors.
        interval: how its limits are made.
        rows: what the query gave, with the columns that this takes.
        draws: draws of a bootstrap over problems.
        seed: of these.

    Raises:
        ClaimError: a problem has no value, runs have no scatter, or a number is infinite or not
            one that this interval is for.
    """
    if interval == "problems":
        return _over_problems(at, rows, draws, seed)
    row = {name: _number(value) for name, value in rows.row(0, named=True).items()}
    needed = [name for name in row if name not in ("low", "high", EXTRA)]
    if any(row[name] is None for name in needed):
        return None
    size = None if row.get(EXTRA) is None else int(row[EXTRA])  # type: ignore[arg-type]
    told = {name: value for name, value in row.items() if value is not None}
    for name, value in told.items():
        if math.isinf(value):
            raise ClaimError(f"{at}.sql: {name} is {value}; a number is needed")
    match interval:
        case "given":
            return Measured(told["value"], row["low"], row["high"], size)
        case "exact":
            return Measured(told["value"], told["value"], told["value"], size)
        case "unpaired":
            return None if size is None else _unpaired(at, told["first"], told["second"], size)
        case _:
            return _over_runs(at, told)


def _over_problems(at: str, rows: pl.DataFrame, draws: int, seed: int) -> Measured:
    values = rows["value"].cast(pl.Float64)
    unknown = int((values.is_null() | values.is_nan()).sum())
    if unknown:
        raise ClaimError(f"{at}.sql: {unknown} of {len(values)} problems have no value")
    _refuse_beyond(at, "value", values, -1, 1)
    # A query gives its rows in any order, on which the draws would depend.
    return Measured(*mean_difference(values.sort(), draws, seed), len(values))


def _unpaired(at: str, first: float, second: float, problems: int) -> Measured:
    for name, accuracy in (("first", first), ("second", second)):
        _refuse_beyond(at, name, pl.Series([accuracy]), 0, 1)
    low, high = score_difference(first, second, problems)
    closest = closest_pairing(first, second)
    paired = score_difference(first, second, problems, closest)
    return Measured(first - second, low, high, problems, paired=paired)


def _over_runs(at: str, told: dict[str, float]) -> Measured:
    runs = int(told["runs"])
    scatter = told["first_sd"], told["second_sd"]
    try:
        low, high = runs_difference(told["first"], scatter[0], told["second"], scatter[1], runs)
    except ValueError as error:
        raise ClaimError(f"{at}.sql: {error} have no interval") from None
    return Measured(told["first"] - told["second"], low, high, runs, "runs")


def _refuse_beyond(at: str, name: str, values: pl.Series, least: int, most: int) -> None:
    """Limits are made for accuracies, or differences of them, as fractions of 1."""
    beyond = values.filter(~values.is_between(least, most))
    if len(beyond):
        raise ClaimError(f"{at}.sql: {name} is {beyond[0]:.4g}, not within {least} and {most}")


def _number(value: object) -> float | None:
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    return None if math.isnan(number) else number
