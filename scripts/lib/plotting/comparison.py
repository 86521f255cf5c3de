"""Panels of a comparison table: accuracies, and paired differences to the reference curve."""

import polars as pl
from matplotlib.figure import Figure as Canvas
from matplotlib.gridspec import SubplotSpec

from scripts.lib.config.panels import ComparisonPanel
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.point_labels import write_beside
from scripts.lib.plotting.table_rows import (
    Column,
    difference_axis,
    draw_column,
    name_groups,
    percent_axis,
    place_rows,
    table_to_draw,
)


def draw_comparison(
    canvas: Canvas, place: SubplotSpec, panel: ComparisonPanel, data: FigureData
) -> set[str]:
    """Draw accuracies on the left and differences on the right; return the origins shown.

    Raises:
        UserError: the table is empty.
    """
    table = table_to_draw(panel, data)
    own = table.filter(pl.col("origin").is_in(["measured", "recorded"]))
    several = set(own.filter(own["curve"].is_duplicated())["curve"])

    def name(row: dict[str, object]) -> str:
        return f"{row['label']}, {row['setting']}" if row["curve"] in several else str(row["label"])

    rows = place_rows(table, name)
    grid = place.subgridspec(1, 2)
    left = canvas.add_subplot(grid[0])
    draw_column(left, rows, [Column("accuracy", ("low", "high"))], panel.title, "accuracy")
    percent_axis(left)
    right = canvas.add_subplot(grid[1], sharey=left)
    limits = ("low_difference", "high_difference")
    # The reference has no difference to itself; a paper may leave others without one too.
    reference = table.filter(pl.col("difference").is_null()).head(1)
    against = "".join(f" to {label}" for label in reference["label"])
    draw_column(right, rows, [Column("difference", limits)], "", f"difference{against} (points)")
    difference_axis(right)
    for _, style, group in rows.groups:
        its_own = pl.col("curve").is_in(reference["curve"].to_list())
        for row in group.filter(its_own & pl.col("difference").is_null())["row"]:
            write_beside(right, 0, row, "reference", style.colour)
    right.tick_params(labelleft=False)
    name_groups(left, rows)
    return set(table["origin"])
