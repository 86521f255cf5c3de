"""Curves of a small model against points of larger ones at equal FLOPs."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from scripts.lib.accounting import ModelSize, prompt_flops
from scripts.lib.config.study_tables import CrossingsTable
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Crossing
from scripts.lib.estimators.crossing import Line, at_compute, reaches
from scripts.lib.tableio import make_table

Row = dict[str, object]


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
    n = known["n"].cast(pl.Float64).fill_null(float("nan"))
    return Line.through(known["flops"], known["accuracy"], n)


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
    place = reaches(line, accuracy)
    if place is not None:
        row |= {
            "crossing": "first point" if place.first else "between points",
            "flops": place.flops,
            "n": _number(place.n),
            "ratio": None if flops is None else place.flops / flops,
        }
    if flops is None:
        return row
    equal, n = at_compute(line, flops)
    known = _number(equal)
    return row | {
        "equal_accuracy": known,
        "equal_n": _number(n),
        "difference": None if known is None else known - accuracy,
    }


def _flops_of(point: Row, size: ModelSize | None) -> tuple[float | None, str | None]:
    if point["flops"]:
        return float(point["flops"]), "point"  # type: ignore[arg-type]
    if size is None or not point["tokens"]:
        return None, None
    flops = pl.select(prompt_flops(pl.lit(point["tokens"]), size)).item()
    return (None, None) if flops is None else (float(flops), "tokens and size")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
