"""Curves against brute force at equal compute: majority votes, and a perfect verifier."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.tradeoff_tables import EqualComputeTable
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError, refuse_other_problems
from scripts.lib.curves.tradeoff_tables import EqualCompute
from scripts.lib.curves.values import values_of
from scripts.lib.estimators.differences import mean_difference
from scripts.lib.estimators.line import weights_at
from scripts.lib.estimators.ratios import ratio_of_means
from scripts.lib.tableio import make_table

Floats = NDArray[np.float64]
Row = dict[str, object]


@dataclass(frozen=True)
class Line:
    """A curve's points that have both accuracy and compute, in the order of its table.

    `compute` and `accuracy` have shape (points,); `outcomes` is the accuracy of each problem,
    shape (problems, points), None where only the points are known. `problems` are their names.
    """

    name: str
    points: pl.DataFrame
    compute: Floats
    accuracy: Floats
    outcomes: Floats | None
    problems: list[str]

    def at(self, weights: Floats) -> float:
        """Accuracy at some weights of its points."""
        return float(np.clip(self.accuracy @ weights, 0, 1))


@dataclass(frozen=True)
class Place:
    """What one curve has somewhere: its accuracy, and each problem's where they are known."""

    accuracy: float
    each: Floats | None


def equal_compute_table(
    table: EqualComputeTable,
    points: Mapping[str, pl.DataFrame],
    outcomes: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    bootstrap: Bootstrap,
) -> pl.DataFrame:
    """A row for each point of each curve, or for each compute that the table names.

    Compute is taken as it is; intervals resample problems for accuracies alone.

    Args:
        table: its entry in the study.
        points: Point tables by curve.
        outcomes: Outcome tables of those curves that have samples.
        labels: what curves are called.
        bootstrap: for the limits.

    Raises:
        CurveError: a curve has no point with the compute that is asked for, the oracle has none of
            one sample, or curves have different benchmarks or problems.
    """
    names = [table.vote, table.oracle, *table.curves]
    lines = {n: _line(n, points[n], outcomes.get(n), table.x) for n in dict.fromkeys(names)}
    _same_problems(list(lines.values()))
    vote, oracle = lines[table.vote], lines[table.oracle]
    single = _single(oracle)
    rows: list[Row] = []
    for name in table.curves:
        line = lines[name]
        shared: Row = {"curve": name, "label": labels[name], "x": table.x}
        shared |= {column: line.points[column][0] for column in ("benchmark", "model", "origin")}
        shared |= {"vote_model": vote.points["model"][0], "problems": line.points["problems"].min()}
        for setting, n, compute, weights in _places(line, table.at):
            row = shared | {"setting": setting, "n": n, "compute": compute}
            row |= {"single_accuracy": single.accuracy}
            if weights is None:
                rows.append(row | {"why": _outside(line, compute)})
            else:
                own = _place(line, weights)
                rows.append(row | _row(own, compute, vote, oracle, single, table, bootstrap))
        if table.at is None:
            rows += [shared | lost for lost in _unknown(points[name], table.x, single)]
    return make_table(EqualCompute, rows)


def _line(name: str, points: pl.DataFrame, outcomes: pl.DataFrame | None, x: str) -> Line:
    known = points.drop_nulls(["accuracy", x]).filter(pl.col(x) > 0)
    if known.is_empty():
        raise CurveError(f"{name} has no point with both accuracy and {x}: name another x")
    each, problems = None, []
    if outcomes is not None:
        settings = known["setting"].to_list()
        each = values_of(outcomes, settings)
        problems = outcomes.filter(setting=settings[0])["problem_id"].sort().to_list()
    compute, accuracy = (known[c].cast(pl.Float64).to_numpy() for c in (x, "accuracy"))
    return Line(name, known, compute, accuracy, each, problems)


def _same_problems(lines: list[Line]) -> None:
    first = lines[0]
    benchmark = first.points["benchmark"][0]
    sampled = [line for line in lines if line.outcomes is not None]
    for line in lines:
        if set(line.points["benchmark"]) != {benchmark}:
            raise CurveError(f"{line.name} and {first.name} are of different benchmarks")
    for line in sampled[1:]:
        refuse_other_problems(line.name, line.problems, sampled[0].name, sampled[0].problems)


