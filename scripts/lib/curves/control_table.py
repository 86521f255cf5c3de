"""The control table: control, scaling and performance of several curves, side by side."""

from collections.abc import Mapping

import polars as pl

from scripts.lib.config.study_tables import ControlTable, PublishedTable
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import ControlRow
from scripts.lib.tableio import make_table

MEASURED = ("measured", "recorded")
VALUES = [
    "control_runs",
    "control_responses",
    "scaling_per_1000_tokens",
    "scaling_per_doubling",
    "scaling_per_doubling_spent",
    "performance",
]
LIMITS = {"scaling": "scaling_per_doubling", "performance": "performance"}
PERCENT = 100


def control_table(
    table: ControlTable,
    points: Mapping[str, pl.DataFrame],
    fits: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    reference: pl.DataFrame,
) -> pl.DataFrame:
    """A row per curve, from its Fit table, and one per published series.

    Args:
        table: its entry in the study.
        points: Point tables by curve.
        fits: Fit tables by curve.
        labels: what curves are called.
        reference: Reference rows of the paper that the table names.

    Raises:
        CurveError: a published series is not there.
    """
    rows = []
    for name in table.curves:
        rows.append(_of_curve(name, points[name], fits[name], labels[name]))
        if table.published is not None and name in table.published.series:
            rows.append(_published(name, table.published, labels[name], reference))
    return make_table(ControlRow, rows)


def _of_curve(name: str, points: pl.DataFrame, fits: pl.DataFrame, label: str) -> dict[str, object]:
    found = {row["parameter"]: row for row in fits.iter_rows(named=True)}
    origin = points["origin"][0]
    row: dict[str, object] = {
        "curve": name,
        "label": label,
        "benchmark": points["benchmark"][0],
        "origin": origin,
        "basis": "samples" if origin in MEASURED else "published points",
        "points": found["performance"]["points"],
    }
    row |= {metric: found[metric]["value"] for metric in VALUES if metric in found}
    for column, key in LIMITS.items():
        if key in found:
            row |= {f"{end}_{column}": found[key][end] for end in ("low", "high")}
    return row


def _published(
    name: str, published: PublishedTable, label: str, reference: pl.DataFrame
) -> dict[str, object]:
    """A row as the paper's table prints it: its series has one value for each metric."""
    series = published.series[name]
    own = reference.filter(
        (pl.col("figure") == published.figure)
        & (pl.col("benchmark").is_null() | (pl.col("benchmark") == published.benchmark))
    )
    printed = {
        what: own.filter(pl.col("series") == (f"{series}: {what}" if what else series))
        for what in ("control", "scaling", "", "evaluation runs")
    }
    lost = [what or "performance" for what, rows in printed.items() if rows.height != 1]
    if lost:
        there = own["series"].unique(maintain_order=True).to_list()
        raise CurveError(
            f"published.series.{name}: {series!r} has no {', '.join(lost)} in {published.figure} "
            f"on {published.benchmark}; there are: {there}"
        )
    value = {what: float(rows["y"][0]) for what, rows in printed.items()}
    return {
        "curve": name,
        "label": label,
        "benchmark": published.benchmark,
        "origin": printed[""]["origin"][0],
        "basis": "published table",
        "points": int(value["evaluation runs"]),
        "control_runs": value["control"],
        "scaling_per_doubling": value["scaling"] / PERCENT,
        "performance": value[""],
    }
