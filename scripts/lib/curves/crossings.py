"""Curves of a small model against points of larger ones at equal FLOPs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.accounting import ModelSize, prompt_flops
from scripts.lib.config.study_tables import CrossingsTable
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Crossing
from scripts.lib.estimators.line import doublings, weights_at, weights_reaching
from scripts.lib.tableio import make_table

Floats = NDArray[np.float64]
Row = dict[str, object]


@dataclass(frozen=True)
class Line:
    """Points of a curve, arrays of shape (points,); n is not a number where it is not one."""

    flops: Floats
    accuracy: Floats
    n: Floats

    def n_at(self, weights: Floats) -> float | None:
        """Samples at some weights of its points, joined in log2; None where they are unknown."""
        own = weights > 0
        n = 2 ** (np.log2(self.n[own]) @ weights[own])
        return None if np.isnan(n) else float(n)


def crossings_table(
    table: CrossingsTable,
    points: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    sizes: Mapping[str, ModelSize],
) -> pl.DataFrame:
    """A row for each curve and each point of a larger one that has an accuracy.

    Args:
        table: its entry in the study.
        points: Point tables by curve.
        labels: what curves are called.
        sizes: of the models of larger curves, by curve, where they are known: where a point has
            tokens but no FLOPs, these follow, without those of its prompt.

    Raises:
        CurveError: a curve has no point with both accuracy and FLOPs, or curves are of different
            benchmarks.
    """
    rows = []
    for name in table.curves:
        line = _line(name, points[name])
        for other in table.against:
            _same_benchmark(name, points[name], other, points[other])
            known = points[other].drop_nulls("accuracy")
            if known.is_empty():
                raise CurveError(f"{other} has no point with an accuracy to reach")
            for point in known.iter_rows(named=True):
                told: Row = {"curve": name, "label": labels[name], "benchmark": point["benchmark"]}
                told |= {"against": other, "against_label": labels[other]}
                rows.append(told | _row(line, point, sizes.get(other)))
    return make_table(Crossing, rows)


def _line(name: str, points: pl.DataFrame) -> Line:
    known = points.drop_nulls(["accuracy", "flops"]).filter(pl.col("flops") > 0)
    if known.is_empty():
        raise CurveError(
            f"{name} has no point with both accuracy and FLOPs; give its model and verifier an "
            "entry in config/models.yaml, or leave it out"
        )
    columns = (known[name].cast(pl.Float64) for name in ("flops", "accuracy", "n"))
    return Line(*(column.fill_null(float("nan")).to_numpy() for column in columns))


def _same_benchmark(name: str, points: pl.DataFrame, other: str, others: pl.DataFrame) -> None:
    benchmarks = list(dict.fromkeys([*points["benchmark"], *others["benchmark"]]))
    if len(benchmarks) > 1:
        raise CurveError(f"{name} and {other} are of different benchmarks: {benchmarks}")


def _row(line: Line, point: Row, size: ModelSize | None) -> Row:
    flops, basis = _flops_of(point, size)
    accuracy = float(point["accuracy"])  # type: ignore[arg-type]
    row: Row = {
        "against_setting": point["setting"],
        "against_accuracy": accuracy,
        "against_flops": flops,
        "against_flops_from": basis,
        "crossing": "never",
    }
    x = doublings(line.flops)
    (there,), (first,) = weights_reaching(x[None], line.accuracy[None], accuracy)
    if there.any():
        reached = float(2 ** (x @ there))
        row |= {
            "crossing": "first point" if first else "between points",
            "flops": reached,
            "n": line.n_at(there),
            "ratio": None if flops is None else reached / flops,
        }
    equal = None if flops is None else weights_at(line.flops, flops)
    if equal is None:
        return row
    known = float(line.accuracy @ equal)
    return row | {
        "equal_accuracy": known,
        "equal_n": line.n_at(equal),
        "difference": known - accuracy,
    }


def _flops_of(point: Row, size: ModelSize | None) -> tuple[float | None, str | None]:
    if point["flops"]:
        return float(point["flops"]), "point"  # type: ignore[arg-type]
    if size is None or not point["tokens"]:
        return None, None
    flops = pl.select(prompt_flops(pl.lit(point["tokens"]), size)).item()
    return (None, None) if flops is None else (float(flops), "tokens and size")
