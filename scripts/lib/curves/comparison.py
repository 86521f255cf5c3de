"""The comparison table: curves beside a reference curve, with differences paired over problems."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.study_tables import ComparisonTable, PublishedTable
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError, refuse_other_problems
from scripts.lib.curves.sft import trainings_of
from scripts.lib.curves.tables import Comparison
from scripts.lib.estimators.differences import mean_difference
from scripts.lib.estimators.seeds import seeds_difference_half_width, widened
from scripts.lib.tableio import make_table

Floats = NDArray[np.float64]
DIFFERENCE = ["difference", "low_difference", "high_difference"]
SHARED = ["benchmark", "accuracy", "low", "high", "thinking_tokens", "train_examples"]


@dataclass(frozen=True)
class Compared:
    """One curve in the table: its point, and the outcomes behind it (None for published ones)."""

    name: str
    point: dict[str, object]
    outcomes: pl.DataFrame | None
    trainings: Floats | None


def comparison_table(
    table: ComparisonTable,
    points: Mapping[str, pl.DataFrame],
    outcomes: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    reference: pl.DataFrame,
    bootstrap: Bootstrap,
) -> pl.DataFrame:
    """The reference curve, the curves with their differences to it, and what a paper found.

    The limits of a difference come from a bootstrap over problems. Where both curves stand for
    several trainings each, they count the scatter of seeds too. Published curves have no
    problems to pair, so no difference.

    Args:
        table: its entry in the study.
        points: Point tables by curve.
        outcomes: Outcome tables of those curves that have samples.
        labels: what curves are called.
        reference: Reference rows of the paper that the table names.
        bootstrap: for the limits.

    Raises:
        CurveError: a curve has several settings and the table names none of them, curves have
            different benchmarks or problems, or a published series is not there.
    """
    names = list(dict.fromkeys([table.reference, *table.curves]))
    compared = [_compared(name, points[name], outcomes.get(name), table.setting) for name in names]
    rows = []
    for each in compared:
        own = _row(each, compared[0], labels[each.name], bootstrap)
        found: dict[str, object] = {}
        if table.published is not None and each.name in table.published.series:
            found = _published(each.name, table.reference, table.published, reference)
        if each.outcomes is None:
            # A published curve is the same value again: the paper's differences go with it.
            rows.append(own | {key: found[key] for key in DIFFERENCE if key in found})
        else:
            rows += [own, found] if found else [own]
    return make_table(Comparison, rows)


def _compared(
    name: str, points: pl.DataFrame, outcomes: pl.DataFrame | None, setting: str | None
) -> Compared:
    there: list[str] = points["setting"].to_list()
    chosen = setting if setting is not None and setting in there else there[0]
    if len(there) > 1 and setting not in there:
        raise CurveError(f"{name} has several points: name one as setting; there are: {there}")
    point = points.filter(pl.col("setting") == chosen).row(0, named=True)
    own = trainings = None
    if outcomes is not None:
        own = outcomes.filter(pl.col("setting") == chosen)
        trainings = trainings_of(outcomes, chosen)
    return Compared(name, point, own, trainings)


def _row(each: Compared, base: Compared, label: str, bootstrap: Bootstrap) -> dict[str, object]:
    point = each.point
    if point["benchmark"] != base.point["benchmark"]:
        raise CurveError(
            f"{each.name} is of {point['benchmark']}, {base.name} of {base.point['benchmark']}: "
            "a comparison takes one benchmark"
        )
    row = {name: point[name] for name in (*SHARED, "setting", "problems", "origin")}
    row |= {"curve": each.name, "label": label}
    if each.outcomes is None or base.outcomes is None or each.name == base.name:
        return row
    ours, theirs = _paired(each, base)
    difference, low, high = mean_difference(ours - theirs, bootstrap.draws, bootstrap.seed)
    if each.trainings is not None and base.trainings is not None:
        half = seeds_difference_half_width(each.trainings, base.trainings)
        low, high = widened(difference, (low, high), half, least=-1)
    return row | dict(zip(DIFFERENCE, (difference, low, high), strict=True))


def _paired(each: Compared, base: Compared) -> tuple[Floats, Floats]:
    """Accuracies of both on the same problems, in the same order, shape (problems,) each."""
    assert each.outcomes is not None
    assert base.outcomes is not None
    ours, theirs = each.outcomes["problem_id"], base.outcomes["problem_id"]
    refuse_other_problems(each.name, ours, base.name, theirs)
    both = base.outcomes.select("problem_id", theirs="accuracy").join(
        each.outcomes.select("problem_id", ours="accuracy"),
        on="problem_id",
        maintain_order="left",
    )
    return both["ours"].to_numpy(), both["theirs"].to_numpy()


def _published(
    name: str, base: str, published: PublishedTable, reference: pl.DataFrame
) -> dict[str, object]:
    """What the paper's table says: an accuracy, and its difference to the reference's series."""
    series = published.series[name]
    own = reference.filter(
        (pl.col("figure") == published.figure) & (pl.col("benchmark") == published.benchmark)
    )
    values = own.filter((pl.col("series") == series) & (pl.col("y_unit") == "accuracy"))
    if values.height != 1:
        there = own["series"].unique(maintain_order=True).to_list()
        raise CurveError(
            f"published.series.{name}: {published.figure} has {values.height} accuracies of "
            f"{series!r} on {published.benchmark}; there are: {there}"
        )
    value = values.row(0, named=True)
    row: dict[str, object] = {
        "curve": name,
        "label": series,
        "benchmark": published.benchmark,
        "setting": series,
        "accuracy": value["y"],
        "low": value["low"],
        "high": value["high"],
        "origin": value["origin"],
    }
    if base not in published.series:
        return row
    apart = own.filter(pl.col("series") == f"{series} minus {published.series[base]}")
    if apart.is_empty():
        return row
    found = apart.row(0, named=True)
    return row | {
        "difference": found["y"],
        "low_difference": found["low"],
        "high_difference": found["high"],
    }
