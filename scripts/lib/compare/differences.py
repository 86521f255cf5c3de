"""Differences between two sets of results: paired over problems wherever these are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from scripts.lib.compare.places import CompareError, Results
from scripts.lib.compare.tables import Difference
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.sft import trainings_of
from scripts.lib.estimators.bootstrap import bca_limits
from scripts.lib.estimators.differences import difference_limits, mean_difference
from scripts.lib.estimators.family import family_p_values
from scripts.lib.estimators.seeds import seeds_difference_half_width, widened
from scripts.lib.tableio import make_table

Row = dict[str, Any]
COSTS = ("tokens", "flops")
ROUNDING = 1e-9
"""Share of a value within which two are the same: sums may differ in their last bits."""


@dataclass(frozen=True)
class Compared:
    """What came of a comparison: a Difference table, and what could not be compared."""

    table: pl.DataFrame
    notes: list[str]


@dataclass(frozen=True)
class _Pair:
    """One setting of a curve, in both results."""

    names: tuple[str, str]
    points: tuple[Row, Row]
    both: pl.DataFrame | None
    """Accuracies and costs by problem, those of B with the suffix _b; None without outcomes."""
    left_out: tuple[list[str], list[str]]
    trainings: tuple[NDArray[np.float64], NDArray[np.float64]] | None


def compare(a: Results, b: Results, match: Mapping[str, str], bootstrap: Bootstrap) -> Compared:
    """Compare every curve of A with that of the same name in B, setting by setting.

    Args:
        a: the results that differences start from.
        b: the others.
        match: names in A of curves that have another name in B.
        bootstrap: for limits, and for the flips of the p values.

    Raises:
        CompareError: a matched curve is not there, or no curve is in both.
    """
    for side, results, wanted in (("A", a, match.keys()), ("B", b, match.values())):
        for name in wanted:
            if name not in results.points:
                there = ", ".join(results.points)
                raise CompareError(f"{side}, {results.name}: no curve {name!r}; there is: {there}")
    pairs = {name: match.get(name, name) for name in a.points}
    pairs = {name: other for name, other in pairs.items() if other in b.points}
    if not pairs:
        raise CompareError(
            f"no curve is in both; A, {a.name}: {', '.join(a.points)}; B, {b.name}: "
            f"{', '.join(b.points)}; MATCH=old=new compares curves of different names"
        )
    notes = [
        *_only("curves", "A", [name for name in a.points if name not in pairs]),
        *_only("curves", "B", [name for name in b.points if name not in pairs.values()]),
    ]
    found: list[_Pair] = []
    for names in pairs.items():
        settings, told = _settings(a, b, names)
        found += settings
        notes += told
    rows = [_row(pair, bootstrap) for pair in found]
    for row, p in zip(rows, _family(found, bootstrap), strict=True):
        row["p_family"] = p
    return Compared(make_table(Difference, rows), notes)


def _only(what: str, side: str, names: list[str]) -> list[str]:
    return [f"only in {side}: {what} {', '.join(names)}"] if names else []


def _settings(a: Results, b: Results, names: tuple[str, str]) -> tuple[list[_Pair], list[str]]:
    """The settings that both have of a curve, and what is to be said of it."""
    first, second = a.points[names[0]], b.points[names[1]]
    known = [table.drop_nulls("accuracy") for table in (first, second)]
    there = [dict(zip(t["setting"], t.iter_rows(named=True), strict=True)) for t in known]
    title = names[0] if names[0] == names[1] else f"{names[0]}={names[1]}"
    notes = [
        *_only(f"of {title} the settings", "A", [s for s in there[0] if s not in there[1]]),
        *_only(f"of {title} the settings", "B", [s for s in there[1] if s not in there[0]]),
    ]
    pairs = []
    for setting in there[0]:
        if setting not in there[1]:
            continue
        points = there[0][setting], there[1][setting]
        if points[0]["benchmark"] != points[1]["benchmark"]:
            notes.append(f"{title}: of other benchmarks in A and in B, not compared")
            break
        pairs.append(_pair(a, b, names, points))
    left_out = {(tuple(pair.left_out[0]), tuple(pair.left_out[1])) for pair in pairs}
    for only_a, only_b in sorted(left_out):
        notes += _only(f"of {title} the problems", "A", list(only_a))
        notes += _only(f"of {title} the problems", "B", list(only_b))
    return pairs, notes


def _pair(a: Results, b: Results, names: tuple[str, str], points: tuple[Row, Row]) -> _Pair:
    setting = points[0]["setting"]
    tables = a.outcomes.get(names[0]), b.outcomes.get(names[1])
    if tables[0] is None or tables[1] is None:
        return _Pair(names, points, None, ([], []), None)
    own = [table.filter(setting=setting).drop_nulls("accuracy") for table in (tables[0], tables[1])]
    columns = ["problem_id", "accuracy", *COSTS]
    both = (
        own[0]
        .select(columns)
        .join(own[1].select(columns), on="problem_id", suffix="_b", maintain_order="left")
    )
    ids = [set(table["problem_id"]) for table in own]
    left_out = sorted(ids[0] - ids[1]), sorted(ids[1] - ids[0])
    if both.is_empty():
        return _Pair(names, points, None, left_out, None)
    seeds = trainings_of(tables[0], setting), trainings_of(tables[1], setting)
    trainings = None if seeds[0] is None or seeds[1] is None else (seeds[0], seeds[1])
    return _Pair(names, points, both, left_out, trainings)


def _row(pair: _Pair, bootstrap: Bootstrap) -> Row:
    a, b = pair.points
    row: Row = {
        "curve": pair.names[0],
        "curve_b": pair.names[1],
        "benchmark": a["benchmark"],
        "setting": a["setting"],
        "left_out_a": len(pair.left_out[0]),
        "left_out_b": len(pair.left_out[1]),
    }
    if pair.both is None:
        return row | _unpaired(a, b)
    both = pair.both
    if not any(pair.left_out):
        row |= _costs_of_points("usd", a, b)
    first, second, apart = _values(both, "accuracy")
    row |= {
        "basis": "paired",
        "problems": both.height,
        "accuracy_a": float(first.mean()),
        "accuracy_b": float(second.mean()),
        "difference": 0.0,
    }
    for name in COSTS:
        row |= _paired_cost(name, both, bootstrap)
    if not apart.any():
        return row
    difference, low, high = mean_difference(apart, bootstrap.draws, bootstrap.seed)
    if pair.trainings is not None:
        half = seeds_difference_half_width(*pair.trainings)
        low, high = widened(difference, (low, high), half, least=-1)
        row["basis"] = "paired, several seeds"
    return row | {"difference": difference, "low_difference": low, "high_difference": high}


def _values(
    both: pl.DataFrame, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A column of A and of B, and by how much they differ at each problem, rounding aside."""
    first, second = both[name].to_numpy(), both[f"{name}_b"].to_numpy()
    return first, second, _apart(first, second, whole=name == "accuracy")


