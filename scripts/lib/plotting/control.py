"""Panels of a control table: how well length is kept to, and what more of it gains."""

from matplotlib.figure import Figure as Canvas
from matplotlib.gridspec import SubplotSpec

from scripts.lib.config.panels import ControlPanel
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.table_rows import (
    Column,
    bound_axis,
    difference_axis,
    draw_column,
    name_groups,
    percent_axis,
    place_rows,
    table_to_draw,
)

RESPONSES = "d"
"""Marker of the share of single responses, smaller and below that of runs."""
SINGLE_RESPONSES = "control of single responses"
PAST_THE_AXIS = "past the axis"
COLUMNS = {
    "control": [
        Column("control_runs"),
        Column("control_responses", marker=RESPONSES, shift=0.18),
    ],
    "scaling": [Column("scaling_per_doubling", ("low_scaling", "high_scaling"))],
    "performance": [Column("performance", ("low_performance", "high_performance"))],
}
LABELS = {
    "control": "share within the limit",
    "scaling": "points per doubling of tokens",
    "performance": "best accuracy",
}


def draw_control(
    canvas: Canvas, place: SubplotSpec, panel: ControlPanel, data: FigureData
) -> set[str]:
    """Draw control, scaling and performance side by side; return the origins shown.

    Raises:
        UserError: the table is empty.
    """
    table = table_to_draw(panel, data)
    rows = place_rows(table, lambda row: str(row["label"]))
    grid = place.subgridspec(1, 3)
    first = None
    for number, (what, columns) in enumerate(COLUMNS.items()):
        axes = canvas.add_subplot(grid[number], sharey=first)
        draw_column(axes, rows, columns, what, LABELS[what])
        if what == "scaling":
            difference_axis(axes)
            extra = []
            if table["control_responses"].is_not_null().any():
                extra.append((RESPONSES, SINGLE_RESPONSES))
            if bound_axis(axes, rows, columns[0]):
                extra.append((">", PAST_THE_AXIS))
            name_groups(axes, rows, extra)
        else:
            percent_axis(axes, (0, 1))
        if first is None:
            first = axes
            axes.set_title(f"{panel.title}\n{what}")
        else:
            axes.tick_params(labelleft=False)
    return set(table["origin"])