def _single(oracle: Line) -> Place:
    """One sample of the oracle's."""
    ones = np.flatnonzero((oracle.points["n"] == 1).fill_null(value=False).to_numpy())
    if not len(ones):
        raise CurveError(f"{oracle.name} has no point of one sample, which gains are counted from")
    weights = np.zeros(len(oracle.compute))
    weights[ones[0]] = 1
    return _place(oracle, weights)


def _places(
    line: Line, at: list[float] | None
) -> list[tuple[str, float | None, float, Floats | None]]:
    """Where a curve is compared: setting, n, compute, and the weights of its points there."""
    if at is None:
        settings = line.points.select("setting", "n").rows()
        each = zip(settings, line.compute, np.eye(len(line.compute)), strict=True)
        return [(setting, n, float(x), weights) for (setting, n), x, weights in each]
    # All digits: the table's key must tell 1048576 and 1048577 apart.
    names = [f"at={str(x).removesuffix('.0')}" for x in at]
    return [(name, None, x, weights_at(line.compute, x)) for name, x in zip(names, at, strict=True)]


def _unknown(points: pl.DataFrame, x: str, single: Place) -> list[Row]:
    """Points with an accuracy whose compute is not known."""
    lost = points.drop_nulls("accuracy").filter(pl.col(x).is_null() | (pl.col(x) <= 0))
    told = {"single_accuracy": single.accuracy, "why": f"its {x} is unknown"}
    return [row | told for row in lost.select("setting", "n", "accuracy").to_dicts()]


def _outside(line: Line, compute: float) -> str:
    side = "less" if compute < line.compute.min() else "more"
    return f"{side} compute than any point of {line.name}"


def _place(line: Line, weights: Floats) -> Place:
    return Place(line.at(weights), None if line.outcomes is None else line.outcomes @ weights)


def _row(
    own: Place,
    compute: float,
    vote: Line,
    oracle: Line,
    single: Place,
    table: EqualComputeTable,
    bootstrap: Bootstrap,
) -> Row:
    row: Row = {"accuracy": own.accuracy}
    why = []
    for line, value, gain in (
        (vote, "vote_accuracy", "gain_over_votes"),
        (oracle, "oracle_accuracy", "gain_over_oracle"),
    ):
        weights = weights_at(line.compute, compute)
        if weights is None:
            why.append(_outside(line, compute))
            continue
        other = _place(line, weights)
        row |= {value: other.accuracy} | _difference(gain, own, other, bootstrap)
        if line is oracle:
            row |= _difference("oracle_gain", other, single, bootstrap)
            least = row["low_oracle_gain"] if single.each is not None else row["oracle_gain"]
            if least is None or least <= 0 or least < table.least_gain:  # type: ignore[operator]
                told = f"less than {table.least_gain:g}" if table.least_gain else "nothing"
                why.append(f"{oracle.name} may have {told} over one sample there")
            else:
                row |= _share(own, other, single, bootstrap)
    return row | {"why": "; ".join(why) or None}


def _difference(name: str, first: Place, second: Place, bootstrap: Bootstrap) -> Row:
    """A difference of accuracies, with limits where both have outcomes."""
    row: Row = {name: first.accuracy - second.accuracy, f"low_{name}": None, f"high_{name}": None}
    if first.each is None or second.each is None:
        return row
    _, low, high = mean_difference(first.each - second.each, bootstrap.draws, bootstrap.seed)
    return row | {f"low_{name}": low, f"high_{name}": high}


def _share(own: Place, oracle: Place, single: Place, bootstrap: Bootstrap) -> Row:
    """The part of the oracle's gain that a point has."""
    if own.each is None or oracle.each is None or single.each is None:
        return {"share": (own.accuracy - single.accuracy) / (oracle.accuracy - single.accuracy)}
    ratio, limits = ratio_of_means(
        own.each - single.each, oracle.each - single.each, bootstrap.draws, bootstrap.seed
    )
    low, high = limits or (None, None)
    return {"share": ratio, "low_share": low, "high_share": high}