def _apart(first: ArrayLike, second: ArrayLike, *, whole: bool) -> NDArray[np.float64]:
    """What the second has more, 0 where that is rounding: of a value, or of 1 if this is whole."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    scale = 1.0 if whole else np.maximum(np.abs(a), np.abs(b))
    return np.where(np.abs(b - a) < ROUNDING * scale, 0.0, b - a)


def _unpaired(a: Row, b: Row) -> Row:
    row: Row = {
        "basis": "unpaired",
        "problems": min(a["problems"], b["problems"]),
        "accuracy_a": a["accuracy"],
        "accuracy_b": b["accuracy"],
        "difference": float(_apart(a["accuracy"], b["accuracy"], whole=True)),
    }
    ends = [(point["accuracy"], point["low"], point["high"]) for point in (a, b)]
    if all(None not in one for one in ends):
        low, high = difference_limits(ends[1], ends[0])
        row |= {"low_difference": float(low), "high_difference": float(high)}
    for name in (*COSTS, "usd"):
        row |= _costs_of_points(name, a, b)
    return row


def _costs_of_points(name: str, a: Row, b: Row) -> Row:
    row: Row = {f"{name}_a": a[name], f"{name}_b": b[name]}
    if None not in row.values():
        row[f"{name}_difference"] = float(_apart(a[name], b[name], whole=False))
    return row


def _paired_cost(name: str, both: pl.DataFrame, bootstrap: Bootstrap) -> Row:
    """Means of a cost and their difference; null where a problem's cost is unknown."""
    row: Row = {
        f"{name}_{side}": None if both[column].has_nulls() else both[column].mean()
        for side, column in (("a", name), ("b", f"{name}_b"))
    }
    if None in row.values():
        return row
    _, _, apart = _values(both, name)
    low: float | None = float(apart[0])
    high = low
    if np.ptp(apart) > 0:
        limits = bca_limits(apart[:, None], bootstrap.draws, bootstrap.seed)[0]
        low, high = (None if np.isnan(end) else float(end) for end in limits)
    return row | {
        f"{name}_difference": float(apart.mean()),
        f"low_{name}_difference": low,
        f"high_{name}_difference": high,
    }


def _family(pairs: list[_Pair], bootstrap: Bootstrap) -> list[float | None]:
    """Family-wise p values of all pairs; None for what is not paired, or does not differ."""
    places: dict[tuple[str, str], int] = {}
    columns = []
    for pair in pairs:
        known: dict[int, float] = {}
        if pair.both is not None and pair.trainings is None:
            apart = _values(pair.both, "accuracy")[2]
            for problem, value in zip(pair.both["problem_id"], apart.tolist(), strict=True):
                key = pair.points[0]["benchmark"], problem
                known[places.setdefault(key, len(places))] = value
        columns.append(known)
    table = np.zeros((len(places), len(pairs)))
    for column, known in enumerate(columns):
        table[list(known), column] = list(known.values())
    found = family_p_values(table, bootstrap.draws, bootstrap.seed)
    return [None if np.isnan(p) else float(p) for p in found]
